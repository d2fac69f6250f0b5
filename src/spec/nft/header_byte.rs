//! Single bytes of the IPv4 header, which rules look at and change bit by bit.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A byte of the IPv4 header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeaderByte {
    /// The time to live.
    TimeToLive,
    /// The high byte of the header's checksum.
    ChecksumHigh,
    /// The low byte of the header's checksum.
    ChecksumLow,
}

impl HeaderByte {
    /// Bits before it in the header (RFC 791, 3.1).
    pub fn offset(self) -> u32 {
        match self {
            HeaderByte::TimeToLive => 64,
            HeaderByte::ChecksumHigh => 80,
            HeaderByte::ChecksumLow => 88,
        }
    }
}

impl fmt::Display for HeaderByte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@nh,{},8", self.offset())
    }
}
