//! The calls that describe the resources of one kind: a row each.
//!
//! A filter is a name, or a name and the path of the field that it means (see `filter`); `tag` means
//! `tag:KEY` and `tag-key`. Filters on what a lab does not mirror are not listed, and so refused.

use super::{
    super::{Lab, Read, error::Error, parameters::Parameters},
    Describe,
    gateways::GATEWAYS,
    identity::{Identity, Refusal},
};
use crate::describe::Kind;
use serde_json::{Map, Value};

/// What answers the call of that name, if it has a row.
pub(super) fn find(name: &str) -> Option<Read> {
    row(name).map(|_| answer as Read)
}

/// The row of a call.
pub(super) fn row(name: &str) -> Option<&'static Describe> {
    CALLS.iter().chain(GATEWAYS).find(|(call, _)| *call == name).map(|(_, row)| row)
}

fn answer(lab: &Lab<'_>, parameters: &Parameters) -> Result<Map<String, Value>, Error> {
    let name = parameters.get("Action").unwrap_or_default();
    row(name).expect("a call is found by its action").answer(lab, parameters)
}

pub(super) const fn by_id(
    parameter: &'static str,
    field: &'static str,
    (prefix, stem, noun): (&'static str, &'static str, &'static str),
) -> Identity {
    Identity { parameter, field, refusal: Refusal::Id { prefix, stem, noun } }
}

const fn by_name(
    parameter: &'static str,
    field: &'static str,
    code: &'static str,
    words: (&'static str, &'static str),
) -> Identity {
    Identity { parameter, field, refusal: Refusal::Name { code, words } }
}

/// A call without ids, filters and the like.
pub(super) const fn of(member: &'static str, kind: Kind) -> Describe {
    Describe { member, kind, by: &[], filters: &[], accepted: &[], leave_out: &[] }
}

const CALLS: &[(&str, Describe)] = &[
    (
        "DescribeVpcs",
        Describe {
            by: &[by_id("VpcId", "VpcId", ("vpc", "InvalidVpcID", "vpc ID"))],
            filters: &[
                "cidr=CidrBlock",
                "cidr-block=CidrBlock",
                "cidr-block-association.association-id=CidrBlockAssociationSet/*/AssociationId",
                "cidr-block-association.cidr-block=CidrBlockAssociationSet/*/CidrBlock",
                "cidr-block-association.state=CidrBlockAssociationSet/*/CidrBlockState/State",
                "dhcp-options-id",
                "is-default",
                "isDefault=IsDefault",
                "owner-id",
                "state",
                "tag",
                "vpc-id",
            ],
            leave_out: &["EnableDnsSupport", "EnableDnsHostnames"],
            ..of("Vpcs", Kind::Vpcs)
        },
    ),
    (
        "DescribeSubnets",
        Describe {
            by: &[by_id("SubnetId", "SubnetId", ("subnet", "InvalidSubnetID", "subnet ID"))],
            filters: &[
                "availability-zone",
                "availabilityZone=AvailabilityZone",
                "availability-zone-id",
                "available-ip-address-count",
                "cidr=CidrBlock",
                "cidr-block",
                "cidrBlock=CidrBlock",
                "default-for-az",
                "defaultForAz=DefaultForAz",
                "ipv6-native",
                "map-public-ip-on-launch",
                "owner-id",
                "state",
                "subnet-arn",
                "subnet-id",
                "tag",
                "vpc-id",
            ],
            leave_out: &["RouteTableId"],
            ..of("Subnets", Kind::Subnets)
        },
    ),
    (
        "DescribeRouteTables",
        Describe {
            by: &[by_id("RouteTableId", "RouteTableId", ("rtb", "InvalidRouteTableID", "routeTable ID"))],
            filters: &[
                "association.gateway-id=Associations/*/GatewayId",
                "association.main=Associations/*/Main",
                "association.route-table-association-id=Associations/*/RouteTableAssociationId",
                "association.route-table-id=Associations/*/RouteTableId",
                "association.subnet-id=Associations/*/SubnetId",
                "owner-id",
                "route-table-id",
                "route.destination-cidr-block=Routes/*/DestinationCidrBlock",
                "route.destination-prefix-list-id=Routes/*/DestinationPrefixListId",
                "route.gateway-id=Routes/*/GatewayId",
                "route.instance-id=Routes/*/InstanceId",
                "route.nat-gateway-id=Routes/*/NatGatewayId",
                "route.origin=Routes/*/Origin",
                "route.state=Routes/*/State",
                "route.vpc-peering-connection-id=Routes/*/VpcPeeringConnectionId",
                "tag",
                "vpc-id",
            ],
            ..of("RouteTables", Kind::RouteTables)
        },
    ),
    (
        "DescribeSecurityGroups",
        Describe {
            by: &[
                by_id("GroupId", "GroupId", ("sg", "InvalidGroup", "security group")),
                by_name(
                    "GroupName",
                    "GroupName",
                    "InvalidGroup.NotFound",
                    ("The security group '", "' does not exist"),
                ),
            ],
            filters: &[
                "description",
                "egress.ip-permission.cidr=IpPermissionsEgress/*/IpRanges/*/CidrIp",
                "egress.ip-permission.from-port=IpPermissionsEgress/*/FromPort",
                "egress.ip-permission.group-id=IpPermissionsEgress/*/UserIdGroupPairs/*/GroupId",
                "egress.ip-permission.prefix-list-id=IpPermissionsEgress/*/PrefixListIds/*/PrefixListId",
                "egress.ip-permission.protocol=IpPermissionsEgress/*/IpProtocol",
                "egress.ip-permission.to-port=IpPermissionsEgress/*/ToPort",
                "egress.ip-permission.user-id=IpPermissionsEgress/*/UserIdGroupPairs/*/UserId",
                "group-id",
                "group-name",
                "ip-permission.cidr=IpPermissions/*/IpRanges/*/CidrIp",
                "ip-permission.from-port=IpPermissions/*/FromPort",
                "ip-permission.group-id=IpPermissions/*/UserIdGroupPairs/*/GroupId",
                "ip-permission.prefix-list-id=IpPermissions/*/PrefixListIds/*/PrefixListId",
                "ip-permission.protocol=IpPermissions/*/IpProtocol",
                "ip-permission.to-port=IpPermissions/*/ToPort",
                "ip-permission.user-id=IpPermissions/*/UserIdGroupPairs/*/UserId",
                "owner-id",
                "tag",
                "vpc-id",
            ],
            ..of("SecurityGroups", Kind::SecurityGroups)
        },
    ),
    (
        "DescribeSecurityGroupRules",
        Describe {
            by: &[by_id(
                "SecurityGroupRuleId",
                "SecurityGroupRuleId",
                ("sgr", "InvalidSecurityGroupRuleId", "security group rule ID"),
            )],
            filters: &["group-id", "security-group-rule-id", "tag"],
            ..of("SecurityGroupRules", Kind::SecurityGroupRules)
        },
    ),
    (
        "DescribeNetworkInterfaces",
        Describe {
            by: &[by_id(
                "NetworkInterfaceId",
                "NetworkInterfaceId",
                ("eni", "InvalidNetworkInterfaceID", "networkInterface ID"),
            )],
            filters: &[
                "addresses.association.public-ip=PrivateIpAddresses/*/Association/PublicIp",
                "addresses.primary=PrivateIpAddresses/*/Primary",
                "addresses.private-ip-address=PrivateIpAddresses/*/PrivateIpAddress",
                "association.allocation-id=Association/AllocationId",
                "association.association-id=Association/AssociationId",
                "association.ip-owner-id=Association/IpOwnerId",
                "association.public-dns-name=Association/PublicDnsName",
                "association.public-ip=Association/PublicIp",
                "attachment.attachment-id=Attachment/AttachmentId",
                "attachment.delete-on-termination=Attachment/DeleteOnTermination",
                "attachment.device-index=Attachment/DeviceIndex",
                "attachment.instance-id=Attachment/InstanceId",
                "attachment.instance-owner-id=Attachment/InstanceOwnerId",
                "attachment.status=Attachment/Status",
                "availability-zone",
                "availability-zone-id",
                "description",
                "group-id=Groups/*/GroupId",
                "group-name=Groups/*/GroupName",
                "interface-type",
                "mac-address",
                "network-interface-id",
                "owner-id",
                "private-dns-name",
                "private-ip-address",
                "requester-managed",
                "source-dest-check",
                "status",
                "subnet-id",
                "tag",
                "vpc-id",
            ],
            accepted: &["IncludeManagedResources"],
            ..of("NetworkInterfaces", Kind::NetworkInterfaces)
        },
    ),
    (
        "DescribeVpcEndpoints",
        Describe {
            by: &[by_id("VpcEndpointId", "VpcEndpointId", ("vpce", "InvalidVpcEndpointId", "Vpc Endpoint Id"))],
            filters: &[
                "ip-address-type",
                "service-name",
                "tag",
                "vpc-endpoint-id",
                "vpc-endpoint-state=State",
                "vpc-endpoint-type",
                "vpc-id",
            ],
            ..of("VpcEndpoints", Kind::Endpoints)
        },
    ),
    (
        "DescribeVpcEndpointServiceConfigurations",
        Describe {
            by: &[by_id(
                "ServiceId",
                "ServiceId",
                ("vpce-svc", "InvalidVpcEndpointServiceId", "VpcEndpointService Id"),
            )],
            filters: &[
                "service-id",
                "service-name",
                "service-state",
                "supported-ip-address-types=SupportedIpAddressTypes/*",
                "tag",
            ],
            leave_out: &["AllowedPrincipals"],
            ..of("ServiceConfigurations", Kind::EndpointServices)
        },
    ),
    (
        "DescribeVpcEndpointConnections",
        Describe {
            filters: &["ip-address-type", "service-id", "vpc-endpoint-id", "vpc-endpoint-owner", "vpc-endpoint-state"],
            ..of("VpcEndpointConnections", Kind::EndpointConnections)
        },
    ),
    (
        "DescribeAddresses",
        Describe {
            by: &[
                by_id("AllocationId", "AllocationId", ("eipalloc", "InvalidAllocationID", "allocation ID")),
                by_name("PublicIp", "PublicIp", "InvalidAddress.NotFound", ("Address '", "' not found.")),
            ],
            filters: &[
                "allocation-id",
                "association-id",
                "domain",
                "instance-id",
                "network-border-group",
                "network-interface-id",
                "network-interface-owner-id",
                "private-ip-address",
                "public-ip",
                "tag",
            ],
            ..of("Addresses", Kind::Addresses)
        },
    ),
    (
        "DescribeNetworkAcls",
        Describe {
            by: &[by_id("NetworkAclId", "NetworkAclId", ("acl", "InvalidNetworkAclID", "networkAcl ID"))],
            filters: &[
                "association.association-id=Associations/*/NetworkAclAssociationId",
                "association.network-acl-id=Associations/*/NetworkAclId",
                "association.subnet-id=Associations/*/SubnetId",
                "default=IsDefault",
                "entry.cidr=Entries/*/CidrBlock",
                "entry.egress=Entries/*/Egress",
                "entry.icmp.code=Entries/*/IcmpTypeCode/Code",
                "entry.icmp.type=Entries/*/IcmpTypeCode/Type",
                "entry.port-range.from=Entries/*/PortRange/From",
                "entry.port-range.to=Entries/*/PortRange/To",
                "entry.protocol=Entries/*/Protocol",
                "entry.rule-action=Entries/*/RuleAction",
                "entry.rule-number=Entries/*/RuleNumber",
                "network-acl-id",
                "owner-id",
                "tag",
                "vpc-id",
            ],
            ..of("NetworkAcls", Kind::NetworkAcls)
        },
    ),
    (
        "DescribeVpcPeeringConnections",
        Describe {
            by: &[by_id(
                "VpcPeeringConnectionId",
                "VpcPeeringConnectionId",
                ("pcx", "InvalidVpcPeeringConnectionID", "vpcPeeringConnection ID"),
            )],
            filters: &[
                "accepter-vpc-info.cidr-block=AccepterVpcInfo/CidrBlock",
                "accepter-vpc-info.owner-id=AccepterVpcInfo/OwnerId",
                "accepter-vpc-info.vpc-id=AccepterVpcInfo/VpcId",
                "requester-vpc-info.cidr-block=RequesterVpcInfo/CidrBlock",
                "requester-vpc-info.owner-id=RequesterVpcInfo/OwnerId",
                "requester-vpc-info.vpc-id=RequesterVpcInfo/VpcId",
                "status-code=Status/Code",
                "status-message=Status/Message",
                "tag",
                "vpc-peering-connection-id",
            ],
            ..of("VpcPeeringConnections", Kind::PeeringConnections)
        },
    ),
    (
        "DescribeImages",
        Describe {
            by: &[by_id("ImageId", "ImageId", ("ami", "InvalidAMIID", "image id"))],
            filters: &[
                "architecture",
                "creation-date",
                "hypervisor",
                "image-id",
                "image-type",
                "is-public=Public",
                "name",
                "owner-id",
                "root-device-name",
                "root-device-type",
                "source-instance-id",
                "state",
                "tag",
                "virtualization-type",
            ],
            accepted: &["Owner", "ExecutableBy", "IncludeDeprecated", "IncludeDisabled"],
            ..of("Images", Kind::Images)
        },
    ),
];
