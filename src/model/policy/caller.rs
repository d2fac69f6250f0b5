//! Who asks for what: all that a policy can look at.

use super::document::Document;
use std::{collections::BTreeMap, net::Ipv4Addr};

/// Who sends a request, and on which way it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose credentials signed it.
    pub identity: Identity,
    /// The VPC endpoint by which it came.
    pub via: Option<Via>,
    /// Where it came from, as the service sees it.
    pub source_ip: Ipv4Addr,
    /// Whether it came over TLS.
    pub secure: bool,
    /// The region whose service is asked.
    pub region: String,
    /// The time, in seconds since 1970.
    pub time: i64,
}

/// The VPC endpoint by which a request came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// `vpce-…`.
    pub endpoint: String,
    /// `vpc-…`.
    pub vpc: String,
    /// The sender's private address.
    pub source_ip: Ipv4Addr,
}

/// Whose credentials signed a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nobody's.
    Anonymous,
    /// A role's. The session of an instance is called as the instance's id.
    Role {
        /// Its account.
        account: String,
        /// Its name.
        role: String,
        /// The session.
        session: String,
    },
    /// A user's, which a lab has none of but who uses it from outside: it may do everything that no other policy denies.
    User {
        /// Its account.
        account: String,
        /// Its name.
        user: String,
    },
    /// An account's root user.
    Root {
        /// The account.
        account: String,
    },
}

impl Identity {
    /// Its account.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Role { account, .. } | Self::User { account, .. } | Self::Root { account } => Some(account),
        }
    }

    /// What AWS calls it in messages and in `get-caller-identity`.
    pub fn arn(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::Role { account, role, session } => format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            Self::User { account, user } => format!("arn:aws:iam::{account}:user/{user}"),
            Self::Root { account } => format!("arn:aws:iam::{account}:root"),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<'a> {
    /// `s3:GetObject`.
    pub action: &'a str,
    /// The ARN of what it concerns; `*` if that is no single resource.
    pub resource: &'a str,
    /// The account of that; none means the caller's own.
    pub resource_account: Option<&'a str>,
    /// The policy of that: a bucket's.
    pub resource_policy: Option<&'a Document>,
    /// What else the service tells policies: `s3:prefix` and the like.
    pub keys: BTreeMap<String, Vec<String>>,
}

impl<'a> Call<'a> {
    /// A call in the caller's own account, on what has no policy of its own.
    pub fn new(action: &'a str, resource: &'a str) -> Self {
        Self { action, resource, resource_account: None, resource_policy: None, keys: BTreeMap::new() }
    }

    /// The same with one more key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.keys.entry(key.to_lowercase()).or_default().push(value.into());
        self
    }
}
