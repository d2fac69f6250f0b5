//! `AWS::EC2::LaunchTemplate`: what instances and Auto Scaling groups are launched with where they do not say it.

use super::{
    super::{
        attribute::How,
        iam::Profile,
        lowering::Lowering,
        property::{AllTags, Named, Resource, Tag, To, Words, properties},
    },
    key_pair::KeyPair,
    launch::{Inline, Launch, Options, decoded, groups, key},
    network_interface::{Eni, PrivateAddress},
    security_group::{OwnName, SecurityGroup},
    vpc::Subnet,
};
use crate::model::{
    Name,
    diagnostic::Spanned,
    draft::{Ref, Text},
};

properties! {
    /// A launch template.
    struct LaunchTemplate = "a launch template" {
        /// What is launched.
        data as "LaunchTemplateData": TemplateData,
        /// Its name. Default: made of the stack's name and the logical id.
        own_name as "LaunchTemplateName": Option<Text>,
    }
    accepted &["TagSpecifications", "VersionDescription"];
}

properties! {
    /// What a launch template says of its instances.
    struct TemplateData = "launch template data" {
        /// Their network interface.
        network_interfaces as "NetworkInterfaces": Option<Vec<Spanned<TemplateInterface>>>,
        /// Their security groups.
        security_group_ids as "SecurityGroupIds": Option<Vec<To<SecurityGroup>>>,
        /// The same in the default VPC, by reference or `GroupName`.
        security_groups as "SecurityGroups": Option<Vec<OwnName>>,
        /// A script that begins with `#!`, in Base64.
        user_data as "UserData": Option<Text>,
        /// An image of the lab by its id. For any other the lab's own stands.
        image as "ImageId": Option<Words>,
        /// Their type.
        instance_type as "InstanceType": Option<Words>,
        /// The instance profile, by `Name` or `Arn`.
        profile as "IamInstanceProfile": Option<ProfileName>,
        /// The key pair with which `ec2-user` logs in by ssh. One that the template does not have, the lab makes.
        key_name as "KeyName": Option<Named<KeyPair>>,
        /// How their metadata answers.
        metadata_options as "MetadataOptions": Option<Options>,
        /// Their tags, those of the resource type `instance`.
        tags as "TagSpecifications": Option<Vec<TagSpecification>>,
    }
    accepted &[
        "BlockDeviceMappings",
        "CapacityReservationSpecification",
        "CpuOptions",
        "CreditSpecification",
        "DisableApiStop",
        "DisableApiTermination",
        "EbsOptimized",
        "ElasticGpuSpecifications",
        "ElasticInferenceAccelerators",
        "EnclaveOptions",
        "HibernationOptions",
        "InstanceInitiatedShutdownBehavior",
        "InstanceMarketOptions",
        "InstanceRequirements",
        "KernelId",
        "LicenseSpecifications",
        "MaintenanceOptions",
        "Monitoring",
        "NetworkPerformanceOptions",
        "Placement",
        "RamDiskId",
    ];
    unmirrored &["PrivateDnsNameOptions"];
}

properties! {
    /// The network interface of instances.
    struct TemplateInterface = "a network interface" {
        /// Only `0`.
        device_index as "DeviceIndex": Option<Spanned<i64>>,
        /// Its subnet.
        subnet as "SubnetId": Option<To<Subnet>>,
        /// Its security groups. Default: the VPC's default group.
        groups as "Groups": Option<Vec<To<SecurityGroup>>>,
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
    accepted &["ConnectionTrackingSpecification", "DeleteOnTermination", "Description", "EnaSrdSpecification", "NetworkCardIndex"];
    unmirrored &[
        "AssociateCarrierIpAddress",
        "InterfaceType",
        "Ipv4PrefixCount",
        "Ipv4Prefixes",
        "Ipv6AddressCount",
        "Ipv6Addresses",
        "Ipv6PrefixCount",
        "Ipv6Prefixes",
        "PrimaryIpv6",
    ];
}

properties! {
    /// An instance profile.
    struct ProfileName = "an instance profile, by `Name` or `Arn`" {
        /// Its name.
        own_name as "Name": Option<Profile>,
        /// Its ARN.
        arn as "Arn": Option<Profile>,
    }
}

properties! {
    /// Tags of what is launched.
    struct TagSpecification = "tags of one resource type" {
        /// `instance`; tags of other types change nothing.
        kind as "ResourceType": Option<Text>,
        /// The tags.
        tags as "Tags": Option<Vec<Tag>>,
    }
}

properties! {
    /// Which launch template.
    struct Specification = "a launch template, by `LaunchTemplateId` or `LaunchTemplateName`" {
        /// Its id.
        id as "LaunchTemplateId": Option<To<LaunchTemplate>>,
        /// Its name.
        own_name as "LaunchTemplateName": Option<Named<LaunchTemplate>>,
        /// Its version, of which there is one: `1`, `$Default` or `$Latest`.
        version as "Version": Option<Text>,
    }
}

impl Resource for LaunchTemplate {
    const TYPE: &'static str = "AWS::EC2::LaunchTemplate";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[
        ("LaunchTemplateId", How::Itself),
        ("DefaultVersionNumber", How::Text("1")),
        ("LatestVersionNumber", How::Text("1")),
    ];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let own_name = self
            .own_name
            .map_or_else(|| lowering.scope.physical_name(name.value.as_str(), 50), |own_name| own_name.value);
        let launch = self.data.launch(&name, lowering);
        lowering.launches.templates.insert(name.value, (own_name, launch));
    }
}

impl TemplateData {
    fn launch(self, name: &Ref, lowering: &mut Lowering<'_>) -> Launch {
        let groups = groups(self.security_group_ids, self.security_groups, lowering);
        let notes = &mut lowering.notes;
        let is_instance = |tags: &TagSpecification| tags.kind.as_ref().is_some_and(|kind| kind.value == "instance");
        let tags = self.tags.into_iter().flatten().filter(is_instance).filter_map(|tags| tags.tags).flatten();
        let mut launch = Launch {
            image: self.image.and_then(|image| image.text(name.span)),
            instance_type: self.instance_type.and_then(|kind| kind.0),
            profile: self.profile.and_then(|profile| profile.own_name.or(profile.arn)),
            key: self.key_name.map(key),
            metadata_options: self.metadata_options.map(|options| options.lower(notes)),
            user_data: self.user_data.as_ref().and_then(|text| decoded(text, notes)),
            tags: AllTags::of(tags.map(|tag| (tag.key, tag.value))),
            groups: groups.clone(),
            ..Launch::default()
        };
        if let Some(interfaces) = self.network_interfaces.filter(|interfaces| !interfaces.is_empty()) {
            let outside: Vec<_> = groups.iter().flatten().map(|group| group.span).collect();
            launch.take_interfaces(interfaces.into_iter().map(Inline::from).collect(), &outside, notes);
        }
        launch
    }
}

impl From<Spanned<TemplateInterface>> for Inline {
    fn from(Spanned { value, span }: Spanned<TemplateInterface>) -> Self {
        Self {
            at: span,
            device_index: value.device_index,
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

impl Specification {
    /// What the launch template says. If it is none, that is noted.
    pub(super) fn find(&self, lowering: &mut Lowering<'_>) -> Option<Launch> {
        let Lowering { launches, notes, .. } = lowering;
        if let Some(version) = self.version.as_ref().filter(|version| !is_version(&version.value)) {
            let message = format!("a launch template has version 1 only, not `{}`", version.value);
            let hint = "write `1`, `$Default`, `$Latest`, or `!GetAtt TEMPLATE.LatestVersionNumber`";
            notes.push_with_hint(version.span, format!("{message} (InvalidLaunchTemplateId.VersionNotFound)"), hint);
        }
        match (&self.id, &self.own_name) {
            // What is no launch template was noted where it stands.
            (Some(id), _) => launches.templates.get(&id.name.value).map(|(_, launch)| launch.clone()),
            (None, Some(own_name)) => {
                let text = &own_name.text;
                let by_name = launches.templates.values().find(|(name, _)| *name == text.value);
                let found = launches.templates.get(&Name::new(text.value.as_str())).or(by_name);
                if found.is_none() {
                    let message = format!("there is no launch template `{}` before this", text.value);
                    let hint = "`LaunchTemplateId: !Ref TEMPLATE` says which of the template's";
                    let message = format!("{message} (InvalidLaunchTemplateName.NotFoundException)");
                    notes.push_with_hint(text.span, message, hint);
                }
                found.map(|(_, launch)| launch.clone())
            }
            (None, None) => Some(Launch::default()),
        }
    }
}

fn is_version(text: &str) -> bool {
    matches!(text, "1" | "$Default" | "$Latest")
}
