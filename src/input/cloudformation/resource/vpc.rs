//! `AWS::EC2::VPC`, `AWS::EC2::VPCCidrBlock` and `AWS::EC2::Subnet` (sections 1 and 2 of the rules).

use super::super::{
    attribute::How,
    lowering::Lowering,
    property::{Resource, Tags, To, Unmirrored, properties},
};
use crate::{
    input::mapping::REFUSED,
    model::{
        DEFAULT_VPC,
        diagnostic::Spanned,
        draft::{self, Label, Ref, Text},
    },
};

properties! {
    /// A VPC.
    struct Vpc = "a VPC" {
        /// The VPC's CIDR, /16 to /28.
        cidr as "CidrBlock": Text,
        /// Whether the resolver at base+2 and 169.254.169.253 answers. Default `true`.
        enable_dns_support as "EnableDnsSupport": Option<bool>,
        /// Whether instances with a public address get a public name. Default `false`.
        enable_dns_hostnames as "EnableDnsHostnames": Option<bool>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["InstanceTenancy"];
    unmirrored &["Ipv4IpamPoolId", "Ipv4NetmaskLength"];
}

properties! {
    /// A further CIDR of a VPC.
    struct VpcCidrBlock = "a CIDR block" {
        /// Its VPC.
        vpc as "VpcId": To<Vpc>,
        /// The CIDR, /16 to /28. A VPC has five at most.
        cidr as "CidrBlock": Option<Text>,
        /// A CIDR of IPv6 that AWS chooses.
        chosen_ipv6 as "AmazonProvidedIpv6CidrBlock": Option<Unmirrored>,
        /// A CIDR of IPv6.
        ipv6 as "Ipv6CidrBlock": Option<Unmirrored>,
        /// Where IPAM chooses one of IPv4.
        pool as "Ipv4IpamPoolId": Option<Unmirrored>,
        /// Where IPAM chooses one of IPv6.
        ipv6_pool as "Ipv6IpamPoolId": Option<Unmirrored>,
    }
    unmirrored &["Ipv4NetmaskLength", "Ipv6CidrBlockNetworkBorderGroup", "Ipv6NetmaskLength", "Ipv6Pool"];
}

properties! {
    /// A subnet.
    struct Subnet = "a subnet" {
        /// Its VPC.
        vpc as "VpcId": To<Vpc>,
        /// The subnet's CIDR, inside the VPC's.
        cidr as "CidrBlock": Text,
        /// The zone's whole name. Default: the region's first zone.
        az as "AvailabilityZone": Option<Text>,
        /// Whether instances get a public address without asking. Default `false`.
        map_public_ip_on_launch as "MapPublicIpOnLaunch": Option<bool>,
        /// Only `false`: IPv6 is not mirrored yet.
        assign_ipv6 as "AssignIpv6AddressOnCreation": Option<Spanned<bool>>,
        /// Only `false`.
        enable_dns64 as "EnableDns64": Option<Spanned<bool>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["EnableLniAtDeviceIndex"];
    unmirrored &[
        "AvailabilityZoneId",
        "Ipv4IpamPoolId",
        "Ipv4NetmaskLength",
        "Ipv6CidrBlock",
        "Ipv6IpamPoolId",
        "Ipv6Native",
        "Ipv6NetmaskLength",
        "OutpostArn",
        "PrivateDnsNameOptionsOnLaunch",
    ];
}

impl Resource for Vpc {
    const TYPE: &'static str = "AWS::EC2::VPC";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("VpcId", How::Itself),
        ("CidrBlock", How::Property("CidrBlock")),
        ("DefaultSecurityGroup", How::DefaultGroup),
        ("DefaultNetworkAcl", How::DefaultAcl),
        ("CidrBlockAssociations", How::Later),
        ("Ipv6CidrBlocks", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.vpcs.push(draft::Vpc {
            label: Label { name, tag: self.tags.0 },
            cidr: self.cidr,
            secondary_cidrs: Vec::new(), // resources of their own
            dhcp_options: None,          // and here
            main_route_table: None,
            account: None,
            region: None,
            enable_dns_support: self.enable_dns_support,
            enable_dns_hostnames: self.enable_dns_hostnames,
        });
    }
}

impl Resource for VpcCidrBlock {
    const TYPE: &'static str = "AWS::EC2::VPCCidrBlock";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if self.vpc.name.value.as_str() == DEFAULT_VPC {
            lowering.leave_out(&name, self.vpc.name.span, "further CIDRs of the default VPC are not mirrored");
            return;
        }
        let refused = [&self.chosen_ipv6, &self.ipv6, &self.pool, &self.ipv6_pool];
        match self.cidr {
            Some(cidr) => lowering.joined.secondary_cidrs.add(self.vpc.name, cidr),
            None if refused.iter().any(|refused| refused.is_some()) => {
                lowering.left_out.insert(name.value.to_string());
            }
            None => lowering.notes.push(name.span, "missing key `CidrBlock`"),
        }
    }
}

impl Resource for Subnet {
    const TYPE: &'static str = "AWS::EC2::Subnet";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("SubnetId", How::Itself),
        ("AvailabilityZone", How::Property("AvailabilityZone")),
        ("AvailabilityZoneId", How::Later),
        ("CidrBlock", How::Property("CidrBlock")),
        ("VpcId", How::Property("VpcId")),
        ("Ipv6CidrBlocks", How::Later),
        ("NetworkAclAssociationId", How::Later),
        ("OutpostArn", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        for wanted in [&self.assign_ipv6, &self.enable_dns64].into_iter().flatten().filter(|wanted| wanted.value) {
            lowering.notes.push_unmirrored(wanted.span, "IPv6 is not mirrored yet", REFUSED);
        }
        lowering.draft.subnets.push(draft::Subnet {
            label: Label { name, tag: self.tags.0 },
            vpc: self.vpc.name,
            cidr: self.cidr,
            az: self.az,
            route_table: None, // an association of its own
            network_acl: None, // and here
            map_public_ip_on_launch: self.map_public_ip_on_launch,
        });
    }
}
