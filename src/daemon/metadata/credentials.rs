//! The credentials that instances with a role are told (IMDS-07). They open nothing outside of the lab.
//!
//! They follow from the lab's secret, the role, and the time: each set lives for [`LIFE`], is told by every
//! daemon of the lab alike, and whoever has the secret can tell a good one.

use crate::sys::{secret::Secret, state::Lab};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How long a set of credentials is the newest, in seconds; it is good for as long again.
const LIFE: i64 = 6 * 3600;

/// What credentials are made with.
#[derive(Clone)]
pub(in crate::daemon) struct Issuer(Hmac<Sha256>);

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issuer(…)")
    }
}

impl Issuer {
    /// The lab's. Without a secret that can be kept, the credentials are this daemon's own.
    pub(in crate::daemon) fn of(lab: &Lab) -> Self {
        let secret = Secret::of(lab).unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot keep the lab's secret");
            Secret::random()
        });
        let key = secret.derive("credentials", "");
        Self::with_key(&key)
    }

    fn with_key(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("any length will do"))
    }

    /// What a role's instances are told now, as AWS writes it.
    pub(super) fn credentials(&self, role: &str) -> String {
        self.credentials_at(role, OffsetDateTime::now_utc().unix_timestamp())
    }

    fn credentials_at(&self, role: &str, now: i64) -> String {
        let since = now - now.rem_euclid(LIFE);
        let part = |what: &str| -> Vec<u8> {
            self.0.clone().chain_update(format!("{what}\n{role}\n{since}")).finalize().into_bytes().to_vec()
        };
        let id: String = part("id").iter().take(16).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        let token: Vec<u8> = (0..6).flat_map(|number| part(&format!("token {number}"))).collect();
        let credentials = json!({
            "Code": "Success",
            "LastUpdated": date(since),
            "Type": "AWS-HMAC",
            "AccessKeyId": format!("ASIA{id}"),
            "SecretAccessKey": STANDARD.encode(&part("secret")[..30]),
            "Token": STANDARD.encode(token),
            "Expiration": date(since + 2 * LIFE),
        });
        serde_json::to_string_pretty(&credentials).expect("a document of text")
    }
}

/// The letters of an access key's id.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn date(seconds: i64) -> String {
    let date = OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|date| date.format(&Rfc3339).ok());
    date.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn at(key: &[u8], role: &str, now: i64) -> Value {
        serde_json::from_str(&Issuer::with_key(key).credentials_at(role, now)).unwrap()
    }

    #[test]
    fn credentials_have_aws_s_shape_imds_07() {
        let said = at(b"key", "web", 1_700_000_000);
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        assert!(text("AccessKeyId").starts_with("ASIA") && text("AccessKeyId").len() == 20);
        assert_eq!(text("SecretAccessKey").len(), 40);
        assert!(text("Token").len() > 200);
        assert_eq!((text("Code").as_str(), text("Type").as_str()), ("Success", "AWS-HMAC"));
        assert_eq!(text("LastUpdated"), "2023-11-14T18:00:00Z");
        assert_eq!(text("Expiration"), "2023-11-15T06:00:00Z");
    }

    #[test]
    fn they_are_the_role_s_and_the_lab_s_and_change_with_time() {
        let first = at(b"key", "web", 0);
        assert_eq!(first, at(b"key", "web", LIFE - 1));
        for other in [at(b"other", "web", 0), at(b"key", "db", 0), at(b"key", "web", LIFE)] {
            assert_ne!(first["SecretAccessKey"], other["SecretAccessKey"]);
        }
    }
}
