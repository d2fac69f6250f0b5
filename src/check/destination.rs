//! Senders and destinations as people write them: `bastion`, `10.10.1.4:80`, `internet`, `vpce-….amazonaws.com:443/tcp`.

use crate::{
    compile::{self, names},
    daemon,
    describe::{self, Kind, NotFound},
    model::{Name, Provider, Topology, internet::LAPTOP},
    reach::{Atlas, Path, Question, Sender, Traffic},
    spec::{NetnsName, service::Health},
};
use std::net::Ipv4Addr;

/// Nobody is called so, or it cannot be a destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No resource has the name, or several have.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// It is a gateway endpoint.
    #[error("gateway endpoint `{0}` has no address")]
    NoAddress(Name),
    /// It is no `HOST:PORT`.
    #[error("{0}")]
    Form(String),
}

impl Error {
    /// A way out.
    pub fn hint(&self) -> String {
        match self {
            Error::NotFound(error) => error.hint(),
            Error::NoAddress(_) => "write the name of its service".into(),
            Error::Form(_) => "write HOST, HOST:PORT, HOST:PORT/udp or HOST/icmp".into(),
        }
    }
}

/// Where a connection goes.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The addresses that the name has for the sender, in the order in which it is told them.
    pub addresses: Vec<Ipv4Addr>,
    /// Whether the sender would try only the one that works: an instance has a private and a public one.
    pub any: bool,
    /// What is sent.
    pub traffic: Traffic,
}

impl Destination {
    /// A path to each address; of an instance's, only to the one that the sender would use.
    pub fn paths(&self, atlas: &Atlas<'_>, from: &Sender) -> Vec<(Ipv4Addr, Path)> {
        let question = |address: &Ipv4Addr| Question { from: from.clone(), to: *address, traffic: self.traffic };
        let path = |address: &Ipv4Addr| (*address, atlas.path(&question(address)));
        let mut paths: Vec<_> = self.addresses.iter().map(path).collect();
        if self.any
            && let Some(works) = paths.iter().position(|(_, path)| path.verdict.is_reached())
        {
            return vec![paths.swap_remove(works)];
        }
        paths
    }
}

/// The namespace from which a sender sends.
pub fn netns(topology: &Topology, from: &Sender) -> NetnsName {
    match from {
        Sender::Instance(name) | Sender::OnPremises(name) => names::host_netns(&topology.lab, name),
        Sender::Internet(_) => names::laptop_netns(&topology.lab),
    }
}

/// Who sends: an instance or a host on premises by any of its names, or the internet.
pub fn sender(topology: &Topology, text: &str) -> Result<Sender, Error> {
    if is_internet(topology, text) {
        return Ok(Sender::Internet(LAPTOP));
    }
    let found = describe::find(topology, &[Kind::Instances, Kind::OnPremisesHosts], text)?;
    Ok(if found.kind == Kind::Instances { Sender::Instance(found.name) } else { Sender::OnPremises(found.name) })
}

/// Where to: `HOST[:PORT[/PROTOCOL]]`.
pub fn destination(topology: &Topology, health: &Health, from: &Sender, text: &str) -> Result<Destination, Error> {
    let (host, traffic) = split(text)?;
    if let Ok(address) = host.parse() {
        return Ok(Destination { addresses: vec![address], any: false, traffic: traffic.unwrap_or(Traffic::Ping) });
    }
    if is_internet(topology, host) {
        return Ok(Destination { addresses: vec![LAPTOP], any: false, traffic: traffic.unwrap_or(Traffic::Ping) });
    }
    if host.contains('.') {
        let addresses = resolve(topology, health, from, host);
        if !addresses.is_empty() {
            return Ok(Destination { addresses, any: false, traffic: traffic.unwrap_or(Traffic::Ping) });
        }
    }
    resource(topology, health, from, (host, traffic))
}

/// A resource by any of its names.
fn resource(
    topology: &Topology,
    health: &Health,
    from: &Sender,
    (host, traffic): (&str, Option<Traffic>),
) -> Result<Destination, Error> {
    const KINDS: [Kind; 5] =
        [Kind::Instances, Kind::OnPremisesHosts, Kind::LoadBalancers, Kind::Endpoints, Kind::NetworkInterfaces];
    let found = describe::find(topology, &KINDS, host)?;
    let by_name = |dns_name: &str| resolve(topology, health, from, dns_name);
    Ok(match found.kind {
        Kind::LoadBalancers => {
            let balancer = &topology.load_balancers[&found.name];
            let first = balancer.listeners.first().map(Traffic::to_listener);
            let traffic = traffic.or(first).unwrap_or(Traffic::Ping);
            Destination { addresses: by_name(&balancer.dns_name), any: false, traffic }
        }
        Kind::Endpoints => {
            let Some(endpoint) = topology.endpoints.get(&found.name) else {
                return Err(Error::NoAddress(found.name));
            };
            let interfaces = endpoint.interfaces.values();
            let addresses = interfaces.map(|interface| topology.network_interfaces[interface].private_ip).collect();
            let first = match &endpoint.provider {
                Provider::Aws(_) => Some(Traffic::Tcp(443)),
                Provider::EndpointService { load_balancer, .. } => {
                    topology.load_balancers[load_balancer].listeners.first().map(Traffic::to_listener)
                }
            };
            Destination { addresses, any: false, traffic: traffic.or(first).unwrap_or(Traffic::Ping) }
        }
        Kind::OnPremisesHosts => {
            let addresses = vec![topology.on_premises_hosts[&found.name].address];
            Destination { addresses, any: false, traffic: traffic.unwrap_or(Traffic::Ping) }
        }
        Kind::Instances => instance(topology, from, &topology.instances[&found.name].interface, traffic),
        _ => instance(topology, from, &found.name, traffic),
    })
}

/// The addresses of an interface: inside its VPC only the private one is ever used.
fn instance(topology: &Topology, from: &Sender, interface: &Name, traffic: Option<Traffic>) -> Destination {
    let interface = &topology.network_interfaces[interface];
    let vpc_of = |name: &Name| &topology.network_interfaces[&topology.instances[name].interface].vpc;
    let neighbours = matches!(from, Sender::Instance(name) if *vpc_of(name) == interface.vpc);
    let public = interface.public.as_ref().filter(|_| !neighbours).map(|public| public.ip);
    let addresses = std::iter::once(interface.private_ip).chain(public).collect();
    Destination { addresses, any: true, traffic: traffic.unwrap_or(Traffic::Ping) }
}

/// What the sender's resolver says.
fn resolve(topology: &Topology, health: &Health, from: &Sender, name: &str) -> Vec<Ipv4Addr> {
    let (netns, client) = match from {
        Sender::Internet(address) => (names::internet_netns(&topology.lab), *address),
        Sender::OnPremises(name) => {
            let site = &topology.sites[&topology.on_premises_hosts[name].site];
            match (&site.dns, site.public_ip) {
                (Some(dns), _) => {
                    let client = topology.on_premises_hosts[name].address;
                    (names::host_netns(&topology.lab, &dns.host), client)
                }
                (None, Some(address)) => (names::internet_netns(&topology.lab), address),
                // Without a way to the internet there is nobody to ask.
                (None, None) => return Vec::new(),
            }
        }
        Sender::Instance(name) => {
            let interface = &topology.network_interfaces[&topology.instances[name].interface];
            (names::router_netns(&topology.lab, &interface.vpc), interface.private_ip)
        }
    };
    let services = compile::services(topology, health);
    daemon::resolve(&services, &netns, client, name)
}

/// `internet`, or `laptop`, which stands for it.
fn is_internet(topology: &Topology, text: &str) -> bool {
    matches!(text, "internet" | "laptop") && !topology.instances.contains_key(text)
}

/// Host and traffic.
fn split(text: &str) -> Result<(&str, Option<Traffic>), Error> {
    let wrong = Error::Form;
    let (rest, protocol) = text.split_once('/').map_or((text, None), |(rest, protocol)| (rest, Some(protocol)));
    let Some((host, port)) = rest.rsplit_once(':') else {
        return match protocol {
            None => Ok((rest, None)),
            Some("icmp" | "ping") => Ok((rest, Some(Traffic::Ping))),
            // names of the native format have slashes themselves
            Some(_) => Ok((text, None)),
        };
    };
    let port = port.parse().ok().filter(|port| *port > 0);
    let port: u16 = port.ok_or_else(|| wrong(format!("`{text}` names no port from 1 to 65535")))?;
    match protocol {
        None | Some("tcp") => Ok((host, Some(Traffic::Tcp(port)))),
        Some("udp") => Ok((host, Some(Traffic::Udp(port)))),
        Some(other) => Err(wrong(format!("`{other}` is neither `tcp` nor `udp`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::split;
    use crate::reach::Traffic;

    #[test]
    fn ports_and_protocols_are_told_from_hosts() {
        let parsed = |text| split(text).ok();
        assert_eq!(parsed("web"), Some(("web", None)));
        assert_eq!(parsed("web:80"), Some(("web", Some(Traffic::Tcp(80)))));
        assert_eq!(parsed("web:53/udp"), Some(("web", Some(Traffic::Udp(53)))));
        assert_eq!(parsed("10.0.0.1/icmp"), Some(("10.0.0.1", Some(Traffic::Ping))));
        for wrong in ["web:0", "web:x", "web:70000", "web:80/sctp"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
