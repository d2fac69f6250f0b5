//! A topology as all its VPCs share it: what is chosen for all links at once, and what belongs to which VPC. With a thousand
//! of them, none looks through everything.

use super::names::LinkAddresses;
use crate::model::{Endpoint, Name, NetworkInterface, Topology};
use std::collections::BTreeMap;

/// A topology, with what would have to be looked for in all of it.
pub(super) struct Overview<'a> {
    pub(super) topology: &'a Topology,
    pub(super) links: LinkAddresses<'a>,
    interfaces: BTreeMap<&'a Name, Vec<(&'a Name, &'a NetworkInterface)>>,
    endpoints: BTreeMap<&'a Name, Vec<&'a Endpoint>>,
}

impl<'a> Overview<'a> {
    pub(super) fn new(topology: &'a Topology) -> Self {
        let mut interfaces = BTreeMap::<_, Vec<_>>::new();
        for (name, interface) in &topology.network_interfaces {
            interfaces.entry(&interface.vpc).or_default().push((name, interface));
        }
        let mut endpoints = BTreeMap::<_, Vec<_>>::new();
        for endpoint in topology.endpoints.values() {
            endpoints.entry(&endpoint.vpc).or_default().push(endpoint);
            let provider = endpoint.load_balancer().map(|balancer| &topology.load_balancers[balancer].vpc);
            if let Some(provider) = provider.filter(|provider| **provider != endpoint.vpc) {
                endpoints.entry(provider).or_default().push(endpoint);
            }
        }
        Self { topology, links: LinkAddresses::new(topology), interfaces, endpoints }
    }

    /// The interfaces of a VPC.
    pub(super) fn interfaces_of(&self, vpc: &Name) -> &[(&'a Name, &'a NetworkInterface)] {
        self.interfaces.get(vpc).map_or(&[], Vec::as_slice)
    }

    /// The endpoints that lie in a VPC, and those whose load balancer does.
    pub(super) fn endpoints_of(&self, vpc: &Name) -> &[&'a Endpoint] {
        self.endpoints.get(vpc).map_or(&[], Vec::as_slice)
    }
}
