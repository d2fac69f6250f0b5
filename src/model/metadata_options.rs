//! How an instance's metadata answers (IMDS-02 to IMDS-04).

use serde::{Deserialize, Serialize};

/// The options, with AWS's defaults of an instance that names none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    /// Whether it answers at all (`HttpEndpoint`).
    pub endpoint: bool,
    /// Whether each question needs a token (`HttpTokens: required`).
    pub tokens_required: bool,
    /// How many routers a token may pass (`HttpPutResponseHopLimit`).
    pub hop_limit: u8,
    /// Whether the instance's tags are told (`InstanceMetadataTags`).
    pub instance_tags: bool,
}

impl Default for MetadataOptions {
    fn default() -> Self {
        Self { endpoint: true, tokens_required: false, hop_limit: 1, instance_tags: false }
    }
}

impl MetadataOptions {
    /// Whether all is as AWS has it by itself.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
