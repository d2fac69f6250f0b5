//! Whose access key it is, and for which region a request was signed.

use super::{refusal::error, response};
use crate::daemon::{aws::Key, http};
use hyper::{Request, Response, header::AUTHORIZATION};
use s3s::{
    S3ErrorCode, S3Result,
    auth::{S3Auth, SecretKey},
};
use std::sync::Arc;

/// Finds what belongs to the id of an access key.
pub(in crate::daemon) type Keys = dyn Fn(&str) -> Option<Key> + Send + Sync;

/// The secrets, for those who compute signatures.
pub(super) struct Secrets(pub(super) Arc<Keys>);

#[async_trait::async_trait]
impl S3Auth for Secrets {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let key = (self.0)(access_key).ok_or_else(|| error(S3ErrorCode::InvalidAccessKeyId))?;
        Ok(SecretKey::from(key.secret))
    }
}

/// Checks what a signature is made with, before the signature: the region, the key, its token.
pub(super) fn check<B>(request: &Request<B>, region: &str, keys: &Keys) -> Result<(), Box<Response<http::Body>>> {
    let query = |name: &str| {
        let query = request.uri().query().unwrap_or_default();
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(decoded(pair))
    };
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let in_header = header.and_then(|value| value.split_once("Credential=")?.1.split([',', ' ']).next());
    let (scope, code) = match in_header {
        Some(scope) => (scope.to_owned(), "AuthorizationHeaderMalformed"),
        None => match query("X-Amz-Credential") {
            Some(scope) => (scope, "AuthorizationQueryParametersError"),
            // Not signed, or not so: the service says what it thinks of it.
            None => return Ok(()),
        },
    };
    let mut parts = scope.split('/');
    let (Some(id), Some(_day), Some(signed_for)) = (parts.next(), parts.next(), parts.next()) else { return Ok(()) };
    // The name without a region is signed for us-east-1; it tells of all regions' buckets and sends elsewhere for one.
    let host = request.headers().get(hyper::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_global = host == "s3.amazonaws.com" && request.uri().path() == "/" && signed_for == "us-east-1";
    if signed_for != region && !is_global {
        let message = format!("The region '{signed_for}' is wrong; expecting '{region}'");
        let message = match code {
            "AuthorizationHeaderMalformed" => format!("The authorization header is malformed; {}", lower(&message)),
            _ => format!("Error parsing the X-Amz-Credential parameter; {}", lower(&message)),
        };
        return Err(Box::new(response::refused(code, &[("Message", &message), ("Region", region)])));
    }
    let Some(key) = keys(id) else {
        return Err(Box::new(response::refused("InvalidAccessKeyId", &[("AWSAccessKeyId", id)])));
    };
    let sent = request.headers().get("x-amz-security-token").and_then(|value| value.to_str().ok());
    let sent = sent.map(str::to_owned).or_else(|| query("X-Amz-Security-Token"));
    match key.token {
        Some(_) if key.expired => Err(Box::new(response::refused("ExpiredToken", &[]))),
        // Without its token there is no such key.
        Some(_) if sent.is_none() => Err(Box::new(response::refused("InvalidAccessKeyId", &[("AWSAccessKeyId", id)]))),
        token if token != sent => Err(Box::new(response::refused("InvalidToken", &[]))),
        _ => Ok(()),
    }
}

fn lower(message: &str) -> String {
    message.replacen("The", "the", 1)
}

/// A value of a query as it was before it was encoded.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'%');
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
