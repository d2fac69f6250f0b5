//! `AWS::EC2::Instance` with its network interfaces, in the properties of either form.

use super::{
    super::{
        attribute::How,
        iam::Profile,
        lowering::Lowering,
        property::{AllTags, Named, Resource, To, Words, properties},
    },
    key_pair::KeyPair,
    launch::{Inline, Launch, Options, decoded, groups, key},
    launch_template::Specification,
    network_interface::{Eni, PrivateAddress},
    security_group::{OwnName, SecurityGroup},
    vpc::Subnet,
};
use crate::model::{
    diagnostic::Spanned,
    draft::{Ref, Text},
};

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
        /// Instead of these: its network interfaces.
        network_interfaces as "NetworkInterfaces": Option<Vec<Spanned<NetworkInterface>>>,
        /// `false` lets it forward for others, as a NAT instance or a firewall does. Default `true`.
        source_dest_check as "SourceDestCheck": Option<bool>,
        /// A script that begins with `#!`, or a `#cloud-config`, in Base64, which runs once as root when the instance first
        /// boots.
        user_data as "UserData": Option<Text>,
        /// The key pair with which `ec2-user` logs in by ssh. One that the template does not have, the lab makes.
        key_name as "KeyName": Option<Named<KeyPair>>,
        /// An image of the lab by its id. For any other the lab's own stands.
        image as "ImageId": Option<Words>,
        /// Its type, which its metadata tells. Default `t2.micro`.
        kind as "InstanceType": Option<Words>,
        /// The instance profile whose role's credentials its metadata tells.
        profile as "IamInstanceProfile": Option<Profile>,
        /// How its metadata answers.
        metadata_options as "MetadataOptions": Option<Options>,
        /// A launch template, for what is not said here.
        launch_template as "LaunchTemplate": Option<Specification>,
        /// `Name` is shown and can be used as a name; its metadata can tell all of them.
        tags as "Tags": AllTags,
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
        "InstanceInitiatedShutdownBehavior",
        "KernelId",
        "LicenseSpecifications",
        "Monitoring",
        "PlacementGroupName",
        "PropagateTagsToVolumeOnCreation",
        "RamdiskId",
        "SsmAssociations",
        "Tenancy",
        "Volumes",
    ];
    unmirrored &["Ipv6AddressCount", "Ipv6Addresses", "PrivateDnsNameOptions"];
}

properties! {
    /// The network interface of an instance.
    struct NetworkInterface = "a network interface" {
        /// Its place: 0 is `eth0`.
        device_index as "DeviceIndex": Spanned<i64>,
        /// Its subnet.
        subnet as "SubnetId": Option<To<Subnet>>,
        /// Its security groups. Default: the VPC's default group.
        groups as "GroupSet": Option<Vec<To<SecurityGroup>>>,
        /// Its private address. Default: a free one of the subnet.
        private_ip as "PrivateIpAddress": Option<Text>,
        /// Its private addresses, one of them `Primary`, instead of `PrivateIpAddress`.
        private_ips as "PrivateIpAddresses": Option<Vec<PrivateAddress>>,
        /// How many secondary addresses the subnet chooses.
        count as "SecondaryPrivateIpAddressCount": Option<Spanned<i64>>,
        /// Whether it gets a public address. Default: as the subnet's `MapPublicIpOnLaunch` says.
        public_ip as "AssociatePublicIpAddress": Option<Spanned<bool>>,
        /// Instead of all that: an interface that is a resource of its own.
        existing as "NetworkInterfaceId": Option<To<Eni>>,
    }
    accepted &["DeleteOnTermination", "Description", "EnaSrdSpecification"];
    unmirrored &[
        "AssociateCarrierIpAddress",
        "Ipv6AddressCount",
        "Ipv6Addresses",
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
        let groups = groups(self.security_group_ids, self.security_groups, lowering);
        let notes = &mut lowering.notes;
        let mut launch = Launch {
            az: self.az,
            image: self.image.and_then(|image| image.text(name.span)),
            instance_type: self.kind.and_then(|kind| kind.0),
            profile: self.profile,
            key: self.key_name.map(key),
            metadata_options: self.metadata_options.map(|options| options.lower(notes)),
            user_data: self.user_data.as_ref().and_then(|text| decoded(text, notes)),
            tags: self.tags,
            source_dest_check: self.source_dest_check,
            ..Launch::default()
        };
        match self.network_interfaces {
            Some(interfaces) if !interfaces.is_empty() => {
                let groups = groups.iter().flatten().map(|group| group.span);
                let outside: Vec<_> = self.subnet.iter().map(|subnet| subnet.name.span).chain(groups).collect();
                launch.take_interfaces(interfaces.into_iter().map(Inline::from).collect(), &outside, notes);
            }
            _ => {
                launch.subnet = self.subnet.map(|subnet| subnet.name);
                launch.groups = groups;
                launch.private_ip = self.private_ip;
            }
        }
        if let Some(specification) = self.launch_template {
            let Some(template) = specification.find(lowering) else {
                lowering.left_out.insert(name.value.to_string());
                return;
            };
            launch = launch.or(template);
        }
        launch.lower(name, lowering);
    }
}

impl From<Spanned<NetworkInterface>> for Inline {
    fn from(Spanned { value, span }: Spanned<NetworkInterface>) -> Self {
        Self {
            at: span,
            device_index: Some(value.device_index),
            subnet: value.subnet,
            groups: value.groups,
            private_ip: value.private_ip,
            private_ips: value.private_ips,
            count: value.count,
            public_ip: value.public_ip,
            existing: value.existing,
        }
    }
}
