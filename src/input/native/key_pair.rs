//! Key pairs of the native format.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::model::draft::{self, Ref, Text};

mapping! {
    /// A key pair.
    struct KeyPair = "a key pair" {
        /// The public key, as a `.pub` file has it. Default: the lab makes a pair, and keeps the private key.
        public_key: Option<Text>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

impl KeyPair {
    /// Writes the key pair.
    pub(super) fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let pair = draft::KeyPair { label: label(name, self.tag), key_name: None, public_key: self.public_key };
        lowering.draft.key_pairs.push(pair);
    }
}
