//! The keys that a lab makes: of each instance's SSH server, and of key pairs without a public key.
//!
//! All come from the lab's [`Secret`], so that none need be kept.

use super::secret::Secret;
use russh::keys::{
    PrivateKey,
    ssh_key::{
        LineEnding,
        private::{Ed25519Keypair, KeypairData},
    },
};

impl Secret {
    /// The key of an instance's server.
    pub fn host_key(&self, host: &str) -> PrivateKey {
        self.key("host key", host, &format!("root@{host}"))
    }

    /// The key of a key pair.
    pub fn key_pair(&self, name: &str) -> PrivateKey {
        self.key("key pair", name, name)
    }

    fn key(&self, purpose: &str, name: &str, comment: &str) -> PrivateKey {
        let seed = self.derive(purpose, name);
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
        PrivateKey::new(pair, comment).expect("it is not encrypted")
    }
}

/// The private key as a file of OpenSSH's.
pub fn pem(key: &PrivateKey) -> String {
    key.to_openssh(LineEnding::LF).expect("it can be written").to_string()
}

/// The public key, with its comment.
pub fn public(key: &PrivateKey) -> String {
    key.public_key().to_openssh().expect("it can be written")
}
