//! Ids, Ethernet addresses and other values in AWS's shapes, derived from the lab and the logical name,
//! so that the same file always gives the same ones (GEN-08).

use crate::spec::MacAddress;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{borrow::Borrow, fmt};

/// A resource id such as `vpc-0123456789abcdef0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// `PREFIX-0` and 16 hex digits for the resource that `lab` calls `name`.
    pub fn derive(lab: &str, prefix: &str, name: &str) -> Self {
        Self(format!("{prefix}-0{}", hex(lab, prefix, name)))
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the prefix: 17 hex digits.
    pub fn digits(&self) -> &str {
        self.0.rsplit('-').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// 16 hex digits, as in load balancers' ARNs and DNS names (NLB-04).
pub fn hex(lab: &str, kind: &str, name: &str) -> String {
    format!("{:016x}", number(lab, kind, name))
}

/// The ARN of a stack, which is its lab.
pub fn stack(region: &str, account: &str, stack: &str) -> String {
    let digits = hex(stack, "stack", "") + &hex(stack, "stack", "id");
    let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
    format!("arn:aws:cloudformation:{region}:{account}:stack/{stack}/{a}-{b}-{c}-{d}-{e}")
}

/// Eight characters of `[a-z0-9]`, as in endpoints' DNS names (VPCE-10).
pub fn suffix(lab: &str, kind: &str, name: &str) -> String {
    let mut rest = number(lab, kind, name);
    (0..8)
        .map(|_| {
            let digit = u32::try_from(rest % 36).expect("below 36");
            rest /= 36;
            char::from_digit(digit, 36).expect("below 36")
        })
        .collect()
}

/// A locally administered Ethernet address, AWS's `02:…`.
pub fn mac(lab: &str, kind: &str, name: &str) -> MacAddress {
    let [a, b, c, d, e, ..] = number(lab, kind, name).to_be_bytes();
    MacAddress([0x02, a, b, c, d, e])
}

/// 64 bits that depend on the three words and nothing else.
pub fn number(lab: &str, kind: &str, name: &str) -> u64 {
    let digest = Sha256::digest(format!("{lab}\n{kind}\n{name}"));
    u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"))
}
