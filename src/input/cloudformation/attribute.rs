//! What `Ref` and `Fn::GetAtt` give once the lab is resolved: ids, addresses and names in AWS's shapes.

mod dns;

use super::{
    evaluate::{list, scalar},
    iam::{MANAGED, NAME, PROFILE, ROLE},
    scope::physical_name,
};
use crate::{
    input::tree::Kind,
    model::{FIRST_ACCOUNT, Id, Name, NetworkInterface, Topology, diagnostic::Span, dns_name, id},
};

/// How an attribute is found before the lab is resolved.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// It is the resource's id: the resource itself, wherever one is wanted.
    Itself,
    /// A VPC's default security group.
    DefaultGroup,
    /// A VPC's default network ACL.
    DefaultAcl,
    /// It is what this property says; without the property, it is known later.
    Property(&'static str),
    /// It is this, always.
    Text(&'static str),
    /// It is known later.
    Later,
}

/// The value of an attribute, or without one of `Ref`; none if the lab has nothing of that kind.
pub(super) fn value(topology: &Topology, kind: &str, name: &str, attribute: Option<&str>) -> Option<Kind> {
    let name = &Name::new(name);
    let attribute = attribute.unwrap_or("Ref");
    match kind {
        "AWS::EC2::VPC" => vpc(topology, name, attribute),
        "AWS::EC2::Subnet" => subnet(topology, name, attribute),
        "AWS::EC2::SecurityGroup" => {
            let group = topology.security_groups.get(name)?;
            match attribute {
                "Ref" | "GroupId" | "Id" => Some(scalar(group.id.as_str())),
                "VpcId" => Some(scalar(topology.vpcs.get(&group.vpc)?.id.as_str())),
                _ => None,
            }
        }
        "AWS::EC2::PrefixList" => prefix_list(topology, name, attribute),
        _ if kind.starts_with("AWS::IAM::") => iam(topology, kind, name, attribute),
        "AWS::EC2::KeyPair" => key_pair(topology, name, attribute),
        "AWS::EC2::Instance" => instance(topology, name, attribute),
        "AWS::EC2::LaunchTemplate" => of_made_id(topology, name, "lt", attribute, "LaunchTemplateId"),
        "AWS::EC2::NetworkInterface" => network_interface(topology, name, attribute),
        "AWS::AutoScaling::AutoScalingGroup" | "AWS::AutoScaling::LaunchConfiguration" if attribute == "Ref" => {
            Some(scalar(physical_name(&topology.lab, name.as_str(), GROUP_NAME)))
        }
        "AWS::EC2::EIP" => elastic_ip(topology, name, attribute),
        "AWS::EC2::NatGateway" => {
            let gateway = topology.nat_gateways.get(name)?;
            match attribute {
                "Ref" | "NatGatewayId" => Some(scalar(gateway.id.as_str())),
                "EniId" => Some(scalar(topology.network_interfaces.get(&gateway.interface)?.id.as_str())),
                _ => None,
            }
        }
        "AWS::S3::Bucket" => bucket(topology, name, attribute),
        _ if kind.starts_with("AWS::Route53") => dns::value(topology, kind, name, attribute),
        "AWS::EC2::VPCEndpoint" => endpoint(topology, name, attribute),
        "AWS::CertificateManager::Certificate" if ["Ref", "CertificateArn", "Id"].contains(&attribute) => {
            Some(scalar(topology.certificates.get(name)?.arn.as_str()))
        }
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => load_balancer(topology, name, attribute),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => target_group(topology, name, attribute),
        _ => {
            let (its_name, id) = id(topology, kind, name)?;
            (attribute == "Ref" || attribute == its_name).then(|| scalar(id.as_str()))
        }
    }
}

/// How much of the stack's name and of the logical id is in the name of an Auto Scaling group.
const GROUP_NAME: usize = 100;

/// The id of what the lab has no more of than its id.
fn of_made_id(topology: &Topology, name: &Name, prefix: &str, attribute: &str, id_name: &str) -> Option<Kind> {
    let id = id::Id::derive(&topology.lab, prefix, name.as_str());
    (attribute == "Ref" || attribute == id_name).then(|| scalar(id.as_str()))
}

fn network_interface(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let interface = topology.network_interfaces.get(name)?;
    Some(scalar(match attribute {
        "Ref" | "Id" => interface.id.to_string(),
        "SecondaryPrivateIpAddresses" => {
            let addresses = interface.secondary.iter().map(|address| address.private_ip.to_string());
            return Some(list(addresses, Span::default()));
        }
        "PrimaryPrivateIpAddress" => interface.private_ip.to_string(),
        "VpcId" => topology.vpcs.get(&interface.vpc)?.id.to_string(),
        _ => return None,
    }))
}

/// The only attribute of a kind that has no other than its id, and the id.
fn id<'a>(topology: &'a Topology, kind: &str, name: &Name) -> Option<(&'static str, &'a Id)> {
    Some(match kind {
        "AWS::EC2::InternetGateway" => ("InternetGatewayId", &topology.internet_gateways.get(name)?.id),
        "AWS::EC2::DHCPOptions" => ("DhcpOptionsId", &topology.dhcp_options.get(name)?.id),
        "AWS::EC2::RouteTable" => ("RouteTableId", &topology.route_tables.get(name)?.id),
        "AWS::EC2::VPNGateway" => ("VPNGatewayId", &topology.vpn_gateways.get(name)?.id),
        "AWS::EC2::CustomerGateway" => ("CustomerGatewayId", &topology.customer_gateways.get(name)?.id),
        "AWS::EC2::VPNConnection" => ("VpnConnectionId", &topology.vpn_connections.get(name)?.id),
        "AWS::EC2::VPCPeeringConnection" => ("Id", &topology.peering_connections.get(name)?.id),
        "AWS::EC2::NetworkAcl" => ("Id", &topology.network_acls.get(name)?.id),
        "AWS::EC2::FlowLog" => ("Id", &topology.flow_logs.get(name)?.id),
        "AWS::EC2::VPCEndpointService" => ("ServiceId", &topology.endpoint_services.get(name)?.id),
        _ => return None,
    })
}

fn vpc(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let vpc = topology.vpcs.get(name)?;
    match attribute {
        "Ref" | "VpcId" => Some(scalar(vpc.id.as_str())),
        "CidrBlock" => Some(scalar(vpc.cidr.to_string())),
        "DefaultSecurityGroup" => Some(scalar(topology.security_groups.get(&vpc.default_security_group)?.id.as_str())),
        "DefaultNetworkAcl" => Some(scalar(topology.network_acls.get(&vpc.default_network_acl)?.id.as_str())),
        "CidrBlockAssociations" => {
            let associations = vpc.cidrs().map(|cidr| vpc.association(&topology.lab, name, cidr).to_string());
            Some(list(associations, Span::default()))
        }
        "Ipv6CidrBlocks" => Some(list([], Span::default())),
        _ => None,
    }
}

fn subnet(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let subnet = topology.subnets.get(name)?;
    match attribute {
        "Ref" | "SubnetId" => Some(scalar(subnet.id.as_str())),
        "AvailabilityZone" => Some(scalar(subnet.az.as_str())),
        "AvailabilityZoneId" => Some(scalar(subnet.az_id.as_str())),
        "CidrBlock" => Some(scalar(subnet.cidr.to_string())),
        "VpcId" => Some(scalar(topology.vpcs.get(&subnet.vpc)?.id.as_str())),
        "Ipv6CidrBlocks" => Some(list([], Span::default())),
        _ => None,
    }
}

fn prefix_list(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let list = topology.prefix_lists.get(name)?;
    Some(scalar(match attribute {
        "Ref" | "PrefixListId" => list.id.to_string(),
        "Arn" => format!("arn:aws:ec2:{}:{FIRST_ACCOUNT}:prefix-list/{}", topology.region, list.id),
        "OwnerId" => FIRST_ACCOUNT.to_owned(),
        "Version" => list.version.to_string(),
        _ => return None,
    }))
}

fn iam(topology: &Topology, kind: &str, name: &Name, attribute: &str) -> Option<Kind> {
    let physical = || physical_name(&topology.lab, name.as_str(), NAME);
    let arn = |kind: &str| format!("arn:aws:iam::{FIRST_ACCOUNT}:{kind}/{}", physical());
    Some(scalar(match (kind, attribute) {
        (ROLE, _) => {
            let role = topology.roles.get(name)?;
            match attribute {
                "Ref" => role.role_name.clone(),
                "Arn" => role.arn(FIRST_ACCOUNT),
                "RoleId" => role.id.clone(),
                _ => return None,
            }
        }
        (PROFILE, "Arn") => arn("instance-profile"),
        (MANAGED, "Ref" | "PolicyArn") => arn("policy"),
        (_, "Ref" | "Id") => physical(),
        _ => return None,
    }))
}

fn key_pair(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let pair = topology.key_pairs.get(name)?;
    match attribute {
        "Ref" => Some(scalar(pair.key_name.as_str())),
        "KeyPairId" => Some(scalar(pair.id.as_str())),
        "KeyFingerprint" => pair.fingerprint().map(scalar),
        _ => None,
    }
}

fn bucket(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let bucket = topology.buckets.get(name)?;
    let (name, region) = (&bucket.bucket_name, &topology.region);
    Some(scalar(match attribute {
        "Ref" => name.clone(),
        "Arn" => bucket.arn(),
        "DomainName" => format!("{name}.s3.amazonaws.com"),
        "DualStackDomainName" => format!("{name}.s3.dualstack.{region}.amazonaws.com"),
        "RegionalDomainName" => format!("{name}.s3.{region}.amazonaws.com"),
        "WebsiteURL" => format!("http://{name}.s3-website.{region}.amazonaws.com"),
        _ => return None,
    }))
}

fn instance(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let instance = topology.instances.get(name)?;
    let interface = topology.network_interfaces.get(&instance.interface)?;
    let vpc = topology.vpcs.get(&interface.vpc)?;
    let public = interface.public.as_ref();
    Some(scalar(match attribute {
        "Ref" | "InstanceId" => instance.id.to_string(),
        "AvailabilityZone" => topology.az_of(interface).to_string(),
        "PrivateIp" => interface.private_ip.to_string(),
        "PrivateDnsName" => dns_name::instance_private(vpc, interface.private_ip),
        "PublicIp" => public.map(|public| public.ip.to_string()).unwrap_or_default(),
        "PublicDnsName" => {
            let name = public.and_then(|public| dns_name::instance_public(vpc, public.ip));
            name.unwrap_or_default()
        }
        "VpcId" => vpc.id.to_string(),
        _ => return None,
    }))
}

fn elastic_ip(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let allocation = id::Id::derive(&topology.lab, "eipalloc", name.as_str());
    match attribute {
        "AllocationId" => Some(scalar(allocation.as_str())),
        "Ref" | "PublicIp" => {
            let interfaces = topology.network_interfaces.values();
            let mut public = interfaces.flat_map(|interface| interface.addresses().filter_map(|(_, public)| public));
            let public = public.find(|public| public.allocation.as_ref() == Some(&allocation))?;
            Some(scalar(public.ip.to_string()))
        }
        _ => None,
    }
}

fn endpoint(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    if let Some(gateway) = topology.gateway_endpoints.get(name) {
        return match attribute {
            "Ref" | "Id" => Some(scalar(gateway.id.as_str())),
            "NetworkInterfaceIds" | "DnsEntries" => Some(list([], Span::default())),
            _ => None,
        };
    }
    let endpoint = topology.endpoints.get(name)?;
    match attribute {
        "Ref" | "Id" => Some(scalar(endpoint.id.as_str())),
        "NetworkInterfaceIds" => {
            let ids = endpoint.interfaces.values().filter_map(|name| topology.network_interfaces.get(name));
            Some(list(ids.map(|interface: &NetworkInterface| interface.id.to_string()), Span::default()))
        }
        // Each is the id of a hosted zone and a name, the one for all zones first (VPCE-10).
        "DnsEntries" => {
            let zone = hosted_zone(topology, "vpce");
            let regional = dns_name::endpoint_regional(topology, name);
            let zonal = endpoint.interfaces.keys().map(|az| dns_name::endpoint_zonal(topology, name, az));
            let private = dns_name::endpoint_private(topology, endpoint).into_iter().take(1);
            let names = std::iter::once(regional).chain(zonal).chain(private);
            Some(list(names.map(|name| format!("{zone}:{name}")), Span::default()))
        }
        _ => None,
    }
}

fn load_balancer(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let balancer = topology.load_balancers.get(name)?;
    match attribute {
        "Ref" | "LoadBalancerArn" => Some(scalar(balancer.arn.as_str())),
        "CanonicalHostedZoneID" => Some(scalar(hosted_zone(topology, "elb"))),
        "DNSName" => Some(scalar(balancer.dns_name.as_str())),
        "LoadBalancerFullName" => balancer.arn.split_once("loadbalancer/").map(|(_, name)| scalar(name)),
        "LoadBalancerName" => Some(scalar(balancer.tag.as_str())),
        "SecurityGroups" => {
            let interface = topology.network_interfaces.get(&balancer.nodes.first()?.interface)?;
            let groups = interface.security_groups.iter().filter_map(|name| topology.security_groups.get(name));
            Some(list(groups.map(|group| group.id.to_string()), Span::default()))
        }
        _ => None,
    }
}

fn target_group(topology: &Topology, name: &Name, attribute: &str) -> Option<Kind> {
    let group = topology.target_groups.get(name)?;
    match attribute {
        "Ref" | "TargetGroupArn" => Some(scalar(group.arn.as_str())),
        "TargetGroupFullName" => group.arn.rsplit(':').next().map(scalar),
        "TargetGroupName" => Some(scalar(group.tag.as_str())),
        "LoadBalancerArns" => {
            let uses = topology
                .load_balancers
                .values()
                .filter(|balancer| balancer.listeners.iter().any(|listener| listener.uses(name)));
            Some(list(uses.map(|balancer| balancer.arn.clone()), Span::default()))
        }
        _ => None,
    }
}

/// The id of the hosted zone in which a region's services of one kind have their names.
fn hosted_zone(topology: &Topology, service: &str) -> String {
    format!("Z{}", &id::hex(FIRST_ACCOUNT, service, topology.region.as_str())[..13].to_uppercase())
}
