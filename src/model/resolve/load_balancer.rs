//! Network Load Balancers: nodes (NLB-01 to NLB-12, NLB-39 to NLB-41).

use super::{
    super::{
        Az, LoadBalancer, Name, Node, Owner, RouteTarget, Scheme, Vpc,
        draft::{self, Draft},
        id,
    },
    Resolver,
    interface::{More, Wish},
    public_address::{Kind, Public},
    tag, text,
};
use std::collections::BTreeMap;

/// A name as Elastic Load Balancing takes it: 32 characters of letters, digits and `-` (NLB-01).
pub(super) fn aws_name(tag: &str) -> String {
    let name: String = tag.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(32).collect();
    name.trim_matches('-').to_owned()
}

/// The interface of a node.
pub(super) fn interface_name(balancer: &Name, az: &Az) -> Name {
    Name::new(format!("{balancer}/{az}"))
}

impl Resolver<'_> {
    pub(super) fn load_balancers(&mut self, draft: &Draft) {
        for balancer in &draft.load_balancers {
            let resolved = self.load_balancer(balancer);
            self.load_balancers.insert(&balancer.label.name, resolved, &mut self.found);
        }
    }

    fn load_balancer(&mut self, balancer: &draft::LoadBalancer) -> Option<LoadBalancer> {
        let label = &balancer.label.name;
        let vpc = self.vpc_of_nodes(balancer)?;
        let nodes = self.node_subnets(balancer, &vpc);
        let scheme = self.scheme(balancer, &vpc)?;
        self.elastic_ips_if_internet_facing(balancer, scheme);
        let listeners = self.listeners(balancer, &vpc);
        let groups = self.groups_of(&vpc, Some(&balancer.security_groups));
        self.keeps_groups_or_none(balancer, !groups.is_empty());
        let name = aws_name(&tag(&balancer.label));
        if name.is_empty() || name.starts_with("internal-") {
            let message = format!("`{name}` cannot name a load balancer (ValidationError)");
            self.found.push_with_hint(label.span, message, "letters, digits and `-`, not beginning with `internal-`");
        }
        let hex = id::hex(self.lab, "loadbalancer", label.value.as_str());
        let nodes = nodes.into_iter().map(|(az, place)| {
            let wanted = &balancer.subnets[place];
            let interface = interface_name(&label.value, &az);
            self.wishes.push(Wish {
                name: interface.clone(),
                span: wanted.subnet.span,
                subnet: wanted.subnet.value.clone(),
                private_ip: wanted.private_ip.clone(),
                public: (scheme == Scheme::InternetFacing).then_some(Public::Assigned(Kind::LoadBalancer)),
                security_groups: groups.clone(),
                owner: Owner::LoadBalancer(label.value.clone()),
                more: More::default(),
            });
            Node { az, interface }
        });
        let nodes = nodes.collect();
        let Vpc { region, account, .. } = self.vpcs.get(&vpc)?;
        let named = format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/net/{name}/");
        // NLB-01: names are unique in a region of an account.
        if self.load_balancers.iter().any(|(_, other)| other.arn.starts_with(&named)) {
            let message = format!("a load balancer with the same name `{name}` exists, but with different settings");
            self.found.push(label.span, format!("{message} (DuplicateLoadBalancerName)"));
        }
        Some(LoadBalancer {
            arn: format!("{named}{hex}"),
            dns_name: format!("{name}-{hex}.elb.{region}.amazonaws.com"),
            tag: name,
            vpc,
            scheme,
            nodes,
            listeners,
            cross_zone: balancer.cross_zone.unwrap_or(false),
            enforce_security_groups_on_private_link: balancer.enforce_security_groups_on_private_link.unwrap_or(true),
        })
    }

    /// Refuses elastic IPs for a load balancer of which the internet knows no address.
    fn elastic_ips_if_internet_facing(&mut self, balancer: &draft::LoadBalancer, scheme: Scheme) {
        if scheme == Scheme::Internal {
            for elastic in balancer.subnets.iter().filter_map(|node| node.elastic_ip.as_ref()) {
                let message = "an internal load balancer has no elastic IPs (InvalidConfigurationRequest)";
                self.found.push_with_hint(elastic.span, message, "leave it out, or make it `internet-facing`");
            }
        }
    }

    /// Refuses groups for a load balancer that was made without, and none for one that was made with some (NLB-39).
    fn keeps_groups_or_none(&mut self, balancer: &draft::LoadBalancer, now: bool) {
        let Some(previous) = self.previous else { return };
        let running = previous.load_balancers.get(&balancer.label.name.value);
        let Some(node) = running.and_then(|running| running.nodes.first()) else { return };
        let had_none = previous.network_interfaces[&node.interface].security_groups.is_empty();
        if now != had_none {
            return;
        }
        let (what, how) = if now { ("set", "made without any") } else { ("unset", "made with some") };
        let message = format!("cannot {what} the security groups of load balancer `{}`", balancer.label.name.value);
        let hint = format!("it was {how}, and stays so: give the load balancer another name");
        self.found.push_with_hint(balancer.label.name.span, format!("{message} (InvalidConfigurationRequest)"), hint);
    }

    /// The VPC of the load balancer's first subnet.
    fn vpc_of_nodes(&mut self, balancer: &draft::LoadBalancer) -> Option<Name> {
        let Some(first) = balancer.subnets.first() else {
            let message = format!("load balancer `{}` needs a subnet (ValidationError)", balancer.label.name.value);
            self.found.push(balancer.label.name.span, message);
            return None;
        };
        self.subnets.find(&first.subnet, &mut self.found).map(|subnet| subnet.vpc.clone())
    }

    /// Which of the written subnets is in which zone: one a zone, all of one VPC (NLB-02).
    fn node_subnets(&mut self, balancer: &draft::LoadBalancer, vpc: &Name) -> BTreeMap<Az, usize> {
        let mut nodes = BTreeMap::new();
        for (place, node) in balancer.subnets.iter().enumerate() {
            let reference = &node.subnet;
            let Some(subnet) = self.subnets.find(reference, &mut self.found) else { continue };
            if subnet.vpc != *vpc {
                let message = format!("subnet `{}` is not of VPC `{vpc}` (InvalidSubnet)", reference.value);
                self.found.push(reference.span, message);
                continue;
            }
            let az = subnet.az.clone();
            if let Some(other) = nodes.insert(az.clone(), place) {
                let message = "a load balancer cannot be attached to multiple subnets in the same Availability Zone";
                let hint = format!("`{}` is in `{az}` too", balancer.subnets[other].subnet.value);
                self.found.push_with_hint(reference.span, format!("{message} (InvalidSubnet)"), hint);
            }
        }
        nodes
    }

    /// The scheme that is written, or that the subnets' routes make likely.
    fn scheme(&mut self, balancer: &draft::LoadBalancer, vpc: &Name) -> Option<Scheme> {
        let words = [("internal", Scheme::Internal), ("internet-facing", Scheme::InternetFacing)];
        let scheme = match &balancer.scheme {
            Some(text) => text::word(text, "a scheme", &words, &mut self.found)?,
            None if self.is_public(balancer) => Scheme::InternetFacing,
            None => Scheme::Internal,
        };
        if scheme == Scheme::InternetFacing && !self.has_gateway(vpc) {
            let span = balancer.scheme.as_ref().map_or(balancer.label.name.span, |scheme| scheme.span);
            self.found.push(span, format!("VPC `{vpc}` has no internet gateway (InvalidSubnet)"));
            return None;
        }
        Some(scheme)
    }

    /// Whether the load balancer's first subnet routes to an internet gateway (SUB-09).
    fn is_public(&self, balancer: &draft::LoadBalancer) -> bool {
        let subnet = balancer.subnets.first().and_then(|node| self.subnets.get(&node.subnet.value));
        let table = subnet.and_then(|subnet| self.route_tables.get(&subnet.route_table));
        table.is_some_and(|table| {
            let to_lists = table.prefix_list_routes.iter().map(|route| &route.target);
            let mut targets = table.routes.iter().map(|route| &route.target).chain(to_lists);
            targets.any(|target| matches!(target, RouteTarget::InternetGateway(_)))
        })
    }
}
