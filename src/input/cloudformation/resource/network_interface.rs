//! `AWS::EC2::NetworkInterface`, as the first interface of an instance (section 9 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, To, names, properties},
    },
    security_group::SecurityGroup,
    vpc::Subnet,
};
use crate::{
    input::mapping::REFUSED,
    model::{
        diagnostic::Spanned,
        draft::{Ref, Text},
    },
};

properties! {
    /// A network interface.
    struct Eni = "a network interface" {
        /// Its subnet.
        subnet as "SubnetId": To<Subnet>,
        /// Its private address. Default: a free one of the subnet.
        private_ip as "PrivateIpAddress": Option<Text>,
        /// Its security groups. Default: the VPC's default group.
        groups as "GroupSet": Option<Vec<To<SecurityGroup>>>,
        /// Only `interface`.
        kind as "InterfaceType": Option<Text>,
        /// Only `true`.
        source_dest_check as "SourceDestCheck": Option<Spanned<bool>>,
    }
    // It is shown by its instance's name.
    accepted &["ConnectionTrackingSpecification", "Description", "PublicIpDnsHostnameTypeSpecification", "Tags"];
    unmirrored &[
        "EnablePrimaryIpv6",
        "Ipv4PrefixCount",
        "Ipv4Prefixes",
        "Ipv6AddressCount",
        "Ipv6Addresses",
        "Ipv6PrefixCount",
        "Ipv6Prefixes",
        "PrivateIpAddresses",
        "SecondaryPrivateIpAddressCount",
    ];
}

/// What an instance gets by its interface.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) struct Attached {
    pub(super) subnet: Ref,
    pub(super) private_ip: Option<Text>,
    pub(super) groups: Option<Vec<Ref>>,
}

impl Resource for Eni {
    const TYPE: &'static str = "AWS::EC2::NetworkInterface";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("Id", How::Itself),
        ("PrimaryPrivateIpAddress", How::Property("PrivateIpAddress")),
        ("SecondaryPrivateIpAddresses", How::Later),
        ("VpcId", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if let Some(check) = self.source_dest_check.filter(|check| !check.value) {
            let message = "an instance that forwards for others is not mirrored yet";
            lowering.notes.push_unmirrored(check.span, message, REFUSED);
        }
        if let Some(kind) = self.kind.filter(|kind| kind.value != "interface") {
            let message = format!("an interface of the type `{}` is not mirrored yet", kind.value);
            lowering.notes.push_unmirrored(kind.span, message, REFUSED);
        }
        let attached =
            Attached { subnet: self.subnet.name, private_ip: self.private_ip, groups: self.groups.map(names) };
        lowering.launches.interfaces.insert(name.value, (name.span, attached));
    }
}
