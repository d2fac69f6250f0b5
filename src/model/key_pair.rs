//! Key pairs, by which one logs in to instances (NAME-09).

use super::Id;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A key pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    /// `key-…`.
    pub id: Id,
    /// `KeyName`: what AWS calls it, and its file.
    pub key_name: String,
    /// The public key as OpenSSH writes it, its type and its Base64. A pair that the lab makes has it once it is made,
    /// with `up`.
    pub public_key: Option<String>,
    /// Whether the lab makes it, and so has the private key.
    pub generated: bool,
}

impl KeyPair {
    /// `rsa` or `ed25519`, as AWS names it; what the lab makes is of the latter.
    pub fn key_type(&self) -> &'static str {
        if self.public_key.as_ref().is_some_and(|key| key.starts_with("ssh-rsa ")) { "rsa" } else { "ed25519" }
    }

    /// The fingerprint of an ED25519 key: its SHA-256 in Base64.
    pub fn fingerprint(&self) -> Option<String> {
        let key = self.public_key.as_ref().filter(|_| self.key_type() == "ed25519")?;
        let blob = STANDARD.decode(key.split(' ').nth(1)?).ok()?;
        Some(STANDARD.encode(Sha256::digest(blob)))
    }
}
