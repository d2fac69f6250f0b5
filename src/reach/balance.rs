//! Load balancer nodes and endpoints: what takes a connection over and goes on with it.
//!
//! Every target that the node may choose is tried: a listener is only as good as the worst of them, because the flow
//! hash may choose it (NLB-14).

use super::{
    Component, Direction, Verdict,
    filter::Opposite,
    walk::{Packet, Place, Step, Stop, Walk},
};
use crate::model::{ConnectionState, Listener, LoadBalancer, Name, NetworkInterface, Node, Provider, Target};

impl<'a> Walk<'a> {
    /// At a node: by the listener to each target in service (NLB-10, NLB-16, NLB-24). `keeps` is whether the client's
    /// address may be kept; PrivateLink's never is (NLB-33).
    pub(super) fn at_node(&mut self, name: &Name, node: &'a Name, packet: Packet, keeps: bool) -> Step<Verdict> {
        let balancer = &self.topology.load_balancers[name];
        let component = Component::new("load balancer", name, balancer.arn.as_str());
        let Some(listener) = balancer.listeners.iter().find(|listener| packet.traffic.is_for(listener)) else {
            let ports: Vec<_> = balancer.listeners.iter().map(text).collect();
            let says = format!("no listener for {}; there are: {}", packet.traffic, ports.join(", "));
            let change = format!("give load balancer {name} a listener for {}", packet.traffic);
            return Err(self.stop("ELBV2_LISTENER_PORT_RESTRICTION", &component, says, change));
        };
        let at = balancer.nodes.iter().find(|other| other.interface == *node).expect("an interface of a node");
        let groups: Vec<_> = listener.groups().map(Name::as_str).collect();
        let plural = if groups.len() == 1 { "" } else { "s" };
        let says =
            format!("node in {}, listener {} → target group{plural} {}", at.az, text(listener), groups.join(", "));
        self.pass(&component, says);
        let (mut targets, mut without) = (Vec::new(), None);
        for name in listener.forward.iter().filter(|share| share.weight > 0).map(|share| &share.target_group) {
            let of = self.topology.targets_in_service(self.atlas.health, balancer, name, at);
            without = without.or(of.is_empty().then_some(name));
            let keeps = keeps && self.topology.target_groups[name].preserve_client_ip;
            targets.extend(of.into_iter().map(|target| (target, keeps)));
        }
        match (targets.is_empty(), without) {
            (false, None) => {
                let taken = self.topology.is_relayed(listener);
                if taken {
                    self.answer()?;
                }
                self.choose(node, &targets, packet).map_err(|stop| Stop { taken: stop.taken || taken, ..stop })
            }
            (false, Some(name)) => {
                // What falls to this group vanishes, whatever becomes of the rest (NLB-16).
                let reached = self.clone().choose(node, &targets, packet).is_ok();
                let stop = self.no_target(balancer, name, at);
                let of = listener.forward.iter().filter(|share| share.weight > 0).count();
                Err(if reached { Stop { share: Some((of - 1, of)), ..stop } } else { stop })
            }
            (true, Some(name)) => Err(self.no_target(balancer, name, at)),
            (true, None) => {
                let change = format!("give a target group of load balancer {name} a weight");
                Err(self.stop(
                    "ELBV2_LISTENER_HAS_NO_TG",
                    &component,
                    "all its target groups have the weight 0",
                    change,
                ))
            }
        }
    }

    /// What takes a connection itself answers by itself, before it asks a target.
    fn answer(&mut self) -> Step<()> {
        let mut walk = self.clone();
        let answered = walk.back();
        if answered.is_err() {
            *self = walk;
        }
        answered
    }

    fn no_target(&mut self, balancer: &LoadBalancer, name: &Name, node: &Node) -> Stop {
        let group = &self.topology.target_groups[name];
        let component = Component::new("target group", name, group.arn.as_str());
        if group.targets.is_empty() {
            let change = format!("register a target with target group {name}");
            return self.stop("ELBV2_LISTENER_HAS_NO_TG", &component, "it has no targets", change);
        }
        let crosses = self.topology.crosses_zones(balancer, group);
        let code = if crosses { "ELBV2_NO_TARGETS_IN_AZ" } else { "ELB_NOT_CROSSZONE" };
        let says = format!("no target in {} to which the node may send", node.az);
        self.stop(code, &component, says, format!("turn cross-zone on, or add a target in {}", node.az))
    }

    /// Tries each target, which may see the client's address or not.
    fn choose(&mut self, node: &'a Name, targets: &[(&'a Target, bool)], packet: Packet) -> Step<Verdict> {
        let tried = targets.iter().map(|(target, keeps)| {
            let mut walk = self.clone();
            let outcome = walk.try_target(node, target, packet, *keeps);
            (walk, outcome)
        });
        let tried: Vec<_> = tried.collect();
        let reached = tried.iter().filter(|(_, outcome)| outcome.is_ok()).count();
        let telling = tried.iter().position(|(_, outcome)| outcome.is_err()).unwrap_or(0);
        let (walk, outcome) = tried.into_iter().nth(telling).expect("a listener without targets was told of before");
        *self = walk;
        outcome.map_err(|stop| match (reached, stop.share) {
            (0, _) | (_, Some(_)) => stop,
            _ => Stop { share: Some((reached, targets.len())), ..stop },
        })
    }

    fn try_target(&mut self, node: &'a Name, target: &Target, packet: Packet, keeps: bool) -> Step<Verdict> {
        let interface = &self.topology.network_interfaces[node];
        let name = target.instance.as_ref().map_or_else(|| target.id.clone(), Name::to_string);
        let component = Component { kind: "target", name, id: target.id.clone() };
        let source = if keeps { packet.source } else { interface.private_ip };
        if source == target.ip {
            let says = "it is the client itself, and would see its own address as the source (NLB-34)";
            return Err(self.stop(
                "ELBV2_SOURCE_ADDRESS_PRESERVATION",
                &component,
                says,
                "turn client IP preservation off",
            ));
        }
        self.pass(&component, format!("{}:{}, which sees {source}", target.ip, target.port));
        let traffic = packet.traffic.to_port(target.port);
        if !interface.security_groups.is_empty() {
            self.judge(interface, Opposite::receiver(target.ip), traffic)?;
        }
        self.send(Place::Interface(node), Packet { source, destination: target.ip, traffic })
    }

    /// At an endpoint's interface: to the node of the same zone, once the connection is accepted (SVC-10, SVC-12).
    pub(super) fn at_endpoint(&mut self, name: &Name, interface: &NetworkInterface, packet: Packet) -> Step<Verdict> {
        let endpoint = &self.topology.endpoints[name];
        let component = Component::new("endpoint", name, endpoint.id.as_str());
        let Provider::EndpointService { service, load_balancer } = &endpoint.provider else {
            let service = endpoint.aws_service().expect("the other kind of provider");
            let region = self.topology.region_of(&endpoint.vpc);
            self.pass(&component, format!("→ {}", service.service_name(region)));
            let verdict = self.at_service((service, region), packet, false)?;
            self.back()?;
            return Ok(verdict);
        };
        if endpoint.state != ConnectionState::Available {
            let says = format!("the connection to service {service} is {}", endpoint.state.as_str());
            return Err(self.stop("BAD_STATE", &component, says, format!("`vpcns accept {name}`")));
        }
        self.pass(&component, format!("→ endpoint service {service}"));
        let balancer = &self.topology.load_balancers[load_balancer];
        let az_id = &self.topology.subnets[&interface.subnet].az_id;
        let mut nodes = balancer.nodes.iter();
        let node = nodes
            .find(|node| self.topology.zone_id(&node.interface) == az_id)
            .expect("endpoints lie in zones of the service");
        let node_interface = &self.topology.network_interfaces[&node.interface];
        self.works(Place::Interface(&node.interface))?;
        let judges = balancer.enforce_security_groups_on_private_link && !node_interface.security_groups.is_empty();
        if judges && endpoint.vpc != balancer.vpc {
            // by their own addresses, which are in no group of this VPC (NLB-41)
            let client =
                Opposite { direction: Direction::Inbound, address: packet.source, may_be_member: false, node: None };
            self.judge(node_interface, client, packet.traffic)?;
        }
        self.at_node(load_balancer, &node.interface, packet, false)
    }
}

/// `tcp 80`.
fn text(listener: &Listener) -> String {
    format!("{} {}", listener.protocol.as_str().to_lowercase(), listener.port)
}
