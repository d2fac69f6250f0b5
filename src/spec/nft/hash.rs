//! Numbers that are made of packets, by which they are shared out.

use super::Field;
use serde::{Deserialize, Serialize};

/// What every hash begins with. Without it the kernel takes another number for each expression each time that it is
/// loaded, and the same client would not stay with the same target.
pub const SEED: u32 = 0x7670_636e;

/// A number that is made of a packet, the same for packets in which the fields are the same, in all namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash {
    /// The fields.
    pub fields: Vec<Field>,
    /// How many numbers there are, from 0.
    pub modulus: u32,
}
