//! The keys that a lab makes: of each instance's SSH server, and of key pairs without a public key.
//!
//! All come from one secret of the lab's, so that none need be kept: `/run/vpcns/LAB/secret`, which only root reads. It
//! is made when first needed and goes with the lab.

use super::state::Lab;
use hmac::{Hmac, Mac};
use russh::keys::{
    PrivateKey,
    ssh_key::{
        LineEnding,
        private::{Ed25519Keypair, KeypairData},
    },
};
use sha2::Sha256;
use std::{
    fs,
    io::{self, Write},
};

/// What a lab's keys come from.
pub struct Secret([u8; 32]);

impl Secret {
    /// The secret of a lab. Of several processes that need it first, one makes it.
    pub fn of(lab: &Lab) -> io::Result<Self> {
        let path = lab.secret();
        for _ in 0..2 {
            match fs::read(&path) {
                Ok(bytes) => return bytes.try_into().map(Self).map_err(|_| io::ErrorKind::InvalidData.into()),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Err(_) => {}
            }
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
            let directory = path.parent().expect("it lies in the lab's directory");
            // A temporary file is its owner's alone.
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(&secret)?;
            match file.persist_noclobber(&path) {
                Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(error.error),
                _ => {}
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// The key of an instance's server.
    pub fn host_key(&self, host: &str) -> PrivateKey {
        self.key("host key", host, &format!("root@{host}"))
    }

    /// The key of a key pair.
    pub fn key_pair(&self, name: &str) -> PrivateKey {
        self.key("key pair", name, name)
    }

    fn key(&self, purpose: &str, name: &str, comment: &str) -> PrivateKey {
        let mut hash = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
        hash.update(purpose.as_bytes());
        hash.update(&[0]);
        hash.update(name.as_bytes());
        let seed: [u8; 32] = hash.finalize().into_bytes().into();
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
