//! What is told of each step of a path: which AWS thing decided, how, and by which of its rules.

use super::{Direction, Traffic};
use crate::model::{Line, Name};
use serde::Serialize;
use std::{fmt, net::Ipv4Addr};

/// A whole path: the steps as far as packets get, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The steps, the last of which decides if the verdict is no.
    pub hops: Vec<Hop>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Hop {
    /// There or back.
    pub way: Way,
    /// What decides.
    pub component: Component,
    /// What it decides, and by what.
    pub says: String,
    /// Whether packets pass.
    pub passes: bool,
    /// The deciding rule of a security group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleRef>,
    /// Where the file says what decides.
    #[serde(skip_serializing_if = "Line::is_unknown")]
    pub line: Line,
}

/// Which part of a connection a step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// From the sender to whoever answers.
    There,
    /// The answers, where something judges them by themselves.
    Back,
}

/// An AWS thing that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Component {
    /// `security group`, `route table`, …
    pub kind: &'static str,
    /// Its logical name.
    pub name: String,
    /// Its id; empty for what has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
}

impl Component {
    pub(super) fn new(kind: &'static str, name: &Name, id: impl Into<String>) -> Self {
        Self { kind, name: name.to_string(), id: id.into() }
    }

    /// The world outside.
    pub(super) fn internet() -> Self {
        Self { kind: "internet", name: String::new(), id: String::new() }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => f.write_str(self.kind),
            name => write!(f, "{} {name}", self.kind),
        }
    }
}

/// A rule of a security group, by its place among the group's rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleRef {
    /// The group.
    pub group: Name,
    /// Inbound or outbound.
    pub direction: Direction,
    /// Its place, counted from 0.
    pub index: usize,
}

/// What comes of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Packets reach a host, and its answers come back. Whether something listens there is the host's affair.
    Reached {
        /// The host's name.
        host: String,
        /// The address and traffic that arrive there.
        at: Ipv4Addr,
        /// See `at`.
        traffic: Traffic,
        /// The source that the host sees.
        source: Ipv4Addr,
    },
    /// Packets reach an instance that is not their destination: what becomes of them is its own kernel's affair (ENI-02).
    Handed {
        /// The instance's name.
        to: String,
    },
    /// Nothing comes back (GEN-01).
    Silence {
        /// Reachability Analyzer's code.
        code: &'static str,
        /// What to change.
        change: String,
    },
    /// A load balancer takes the connection, and has to end it, because it reaches no target: it ends TLS itself, or says
    /// who the client is (NLB-13, NLB-36).
    Broken {
        /// See `Silence`.
        code: &'static str,
        /// See `Silence`.
        change: String,
    },
    /// A load balancer sends some connections to targets that answer, others to targets that do not.
    Sometimes {
        /// How many of its targets answer.
        reached: usize,
        /// How many are in service.
        of: usize,
        /// See `Silence`.
        code: &'static str,
        /// See `Silence`.
        change: String,
    },
}

impl Verdict {
    /// Whether each connection reaches a host.
    pub fn is_reached(&self) -> bool {
        matches!(self, Verdict::Reached { .. })
    }

    /// Reachability Analyzer's code of a "no".
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Verdict::Reached { .. } | Verdict::Handed { .. } => None,
            Verdict::Silence { code, .. } | Verdict::Broken { code, .. } | Verdict::Sometimes { code, .. } => {
                Some(code)
            }
        }
    }
}
