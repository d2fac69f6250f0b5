//! Where every address of a lab is, looked up once for as many questions as are asked.

use super::{Path, Question, walk};
use crate::{
    model::{AwsService, Name, Region, Topology, aws_address},
    spec::service::Health,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// A lab, ready for questions.
pub struct Atlas<'a> {
    pub(super) topology: &'a Topology,
    pub(super) health: &'a Health,
    /// Interfaces by VPC and private address.
    private: BTreeMap<(&'a Name, Ipv4Addr), &'a Name>,
    /// Interfaces by public address.
    public: BTreeMap<Ipv4Addr, (&'a Name, Ipv4Addr)>,
    /// The private addresses of each group's members (SG-10).
    members: BTreeMap<&'a Name, BTreeSet<Ipv4Addr>>,
    /// AWS's own services by public address.
    services: BTreeMap<Ipv4Addr, (AwsService, Region)>,
}

impl<'a> Atlas<'a> {
    /// A lab whose targets are as healthy as `health` says. With no health known at all every target is in service, as
    /// AWS has it while none is healthy (NLB-29).
    pub fn new(topology: &'a Topology, health: &'a Health) -> Self {
        let services = aws_address::public_services(&topology.regions());
        let mut atlas = Self {
            topology,
            health,
            private: BTreeMap::new(),
            public: BTreeMap::new(),
            members: BTreeMap::new(),
            services: services.into_iter().map(|public| (public.address, (public.service, public.region))).collect(),
        };
        for (name, interface) in &topology.network_interfaces {
            for (private, public) in interface.addresses() {
                atlas.private.insert((&interface.vpc, private), name);
                atlas.public.extend(public.map(|public| (public.ip, (name, private))));
            }
            for group in &interface.security_groups {
                atlas.members.entry(group).or_default().extend(interface.private_ips());
            }
        }
        atlas
    }

    /// What becomes of a connection, and why.
    ///
    /// # Panics
    ///
    /// If the question names an instance that is not in the topology.
    pub fn path(&self, question: &Question) -> Path {
        walk::path(self, question)
    }

    /// Who has a private address in a VPC.
    pub(super) fn at_private(&self, vpc: &'a Name, address: Ipv4Addr) -> Option<&'a Name> {
        self.private.get(&(vpc, address)).copied()
    }

    /// Who has a public address, and for which private one it stands.
    pub(super) fn at_public(&self, address: Ipv4Addr) -> Option<(&'a Name, Ipv4Addr)> {
        self.public.get(&address).copied()
    }

    /// The service of AWS's own at a public address.
    pub(super) fn service_at(&self, address: Ipv4Addr) -> Option<(&AwsService, &Region)> {
        self.services.get(&address).map(|(service, region)| (service, region))
    }

    /// Whether an address is the private one of a member of a group.
    pub(super) fn is_member(&self, group: &Name, address: Ipv4Addr) -> bool {
        self.members.get(group).is_some_and(|members| members.contains(&address))
    }
}
