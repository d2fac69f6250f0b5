//! Listeners whose connections a load balancer ends itself, because the kernel can neither end TLS nor write headers of
//! proxy protocol (NLB-13, NLB-36): where a client's bytes go, and what is said of the client.

use super::{
    aws::Clients,
    connection::{Limits, Served, Tracked},
};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddrV4},
};

/// A listener at an address of a node, or of an endpoint in the node's own VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// How it ends TLS, if it does.
    pub tls: Option<Tls>,
    /// The private address of the node.
    pub node: Ipv4Addr,
    /// The mark of connections to targets that see this address.
    pub mark: u32,
    /// The mark of those to targets that see the client's.
    pub client_mark: u32,
    /// The networks that stand for clients of endpoints.
    pub clients: Vec<Clients>,
    /// The endpoint by which all clients come, if it lies in the node's own VPC and they have their own addresses.
    pub endpoint: Option<String>,
    /// To which groups it forwards.
    pub groups: Vec<Group>,
    /// When connections are over.
    pub limits: Limits,
}

/// The certificates and versions of a listener.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tls {
    /// The names of each of its certificates, the default one first.
    pub certificates: Vec<BTreeSet<String>>,
    /// Whether it speaks version 1.2.
    pub v12: bool,
    /// Whether it speaks version 1.3.
    pub v13: bool,
}

/// A target group as a listener uses it at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are attributes of AWS's, each yes or no by itself")]
pub struct Group {
    /// Its share of the connections.
    pub weight: u32,
    /// Whether a client's connections all go to the same target (NLB-19).
    pub is_sticky: bool,
    /// Whether targets see the client's address (NLB-32).
    pub preserves: bool,
    /// Whether a header of proxy protocol comes first (NLB-36).
    pub proxy_protocol: bool,
    /// Whether the targets are spoken to over TLS.
    pub tls: bool,
    /// Those in service.
    pub targets: Vec<SocketAddrV4>,
}

/// Who a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its own address and port.
    pub own: SocketAddrV4,
    /// The endpoint by which it came.
    pub endpoint: Option<String>,
}

impl Relay {
    /// Who stands behind a source address, as the node sees it.
    pub fn client(&self, seen: SocketAddrV4) -> Client {
        let found = self.clients.iter().find_map(|clients| Some((clients, clients.own_address(*seen.ip())?)));
        match found {
            Some((clients, own)) => {
                Client { own: SocketAddrV4::new(own, seen.port()), endpoint: Some(clients.endpoint.clone()) }
            }
            None => Client { own: seen, endpoint: self.endpoint.clone() },
        }
    }

    /// The target of a connection, and its group: by a number for the choice, the same one for a sticky client (NLB-14,
    /// NLB-16, NLB-19). None if the choice falls on a group without targets in service.
    pub fn choose(&self, number: u64) -> Option<(&Group, SocketAddrV4)> {
        let all: u64 = self.groups.iter().map(|group| u64::from(group.weight)).sum();
        let mut place = number.checked_rem(all)?;
        let group = self.groups.iter().find(|group| {
            let is_here = place < u64::from(group.weight);
            if !is_here {
                place -= u64::from(group.weight);
            }
            is_here
        })?;
        let count = u64::try_from(group.targets.len()).expect("64 bits hold any length");
        let index = (number / all).checked_rem(count)?;
        Some((group, group.targets[usize::try_from(index).expect("it is a place in a list")]))
    }

    /// Whether a connection to a target is over, because of what became of the target (NLB-27, NLB-28).
    pub fn ends(&self, target: SocketAddrV4) -> bool {
        let served = Served { mark: self.mark, protocol: 6, port: target.port() };
        self.limits.end(&Tracked { served, target, idle: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(weight: u32, targets: &[u8]) -> Group {
        let targets = targets.iter().map(|last| SocketAddrV4::new([10, 0, 0, *last].into(), 80)).collect();
        Group { weight, is_sticky: false, preserves: true, proxy_protocol: false, tls: false, targets }
    }

    fn relay(groups: Vec<Group>) -> Relay {
        let clients = Clients {
            seen: "241.7.0.0/16".parse().unwrap(),
            own: "10.10.0.0/16".parse().unwrap(),
            endpoint: "vpce-1".into(),
            vpc: "vpc-1".into(),
        };
        Relay {
            tls: None,
            node: [10, 0, 0, 100].into(),
            mark: 1,
            client_mark: 2,
            clients: vec![clients],
            endpoint: None,
            groups,
            limits: Limits::default(),
        }
    }

    #[test]
    fn each_target_gets_its_part_of_its_group_s_weight_nlb_16() {
        let relay = relay(vec![group(3, &[1, 2]), group(0, &[9]), group(1, &[3])]);
        let mut counts = [0; 10];
        for number in 0..80 {
            let (_, target) = relay.choose(number).unwrap();
            counts[usize::from(target.ip().octets()[3])] += 1;
        }
        assert_eq!(counts, [0, 30, 30, 20, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn nothing_is_chosen_where_nothing_is() {
        assert_eq!(relay(Vec::new()).choose(7), None);
        assert_eq!(relay(vec![group(0, &[1])]).choose(7), None);
        assert_eq!(relay(vec![group(1, &[])]).choose(7), None);
    }

    #[test]
    fn a_client_of_an_endpoint_has_its_own_address_nlb_36() {
        let relay = relay(Vec::new());
        let seen = |address: [u8; 4]| SocketAddrV4::new(address.into(), 4000);
        let client = relay.client(seen([241, 7, 1, 9]));
        assert_eq!(client, Client { own: seen([10, 10, 1, 9]), endpoint: Some("vpce-1".into()) });
        assert_eq!(relay.client(seen([10, 0, 0, 5])), Client { own: seen([10, 0, 0, 5]), endpoint: None });
    }
}
