//! The condition keys of a request to S3: what its headers and its query say.

use super::credentials::decoded;
use crate::daemon::aws::{
    front::Tls,
    judge::{self, Keys},
};
use hyper::{HeaderMap, Uri, header::AUTHORIZATION, http::Extensions};

/// Headers, each with the key that has its value.
const HEADERS: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:x-amz-acl"),
    ("x-amz-content-sha256", "s3:x-amz-content-sha256"),
    ("x-amz-copy-source", "s3:x-amz-copy-source"),
    ("x-amz-metadata-directive", "s3:x-amz-metadata-directive"),
    ("x-amz-server-side-encryption", "s3:x-amz-server-side-encryption"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    ("x-amz-storage-class", "s3:x-amz-storage-class"),
];

/// Parameters, each with its key.
const PARAMETERS: &[(&str, &str)] = &[
    ("delimiter", "s3:delimiter"),
    ("max-keys", "s3:max-keys"),
    ("prefix", "s3:prefix"),
    ("versionId", "s3:VersionId"),
];

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The keys of a request.
pub(super) fn of(headers: &HeaderMap, uri: &Uri, extensions: &Extensions) -> Keys {
    let mut keys = judge::keys(headers);
    let header = |name: &str| headers.get(name)?.to_str().ok();
    keys.extend(HEADERS.iter().filter_map(|(name, key)| Some((*key, header(name)?.to_owned()))));
    let query = uri.query().unwrap_or_default();
    let pairs: Vec<_> = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let parameter = |wanted: &str| pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    keys.extend(PARAMETERS.iter().filter_map(|(name, key)| Some((*key, decoded(&parameter(name)?.replace('+', " "))))));
    let way = match (header(AUTHORIZATION.as_str()), parameter("X-Amz-Signature")) {
        (Some(_), _) => Some("REST-HEADER"),
        (None, Some(_)) => Some("REST-QUERY-STRING"),
        (None, None) => None,
    };
    keys.extend(
        way.into_iter().flat_map(|way| [("s3:authType", way.into()), ("s3:signatureversion", ALGORITHM.into())]),
    );
    keys.extend(extensions.get::<Tls>().map(|Tls(version)| ("s3:TlsVersion", (*version).to_owned())));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_parameters_are_keys_and_what_is_not_said_is_none() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-storage-class", "STANDARD".parse().unwrap());
        headers.insert("authorization", ALGORITHM.parse().unwrap());
        let uri = "/lab?list-type=2&prefix=a%2Fb+c&delimiter=".parse().unwrap();
        let keys = of(&headers, &uri, &Extensions::new());
        let keys: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            keys,
            [
                "s3:x-amz-storage-class=STANDARD",
                "s3:delimiter=",
                "s3:prefix=a/b c",
                "s3:authType=REST-HEADER",
                "s3:signatureversion=AWS4-HMAC-SHA256",
            ]
        );
    }
}
