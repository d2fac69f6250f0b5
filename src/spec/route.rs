//! Routes and policy rules, printed as `ip route` and `ip rule` take them.

use super::LinkName;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{fmt, net::Ipv4Addr};

/// The number of the routing table `main`.
pub const MAIN_TABLE: u32 = 254;

/// One route of one table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Route {
    /// The table's number; [`MAIN_TABLE`] where nothing else is said.
    pub table: u32,
    /// Where it leads; host bits are zero.
    pub destination: Ipv4Net,
    /// How.
    pub hop: Hop,
}

/// What happens to a packet that a route matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hop {
    /// Out of a link, straight to its destination.
    Link(LinkName),
    /// Out of a link, to a gateway.
    Gateway(Ipv4Addr, LinkName),
    /// Dropped in silence (GEN-01).
    Blackhole,
    /// To this namespace itself, whoever has the address.
    Local,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hop {
            Hop::Link(link) => write!(f, "{} dev {link}", self.destination)?,
            Hop::Gateway(via, link) => write!(f, "{} via {via} dev {link}", self.destination)?,
            Hop::Blackhole => write!(f, "blackhole {}", self.destination)?,
            Hop::Local => write!(f, "local {} dev lo", self.destination)?,
        }
        if self.table != MAIN_TABLE {
            write!(f, " table {}", self.table)?;
        }
        Ok(())
    }
}

/// One policy rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// Lower is asked first. The kernel's own are 0 (`local`), 32766 (`main`), 32767 (`default`).
    pub priority: u32,
    /// Only packets with this source.
    pub from: Option<Ipv4Net>,
    /// Only packets with this destination.
    pub to: Option<Ipv4Net>,
    /// Only packets with this mark.
    pub fwmark: Option<u32>,
    /// The table to ask.
    pub table: u32,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "priority {}", self.priority)?;
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        if let Some(to) = self.to {
            write!(f, " to {to}")?;
        }
        if let Some(mark) = self.fwmark {
            write!(f, " fwmark {mark:#x}")?;
        }
        write!(f, " lookup {}", self.table)
    }
}
