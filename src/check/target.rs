//! Who stands behind an address: the hosts that would answer, filters and routes aside. A deny that nobody could
//! answer anyway proves nothing, so these must listen.

use super::context::said;
use crate::{
    compile::names,
    model::{
        Name, NetworkInterface, Owner, Provider, Topology,
        aws_address::{self, PublicService},
        internet::{HOSTS, LAPTOP},
    },
    reach::{Sender, Traffic},
    spec::NetnsName,
    sys::{
        netns::Netns,
        probe::{self, Echo},
    },
};
use std::{
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

/// How long a host may take to answer itself.
const PATIENCE: Duration = Duration::from_secs(1);

/// A host behind an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The instance's name, or `internet`.
    pub(super) name: String,
    /// Where it is.
    pub(super) netns: NetnsName,
    /// Its own address and port; of a ping, port 0.
    pub(super) at: SocketAddrV4,
}

impl Target {
    /// Whether it answers itself.
    pub(super) fn listens(&self, traffic: Traffic) -> Result<bool, String> {
        let netns = Netns::open(&self.netns).map_err(said)?;
        let echo = match traffic {
            Traffic::Tcp(_) => probe::tcp(&netns, self.at, PATIENCE).map_err(said)?,
            Traffic::Ping => probe::ping(&netns, *self.at.ip(), PATIENCE).map_err(said)?,
            // what arrives is seen, whoever listens
            Traffic::Udp(_) => return Ok(true),
        };
        Ok(echo == Echo::Answered)
    }
}

/// The hosts behind an address, as a sender means it: of a load balancer or an endpoint, all targets of the listener.
pub(super) fn behind(topology: &Topology, from: &Sender, address: Ipv4Addr, traffic: Traffic) -> Vec<Target> {
    if HOSTS.iter().any(|(host, _)| *host == address) {
        let netns = if address == LAPTOP { names::laptop_netns } else { names::internet_netns }(&topology.lab);
        let at = SocketAddrV4::new(address, traffic.port().unwrap_or_default());
        return vec![Target { name: "internet".into(), netns, at }];
    }
    let services = aws_address::public_services(&topology.regions());
    if services.iter().any(|service| service.address == address) {
        return vec![aws(topology, address, traffic)];
    }
    let Some(interface) = interface(topology, from, address) else {
        let mut hosts = topology.on_premises_hosts.iter();
        let host = hosts.find(|(_, host)| host.address == address);
        let at = (address, traffic.port().unwrap_or_default());
        return host.map(|(name, _)| instance(topology, name, at)).into_iter().collect();
    };
    let own = interface.addresses().find(|(_, public)| public.is_some_and(|public| public.ip == address));
    let own = own.map_or(address, |(private, _)| private);
    match &interface.owner {
        Owner::Instance(name) => {
            vec![instance(topology, name, (own, traffic.port().unwrap_or_default()))]
        }
        Owner::LoadBalancer(name) => of_listener(topology, name, traffic),
        Owner::Endpoint(name) => match &topology.endpoints[name].provider {
            Provider::EndpointService { load_balancer, .. } => of_listener(topology, load_balancer, traffic),
            Provider::Aws(service) => {
                let here =
                    |it: &&PublicService| it.service == *service && it.region == *topology.region_of(&interface.vpc);
                services.iter().filter(here).map(|service| aws(topology, service.address, traffic)).collect()
            }
        },
        // The router itself answers there, if it does (DNS-14).
        Owner::ResolverEndpoint(name) => vec![Target {
            name: name.to_string(),
            netns: names::router_netns(&topology.lab, &interface.vpc),
            at: SocketAddrV4::new(interface.private_ip, traffic.port().unwrap_or_default()),
        }],
        Owner::NatGateway(_) | Owner::Nobody => Vec::new(), // it answers nobody (NAT-04)
    }
}

/// Whose address it is: public ones are everybody's, private ones first of all the sender's own VPC's.
fn interface<'a>(topology: &'a Topology, from: &Sender, address: Ipv4Addr) -> Option<&'a NetworkInterface> {
    let interfaces = || topology.network_interfaces.values();
    if let Some(found) =
        interfaces().find(|it| it.addresses().any(|(_, public)| public.is_some_and(|public| public.ip == address)))
    {
        return Some(found);
    }
    let own = match from {
        Sender::Instance(name) => Some(&topology.network_interfaces[&topology.instances[name].interface].vpc),
        Sender::Internet(_) | Sender::OnPremises(_) => None,
    };
    let mut having: Vec<_> = interfaces().filter(|interface| interface.has(address)).collect();
    match having.iter().position(|interface| Some(&interface.vpc) == own) {
        Some(at) => Some(having.swap_remove(at)),
        None if having.len() == 1 => having.pop(),
        None => None,
    }
}

fn of_listener(topology: &Topology, balancer: &Name, traffic: Traffic) -> Vec<Target> {
    let listeners = topology.load_balancers[balancer].listeners.iter();
    let Some(listener) =
        listeners.filter(|_| matches!(traffic, Traffic::Tcp(_))).find(|it| Some(it.port) == traffic.port())
    else {
        return Vec::new();
    };
    let group = &topology.target_groups[&listener.target_group];
    let targets = group.targets.iter().filter_map(|target| {
        let at_address = |(_, instance): &(&Name, &crate::model::Instance)| {
            let interface = &topology.network_interfaces[&instance.interface];
            interface.vpc == group.vpc && interface.private_ip == target.ip
        };
        let (name, _) = topology.instances.iter().find(at_address)?;
        Some(instance(topology, name, (target.ip, target.port)))
    });
    targets.collect()
}

/// A service of AWS's own.
fn aws(topology: &Topology, address: Ipv4Addr, traffic: Traffic) -> Target {
    let at = SocketAddrV4::new(address, traffic.port().unwrap_or_default());
    Target { name: "aws".into(), netns: names::aws_netns(&topology.lab), at }
}

fn instance(topology: &Topology, name: &Name, (ip, port): (Ipv4Addr, u16)) -> Target {
    let netns = names::host_netns(&topology.lab, name);
    Target { name: name.to_string(), netns, at: SocketAddrV4::new(ip, port) }
}
