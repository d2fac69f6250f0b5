//! Which of a router's connections may go on: the kernel knows no idle timeout of one listener, nor that a target is no
//! longer one. The daemon looks at what each router tracks, and has it forget what is over by these rules; what comes
//! after that finds no connection (NLB-17).

use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, net::SocketAddrV4, time::Duration};

/// What a load balancer's node or an endpoint's interface serves: by the connection's mark, its protocol's number, and
/// the port that the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Served {
    /// The mark, without the bit that asks for the node's address.
    pub mark: u32,
    /// TCP's or UDP's number.
    pub protocol: u8,
    /// The port.
    pub port: u16,
}

/// When a connection is over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// After this time without a packet, if it is one of TCP (NLB-18, VPCE-28).
    pub idle: Option<Duration>,
    /// If it goes to one of these targets (NLB-28).
    pub ended: BTreeSet<SocketAddrV4>,
    /// If it goes to none of these, which are all that there are (NLB-27).
    pub known: Option<BTreeSet<SocketAddrV4>>,
}

/// What the kernel knows of a connection, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracked {
    /// What it is a connection to.
    pub served: Served,
    /// Who answers it.
    pub target: SocketAddrV4,
    /// For how long nothing was sent over it; none if that is not known, or it is not established.
    pub idle: Option<Duration>,
}

impl Limits {
    /// Whether a connection is over.
    pub fn end(&self, connection: &Tracked) -> bool {
        let is_idle = self.idle.zip(connection.idle).is_some_and(|(limit, idle)| idle >= limit);
        let is_unknown = self.known.as_ref().is_some_and(|known| !known.contains(&connection.target));
        is_idle || is_unknown || self.ended.contains(&connection.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(last: u8, idle: u64) -> Tracked {
        let served = Served { mark: 7, protocol: 6, port: 80 };
        let target = SocketAddrV4::new([10, 0, 0, last].into(), 80);
        Tracked { served, target, idle: Some(Duration::from_secs(idle)) }
    }

    #[test]
    fn idle_unhealthy_and_unknown_targets_end_a_connection() {
        let target = |last| connection(last, 0).target;
        let limits = Limits {
            idle: Some(Duration::from_secs(61)),
            ended: BTreeSet::from([target(2)]),
            known: Some(BTreeSet::from([target(1), target(2)])),
        };
        assert!(!limits.end(&connection(1, 60)));
        assert!(limits.end(&connection(1, 61)), "NLB-18");
        assert!(limits.end(&connection(2, 0)), "NLB-28");
        assert!(limits.end(&connection(3, 0)), "NLB-27");
        assert!(!Limits { known: None, ..limits }.end(&connection(3, 0)), "NLB-27: they stay unless the group says so");
        let unknown = Tracked { idle: None, ..connection(1, 0) };
        assert!(!Limits { idle: Some(Duration::ZERO), ..Limits::default() }.end(&unknown));
    }
}
