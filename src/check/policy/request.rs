//! A real request to S3 for what only reads, signed as AWS's own tools do (Signature Version 4) with the credentials that
//! the instance is told by its metadata.

use super::Question;
use crate::{
    check::{context::Context, run},
    compile,
    model::{Instance, Topology},
    reach::Sender,
    sys::command::Ended,
};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{fmt::Write, time::Duration};
use time::{OffsetDateTime, macros::format_description};

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Asks the metadata service for the credentials of a role.
const CREDENTIALS: &str = "at=http://169.254.169.254/latest
token=$(curl -s -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $at/api/token) &&
curl -sf -m 5 -H \"X-aws-ec2-metadata-token: $token\" \"$at/meta-data/iam/security-credentials/$0\"";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Whether S3 denies it; none for what would change something, is no call to S3, or comes from no instance.
pub(super) fn denied(context: &Context<'_>, from: &Sender, question: &Question) -> Result<Option<bool>, String> {
    let Sender::Instance(name) = from else { return Ok(None) };
    let Some((path, query)) = target(&question.action, &question.resource) else { return Ok(None) };
    let instance = &context.topology.instances[name];
    let host = question.to.split(':').next().unwrap_or_default();
    let mut words: Vec<_> = [
        "curl",
        "-sS",
        "--globoff",
        "--path-as-is",
        "--max-time",
        "10",
        "-r",
        "0-0",
        "-w",
        "\n%{http_code}",
        "-H",
        "User-Agent:",
    ]
    .map(str::to_owned)
    .into();
    if let Some(keys) = keys(context, from, instance)? {
        let region = region(context.topology, instance);
        for (name, value) in keys.headers([host, &path, query], region, OffsetDateTime::now_utc()) {
            words.extend(["-H".to_owned(), format!("{name}: {value}")]);
        }
    }
    words.push(format!("https://{host}{path}{}{query}", if query.is_empty() { "" } else { "?" }));
    let Ended { exit, stdout, stderr } = run::ended(context, from, &words, PATIENCE)?;
    if exit != Some(0) {
        return Err(format!("a real request came to nothing: {}", stderr.trim()));
    }
    verdict(&question.action, &stdout).map(Some)
}

/// Path and query of a request that asks for this and changes nothing.
fn target(action: &str, resource: &str) -> Option<(String, &'static str)> {
    let rest = resource.strip_prefix("arn:aws:s3:::").filter(|rest| !rest.is_empty() && !rest.contains(['*', '?']));
    let (bucket, key) = rest.map(|rest| rest.split_once('/').unwrap_or((rest, ""))).unzip();
    let bucket = bucket.filter(|_| key == Some("")).map(|bucket| format!("/{bucket}"));
    match action {
        "s3:ListAllMyBuckets" if resource == "*" => Some(("/".into(), "")),
        "s3:ListBucket" => Some((bucket?, "list-type=2")),
        "s3:GetBucketLocation" => Some((bucket?, "location=")),
        "s3:GetObject" if key.is_some_and(|key| !key.is_empty()) => Some((format!("/{}", escaped(rest?)), "")),
        _ => None,
    }
}

/// What S3's answer says: its body, and the status in the last line.
fn verdict(action: &str, answer: &str) -> Result<bool, String> {
    let (body, status) = answer.rsplit_once('\n').unwrap_or_default();
    let status: u16 = status.parse().unwrap_or_default();
    let is_refused = status == 403 && body.contains("<Code>AccessDenied</Code>");
    // Whoever may not list is not told that a key does not exist: that is another action's denial.
    let of_another = body.contains("perform: ") && !body.contains(&format!("perform: {action} "));
    match status {
        403 if is_refused => Ok(!of_another),
        200..=299 | 404 | 416 => Ok(false),
        _ => Err(format!("a real request was answered with {status}: {}", body.trim())),
    }
}

fn region<'a>(topology: &'a Topology, instance: &Instance) -> &'a str {
    topology.region_of(&topology.network_interfaces[&instance.interface].vpc).as_str()
}

/// Temporary credentials.
struct Keys {
    id: String,
    secret: String,
    token: String,
}

/// Those that the instance is told; none if it has no role.
fn keys(context: &Context<'_>, from: &Sender, instance: &Instance) -> Result<Option<Keys>, String> {
    let Some(session) = compile::session(context.topology, instance) else { return Ok(None) };
    let words = ["sh", "-c", CREDENTIALS, &session.role].map(str::to_owned);
    let told = run::ended(context, from, &words, PATIENCE)?;
    let told: Value = serde_json::from_str(&told.stdout).unwrap_or_default();
    let text = |key: &str| told[key].as_str().map(str::to_owned);
    let keys = || Some(Keys { id: text("AccessKeyId")?, secret: text("SecretAccessKey")?, token: text("Token")? });
    keys().map(Some).ok_or_else(|| format!("the instance's metadata tell no credentials of role {}", session.role))
}

impl Keys {
    /// The headers of a request of which only the body is not signed.
    fn headers(
        &self,
        [host, path, query]: [&str; 3],
        region: &str,
        now: OffsetDateTime,
    ) -> Vec<(&'static str, String)> {
        let time = now.format(format_description!("[year][month][day]T[hour][minute][second]Z"));
        let time = time.expect("the format has no part that a time has not");
        let (day, _) = time.split_at(8);
        let signed = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
        let canonical = format!(
            "GET\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{UNSIGNED}\nx-amz-date:{time}\n\
             x-amz-security-token:{}\n\n{signed}\n{UNSIGNED}",
            self.token
        );
        let scope = format!("{day}/{region}/s3/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let first = format!("AWS4{}", self.secret).into_bytes();
        let key = [day, region, "s3", "aws4_request"].iter().fold(first, |key, part| mac(&key, part));
        let signature = hex(&mac(&key, &text));
        let credential = format!("{}/{scope}", self.id);
        let says = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}");
        vec![
            ("x-amz-content-sha256", UNSIGNED.into()),
            ("x-amz-date", time),
            ("x-amz-security-token", self.token.clone()),
            ("Authorization", says),
        ]
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

/// A path with everything but letters, digits and `-_.~/` by its bytes.
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a string takes all");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn only_what_reads_is_asked_for_in_earnest() {
        let path =
            |action: &str, resource: &str| target(action, resource).map(|(path, query)| format!("{path}?{query}"));
        let rows = [
            ("s3:ListAllMyBuckets", "*", Some("/?")),
            ("s3:ListBucket", "arn:aws:s3:::lab", Some("/lab?list-type=2")),
            ("s3:ListBucket", "arn:aws:s3:::lab/key", None),
            ("s3:GetObject", "arn:aws:s3:::lab/a b/é", Some("/lab/a%20b/%C3%A9?")),
            ("s3:GetObject", "arn:aws:s3:::lab/*", None),
            ("s3:GetObject", "arn:aws:s3:::lab", None),
            ("s3:GetObject", "*", None),
            ("s3:DeleteObject", "arn:aws:s3:::lab/key", None),
            ("s3:PutObject", "arn:aws:s3:::lab/key", None),
            ("ec2:DescribeVpcs", "*", None),
        ];
        for (action, resource, expected) in rows {
            assert_eq!(path(action, resource).as_deref(), expected, "{action} {resource}");
        }
    }

    #[test]
    fn an_answer_is_a_denial_an_answer_or_neither() {
        let denied = "<Code>AccessDenied</Code><Message>User: x is not authorized to perform: s3:GetObject on\n403";
        assert_eq!(verdict("s3:GetObject", denied), Ok(true));
        assert_eq!(verdict("s3:GetObject", &denied.replace("GetObject", "ListBucket")), Ok(false));
        assert_eq!(verdict("s3:GetObject", "<Code>AccessDenied</Code><Message>Access Denied\n403"), Ok(true));
        assert_eq!(verdict("s3:GetObject", "<Code>NoSuchKey</Code>\n404"), Ok(false));
        assert_eq!(verdict("s3:GetObject", "body\n206"), Ok(false));
        assert!(verdict("s3:GetObject", "<Code>SignatureDoesNotMatch</Code>\n403").is_err());
        assert!(verdict("s3:GetObject", "").is_err());
    }

    #[test]
    fn a_request_is_signed_for_its_day_region_and_service() {
        let keys = Keys { id: "ASIA1".into(), secret: "s".into(), token: "t".into() };
        let now = datetime!(2026-03-01 09:08:07 UTC);
        let headers = |path| keys.headers(["s3.eu-west-1.amazonaws.com", path, ""], "eu-west-1", now);
        let all = headers("/a");
        assert_eq!(all[1].1, "20260301T090807Z");
        assert!(all[3].1.contains("Credential=ASIA1/20260301/eu-west-1/s3/aws4_request, "), "{all:?}");
        assert_ne!(headers("/b")[3], all[3]);
    }
}
