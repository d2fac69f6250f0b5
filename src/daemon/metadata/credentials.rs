//! The credentials that instances with a role are told (IMDS-07). They open nothing outside of the lab.
//!
//! They follow from the lab's secret, the instance and its role, and the time: each set lives for [`LIFE`], is told by every
//! daemon of the lab alike, and AWS's services tell by them who asks, though nothing is kept. The account has a key too,
//! for people on the host.

use crate::{
    daemon::aws::{Key, Principal},
    spec::aws::{AwsServices, Session},
    sys::{secret::Secret, state::Lab},
};
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

    /// What an instance is told now, as AWS writes it.
    pub(super) fn credentials(&self, session: &Session) -> String {
        self.credentials_at(session, OffsetDateTime::now_utc().unix_timestamp())
    }

    fn credentials_at(&self, session: &Session, now: i64) -> String {
        let since = now - now.rem_euclid(LIFE);
        let set = Set { issuer: self, session, since };
        let credentials = json!({
            "Code": "Success",
            "LastUpdated": date(since),
            "Type": "AWS-HMAC",
            "AccessKeyId": set.id(),
            "SecretAccessKey": set.secret(),
            "Token": set.token(),
            "Expiration": date(since + 2 * LIFE),
        });
        serde_json::to_string_pretty(&credentials).expect("a document of text")
    }

    /// The account's own access key, which lasts: its id and its secret.
    pub(in crate::daemon) fn account_key(&self, account: &str) -> (String, String) {
        let part = |what: &str| self.part(&format!("{what} of account {account}"));
        (format!("AKIA{}", letters(&part("id"))), secret(&part("secret")))
    }

    /// The key of this id, if it is or was one of the lab's.
    pub(in crate::daemon) fn key(&self, services: &AwsServices, id: &str) -> Option<Key> {
        self.key_at(services, id, OffsetDateTime::now_utc().unix_timestamp())
    }

    fn key_at(&self, services: &AwsServices, id: &str, now: i64) -> Option<Key> {
        let (own, secret) = self.account_key(&services.account);
        if own == id {
            let principal = Principal::Account(services.account.clone());
            return Some(Key { secret, token: None, principal, expired: false });
        }
        let newest = now - now.rem_euclid(LIFE);
        let sets = services.sessions.iter().flat_map(|session| {
            (0..REMEMBERED).map(move |age| (age, Set { issuer: self, session, since: newest - age * LIFE }))
        });
        let (age, set) = sets.into_iter().find(|(_, set)| set.id() == id)?;
        let principal = Principal::Role(set.session.clone());
        Some(Key { secret: set.secret(), token: Some(set.token()), principal, expired: age > 1 })
    }

    fn part(&self, what: &str) -> Vec<u8> {
        self.0.clone().chain_update(what).finalize().into_bytes().to_vec()
    }
}

/// How many sets of an instance are known, the newest among them: the last ones as such that are expired.
const REMEMBERED: i64 = 6;

/// The credentials of a session since a moment.
struct Set<'a> {
    issuer: &'a Issuer,
    session: &'a Session,
    since: i64,
}

impl Set<'_> {
    fn id(&self) -> String {
        format!("ASIA{}", letters(&self.part("id")))
    }

    fn secret(&self) -> String {
        secret(&self.part("secret"))
    }

    fn token(&self) -> String {
        let token: Vec<u8> = (0..6).flat_map(|number| self.part(&format!("token {number}"))).collect();
        STANDARD.encode(token)
    }

    fn part(&self, what: &str) -> Vec<u8> {
        let Session { account, role, name } = self.session;
        self.issuer.part(&format!("{what}\n{account}\n{role}\n{name}\n{}", self.since))
    }
}

fn letters(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

fn secret(bytes: &[u8]) -> String {
    STANDARD.encode(&bytes[..30])
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
    use crate::spec::NetnsName;
    use serde_json::Value;
    use std::collections::BTreeMap;

    fn session(role: &str, name: &str) -> Session {
        Session { account: "111122223333".into(), role: role.into(), name: name.into() }
    }

    fn at(key: &[u8], role: &str, now: i64) -> Value {
        serde_json::from_str(&Issuer::with_key(key).credentials_at(&session(role, "i-1"), now)).unwrap()
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

    #[test]
    fn whose_a_key_is_follows_from_it_until_it_expires() {
        let issuer = Issuer::with_key(b"key");
        let services = AwsServices {
            netns: NetnsName::new("lab", "aws"),
            account: "111122223333".into(),
            fronts: BTreeMap::new(),
            clients: Vec::new(),
            sessions: vec![session("web", "i-1"), session("web", "i-2")],
            upstreams: BTreeMap::new(),
        };
        let told = at(b"key", "web", 0);
        let id = told["AccessKeyId"].as_str().unwrap();
        for (now, expired) in [(0, false), (2 * LIFE - 1, false), (2 * LIFE, true)] {
            let key = issuer.key_at(&services, id, now).unwrap();
            assert_eq!((key.secret.as_str(), key.expired), (told["SecretAccessKey"].as_str().unwrap(), expired));
            assert_eq!(key.principal.arn(), "arn:aws:sts::111122223333:assumed-role/web/i-1");
        }
        assert!(issuer.key_at(&services, "ASIAAAAAAAAAAAAAAAAA", 0).is_none());
        let (id, secret) = issuer.account_key("111122223333");
        let key = issuer.key_at(&services, &id, 0).unwrap();
        assert_eq!((key.secret, key.principal.arn()), (secret, "arn:aws:iam::111122223333:root".into()));
    }
}
