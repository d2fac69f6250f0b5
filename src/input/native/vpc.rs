//! VPCs of the native format with what lies inside them: subnets, route tables, security groups.
//!
//! Everything inside a VPC is named `VPC/NAME` in the draft. A subnet's own `routes` make a route table
//! named as the subnet; a VPC's `routes` are its main table, `VPC/main`.

use super::{
    dhcp_options::DhcpOptions,
    lower::{Lowering, label},
    mapping,
    name::{self, Named},
    network_acl, security_group, unmirrored,
};
use crate::{
    input::{
        decode::{Decode, Pairs},
        mapping::REFUSED,
        tree::{Kind, Node},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned, did_you_mean},
        draft::{self, Ref, RouteTarget, Text},
    },
};

mapping! {
    /// A VPC.
    struct Vpc = "a VPC" {
        /// The VPC's CIDR, /16 to /28. VPCs may overlap.
        cidr: Text,
        /// Further CIDRs, four at most. Subnets lie in any of them.
        secondary_cidrs: Option<Vec<Text>>,
        /// The account that owns it, twelve digits. Left out: the lab's own account, the same for all VPCs.
        account: Option<Text>,
        /// Its region, such as `eu-west-1`. Left out: the lab's own.
        region: Option<Text>,
        /// Whether the resolver at base+2 and 169.254.169.253 answers. Default `true`.
        enable_dns_support: Option<bool>,
        /// Whether instances with a public address get a public name. Default `false`.
        enable_dns_hostnames: Option<bool>,
        /// What instances are told of DNS and time. Left out: to ask the VPC's resolver, in the region's domain.
        dhcp_options: Option<DhcpOptions>,
        /// `true` attaches an internet gateway called as the VPC, a name one of that name.
        internet_gateway: Option<Gateway>,
        /// Routes of the main route table, from CIDR or prefix list (`prefix_list/NAME`) to target.
        routes: Option<Pairs<Target>>,
        /// Virtual private gateways whose routes the main route table takes over.
        propagating_vgws: Option<Vec<Text>>,
        /// Further route tables, which subnets name with `route_table`.
        route_tables: Named<RouteTable>,
        /// The one of them that is the main route table. The one that has the VPC's `routes` is then called `main`.
        main_route_table: Option<Text>,
        /// Subnets.
        subnets: Named<Subnet>,
        /// Security groups. `default` changes the rules of the VPC's default group.
        security_groups: Named<security_group::SecurityGroup>,
        /// Network ACLs, which subnets name with `network_acl`. `default` changes the VPC's default one.
        network_acls: Named<network_acl::NetworkAcl>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A subnet.
    struct Subnet = "a subnet" {
        /// The subnet's CIDR, inside the VPC's.
        cidr: Text,
        /// The availability zone: a letter (`a`), or a whole name (`ap-northeast-2a`). Default: the region's first.
        az: Option<Text>,
        /// Routes of a route table of the subnet's own, from CIDR or prefix list to target.
        routes: Option<Pairs<Target>>,
        /// Virtual private gateways whose routes that table takes over.
        propagating_vgws: Option<Vec<Text>>,
        /// The VPC's route table to use. Default, if there are no `routes` either: the main one.
        route_table: Option<Text>,
        /// The VPC's network ACL to use. Default: the VPC's default one, which lets everything pass.
        network_acl: Option<Text>,
        /// Whether instances get a public address without asking. Default `false`.
        map_public_ip_on_launch: Option<bool>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A route table.
    struct RouteTable = "a route table" {
        /// Its routes, from CIDR or prefix list to target.
        routes: Option<Pairs<Target>>,
        /// Virtual private gateways whose routes it takes over.
        propagating_vgws: Option<Vec<Text>>,
        /// The gateways by which comes what it leads, instead of subnets: `internet_gateway`, `vpn_gateway` or
        /// `vpn_gateway/NAME`.
        gateways: Option<Vec<Target>>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

/// Whether there is an internet gateway, and its name.
#[derive(Debug, Clone)]
pub(super) enum Gateway {
    /// None.
    Absent,
    /// One that is called as the VPC.
    Unnamed(Span),
    /// One of that name.
    Named(Text),
}

impl Decode for Gateway {
    fn what() -> String {
        "`true`, `false` or a name".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } if text == "true" => Self::Unnamed(node.span),
            Kind::Scalar { text, .. } if text == "false" => Self::Absent,
            Kind::Scalar { text, .. } if !node.is_null() => Self::Named(Spanned::new(text.clone(), node.span)),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self::Unnamed(at)
    }
}

/// Where a route leads.
#[derive(Debug, Clone)]
pub(super) struct Target(Spanned<RouteTarget>);

impl Decode for Target {
    fn what() -> String {
        "`internet_gateway`, `nat_gateway/NAME`, `peering_connection/NAME`, `vpn_gateway`, `instance/NAME`, \
         `network_interface/NAME` or `blackhole`"
            .into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let (word, span) = match &node.kind {
            Kind::Scalar { text, .. } => (text.as_str(), node.span),
            // `transit_gateway: NAME` is how somebody might go on.
            Kind::Mapping(entries) if entries.len() == 1 => (entries[0].0.value.as_str(), entries[0].0.span),
            _ => return Self::unexpected(node, notes),
        };
        let (kind, name) = word.split_once('/').map_or((word, None), |(kind, name)| (kind, Some(Name::new(name))));
        let target = match (kind, name) {
            ("internet_gateway", None) => Some(RouteTarget::OwnInternetGateway),
            ("nat_gateway", None) => Some(RouteTarget::OwnNatGateway),
            ("nat_gateway", Some(name)) => Some(RouteTarget::NatGateway(name)),
            ("peering_connection", None) => Some(RouteTarget::OwnPeeringConnection),
            ("peering_connection", Some(name)) => Some(RouteTarget::PeeringConnection(name)),
            ("vpn_gateway", None) => Some(RouteTarget::OwnVpnGateway),
            ("vpn_gateway", Some(name)) => Some(RouteTarget::VpnGateway(name)),
            ("network_interface", Some(name)) => Some(RouteTarget::NetworkInterface(name)),
            ("instance", Some(name)) => Some(RouteTarget::Instance(name)),
            ("blackhole", None) => Some(RouteTarget::Blackhole),
            _ => None,
        };
        if let (Some(target), Kind::Scalar { .. }) = (&target, &node.kind) {
            return Self(Spanned::new(target.clone(), span));
        }
        if word == "local" {
            let hint = "each route table has it already: take it out";
            notes.push_with_hint(span, "a `local` route cannot be written", hint);
        } else if target.is_some() {
            notes.push_with_hint(span, "a route's target is one word", format!("write `{word}/NAME`"));
        } else if unmirrored::ROUTE_TARGETS.contains(&kind) {
            notes.push_unmirrored(span, format!("`{word}` is not mirrored yet"), REFUSED);
        } else {
            let known = [
                "internet_gateway",
                "nat_gateway",
                "peering_connection",
                "vpn_gateway",
                "instance",
                "network_interface",
                "blackhole",
            ];
            let near = did_you_mean(kind, known);
            let hint = near.unwrap_or_else(|| format!("a route leads to {}", Self::what()));
            notes.push_with_hint(span, format!("a route cannot lead to {}", node.describe()), hint);
        }
        Self::placeholder(span)
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new(RouteTarget::Blackhole, at))
    }
}

impl Vpc {
    /// Writes the VPC and all that is in it.
    pub(super) fn lower(self, vpc: Ref, lowering: &mut Lowering<'_>) {
        let gateway = match self.internet_gateway {
            None | Some(Gateway::Absent) => None,
            Some(Gateway::Unnamed(span)) => Some(Spanned::new(vpc.value.clone(), span)),
            Some(Gateway::Named(text)) => Some(name::checked(text, &mut lowering.notes)),
        };
        if let Some(name) = gateway {
            let gateway = draft::InternetGateway { label: label(name, None), vpc: Some(vpc.clone()) };
            lowering.draft.internet_gateways.push(gateway);
        }
        if self.routes.is_some() || self.propagating_vgws.is_some() {
            let table = Spanned::new(Name::new(format!("{}/main", vpc.value)), vpc.span);
            let label = label(table, None);
            lowering.route_table(label, &vpc, true, (self.routes, self.propagating_vgws));
        }
        for (name, table) in self.route_tables.0 {
            let name = within(&vpc, name);
            for Target(gateway) in table.gateways.into_iter().flatten() {
                lowering.gateway_table(gateway, name.clone());
            }
            let label = label(name, table.tag);
            lowering.route_table(label, &vpc, false, (table.routes, table.propagating_vgws));
        }
        for (name, subnet) in self.subnets.0 {
            subnet.lower(&vpc, within(&vpc, name), lowering);
        }
        for (name, group) in self.security_groups.0 {
            group.lower(&vpc, within(&vpc, name), lowering);
        }
        for (name, acl) in self.network_acls.0 {
            acl.lower(&vpc, within(&vpc, name), lowering);
        }
        let dhcp_options = self.dhcp_options.map(|options| options.lower(&vpc, lowering));
        let main_route_table = self.main_route_table.map(|table| name::inside(vpc.value.as_str(), table));
        lowering.draft.vpcs.push(draft::Vpc {
            label: label(vpc, self.tag),
            cidr: self.cidr,
            secondary_cidrs: self.secondary_cidrs.unwrap_or_default(),
            dhcp_options,
            main_route_table,
            account: self.account,
            region: self.region,
            enable_dns_support: self.enable_dns_support,
            enable_dns_hostnames: self.enable_dns_hostnames,
        });
    }
}

impl Subnet {
    fn lower(self, vpc: &Ref, subnet: Ref, lowering: &mut Lowering<'_>) {
        let own = [("routes", self.routes.is_some()), ("propagating_vgws", self.propagating_vgws.is_some())];
        let own = own.into_iter().find(|(_, given)| *given).map(|(key, _)| key);
        if let (Some(key), Some(table)) = (own, &self.route_table) {
            let message = format!("subnet `{}` has both `{key}` and `route_table`", subnet.value);
            let hint = format!("keep one: put the routes into the table `{}`, or leave `route_table` out", table.value);
            lowering.notes.push_with_hint(table.span, message, hint);
        }
        let mut route_table = self.route_table.map(|table| name::inside(vpc.value.as_str(), table));
        if own.is_some() {
            let label = label(subnet.clone(), self.tag.clone());
            lowering.route_table(label, vpc, false, (self.routes, self.propagating_vgws));
            route_table = route_table.or_else(|| Some(subnet.clone()));
        }
        lowering.draft.subnets.push(draft::Subnet {
            label: label(subnet, self.tag),
            vpc: vpc.clone(),
            cidr: self.cidr,
            az: self.az,
            route_table,
            network_acl: self.network_acl.map(|acl| name::inside(vpc.value.as_str(), acl)),
            map_public_ip_on_launch: self.map_public_ip_on_launch,
        });
    }
}

impl Lowering<'_> {
    /// Writes that a table is a gateway's.
    fn gateway_table(&mut self, gateway: Spanned<RouteTarget>, route_table: Ref) {
        let is_gateway = matches!(
            gateway.value,
            RouteTarget::OwnInternetGateway | RouteTarget::OwnVpnGateway | RouteTarget::VpnGateway(_)
        );
        if is_gateway {
            self.draft.gateway_route_tables.push(draft::GatewayRouteTable { gateway, route_table });
        } else {
            let hint = "such a gateway is `internet_gateway`, `vpn_gateway` or `vpn_gateway/NAME`";
            self.notes.push_with_hint(gateway.span, "only gateways at the VPC's edge have a route table", hint);
        }
    }

    /// Writes a route table with its routes and those that it takes over.
    fn route_table(
        &mut self,
        label: draft::Label,
        vpc: &Ref,
        main: bool,
        (routes, propagating): (Option<Pairs<Target>>, Option<Vec<Text>>),
    ) {
        for (destination, Target(target)) in routes.into_iter().flat_map(|routes| routes.0) {
            self.draft.routes.push(draft::Route { route_table: label.name.clone(), destination, target });
        }
        let propagating = propagating.into_iter().flatten().map(|gateway| gateway.map(Name::new));
        let propagating_vgws = propagating.collect();
        self.draft.route_tables.push(draft::RouteTable { label, vpc: vpc.clone(), main, propagating_vgws });
    }
}

/// The whole name of what is defined inside a VPC.
pub(super) fn within(vpc: &Ref, name: Ref) -> Ref {
    name.map(|name| Name::new(format!("{}/{name}", vpc.value)))
}
