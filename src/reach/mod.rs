//! What becomes of a connection, and why: a walk through the model, gate by gate and hop by hop, from a
//! sender to whoever answers, and back again.
//!
//! In goes a topology, what is known of the targets' health, and a [`Question`]; out comes a [`Path`]: each
//! thing that decided, with the deciding rule or route, and a [`Verdict`]. "No" carries the code that AWS's
//! Reachability Analyzer has for it (RA-01 to RA-08) and what to change.
//!
//! Written from AWS's rules, without a look at `compile`: `vpcns why` sends a real packet beside it, and when both
//! disagree one of them is wrong. Pure: no I/O, no errors.
//!
//! | file | what |
//! |---|---|
//! | `atlas` | where every address is, looked up once |
//! | `walk` | the way there and back, and what answers at its end |
//! | `carry` | one stretch: from an interface to the next, by route and gateway |
//! | `on_premises` | virtual private gateways and sites |
//! | `filter` | security groups |
//! | `border` | network ACLs |
//! | `balance` | load balancers and endpoints |
//! | `aws` | AWS's own services and gateway endpoints |
//! | `hop` | what is told of each step |
//! | `text` | the same as people read it |
//! | `matrix` | the same for all pairs |

mod atlas;
mod aws;
mod balance;
mod border;
mod carry;
mod failure;
mod filter;
mod hop;
mod matrix;
mod on_premises;
mod text;
mod walk;

pub use atlas::Atlas;
pub use filter::{Direction, text as text_of_rule};
pub use hop::{Component, Hop, Path, RuleRef, Verdict, Way};
pub use matrix::{Cell, Difference, Matrix, Party, difference, matrix, ports};

use crate::model::{Listener, Name};
use std::{fmt, net::Ipv4Addr};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who sends.
    pub from: Sender,
    /// The address that it sends to.
    pub to: Ipv4Addr,
    /// What it sends.
    pub traffic: Traffic,
}

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// An instance.
    Instance(Name),
    /// A host on premises.
    OnPremises(Name),
    /// Somebody on the internet, with this public address.
    Internet(Ipv4Addr),
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffic {
    /// A TCP connection to a port.
    Tcp(u16),
    /// UDP to a port.
    Udp(u16),
    /// An ICMP echo request.
    Ping,
}

impl Traffic {
    /// The destination port.
    pub fn port(self) -> Option<u16> {
        match self {
            Traffic::Tcp(port) | Traffic::Udp(port) => Some(port),
            Traffic::Ping => None,
        }
    }

    /// Whether a load balancer's listener is for it (NLB-13).
    pub fn is_for(self, listener: &Listener) -> bool {
        match self {
            Traffic::Tcp(port) => listener.port == port && listener.protocol.has_tcp(),
            Traffic::Udp(port) => listener.port == port && listener.protocol.has_udp(),
            Traffic::Ping => false,
        }
    }

    /// To a listener: of TCP, if it has that.
    pub fn to_listener(listener: &Listener) -> Self {
        if listener.protocol.has_tcp() { Traffic::Tcp(listener.port) } else { Traffic::Udp(listener.port) }
    }

    /// The same to another port.
    fn to_port(self, port: u16) -> Self {
        match self {
            Traffic::Tcp(_) => Traffic::Tcp(port),
            Traffic::Udp(_) => Traffic::Udp(port),
            Traffic::Ping => Traffic::Ping,
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Traffic::Tcp(port) => write!(f, "tcp {port}"),
            Traffic::Udp(port) => write!(f, "udp {port}"),
            Traffic::Ping => f.write_str("ping"),
        }
    }
}
