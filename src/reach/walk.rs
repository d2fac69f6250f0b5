//! The way there and back: from a sender over one stretch after another to whoever answers, and the answers over the
//! same stretches in reverse, because routes judge each direction by itself (RT-23), while security groups know the
//! connection (SG-04).
//!
//! A stretch ends where an address is translated or something else takes the connection over: at a load balancer
//! node or an endpoint. What lies inside a stretch is in `carry`.

use super::{
    Atlas, Component, Hop, Path, Question, Sender, Traffic, Verdict, Way,
    border::Crossing,
    carry::internet_host,
    filter::{self, Opposite},
};
use crate::model::{Line, Name, NetworkInterface, Owner, ResolverDirection, Topology};
use std::net::Ipv4Addr;

/// Walks a question's path.
pub(super) fn path(atlas: &Atlas<'_>, question: &Question) -> Path {
    let mut walk = Walk { atlas, topology: atlas.topology, hops: Vec::new(), stretches: Vec::new(), way: Way::There };
    let traffic = question.traffic;
    let outcome = match &question.from {
        Sender::Instance(name) => {
            let interface = sending(atlas.topology, name, question.to);
            let source = atlas.topology.network_interfaces[interface].private_ip;
            walk.leave_instance(name, interface, Packet { source, destination: question.to, traffic })
        }
        Sender::OnPremises(name) => walk.leave_site(name, question),
        Sender::Internet(address) => {
            walk.send(Place::Internet(*address), Packet { source: *address, destination: question.to, traffic })
        }
    };
    let verdict = outcome.unwrap_or_else(Verdict::from);
    Path { hops: walk.hops, verdict }
}

/// A packet of the connection, as it is somewhere on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    pub(super) traffic: Traffic,
}

/// Where a stretch begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// At an interface.
    Interface(&'a Name),
    /// At a host on premises.
    OnPremises(&'a Name),
    /// At a site's router, by its public address.
    Site(&'a Name),
    /// At a host on the public internet.
    Internet(Ipv4Addr),
    /// At a service of AWS's own, by a gateway endpoint, which takes the answers back itself.
    Service,
}

/// A stretch that was gone: where, and the packet as it arrived.
#[derive(Debug, Clone, Copy)]
struct Stretch<'a> {
    from: Place<'a>,
    to: Place<'a>,
    arrived: Packet,
}

/// Why packets do not get through.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub(super) code: &'static str,
    pub(super) change: String,
    /// Of a load balancer's targets, how many answer, if some do.
    pub(super) share: Option<(usize, usize)>,
    /// The instance that packets were led to on their way.
    pub(super) handed: Option<String>,
    /// Whether a load balancer had taken the connection before.
    pub(super) taken: bool,
}

impl Stop {
    pub(super) fn new(code: &'static str, change: impl Into<String>) -> Self {
        Self { code, change: change.into(), share: None, handed: None, taken: false }
    }
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Self {
        let Stop { code, change, share, handed, taken } = stop;
        if let Some(to) = handed {
            return Verdict::Handed { to };
        }
        match share {
            None if taken => Verdict::Broken { code, change },
            None => Verdict::Silence { code, change },
            Some((reached, of)) => Verdict::Sometimes { reached, of, code, change },
        }
    }
}

pub(super) type Step<T> = Result<T, Stop>;

/// A walk as far as it has come.
#[derive(Clone)]
pub(super) struct Walk<'a> {
    pub(super) atlas: &'a Atlas<'a>,
    pub(super) topology: &'a Topology,
    pub(super) hops: Vec<Hop>,
    stretches: Vec<Stretch<'a>>,
    pub(super) way: Way,
}

impl<'a> Walk<'a> {
    fn leave_instance(&mut self, name: &Name, interface: &'a Name, packet: Packet) -> Step<Verdict> {
        let mut own =
            self.topology.instances[name].interfaces().map(|(_, name)| &self.topology.network_interfaces[name]);
        if own.any(|interface| interface.has(packet.destination)) {
            return Ok(reached(name.to_string(), packet)); // within the host: nothing of AWS sees it
        }
        let interface_of = &self.topology.network_interfaces[interface];
        self.works(Place::Interface(interface))?;
        if let Some(service) = self.always_there(interface_of, packet) {
            return Ok(service);
        }
        self.judge(interface_of, Opposite::receiver(packet.destination), packet.traffic)?;
        self.send(Place::Interface(interface), packet)
    }

    fn leave_site(&mut self, name: &Name, question: &Question) -> Step<Verdict> {
        let (name, host) = self.topology.on_premises_hosts.get_key_value(name).expect("a host of the topology");
        let packet = Packet { source: host.address, destination: question.to, traffic: question.traffic };
        if packet.source == packet.destination {
            return Ok(reached(name.to_string(), packet));
        }
        self.send(Place::OnPremises(name), packet)
    }

    /// Sends a packet over a stretch, and goes on from there.
    pub(super) fn send(&mut self, from: Place<'a>, packet: Packet) -> Step<Verdict> {
        self.works(from)?;
        let (to, arrived) = self.carry(from, packet)?;
        self.works(to)?;
        let service = self.atlas.service_at(arrived.destination);
        let request = Crossing::Request(packet.traffic);
        self.cross([from, to], [packet, arrived], &request)?;
        self.stretches.push(Stretch { from, to, arrived });
        match to {
            Place::Interface(name) => self.arrive(name, arrived),
            Place::OnPremises(host) => {
                self.back()?;
                Ok(reached(host.to_string(), arrived))
            }
            Place::Site(site) => {
                self.back()?;
                Ok(reached(format!("router of site {site}"), arrived))
            }
            Place::Internet(_) | Place::Service => {
                let host = || internet_host(arrived.destination).filter(|_| to != Place::Service);
                let verdict = match (service, host()) {
                    (Some(service), _) => self.at_service(service, arrived, true)?,
                    (None, Some(host)) => reached(host.to_owned(), arrived),
                    (None, None) => {
                        let says = format!("no service has the address {}", arrived.destination);
                        let change = "send to an address that a service has";
                        return Err(self.stop("UNKNOWN_DESTINATION", &Component::internet(), says, change));
                    }
                };
                self.back()?;
                Ok(verdict)
            }
        }
    }

    fn arrive(&mut self, name: &'a Name, packet: Packet) -> Step<Verdict> {
        let interface = &self.topology.network_interfaces[name];
        match &interface.owner {
            Owner::Instance(instance) => {
                let sender = Opposite { node: self.node_before(), ..Opposite::sender(packet.source) };
                self.judge(interface, sender, packet.traffic)?;
                if !interface.has(packet.destination) {
                    return Err(self.hand(name, instance, packet));
                }
                self.back()?;
                Ok(reached(instance.to_string(), packet))
            }
            Owner::LoadBalancer(balancer) => {
                if !interface.security_groups.is_empty() {
                    self.judge(interface, Opposite::sender(packet.source), packet.traffic)?;
                }
                self.at_node(balancer, name, packet, true)
            }
            Owner::Endpoint(endpoint) => {
                self.judge(interface, Opposite::sender(packet.source), packet.traffic)?;
                self.at_endpoint(endpoint, interface, packet)
            }
            Owner::Nobody => Err(self.no_instance(name, interface)),
            Owner::NatGateway(gateway) => self.at_nat_gateway(gateway, name, packet),
            Owner::ResolverEndpoint(endpoint) => self.at_resolver(endpoint, interface, packet),
        }
    }

    /// At a Resolver endpoint, which answers DNS if it is an inbound one (DNS-14).
    fn at_resolver(&mut self, name: &Name, interface: &NetworkInterface, packet: Packet) -> Step<Verdict> {
        self.judge(interface, Opposite::sender(packet.source), packet.traffic)?;
        let endpoint = &self.topology.resolver_endpoints[name];
        let component = Component::new("Resolver endpoint", name, endpoint.id.as_str());
        let answers = endpoint.direction == ResolverDirection::Inbound
            && self.topology.vpcs[&endpoint.vpc].enable_dns_support
            && matches!(packet.traffic, Traffic::Tcp(53) | Traffic::Udp(53));
        if !answers {
            let change = "an inbound endpoint answers DNS on port 53, and nothing else";
            return Err(self.stop("NO_POSSIBLE_DESTINATION", &component, "it does not answer that", change));
        }
        self.back()?;
        Ok(reached(format!("Resolver endpoint {name}"), packet))
    }

    /// On from a NAT gateway with its own address (NAT-02); to itself it leads nobody (NAT-04).
    fn at_nat_gateway(&mut self, gateway: &Name, name: &'a Name, packet: Packet) -> Step<Verdict> {
        let own = self.topology.network_interfaces[name].private_ip;
        let component = Component::new("NAT gateway", gateway, self.topology.nat_gateways[gateway].id.as_str());
        if packet.destination == own {
            let change = "send to an instance or a load balancer: a NAT gateway lets connections out only";
            return Err(self.stop("NO_POSSIBLE_DESTINATION", &component, "it lets nobody in", change));
        }
        self.pass(&component, format!("{} becomes {own}", packet.source));
        self.send(Place::Interface(name), Packet { source: own, ..packet })
    }

    /// The answers' way: each stretch back to where it began.
    pub(super) fn back(&mut self) -> Step<()> {
        self.way = Way::Back;
        for stretch in std::mem::take(&mut self.stretches).into_iter().rev() {
            let Packet { source, destination, traffic } = stretch.arrived;
            let answer = Packet { source: destination, destination: source, traffic };
            let answers = Crossing::answer(self, stretch.from, traffic);
            if self.is_node(stretch.from) || stretch.to == Place::Service {
                // The load balancer or the gateway endpoint takes the answers back itself (NLB-32).
                self.cross([stretch.to, stretch.from], [answer, answer], &answers)?;
                continue;
            }
            let (to, arrived) = self.carry(stretch.to, answer)?;
            if let Place::Interface(name) = to
                && to != stretch.from
                && let interface = &self.topology.network_interfaces[name]
                && let Owner::Instance(instance) = &interface.owner
                && !interface.has(arrived.destination)
            {
                return Err(self.hand(name, instance, arrived));
            }
            // What comes back to a site's public address goes on to whom the site's router sent it for.
            if to != stretch.from && !matches!(to, Place::Site(_)) {
                let change = format!("let {source} lead back to where the connection came from");
                return Err(self.stop("CANNOT_ROUTE", &Component::internet(), "answers go elsewhere", change));
            }
            self.cross([stretch.to, stretch.from], [answer, arrived], &answers)?;
        }
        Ok(())
    }

    /// Gives a packet to an instance that is not its destination, which may or may not forward it (ENI-02).
    fn hand(&mut self, interface: &Name, instance: &Name, packet: Packet) -> Stop {
        let id = self.topology.network_interfaces[interface].id.as_str();
        let component = Component::new("network interface", interface, id);
        self.pass(&component, format!("takes what is for {}: instance {instance} goes on with it", packet.destination));
        Stop { handed: Some(instance.to_string()), ..Stop::new("", "") }
    }

    /// At an interface that no instance has (ENI-04).
    fn no_instance(&mut self, name: &Name, interface: &NetworkInterface) -> Stop {
        let component = Component::new("network interface", name, interface.id.as_str());
        let change = format!("attach network interface {name} to an instance");
        self.stop("NO_POSSIBLE_DESTINATION", &component, "no instance has it", change)
    }

    fn is_node(&self, place: Place<'_>) -> bool {
        let Place::Interface(name) = place else { return false };
        matches!(self.topology.network_interfaces[name].owner, Owner::LoadBalancer(_))
    }

    /// The load balancer's node from which the packet came.
    fn node_before(&self) -> Option<&'a NetworkInterface> {
        let from = self.stretches.last()?.from;
        let Place::Interface(name) = from else { return None };
        self.is_node(from).then(|| &self.topology.network_interfaces[name])
    }

    /// Lets an interface's security groups judge (SG-01).
    pub(super) fn judge(&mut self, interface: &NetworkInterface, other: Opposite<'_>, traffic: Traffic) -> Step<()> {
        let (groups, direction) = (&interface.security_groups, other.direction);
        if let Some(rule) = filter::deciding_rule(self.atlas, groups, other, traffic) {
            let deciding = &filter::rules(self.topology, &rule.group, direction)[rule.index];
            let says = format!("{direction} rule: {}", filter::text(deciding, direction));
            let (component, line) = (self.group(&rule.group), deciding.line);
            self.hops.push(Hop { way: self.way, component, says, passes: true, rule: Some(rule), line });
            return Ok(());
        }
        let empty = groups.iter().all(|group| filter::rules(self.topology, group, direction).is_empty());
        let code = if empty { "SG_HAS_NO_RULES" } else { "ENI_SG_RULES_MISMATCH" };
        let wanted = format!("{traffic} {} {}", direction.preposition(), other.address);
        let says = format!("no {direction} rule of {} allows {wanted}", names(groups));
        let change = format!("add to {} an {direction} rule: {wanted}/32", names(groups));
        let first = groups.first().map_or_else(Component::internet, |group| self.group(group));
        Err(self.stop(code, &first, says, change))
    }

    fn group(&self, name: &Name) -> Component {
        Component::new("security group", name, self.topology.security_groups[name].id.as_str())
    }

    /// Notes that something lets packets pass.
    pub(super) fn pass(&mut self, component: &Component, says: impl Into<String>) {
        self.pass_by(component, says, Line::default());
    }

    /// Notes that something which the file says on this line lets packets pass.
    pub(super) fn pass_by(&mut self, component: &Component, says: impl Into<String>, line: Line) {
        let (component, says) = (component.clone(), says.into());
        self.hops.push(Hop { way: self.way, component, says, passes: true, rule: None, line });
    }

    /// Notes that something lets nothing pass.
    pub(super) fn stop(
        &mut self,
        code: &'static str,
        component: &Component,
        says: impl Into<String>,
        change: impl Into<String>,
    ) -> Stop {
        let (component, says, line) = (component.clone(), says.into(), Line::default());
        self.hops.push(Hop { way: self.way, component, says, passes: false, rule: None, line });
        Stop::new(code, change)
    }

    /// What AWS serves to every instance, past all filters (SG-13): the resolver (DNS-01) and metadata (IMDS-01).
    fn always_there(&mut self, interface: &NetworkInterface, packet: Packet) -> Option<Verdict> {
        const LINK_LOCAL_RESOLVER: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);
        const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
        let vpc = &self.topology.vpcs[&interface.vpc];
        let is_resolver = packet.destination == vpc.resolver() || packet.destination == LINK_LOCAL_RESOLVER;
        let kind = match packet.traffic {
            Traffic::Tcp(53) | Traffic::Udp(53) if is_resolver && vpc.enable_dns_support => "resolver",
            Traffic::Tcp(80) if packet.destination == METADATA => "instance metadata",
            _ => return None,
        };
        self.pass(&Component::new(kind, &interface.vpc, ""), "no filter judges this traffic");
        Some(reached(kind.to_owned(), packet))
    }
}

/// The interface by which an instance sends: the one in whose subnet the destination is, or the first one.
fn sending<'a>(topology: &'a Topology, instance: &Name, destination: Ipv4Addr) -> &'a Name {
    let instance = &topology.instances[instance];
    let near = |name: &Name| topology.subnets[&topology.network_interfaces[name].subnet].cidr.contains(&destination);
    instance.interfaces().map(|(_, name)| name).find(|name| near(name)).unwrap_or(&instance.interface)
}

pub(super) fn reached(host: String, packet: Packet) -> Verdict {
    Verdict::Reached { host, at: packet.destination, traffic: packet.traffic, source: packet.source }
}

/// `security group a`, or `security groups a, b`.
fn names(groups: &[Name]) -> String {
    let names = groups.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
    format!("security group{} {names}", if groups.len() == 1 { "" } else { "s" })
}
