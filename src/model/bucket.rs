//! S3 buckets: names that are one's own in all of AWS, policies of their own.

use serde::{Deserialize, Serialize};

/// A bucket. What is in it is no part of the topology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub bucket_name: String,
    /// The `Name` tag.
    pub tag: String,
    /// Its policy, JSON; none means that the account's own principals are allowed what their own policies say.
    pub policy: Option<String>,
}

impl Bucket {
    /// Its ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.bucket_name)
    }
}

/// Beginnings and ends that AWS keeps for itself.
const RESERVED: [&[&str]; 2] =
    [&["xn--", "sthree-", "amzn-s3-demo-"], &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]];

/// Whether AWS takes a text for a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens, which begins and
/// ends with a letter or digit, has no two dots together, and is no address.
pub fn is_bucket_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let [begins, ends] = RESERVED;
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| is_plain(byte) || matches!(byte, b'.' | b'-'))
        && [name.bytes().next(), name.bytes().last()].into_iter().flatten().all(is_plain)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !begins.iter().any(|reserved| name.starts_with(reserved))
        && !ends.iter().any(|reserved| name.ends_with(reserved))
}

#[cfg(test)]
mod tests {
    use super::is_bucket_name;

    #[test]
    fn names_are_as_aws_has_them() {
        for name in ["output-kplabs", "a.b", "000", &"x".repeat(63)] {
            assert!(is_bucket_name(name), "{name}");
        }
        for name in
            ["", "ab", "A-b", "a_b", "-ab", "ab-", ".ab", "a..b", "1.2.3.4", "xn--abc", "abc-s3alias", "a/b", "a\0b"]
        {
            assert!(!is_bucket_name(name), "{name}");
        }
        assert!(!is_bucket_name(&"x".repeat(64)));
    }
}
