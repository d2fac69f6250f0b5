//! AWS's security policies of TLS listeners, as far as they decide which versions of TLS are spoken. Version 1.0 and 1.1,
//! which some of them still take, nothing in a lab speaks.

use serde::{Deserialize, Serialize};

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

/// A policy by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SslPolicy(String);

/// Without version 1.3.
const UP_TO_12: [&str; 11] = [
    "ELBSecurityPolicy-2015-05",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
    "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
    "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-FS-1-1-2019-08",
    "ELBSecurityPolicy-FS-1-2-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
];

/// With both.
const BOTH: [&str; 6] = [
    "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "ELBSecurityPolicy-TLS13-1-1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
];

/// With version 1.3 only.
const ONLY_13: [&str; 1] = ["ELBSecurityPolicy-TLS13-1-3-2021-06"];

impl SslPolicy {
    /// The policy of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::names().any(|known| known == name).then(|| Self(name.to_owned()))
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        UP_TO_12.into_iter().chain(BOTH).chain(ONLY_13)
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The versions that it takes.
    pub fn versions(&self) -> &'static [TlsVersion] {
        if ONLY_13.contains(&self.as_str()) {
            &[TlsVersion::V13]
        } else if BOTH.contains(&self.as_str()) {
            &[TlsVersion::V12, TlsVersion::V13]
        } else {
            &[TlsVersion::V12]
        }
    }
}

impl Default for SslPolicy {
    /// What AWS's API takes when it is told none.
    fn default() -> Self {
        Self("ELBSecurityPolicy-2016-08".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_s_name_says_its_versions_nlb_13() {
        let versions = |name: &str| SslPolicy::parse(name).unwrap().versions();
        assert_eq!(SslPolicy::default().versions(), [TlsVersion::V12]);
        assert_eq!(versions("ELBSecurityPolicy-TLS13-1-2-2021-06"), [TlsVersion::V12, TlsVersion::V13]);
        assert_eq!(versions("ELBSecurityPolicy-TLS13-1-3-2021-06"), [TlsVersion::V13]);
        assert_eq!(SslPolicy::parse("ELBSecurityPolicy-TLS13-1-4-2021-06"), None);
    }
}
