//! Which bucket the name in a request's `Host` means, if one: virtual-host style, at the public names and at those of
//! interface endpoints (VPCE-10).
//!
//! ```text
//! s3.REGION.amazonaws.com             s3.amazonaws.com      bucket.vpce-….s3.REGION.vpce.amazonaws.com
//! BUCKET.s3.REGION.amazonaws.com      BUCKET.s3.…      BUCKET.bucket.vpce-….s3.REGION.vpce.amazonaws.com
//! ```

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    host::{S3Host, VirtualHost},
};

/// The names of S3 in a region.
pub(super) struct Names {
    pub(super) region: String,
}

impl S3Host for Names {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_end_matches('.').to_ascii_lowercase();
        let bucket = match host.strip_suffix(".vpce.amazonaws.com") {
            Some(endpoint) => self.at_endpoint(endpoint)?,
            None => host.strip_suffix(".amazonaws.com").and_then(|name| self.at_public(name)),
        };
        let named = VirtualHost::new(host);
        Ok(match bucket {
            Some(bucket) => named.with_bucket(bucket),
            None => named,
        })
    }
}

impl Names {
    /// The bucket before a public name. Buckets' names may have dots, and be `s3` themselves.
    fn at_public(&self, name: &str) -> Option<String> {
        let region = &self.region;
        let names = [format!("s3.{region}"), format!("s3.dualstack.{region}"), format!("s3-{region}"), "s3".to_owned()];
        if names.iter().any(|own| name == own) {
            return None;
        }
        names.iter().find_map(|own| Some(name.strip_suffix(own.as_str())?.strip_suffix('.')?.to_owned()))
    }

    /// The bucket before an endpoint's name, where `bucket` says that it is about buckets.
    fn at_endpoint(&self, name: &str) -> S3Result<Option<String>> {
        let before = name.strip_suffix(&format!(".s3.{}", self.region)).unwrap_or_default();
        let before = before.rsplit_once('.').map_or("", |(before, _endpoint)| before);
        match before.rsplit_once('.').unwrap_or(("", before)) {
            ("", "" | "bucket") => Ok(None),
            (bucket, "bucket") => Ok(Some(bucket.to_owned())),
            _ => {
                let message = format!("`{name}` is for access points and their control, which a lab has not");
                Err(S3Error::with_message(S3ErrorCode::NotImplemented, message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket_at(host: &str) -> Option<String> {
        let names = Names { region: "ap-northeast-2".into() };
        let parsed = names.parse_host_header(host).ok()?;
        Some(parsed.bucket().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_name_means_a_bucket_or_none() {
        for (host, bucket) in [
            ("s3.ap-northeast-2.amazonaws.com", Some("")),
            ("S3.ap-northeast-2.amazonaws.com:443", Some("")),
            ("s3.amazonaws.com", Some("")),
            ("127.0.0.1:8080", Some("")),
            ("lab.s3.ap-northeast-2.amazonaws.com", Some("lab")),
            ("a.b.s3.ap-northeast-2.amazonaws.com.", Some("a.b")),
            ("s3.s3.ap-northeast-2.amazonaws.com", Some("s3")),
            ("lab.s3.dualstack.ap-northeast-2.amazonaws.com", Some("lab")),
            ("lab.s3.amazonaws.com", Some("lab")),
            ("vpce-1-a.s3.ap-northeast-2.vpce.amazonaws.com", Some("")),
            ("bucket.vpce-1-a.s3.ap-northeast-2.vpce.amazonaws.com", Some("")),
            ("lab.x.bucket.vpce-1-a-ap-northeast-2a.s3.ap-northeast-2.vpce.amazonaws.com", Some("lab.x")),
            ("accesspoint.vpce-1-a.s3.ap-northeast-2.vpce.amazonaws.com", None),
        ] {
            assert_eq!(bucket_at(host).as_deref(), bucket, "{host}");
        }
    }
}
