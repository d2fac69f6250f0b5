//! What a lab's keys come from: one secret, so that none of them need be kept: `/run/vpcns/LAB/secret`, which only root reads. It
//! is made when first needed and goes with the lab.

use super::state::Lab;
use hmac::{Hmac, Mac};
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
            let Self(secret) = Self::random();
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

    /// One that nobody keeps.
    pub fn random() -> Self {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("Linux has random numbers");
        Self(secret)
    }

    /// What follows from it for a purpose and a name.
    pub fn derive(&self, purpose: &str, name: &str) -> [u8; 32] {
        let mut hash = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
        hash.update(purpose.as_bytes());
        hash.update(&[0]);
        hash.update(name.as_bytes());
        hash.finalize().into_bytes().into()
    }
}
