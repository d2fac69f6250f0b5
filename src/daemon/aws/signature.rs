//! AWS Signature Version 4: whether a request was signed with a key of the lab's, in the header `Authorization` or in the
//! query, and whose that is. S3 does the same by itself, with its own rules for paths and for bodies that stream.

use super::Principal;
use hmac::{Hmac, Mac};
use hyper::{
    Request,
    body::Bytes,
    header::{AUTHORIZATION, HOST},
};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

/// How far a request's time may be from ours, in seconds.
const SKEW: i64 = 300;
/// How long a signature in a query may be good, in seconds.
const LONGEST: i64 = 7 * 24 * 3600;
/// What is signed of a body of which nothing is signed.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A key of the lab's.
#[derive(Clone)]
pub(in crate::daemon) struct Key {
    /// The secret.
    pub(in crate::daemon) secret: String,
    /// The session token that comes with it; none with one that lasts.
    pub(in crate::daemon) token: Option<String>,
    /// Whose it is.
    pub(in crate::daemon) principal: Principal,
    /// Whether its time is over.
    pub(in crate::daemon) expired: bool,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.principal)
    }
}

/// Why a request is not taken for anybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::daemon) enum Wrong {
    /// It is not signed.
    Unsigned,
    /// Its signature is not written as one; AWS's words.
    Incomplete(String),
    /// Nobody has this key, or the token is not the key's.
    UnknownKey,
    /// The key was good once.
    Expired,
    /// Its time is too far from ours; AWS's words.
    Skewed(String),
    /// It is signed for something else; AWS's words.
    Scope(String),
    /// The signature is another one.
    Mismatch,
}

/// What a signature says of itself.
#[derive(Debug, Default)]
struct Said {
    key: String,
    scope: String,
    signed: String,
    signature: String,
    date: String,
    token: Option<String>,
    /// Seconds for which it is good, if it stands in the query.
    expires: Option<i64>,
}

/// A request's body, as it is signed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Payload<'a> {
    /// It is here.
    Whole(&'a Bytes),
    /// It is not, as in S3: the request says what is signed of it, and paths are signed as they are.
    Streamed,
}

/// For which service and region a request says that it is signed.
pub(super) fn scope<B>(request: &Request<B>) -> Option<(String, String)> {
    let said = said(request).ok()?;
    let mut parts = said.scope.split('/').skip(1);
    let (region, service) = (parts.next()?, parts.next()?);
    Some((service.to_owned(), region.to_owned()))
}

/// Whose request this is.
pub(super) fn verify<B>(
    request: &Request<B>,
    region: &str,
    body: Payload<'_>,
    key: impl Fn(&str) -> Option<Key>,
) -> Result<Principal, Wrong> {
    let said = said(request)?;
    let scope: Vec<_> = said.scope.split('/').collect();
    let [day, signed_region, _, "aws4_request"] = scope[..] else {
        return Err(Wrong::Incomplete("Credential must have exactly 5 slash-delimited elements".into()));
    };
    let key = key(&said.key).ok_or(Wrong::UnknownKey)?;
    if key.token.is_some() && key.token != said.token {
        return Err(Wrong::UnknownKey);
    }
    if key.expired {
        return Err(Wrong::Expired);
    }
    if signed_region != region {
        return Err(Wrong::Scope("Credential should be scoped to a valid region. ".into()));
    }
    if !said.date.starts_with(day) {
        return Err(Wrong::Scope(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date".into(),
        ));
    }
    in_time(&said, OffsetDateTime::now_utc().unix_timestamp())?;
    let canonical = canonical(request, &said, body);
    let text = format!("{ALGORITHM}\n{}\n{}\n{}", said.date, said.scope, hex(&Sha256::digest(canonical)));
    let parts = said.scope.split('/');
    let signing = parts
        .fold(format!("AWS4{}", key.secret).into_bytes(), |key, part| mac(&key, part).finalize().into_bytes().to_vec());
    let wanted = unhex(&said.signature).ok_or(Wrong::Mismatch)?;
    mac(&signing, &text).verify_slice(&wanted).map_err(|_| Wrong::Mismatch)?;
    Ok(key.principal)
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length").chain_update(text)
}

/// Reads the signature, wherever it stands.
fn said<B>(request: &Request<B>) -> Result<Said, Wrong> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let pairs = query(request);
    let in_query = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| unescaped(value));
    let missing = |what: &str| Wrong::Incomplete(format!("Authorization header requires '{what}' parameter."));
    let (credential, mut said) = if let Some(line) = header(AUTHORIZATION.as_str()) {
        let rest = line
            .strip_prefix(ALGORITHM)
            .ok_or_else(|| Wrong::Incomplete("Unsupported AWS 'algorithm': it is not AWS4-HMAC-SHA256".into()))?;
        let part = |name: &str| {
            let mut parts = rest.split(',').map(str::trim);
            parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        let said = Said {
            signed: part("SignedHeaders").ok_or_else(|| missing("SignedHeaders"))?,
            signature: part("Signature").ok_or_else(|| missing("Signature"))?,
            date: header("x-amz-date").ok_or_else(|| missing("X-Amz-Date"))?,
            token: header("x-amz-security-token"),
            ..Said::default()
        };
        (part("Credential").ok_or_else(|| missing("Credential"))?, said)
    } else if in_query("X-Amz-Algorithm").is_some_and(|algorithm| algorithm == ALGORITHM) {
        let part = |name: &str| in_query(name).ok_or_else(|| missing(name));
        let expires = part("X-Amz-Expires").ok().map_or(Ok(SKEW), |text| text.parse());
        let said = Said {
            signed: part("X-Amz-SignedHeaders")?,
            signature: part("X-Amz-Signature")?,
            date: part("X-Amz-Date")?,
            token: in_query("X-Amz-Security-Token"),
            expires: Some(expires.map_err(|_| missing("X-Amz-Expires"))?.clamp(1, LONGEST)),
            ..Said::default()
        };
        (part("X-Amz-Credential")?, said)
    } else {
        return Err(Wrong::Unsigned);
    };
    // Whoever does not sign the host could be led to another one.
    if !said.signed.split(';').any(|name| name == HOST.as_str()) {
        return Err(Wrong::Incomplete(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
        ));
    }
    let (key, scope) = credential.split_once('/').unwrap_or((&credential, ""));
    (said.key, said.scope) = (key.to_owned(), scope.to_owned());
    Ok(said)
}

/// Whether it is neither too old nor of tomorrow.
fn in_time(said: &Said, now: i64) -> Result<(), Wrong> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let Ok(date) = PrimitiveDateTime::parse(&said.date, format) else {
        return Err(Wrong::Incomplete("Date must be in ISO-8601 'basic format'".into()));
    };
    let (at, good) = (date.assume_utc().unix_timestamp(), said.expires.unwrap_or(SKEW));
    let stamp = |seconds: i64| {
        OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|at| at.format(format).ok()).unwrap_or_default()
    };
    if at + good < now {
        let (limit, now) = (stamp(now - good), stamp(now));
        return Err(Wrong::Skewed(format!(
            "Signature expired: {} is now earlier than {limit} ({now} - 5 min.)",
            said.date
        )));
    }
    if at > now + SKEW {
        let (limit, now) = (stamp(now + SKEW), stamp(now));
        return Err(Wrong::Skewed(format!(
            "Signature not yet current: {} is still later than {limit} ({now} + 5 min.)",
            said.date
        )));
    }
    Ok(())
}

/// The request in the form that is signed.
fn canonical<B>(request: &Request<B>, said: &Said, body: Payload<'_>) -> String {
    let path = if request.uri().path().is_empty() { "/" } else { request.uri().path() };
    let mut pairs: Vec<_> = query(request)
        .into_iter()
        .filter(|(key, _)| key != "X-Amz-Signature")
        .map(|(key, value)| (escaped(&unescaped(&key), ""), escaped(&unescaped(&value), "")))
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let headers = said.signed.split(';').fold(String::new(), |mut headers, name| {
        let values = request.headers().get_all(name).into_iter();
        let values: Vec<_> = values.map(|value| spaced(&String::from_utf8_lossy(value.as_bytes()))).collect();
        writeln!(headers, "{name}:{}", values.join(",")).expect("a string takes all");
        headers
    });
    let declared = request.headers().get("x-amz-content-sha256").and_then(|hash| hash.to_str().ok());
    let body_hash = match (body, declared) {
        (Payload::Whole(body), None) => hex(&Sha256::digest(body)),
        (Payload::Whole(body), Some(declared)) if declared != UNSIGNED => hex(&Sha256::digest(body)),
        (_, declared) => declared.unwrap_or(UNSIGNED).to_owned(),
    };
    let path = match body {
        // Twice, as everywhere but in S3.
        Payload::Whole(_) => escaped(path, "/"),
        Payload::Streamed => path.to_owned(),
    };
    format!("{}\n{path}\n{}\n{headers}\n{}\n{body_hash}", request.method(), pairs.join("&"), said.signed)
}

/// The query's pairs as they were sent.
fn query<B>(request: &Request<B>) -> Vec<(String, String)> {
    let pairs = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// A header's value without blanks at its ends, and with one between words.
fn spaced(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything but letters, digits and `-_.~` by its bytes; `kept` stays too.
fn escaped(text: &str, kept: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || kept.as_bytes().contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("a string takes all");
        }
        escaped
    })
}

/// The text that was sent with `%` and two digits for what is not plain.
fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let pairs = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests;
