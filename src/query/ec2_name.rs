//! What EC2's XML calls a member: a rule by shape, and what does not follow it.
//!
//! ```text
//! VpcId → vpcId     SubnetIds → subnetIdSet     DnsEntries → dnsEntrySet     TagSet → tagSet
//! ```

/// Members with a name of their own wherever they are.
const EVERYWHERE: &[(&str, &str)] = &[
    ("BlockDeviceMappings", "blockDeviceMapping"),
    ("IpPermissions", "ipPermissions"),
    ("IpPermissionsEgress", "ipPermissionsEgress"),
    ("IpRanges", "ipRanges"),
    ("Ipv6Addresses", "ipv6AddressesSet"),
    ("Ipv6Ranges", "ipv6Ranges"),
    ("PrefixListIds", "prefixListIds"),
    ("PrivateIpAddresses", "privateIpAddressesSet"),
    ("ProductCodes", "productCodes"),
    ("UserIdGroupPairs", "groups"),
    ("VgwTelemetry", "vgwTelemetry"),
    ("VpcAttachments", "attachments"),
];

/// Members with a name of their own in one place: the member that holds them (none: the answer itself), the member,
/// and its name.
const IN_ONE_PLACE: &[(&str, &str, &str)] = &[
    ("", "Addresses", "addressesSet"),
    ("", "AllowedPrincipals", "allowedPrincipals"),
    ("", "AvailabilityZones", "availabilityZoneInfo"),
    ("", "DhcpOptions", "dhcpOptionsSet"),
    ("", "Images", "imagesSet"),
    ("", "KeyPairs", "keySet"),
    ("", "Regions", "regionInfo"),
    ("", "SecurityGroups", "securityGroupInfo"),
    ("AvailabilityZones", "State", "zoneState"),
    ("Images", "OwnerId", "imageOwnerId"),
    ("Images", "Public", "isPublic"),
    ("Images", "State", "imageState"),
    ("Instances", "PublicDnsName", "dnsName"),
    ("Instances", "PublicIpAddress", "ipAddress"),
    ("Instances", "SecurityGroups", "groupSet"),
    ("Instances", "State", "instanceState"),
    ("Instances", "StateTransitionReason", "reason"),
    ("NetworkAcls", "IsDefault", "default"),
    ("Regions", "Endpoint", "regionEndpoint"),
    ("Reservations", "Instances", "instancesSet"),
    ("SecurityGroups", "Description", "groupDescription"),
    ("ServiceConfigurations", "ServiceType", "serviceType"),
    ("ServiceDetails", "ServiceType", "serviceType"),
    ("VpnConnections", "Routes", "routes"),
];

/// The element of a member.
pub(super) fn element(parent: &str, member: &str, is_list: bool) -> String {
    let here = IN_ONE_PLACE.iter().find(|(place, name, _)| (*place, *name) == (parent, member));
    let own = here.map(|(_, _, own)| *own).or_else(|| {
        let everywhere = EVERYWHERE.iter().find(|(name, _)| *name == member);
        everywhere.map(|(_, own)| *own)
    });
    match own {
        Some(own) => own.to_owned(),
        None if is_list && !member.ends_with("Set") => format!("{}Set", lower(&singular(member))),
        None => lower(member),
    }
}

fn singular(plural: &str) -> String {
    if let Some(stem) = plural.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let sibilant = ["sses", "xes"].iter().any(|ending| plural.ends_with(ending));
    let cut = if sibilant { 2 } else { usize::from(plural.ends_with('s')) };
    plural[..plural.len() - cut].to_owned()
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_lowercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::element;

    #[test]
    fn names_follow_from_the_shape() {
        for (parent, member, is_list, name) in [
            ("Vpcs", "VpcId", false, "vpcId"),
            ("", "Vpcs", true, "vpcSet"),
            ("VpcEndpoints", "DnsEntries", true, "dnsEntrySet"),
            ("NatGateways", "NatGatewayAddresses", true, "natGatewayAddressSet"),
            ("NetworkInterfaces", "Ipv4Prefixes", true, "ipv4PrefixSet"),
            ("NetworkInterfaces", "TagSet", true, "tagSet"),
            ("Instances", "State", false, "instanceState"),
            ("Vpcs", "State", false, "state"),
            ("RouteTables", "Routes", true, "routeSet"),
        ] {
            assert_eq!(element(parent, member, is_list), name);
        }
    }
}
