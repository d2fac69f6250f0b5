//! `AWS::EC2::Instance` with one network interface, in the properties of either form.

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Named, Resource, Tags, To, Unmirrored, names, properties},
    },
    key_pair::KeyPair,
    security_group::{OwnName, SecurityGroup},
    vpc::Subnet,
};
use crate::{
    input::{decode::Decode, mapping::REFUSED},
    model::{
        Name,
        diagnostic::{Diagnostics, Spanned},
        draft::{self, Label, Ref, Text},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::BTreeMap;

properties! {
    /// An instance.
    struct Instance = "an instance" {
        /// Its subnet. Default: the default VPC's in its zone.
        subnet as "SubnetId": Option<To<Subnet>>,
        /// Without a subnet: the zone of its default subnet. Default: the region's first zone.
        az as "AvailabilityZone": Option<Text>,
        /// Its private address. Default: a free one of the subnet.
        private_ip as "PrivateIpAddress": Option<Text>,
        /// Its security groups. Default: the VPC's default group.
        security_group_ids as "SecurityGroupIds": Option<Vec<To<SecurityGroup>>>,
        /// The same in the default VPC, by reference or `GroupName`.
        security_groups as "SecurityGroups": Option<Vec<OwnName>>,
        /// Instead of these: its one network interface.
        network_interfaces as "NetworkInterfaces": Option<Vec<Spanned<NetworkInterface>>>,
        /// Only `true`.
        source_dest_check as "SourceDestCheck": Option<Spanned<bool>>,
        /// A script that begins with `#!`, in Base64, which runs once as root when the instance first boots.
        user_data as "UserData": Option<Text>,
        /// The key pair with which `ec2-user` logs in by ssh. One that the template does not have, the lab makes.
        key_name as "KeyName": Option<Named<KeyPair>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &[
        "AdditionalInfo",
        "Affinity",
        "BlockDeviceMappings",
        "CpuOptions",
        "CreditSpecification",
        "DisableApiTermination",
        "EbsOptimized",
        "ElasticGpuSpecifications",
        "ElasticInferenceAccelerators",
        "EnclaveOptions",
        "HibernationOptions",
        "HostId",
        "HostResourceGroupArn",
        "IamInstanceProfile",
        "ImageId",
        "InstanceInitiatedShutdownBehavior",
        "InstanceType",
        "KernelId",
        "LicenseSpecifications",
        "MetadataOptions",
        "Monitoring",
        "PlacementGroupName",
        "PropagateTagsToVolumeOnCreation",
        "RamdiskId",
        "SsmAssociations",
        "Tenancy",
        "Volumes",
    ];
    unmirrored &["Ipv6AddressCount", "Ipv6Addresses", "LaunchTemplate", "PrivateDnsNameOptions"];
}

properties! {
    /// The network interface of an instance.
    struct NetworkInterface = "a network interface" {
        /// Only `0`.
        device_index as "DeviceIndex": Spanned<i64>,
        /// Its subnet.
        subnet as "SubnetId": Option<To<Subnet>>,
        /// Its security groups. Default: the VPC's default group.
        groups as "GroupSet": Option<Vec<To<SecurityGroup>>>,
        /// Its private address. Default: a free one of the subnet.
        private_ip as "PrivateIpAddress": Option<Text>,
        /// Whether it gets a public address. Default: as the subnet's `MapPublicIpOnLaunch` says.
        public_ip as "AssociatePublicIpAddress": Option<Spanned<bool>>,
        /// A network interface that is a resource of its own.
        existing as "NetworkInterfaceId": Option<Unmirrored>,
    }
    accepted &["DeleteOnTermination", "Description", "EnaSrdSpecification"];
    unmirrored &[
        "AssociateCarrierIpAddress",
        "Ipv6AddressCount",
        "Ipv6Addresses",
        "PrivateIpAddresses",
        "SecondaryPrivateIpAddressCount",
    ];
}

impl Resource for Instance {
    const TYPE: &'static str = "AWS::EC2::Instance";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("InstanceId", How::Itself),
        ("AvailabilityZone", How::Later),
        ("PrivateDnsName", How::Later),
        ("PrivateIp", How::Property("PrivateIpAddress")),
        ("PublicDnsName", How::Later),
        ("PublicIp", How::Later),
        ("State.Code", How::Later),
        ("State.Name", How::Later),
        ("VpcId", How::Later),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if let Some(check) = self.source_dest_check.filter(|check| !check.value) {
            let message = "an instance that forwards for others is not mirrored yet";
            lowering.notes.push_unmirrored(check.span, message, REFUSED);
        }
        let user_data = self.user_data.as_ref().and_then(|text| decoded(text, &mut lowering.notes));
        let named =
            self.security_groups.map(|groups| groups.into_iter().filter_map(|group| group.find(lowering)).collect());
        let groups: Option<Vec<Ref>> = self.security_group_ids.map(names).or(named);
        let interfaces = self.network_interfaces.unwrap_or_default();
        if let Some(second) = interfaces.get(1) {
            let message = "an instance with several network interfaces is not mirrored yet";
            lowering.notes.push_unmirrored(second.span, message, REFUSED);
        }
        let interface = match interfaces.into_iter().next() {
            Some(interface) => {
                let outside = groups.iter().flatten().map(|group| group.span);
                for span in self.subnet.iter().map(|subnet| subnet.name.span).chain(outside) {
                    let message = "network interfaces and an instance-level subnet or groups may not be specified on \
                                   the same request (InvalidParameterCombination)";
                    lowering.notes.push_with_hint(span, message, "put it into `NetworkInterfaces`");
                }
                let index = &interface.value.device_index;
                if index.value != 0 {
                    let message = "the first network interface has the device index 0";
                    lowering.notes.push(index.span, message);
                }
                let groups = interface.value.groups.clone().map(names);
                (interface.value, groups)
            }
            None => {
                let placeholder = NetworkInterface::placeholder(name.span);
                (NetworkInterface { subnet: self.subnet, private_ip: self.private_ip, ..placeholder }, groups)
            }
        };
        let (interface, groups) = interface;
        if interface.existing.is_some() {
            lowering.left_out.insert(name.value.to_string());
            return;
        }
        let subnet = match interface.subnet {
            Some(subnet) => subnet.name,
            None => lowering.default_subnet(self.az.as_ref(), name.span),
        };
        lowering.draft.instances.push(draft::Instance {
            label: Label { name, tag: self.tags.0 },
            subnet,
            private_ip: interface.private_ip,
            public_ip: interface.public_ip,
            security_groups: groups,
            httpd: BTreeMap::new(),
            user_data,
            key: self.key_name.map(|key| key.text.map(Name::new)),
        });
    }
}

/// What a property in Base64 says.
fn decoded(text: &Text, notes: &mut Diagnostics) -> Option<Text> {
    let bytes = STANDARD.decode(&text.value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    if bytes.is_none() {
        let message = "invalid BASE64 encoding of user data (InvalidUserData.Malformed)";
        notes.push_with_hint(text.span, message, "put it into `Fn::Base64`");
    }
    Some(Text::new(bytes?, text.span))
}
