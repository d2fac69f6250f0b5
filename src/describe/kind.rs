//! The kinds of resources that can be shown: their names, the columns of their tables (what AWS's console
//! shows first), and the fields by which one of them can be named.
//!
//! Fields are paths into the objects: `/State/Name`, `*` for every element of a list, `A|B` for the first that is there.

use crate::model::diagnostic::did_you_mean;

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are AWS's own names")]
pub enum Kind {
    Vpcs,
    DhcpOptions,
    Subnets,
    RouteTables,
    InternetGateways,
    VpnGateways,
    CustomerGateways,
    VpnConnections,
    VirtualInterfaces,
    OnPremisesHosts,
    PeeringConnections,
    NatGateways,
    SecurityGroups,
    SecurityGroupRules,
    NetworkAcls,
    NetworkInterfaces,
    Instances,
    KeyPairs,
    Images,
    Addresses,
    LoadBalancers,
    Listeners,
    TargetGroups,
    TargetHealth,
    EndpointServices,
    Endpoints,
    EndpointConnections,
    PrefixLists,
    Buckets,
    HostedZones,
    ResolverEndpoints,
    ResolverRules,
    FlowLogs,
}

/// What is known of a kind.
struct Row {
    kind: Kind,
    name: &'static str,
    aliases: &'static [&'static str],
    columns: &'static [&'static str],
    identity: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        kind: Kind::Vpcs,
        name: "vpcs",
        aliases: &[],
        columns: &["VpcId", "State", "CidrBlock", "OwnerId"],
        identity: &["VpcId"],
    },
    Row {
        kind: Kind::DhcpOptions,
        name: "dhcp-options",
        aliases: &["dopt"],
        columns: &["DhcpOptionsId", "DhcpConfigurations/*/Key", "DhcpConfigurations/*/Values/*/Value"],
        identity: &["DhcpOptionsId"],
    },
    Row {
        kind: Kind::Subnets,
        name: "subnets",
        aliases: &[],
        columns: &["SubnetId", "CidrBlock", "AvailabilityZone", "AvailableIpAddressCount", "RouteTableId"],
        identity: &["SubnetId"],
    },
    Row {
        kind: Kind::RouteTables,
        name: "route-tables",
        aliases: &["routes", "rtb"],
        columns: &[
            "RouteTableId",
            "VpcId",
            "Routes/*/DestinationCidrBlock|DestinationPrefixListId",
            "Routes/*/GatewayId|NatGatewayId|VpcPeeringConnectionId",
            "Routes/*/State",
        ],
        identity: &["RouteTableId"],
    },
    Row {
        kind: Kind::InternetGateways,
        name: "internet-gateways",
        aliases: &["igw"],
        columns: &["InternetGatewayId", "Attachments/*/State", "Attachments/*/VpcId"],
        identity: &["InternetGatewayId"],
    },
    Row {
        kind: Kind::VpnGateways,
        name: "vpn-gateways",
        aliases: &["vgw"],
        columns: &["VpnGatewayId", "State", "VpcAttachments/*/State", "VpcAttachments/*/VpcId"],
        identity: &["VpnGatewayId"],
    },
    Row {
        kind: Kind::CustomerGateways,
        name: "customer-gateways",
        aliases: &["cgw"],
        columns: &["CustomerGatewayId", "State", "IpAddress", "BgpAsn"],
        identity: &["CustomerGatewayId"],
    },
    Row {
        kind: Kind::VpnConnections,
        name: "vpn-connections",
        aliases: &["vpn"],
        columns: &[
            "VpnConnectionId",
            "State",
            "VpnGatewayId",
            "CustomerGatewayId",
            "Options/StaticRoutesOnly",
            "Routes/*/DestinationCidrBlock",
        ],
        identity: &["VpnConnectionId"],
    },
    Row {
        kind: Kind::VirtualInterfaces,
        name: "virtual-interfaces",
        aliases: &["vif", "private-virtual-interfaces"],
        columns: &["virtualInterfaceId", "virtualInterfaceState", "virtualGatewayId", "mtu"],
        identity: &["virtualInterfaceId"],
    },
    Row {
        kind: Kind::OnPremisesHosts,
        name: "on-premises-hosts",
        aliases: &["on-premises"],
        columns: &["Site", "IpAddress", "SiteCidrBlocks", "SitePublicIp"],
        identity: &["IpAddress"],
    },
    Row {
        kind: Kind::PeeringConnections,
        name: "peering-connections",
        aliases: &["vpc-peering-connections", "peerings", "pcx"],
        columns: &["VpcPeeringConnectionId", "Status/Code", "RequesterVpcInfo/VpcId", "AccepterVpcInfo/VpcId"],
        identity: &["VpcPeeringConnectionId"],
    },
    Row {
        kind: Kind::NatGateways,
        name: "nat-gateways",
        aliases: &["nat", "ngw"],
        columns: &[
            "NatGatewayId",
            "State",
            "ConnectivityType",
            "NatGatewayAddresses/*/PublicIp",
            "NatGatewayAddresses/*/PrivateIp",
            "VpcId",
        ],
        identity: &["NatGatewayId"],
    },
    Row {
        kind: Kind::SecurityGroups,
        name: "security-groups",
        aliases: &["sg", "groups"],
        columns: &["GroupId", "GroupName", "VpcId", "Description"],
        identity: &["GroupId"],
    },
    Row {
        kind: Kind::SecurityGroupRules,
        name: "security-group-rules",
        aliases: &["sgr"],
        columns: &["SecurityGroupRuleId", "IsEgress", "IpProtocol", "FromPort", "ToPort", "CidrIpv4|PrefixListId"],
        identity: &["SecurityGroupRuleId"],
    },
    Row {
        kind: Kind::NetworkAcls,
        name: "network-acls",
        aliases: &["acl", "nacl"],
        columns: &[
            "NetworkAclId",
            "IsDefault",
            "Entries/*/Egress",
            "Entries/*/RuleNumber",
            "Entries/*/Protocol",
            "Entries/*/CidrBlock",
            "Entries/*/RuleAction",
        ],
        identity: &["NetworkAclId"],
    },
    Row {
        kind: Kind::NetworkInterfaces,
        name: "network-interfaces",
        aliases: &["eni", "interfaces"],
        columns: &[
            "NetworkInterfaceId",
            "InterfaceType",
            "AvailabilityZone",
            "PrivateIpAddress",
            "Association/PublicIp",
            "Description",
        ],
        identity: &["NetworkInterfaceId"],
    },
    Row {
        kind: Kind::Instances,
        name: "instances",
        aliases: &["hosts"],
        columns: &["InstanceId", "State/Name", "Placement/AvailabilityZone", "PrivateIpAddress", "PublicIpAddress"],
        identity: &["InstanceId", "PrivateIpAddress", "PublicIpAddress", "PrivateDnsName", "PublicDnsName"],
    },
    Row {
        kind: Kind::KeyPairs,
        name: "key-pairs",
        aliases: &["keys"],
        columns: &["KeyPairId", "KeyType", "KeyFingerprint"],
        identity: &["KeyPairId", "KeyName"],
    },
    Row {
        kind: Kind::Images,
        name: "images",
        aliases: &["ami", "amis"],
        columns: &["ImageId", "State", "SourceInstanceId", "CreationDate"],
        identity: &["ImageId"],
    },
    Row {
        kind: Kind::Addresses,
        name: "addresses",
        aliases: &["eip", "elastic-ips"],
        columns: &["PublicIp", "AllocationId", "InstanceId", "PrivateIpAddress"],
        identity: &["AllocationId"],
    },
    Row {
        kind: Kind::LoadBalancers,
        name: "load-balancers",
        aliases: &["nlb", "elb"],
        columns: &["State/Code", "Scheme", "AvailabilityZones/*/ZoneName", "DNSName"],
        identity: &["LoadBalancerArn", "LoadBalancerName", "DNSName"],
    },
    Row {
        kind: Kind::Listeners,
        name: "listeners",
        aliases: &[],
        columns: &["Protocol", "Port", "DefaultActions/*/TargetGroupName"],
        identity: &["ListenerArn"],
    },
    Row {
        kind: Kind::TargetGroups,
        name: "target-groups",
        aliases: &["tg"],
        columns: &["Protocol", "Port", "TargetType", "HealthCheckProtocol", "VpcId"],
        identity: &["TargetGroupArn", "TargetGroupName"],
    },
    Row {
        kind: Kind::TargetHealth,
        name: "target-health",
        aliases: &["targets", "health"],
        columns: &[
            "Target/Id",
            "Target/Port",
            "Target/AvailabilityZone",
            "TargetHealth/State",
            "TargetHealth/Reason",
            "TargetHealth/Description",
        ],
        identity: &[],
    },
    Row {
        kind: Kind::EndpointServices,
        name: "endpoint-services",
        aliases: &["vpc-endpoint-services", "services"],
        columns: &["ServiceState", "AcceptanceRequired", "ServiceName"],
        identity: &["ServiceId", "ServiceName"],
    },
    Row {
        kind: Kind::Endpoints,
        name: "endpoints",
        aliases: &["vpc-endpoints", "vpce"],
        columns: &["VpcEndpointId", "VpcEndpointType", "State", "DnsEntries/0/DnsName"],
        identity: &["VpcEndpointId", "DnsEntries/*/DnsName"],
    },
    Row {
        kind: Kind::EndpointConnections,
        name: "endpoint-connections",
        aliases: &["vpc-endpoint-connections", "connections"],
        columns: &["ServiceId", "VpcEndpointId", "VpcEndpointOwner", "VpcEndpointState"],
        identity: &[],
    },
    Row {
        kind: Kind::PrefixLists,
        name: "prefix-lists",
        aliases: &["pl"],
        columns: &["PrefixListId", "Cidrs/*"],
        identity: &["PrefixListId", "PrefixListName"],
    },
    Row {
        kind: Kind::Buckets,
        name: "buckets",
        aliases: &[],
        columns: &["BucketRegion", "BucketArn"],
        identity: &["BucketArn"],
    },
    Row {
        kind: Kind::HostedZones,
        name: "hosted-zones",
        aliases: &["zones", "route53"],
        columns: &["Id", "DomainName", "Config/PrivateZone", "ResourceRecordSetCount", "VPCs/*/VPCId"],
        identity: &["Id"],
    },
    Row {
        kind: Kind::ResolverEndpoints,
        name: "resolver-endpoints",
        aliases: &["rslvr"],
        columns: &["Id", "Direction", "Status", "IpAddresses/*/Ip", "HostVPCId"],
        identity: &["Id"],
    },
    Row {
        kind: Kind::ResolverRules,
        name: "resolver-rules",
        aliases: &[],
        columns: &["Id", "DomainName", "RuleType", "TargetIps/*/Ip", "VPCIds/*"],
        identity: &["Id"],
    },
    Row {
        kind: Kind::FlowLogs,
        name: "flow-logs",
        aliases: &[],
        columns: &["FlowLogId", "ResourceId", "TrafficType", "MaxAggregationInterval", "FlowLogStatus"],
        identity: &["FlowLogId"],
    },
];

impl Kind {
    /// Every kind, in the order in which AWS's console lists them.
    pub fn all() -> impl Iterator<Item = Kind> {
        ROWS.iter().map(|row| row.kind)
    }

    /// The kind called `text`: its name, in the plural or singular, or another name of it.
    pub fn parse(text: &str) -> Option<Kind> {
        let text = text.to_lowercase().replace('_', "-");
        let is_named = |name: &str| name == text || name.strip_suffix('s') == Some(&text);
        let row = ROWS.iter().find(|row| is_named(row.name) || row.aliases.iter().any(|alias| is_named(alias)));
        row.map(|row| row.kind)
    }

    /// "did you mean …?", if a kind has a name like `text`.
    pub fn suggestion(text: &str) -> Option<String> {
        did_you_mean(text, ROWS.iter().map(|row| row.name).chain(["outputs", "failures"]))
    }

    /// Its name, in the plural.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its name, in the singular.
    pub fn singular(self) -> &'static str {
        self.name().strip_suffix("sses").map_or_else(
            || self.name().strip_suffix('s').unwrap_or(self.name()),
            |_| "address", // the one plural in `-es`
        )
    }

    /// The fields that its table shows after the names.
    pub fn columns(self) -> &'static [&'static str] {
        self.row().columns
    }

    /// The fields by which one resource can be named, beside `LogicalId` and `Name`.
    pub fn identity(self) -> &'static [&'static str] {
        self.row().identity
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.kind == self).expect("every kind has a row")
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn kinds_are_found_by_plural_singular_and_other_names() {
        for (text, kind) in [
            ("vpcs", Kind::Vpcs),
            ("vpc", Kind::Vpcs),
            ("vpc-endpoints", Kind::Endpoints),
            ("endpoint", Kind::Endpoints),
            ("route_tables", Kind::RouteTables),
            ("addresses", Kind::Addresses),
            ("eip", Kind::Addresses),
        ] {
            assert_eq!(Kind::parse(text), Some(kind), "{text}");
        }
        assert_eq!(Kind::parse("instnaces"), None);
        assert_eq!(Kind::suggestion("instnaces").as_deref(), Some("did you mean `instances`?"));
    }

    #[test]
    fn every_kind_has_a_row_and_a_singular() {
        assert!(Kind::all().all(|kind| Kind::parse(kind.name()) == Some(kind)));
        assert_eq!(Kind::Addresses.singular(), "address");
        assert_eq!(Kind::TargetHealth.singular(), "target-health");
        assert_eq!(Kind::Endpoints.singular(), "endpoint");
    }
}
