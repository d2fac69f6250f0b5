//! Session tokens of instance metadata, version 2: the end of their life, and a keyed hash that binds it to the
//! instance (IMDS-02). Nothing is stored, so nothing grows; a new daemon has a new key, and clients ask again.

use crate::spec::NetnsName;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
    fmt::Write,
    net::Ipv4Addr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What tokens are made with.
#[derive(Clone)]
pub(in crate::daemon) struct Key(Hmac<Sha256>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key that nobody else has.
    pub(in crate::daemon) fn random() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("Linux has random numbers");
        Self(Hmac::new_from_slice(&bytes).expect("any length will do"))
    }

    /// A token for the instance at this address of this VPC.
    pub(super) fn token(&self, netns: &NetnsName, client: Ipv4Addr, seconds: u64) -> String {
        let end = now() + seconds;
        format!("{end:016x}{}", hex(&self.seal(netns, client, end).finalize().into_bytes()))
    }

    /// Whether the token is this instance's, and still alive.
    pub(super) fn is_good(&self, token: &str, netns: &NetnsName, client: Ipv4Addr) -> bool {
        let Some((end, seal)) = token.split_at_checked(16) else { return false };
        let (Ok(end), Some(seal)) = (u64::from_str_radix(end, 16), bytes(seal)) else { return false };
        end > now() && self.seal(netns, client, end).verify_slice(&seal).is_ok()
    }

    fn seal(&self, netns: &NetnsName, client: Ipv4Addr, end: u64) -> Hmac<Sha256> {
        self.0.clone().chain_update(format!("{netns} {client} {end}"))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::Key;
    use crate::spec::NetnsName;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_token_is_good_for_its_instance_and_its_time_only() {
        let (key, here, there) = (Key::random(), NetnsName::new("lab", "vpc.a"), NetnsName::new("lab", "vpc.b"));
        let client = Ipv4Addr::new(10, 0, 0, 4);
        let token = key.token(&here, client, 60);
        assert!(key.is_good(&token, &here, client));
        assert!(!key.is_good(&token, &there, client));
        assert!(!key.is_good(&token, &here, Ipv4Addr::new(10, 0, 0, 5)));
        assert!(!Key::random().is_good(&token, &here, client));
        assert!(!key.is_good(&key.token(&here, client, 0), &here, client));
    }

    proptest! {
        #[test]
        fn no_text_is_a_token(text in any::<String>()) {
            prop_assert!(!Key::random().is_good(&text, &NetnsName::new("lab", "vpc.a"), Ipv4Addr::LOCALHOST));
        }
    }
}
