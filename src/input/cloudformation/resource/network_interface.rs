//! `AWS::EC2::NetworkInterface`, as any interface of an instance or as nobody's, and its attachment (section 9 of the
//! rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, names, properties},
    },
    instance::Instance,
    launch::Secondary,
    security_group::SecurityGroup,
    vpc::Subnet,
};
use crate::{
    input::mapping::REFUSED,
    model::diagnostic::Diagnostics,
    model::{
        diagnostic::Spanned,
        draft::{self, Attachment, Ref, Text},
    },
};

properties! {
    /// A private address of an interface.
    struct PrivateAddress = "a private address" {
        /// Whether it is the primary one.
        primary as "Primary": Option<bool>,
        /// The address.
        address as "PrivateIpAddress": Text,
    }
}

properties! {
    /// What gives an instance a further network interface.
    struct NetworkInterfaceAttachment = "an attachment" {
        /// Its place: 1 is `eth1`.
        device_index as "DeviceIndex": Spanned<i64>,
        /// The instance.
        instance as "InstanceId": To<Instance>,
        /// The interface.
        interface as "NetworkInterfaceId": To<Eni>,
    }
    accepted &["DeleteOnTermination", "EnaSrdSpecification"];
}

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
        /// Its private addresses, one of them `Primary`, instead of `PrivateIpAddress`.
        private_ips as "PrivateIpAddresses": Option<Vec<PrivateAddress>>,
        /// How many secondary addresses the subnet chooses.
        count as "SecondaryPrivateIpAddressCount": Option<Spanned<i64>>,
        /// `false` lets it take and send what is not its own. Default `true`.
        source_dest_check as "SourceDestCheck": Option<bool>,
        /// Of the tags, `Name` is shown, but of an instance's first interface.
        tags as "Tags": Tags,
    }
    accepted &["ConnectionTrackingSpecification", "Description", "PublicIpDnsHostnameTypeSpecification"];
    unmirrored &[
        "EnablePrimaryIpv6",
        "Ipv4PrefixCount",
        "Ipv4Prefixes",
        "Ipv6AddressCount",
        "Ipv6Addresses",
        "Ipv6PrefixCount",
        "Ipv6Prefixes",
    ];
}

/// What an instance gets by its interface.
#[derive(Debug, Clone)]
pub(in crate::input::cloudformation) struct Attached {
    pub(super) subnet: Ref,
    pub(super) private_ip: Option<Text>,
    pub(super) groups: Option<Vec<Ref>>,
    pub(super) secondary: Secondary,
    pub(super) source_dest_check: Option<bool>,
    pub(super) tag: Option<String>,
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
        if let Some(kind) = self.kind.filter(|kind| kind.value != "interface") {
            let message = format!("an interface of the type `{}` is not mirrored yet", kind.value);
            lowering.notes.push_unmirrored(kind.span, message, REFUSED);
        }
        let (private_ip, secondary) = addresses(self.private_ip, self.private_ips, self.count, &mut lowering.notes);
        let attached = Attached {
            subnet: self.subnet.name,
            private_ip,
            groups: self.groups.map(names),
            secondary,
            source_dest_check: self.source_dest_check,
            tag: self.tags.0,
        };
        lowering.launches.interfaces.insert(name.value, (name.span, attached));
    }
}

impl Resource for NetworkInterfaceAttachment {
    const TYPE: &'static str = "AWS::EC2::NetworkInterfaceAttachment";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("AttachmentId", How::Later)];

    fn lower(self, _name: Ref, lowering: &mut Lowering<'_>) {
        let attachment = Attachment { device_index: self.device_index, interface: self.interface.name };
        lowering.joined.attachments.add(self.instance.name, attachment);
    }
}

impl Attached {
    /// The interface as a resource of its own.
    pub(super) fn lower(self, name: Ref) -> draft::NetworkInterface {
        draft::NetworkInterface {
            label: draft::Label { name, tag: self.tag },
            subnet: self.subnet,
            private_ip: self.private_ip,
            secondary_private_ips: self.secondary.addresses,
            secondary_private_ip_count: self.secondary.count,
            security_groups: self.groups,
            source_dest_check: self.source_dest_check,
        }
    }
}

/// The primary address, and the secondary ones.
pub(super) fn addresses(
    primary: Option<Text>,
    listed: Option<Vec<PrivateAddress>>,
    count: Option<Spanned<i64>>,
    notes: &mut Diagnostics,
) -> (Option<Text>, Secondary) {
    let (first, others): (Vec<_>, Vec<_>) =
        listed.into_iter().flatten().partition(|address| address.primary == Some(true));
    let mut primaries = primary.into_iter().chain(first.into_iter().map(|address| address.address));
    let primary = primaries.next();
    for second in primaries {
        let message = "an interface has one primary private address (InvalidParameterCombination)";
        notes.push(second.span, message);
    }
    if let (Some(count), false) = (&count, others.is_empty()) {
        let message = "secondary private addresses are either listed or counted (InvalidParameterCombination)";
        notes.push(count.span, message);
    }
    (primary, Secondary { addresses: others.into_iter().map(|address| address.address).collect(), count })
}
