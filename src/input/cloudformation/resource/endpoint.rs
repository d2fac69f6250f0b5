//! `AWS::EC2::VPCEndpoint` to an endpoint service, `AWS::EC2::VPCEndpointService` and who may use it (sections
//! 14 and 15 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Named, Resource, Tags, To, names, properties},
    },
    load_balancer::LoadBalancer,
    security_group::SecurityGroup,
    vpc::{Subnet, Vpc},
};
use crate::{
    input::mapping::REFUSED,
    model::{
        diagnostic::Spanned,
        draft::{self, Label, Ref, Text},
    },
};

properties! {
    /// An interface endpoint.
    struct VpcEndpoint = "an endpoint" {
        /// Only `Interface`. Left out, it is `Gateway`.
        kind as "VpcEndpointType": Option<Text>,
        /// The name of an endpoint service of the template: `!Sub com.amazonaws.vpce.${AWS::Region}.${SERVICE}`.
        service as "ServiceName": Named<VpcEndpointService>,
        /// Its VPC.
        vpc as "VpcId": To<Vpc>,
        /// One subnet per zone, in each of which it has an interface.
        subnets as "SubnetIds": Option<Vec<To<Subnet>>>,
        /// Its security groups. Default: the VPC's default group.
        security_groups as "SecurityGroupIds": Option<Vec<To<SecurityGroup>>>,
        /// Only `false`.
        private_dns as "PrivateDnsEnabled": Option<Spanned<bool>>,
        /// Only `ipv4`.
        address_type as "IpAddressType": Option<Text>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    unmirrored &[
        "DnsOptions",
        "PolicyDocument",
        "ResourceConfigurationArn",
        "RouteTableIds",
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
        let kind = self.kind.unwrap_or_else(|| Spanned::new("Gateway".into(), name.span));
        if kind.value != "Interface" {
            let message = format!("an endpoint of the type `{}` is not mirrored yet", kind.value);
            lowering.leave_out(&name, kind.span, message);
            return;
        }
        let service = self.service.text;
        if service.value.starts_with("com.amazonaws.") && !service.value.starts_with("com.amazonaws.vpce.") {
            let message = format!("endpoints to AWS services such as `{}` are not mirrored yet", service.value);
            lowering.leave_out(&name, service.span, message);
            return;
        }
        if let Some(wanted) = self.private_dns.filter(|wanted| wanted.value) {
            let message = "private DNS of endpoints is not mirrored yet";
            lowering.notes.push_unmirrored(wanted.span, message, REFUSED);
        }
        if let Some(kind) = self.address_type.filter(|kind| kind.value != "ipv4") {
            lowering.notes.push_unmirrored(kind.span, "IPv6 is not mirrored yet", REFUSED);
        }
        lowering.draft.endpoints.push(draft::Endpoint {
            label: Label { name, tag: self.tags.0 },
            vpc: Some(self.vpc.name),
            service,
            subnets: names(self.subnets.into_iter().flatten()),
            security_groups: self.security_groups.map(names),
            accepted: None,
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
