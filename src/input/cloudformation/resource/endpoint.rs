//! `AWS::EC2::VPCEndpoint` of both types, `AWS::EC2::VPCEndpointService` and who may use it (sections 14 to 16 of the
//! rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Named, Resource, Tags, To, names, properties},
    },
    load_balancer::LoadBalancer,
    route_table::RouteTable,
    security_group::SecurityGroup,
    vpc::{Subnet, Vpc},
};
use crate::{
    input::{mapping::REFUSED, policy::Policy},
    model::{
        diagnostic::Spanned,
        draft::{self, Label, Ref, Text},
    },
};

properties! {
    /// An interface endpoint.
    struct VpcEndpoint = "an endpoint" {
        /// `Gateway` (default) or `Interface`.
        kind as "VpcEndpointType": Option<Text>,
        /// A service of AWS's own (`!Sub com.amazonaws.${AWS::Region}.s3`), or an endpoint service of the template
        /// (`!Sub com.amazonaws.vpce.${AWS::Region}.${SERVICE}`).
        service as "ServiceName": Named<VpcEndpointService>,
        /// Its VPC.
        vpc as "VpcId": To<Vpc>,
        /// Of a gateway: the tables that get a route to it.
        route_tables as "RouteTableIds": Option<Vec<To<RouteTable>>>,
        /// One subnet per zone, in each of which it has an interface.
        subnets as "SubnetIds": Option<Vec<To<Subnet>>>,
        /// Its security groups. Default: the VPC's default group.
        security_groups as "SecurityGroupIds": Option<Vec<To<SecurityGroup>>>,
        /// Whether the service's own name leads to the endpoint in its VPC. Default `false`.
        private_dns as "PrivateDnsEnabled": Option<Spanned<bool>>,
        /// Its policy. Default: full access.
        policy as "PolicyDocument": Option<Policy>,
        /// Only `ipv4`.
        address_type as "IpAddressType": Option<Text>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    unmirrored &[
        "DnsOptions",
        "ResourceConfigurationArn",
        "ServiceNetworkArn",
        "ServiceRegion",
    ];
}

properties! {
    /// An endpoint service.
    struct VpcEndpointService = "an endpoint service" {
        /// The load balancers behind it.
        load_balancers as "NetworkLoadBalancerArns": Option<Vec<To<LoadBalancer>>>,
        /// Whether each connection waits to be accepted. Default `true`.
        acceptance_required as "AcceptanceRequired": Option<bool>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["ContributorInsightsEnabled", "PayerResponsibility"];
    unmirrored &["GatewayLoadBalancerArns", "SupportedIpAddressTypes", "SupportedRegions"];
}

properties! {
    /// Who may use an endpoint service, beside its own account.
    struct VpcEndpointServicePermissions = "permissions" {
        /// The endpoint service.
        service as "ServiceId": To<VpcEndpointService>,
        /// `arn:aws:iam::ACCOUNT:root`, or `*`.
        principals as "AllowedPrincipals": Option<Vec<Text>>,
    }
}

impl Resource for VpcEndpoint {
    const TYPE: &'static str = "AWS::EC2::VPCEndpoint";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("Id", How::Itself),
        ("CreationTimestamp", How::Later),
        ("DnsEntries", How::Later),
        ("NetworkInterfaceIds", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if let Some(kind) = self.address_type.as_ref().filter(|kind| kind.value != "ipv4") {
            lowering.notes.push_unmirrored(kind.span, "IPv6 is not mirrored yet", REFUSED);
        }
        match self.kind.as_ref().map_or("Gateway", |kind| &kind.value) {
            "Gateway" => self.lower_gateway(name, lowering),
            "Interface" => self.lower_interface(name, lowering),
            other => {
                let span = self.kind.as_ref().map_or(name.span, |kind| kind.span);
                lowering.leave_out(&name, span, format!("an endpoint of the type `{other}` is not mirrored yet"));
            }
        }
    }
}

impl VpcEndpoint {
    fn lower_gateway(self, name: Ref, lowering: &mut Lowering<'_>) {
        let of_interfaces = [self.subnets.map(names), self.security_groups.map(names)];
        if let Some(reference) = of_interfaces.into_iter().flatten().flatten().next() {
            let message = "a gateway endpoint has neither subnets nor security groups (InvalidParameter)";
            let hint = "for an interface endpoint write `VpcEndpointType: Interface`";
            lowering.notes.push_with_hint(reference.span, message, hint);
        }
        if let Some(wanted) = self.private_dns.filter(|wanted| wanted.value) {
            let message = "private DNS is for interface endpoints (InvalidParameter)";
            lowering.notes.push_with_hint(wanted.span, message, "a gateway endpoint needs none: routes lead to it");
        }
        lowering.draft.gateway_endpoints.push(draft::GatewayEndpoint {
            label: Label { name, tag: self.tags.0 },
            vpc: Some(self.vpc.name),
            service: self.service.text,
            route_tables: names(self.route_tables.into_iter().flatten()),
            policy: self.policy.map(|policy| policy.0),
        });
    }

    fn lower_interface(self, name: Ref, lowering: &mut Lowering<'_>) {
        if let Some(table) = self.route_tables.map(names).into_iter().flatten().next() {
            let message = "an interface endpoint has no route tables (InvalidParameter)";
            let hint = "for a gateway endpoint write `VpcEndpointType: Gateway`";
            lowering.notes.push_with_hint(table.span, message, hint);
        }
        let private_dns = self.private_dns.unwrap_or_else(|| Spanned::new(false, name.span));
        lowering.draft.endpoints.push(draft::Endpoint {
            label: Label { name, tag: self.tags.0 },
            vpc: Some(self.vpc.name),
            service: self.service.text,
            subnets: names(self.subnets.into_iter().flatten()),
            security_groups: self.security_groups.map(names),
            accepted: None,
            private_dns_enabled: Some(private_dns),
            policy: self.policy.map(|policy| policy.0),
        });
    }
}

impl Resource for VpcEndpointService {
    const TYPE: &'static str = "AWS::EC2::VPCEndpointService";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("ServiceId", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.endpoint_services.push(draft::EndpointService {
            label: Label { name, tag: self.tags.0 },
            load_balancers: names(self.load_balancers.into_iter().flatten()),
            acceptance_required: self.acceptance_required,
            allowed_principals: Vec::new(), // permissions of their own
        });
    }
}

impl Resource for VpcEndpointServicePermissions {
    const TYPE: &'static str = "AWS::EC2::VPCEndpointServicePermissions";

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        for principal in self.principals.into_iter().flatten() {
            lowering.joined.principals.add(self.service.name.clone(), principal);
        }
    }
}
