//! `AWS::EC2::KeyPair`: imported with its public key, or made by the lab.

use super::super::{
    attribute::How,
    lowering::Lowering,
    property::{Resource, Tags, properties},
};
use crate::model::draft::{self, Label, Ref, Text};

properties! {
    /// A key pair.
    struct KeyPair = "a key pair" {
        /// Its name.
        key_name as "KeyName": Text,
        /// The public key, as a `.pub` file has it. Default: the lab makes a pair, and keeps the private key.
        public_key as "PublicKeyMaterial": Option<Text>,
        /// Of the tags, `Name` is shown.
        tags as "Tags": Tags,
    }
    accepted &["KeyFormat", "KeyType"];
}

impl Resource for KeyPair {
    const TYPE: &'static str = "AWS::EC2::KeyPair";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("KeyPairId", How::Later), ("KeyFingerprint", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let label = Label { name, tag: self.tags.0 };
        let pair = draft::KeyPair { label, key_name: Some(self.key_name), public_key: self.public_key };
        lowering.draft.key_pairs.push(pair);
    }
}
