//! `AWS::AutoScaling::AutoScalingGroup`: as many instances as it wants at first, called `GROUP-1`, `GROUP-2`, …, spread
//! over its subnets. A lab neither scales nor replaces them.

use super::{
    super::{
        attribute::How,
        iam::Profile,
        lowering::Lowering,
        property::{AllTags, Named, Resource, To, Words, names, properties},
    },
    key_pair::KeyPair,
    launch::{Launch, Options, decoded, groups, key},
    launch_template::Specification,
    security_group::OwnName,
    target_group::TargetGroup,
    vpc::Subnet,
};
use crate::model::{
    Name,
    diagnostic::Spanned,
    draft::{Ref, Target, Text},
};

/// The most instances of a group: more are most likely a slip.
const MOST: i64 = 1000;

properties! {
    /// An Auto Scaling group.
    struct AutoScalingGroup = "an Auto Scaling group" {
        /// The fewest instances.
        min as "MinSize": Spanned<i64>,
        /// The most.
        max as "MaxSize": Spanned<i64>,
        /// How many there are in the lab. Default: `MinSize`.
        desired as "DesiredCapacity": Option<Spanned<i64>>,
        /// The subnets, one after another.
        subnets as "VPCZoneIdentifier": Option<Vec<To<Subnet>>>,
        /// Without subnets: zones, for the default VPC's subnets in them.
        azs as "AvailabilityZones": Option<Vec<Spanned<Words>>>,
        /// What is launched.
        launch_template as "LaunchTemplate": Option<Specification>,
        /// The same in the older form.
        launch_configuration as "LaunchConfigurationName": Option<To<LaunchConfiguration>>,
        /// Target groups in which each instance is registered.
        target_groups as "TargetGroupARNs": Option<Vec<To<TargetGroup>>>,
        /// Tags, of which the instances get those with `PropagateAtLaunch`.
        tags as "Tags": Option<Vec<GroupTag>>,
    }
    accepted &[
        "AutoScalingGroupName",
        "AvailabilityZoneDistribution",
        "AvailabilityZoneImpairmentPolicy",
        "CapacityRebalance",
        "Context",
        "Cooldown",
        "DefaultInstanceWarmup",
        "DesiredCapacityType",
        "HealthCheckGracePeriod",
        "HealthCheckType",
        "InstanceMaintenancePolicy",
        "LifecycleHookSpecificationList",
        "MaxInstanceLifetime",
        "MetricsCollection",
        "NewInstancesProtectedFromScaleIn",
        "NotificationConfiguration",
        "NotificationConfigurations",
        "PlacementGroup",
        "ServiceLinkedRoleARN",
        "SkipZonalShiftValidation",
        "TerminationPolicies",
    ];
    unmirrored &[
        "CapacityReservationSpecification",
        "InstanceId",
        "LoadBalancerNames",
        "MixedInstancesPolicy",
        "TrafficSources",
    ];
}

properties! {
    /// A tag of a group.
    struct GroupTag = "a tag" {
        /// The tag's name.
        key as "Key": Text,
        /// Its value.
        value as "Value": Words,
        /// Whether the instances get it.
        propagate as "PropagateAtLaunch": bool,
    }
    accepted &["ResourceId", "ResourceType"];
}

properties! {
    /// A launch configuration.
    struct LaunchConfiguration = "a launch configuration" {
        /// An image of the lab by its id. For any other the lab's own stands.
        image as "ImageId": Option<Words>,
        /// The instances' type.
        instance_type as "InstanceType": Option<Words>,
        /// Their security groups. Default: the VPC's default group.
        groups as "SecurityGroups": Option<Vec<OwnName>>,
        /// A script that begins with `#!`, in Base64.
        user_data as "UserData": Option<Text>,
        /// Whether they get a public address. Default: as the subnet's `MapPublicIpOnLaunch` says.
        public_ip as "AssociatePublicIpAddress": Option<Spanned<bool>>,
        /// Their instance profile.
        profile as "IamInstanceProfile": Option<Profile>,
        /// The key pair with which `ec2-user` logs in by ssh. One that the template does not have, the lab makes.
        key_name as "KeyName": Option<Named<KeyPair>>,
        /// How their metadata answers.
        metadata_options as "MetadataOptions": Option<Options>,
    }
    accepted &[
        "BlockDeviceMappings",
        "EbsOptimized",
        "InstanceMonitoring",
        "KernelId",
        "LaunchConfigurationName",
        "PlacementTenancy",
        "RamDiskId",
        "SpotPrice",
    ];
    unmirrored &["ClassicLinkVPCId", "ClassicLinkVPCSecurityGroups", "InstanceId"];
}

impl Resource for LaunchConfiguration {
    const TYPE: &'static str = "AWS::AutoScaling::LaunchConfiguration";

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let groups = groups(None, self.groups, lowering);
        let notes = &mut lowering.notes;
        let launch = Launch {
            image: self.image.and_then(|image| image.text(name.span)),
            instance_type: self.instance_type.and_then(|kind| kind.0),
            profile: self.profile,
            key: self.key_name.map(key),
            metadata_options: self.metadata_options.map(|options| options.lower(notes)),
            user_data: self.user_data.as_ref().and_then(|text| decoded(text, notes)),
            public_ip: self.public_ip,
            groups,
            ..Launch::default()
        };
        lowering.launches.configurations.insert(name.value, launch);
    }
}

impl Resource for AutoScalingGroup {
    const TYPE: &'static str = "AWS::AutoScaling::AutoScalingGroup";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("AutoScalingGroupARN", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let launch = match (&self.launch_template, &self.launch_configuration) {
            (Some(template), None) => template.find(lowering),
            (None, Some(configuration)) => lowering.launches.configurations.get(&configuration.name.value).cloned(),
            (Some(_), Some(both)) => {
                let message = "a group has a launch template or a launch configuration (ValidationError)";
                lowering.notes.push(both.name.span, message);
                None
            }
            (None, None) => {
                lowering.notes.push(name.span, "missing key `LaunchTemplate`");
                None
            }
        };
        let (Some(launch), Some(count)) = (launch, self.count(lowering)) else {
            lowering.left_out.insert(name.value.to_string());
            return;
        };
        let subnets = names(self.subnets.unwrap_or_default());
        let azs = self.azs.into_iter().flatten();
        let azs: Vec<_> = azs.filter_map(|az| Some(Text::new(az.value.0?, az.span))).collect();
        if subnets.is_empty() && azs.is_empty() && launch.subnet.is_none() && count > 0 {
            let message = "at least one availability zone or VPC subnet is required (ValidationError)";
            lowering.notes.push_with_hint(name.span, message, "write `VPCZoneIdentifier` or `AvailabilityZones`");
            return;
        }
        let propagated = self.tags.into_iter().flatten().filter(|tag| tag.propagate).map(|tag| (tag.key, tag.value));
        let mut tags = AllTags::of(propagated);
        let group = lowering.scope.physical_name(name.value.as_str(), 100);
        tags.others.insert("aws:autoscaling:groupName".into(), group);
        let groups = names(self.target_groups.unwrap_or_default());
        for number in 0..count {
            let instance = Spanned::new(Name::new(format!("{}-{}", name.value, number + 1)), name.span);
            let subnet = subnets.get(number % subnets.len().max(1)).cloned();
            let az = azs.get(number % azs.len().max(1)).cloned();
            let own = Launch { subnet, az, tags: tags.clone(), ..Launch::default() };
            for group in &groups {
                let id = instance.clone().map(|instance| instance.to_string());
                lowering.joined.targets.add(group.clone(), Target { id, port: None });
            }
            own.or(launch.clone()).lower(instance, lowering);
        }
    }
}

impl AutoScalingGroup {
    /// How many instances there are, if the sizes fit together.
    fn count(&self, lowering: &mut Lowering<'_>) -> Option<usize> {
        let (min, max) = (&self.min, &self.max);
        let wanted = self.desired.as_ref().unwrap_or(min);
        let (at, message) = if min.value < 0 || max.value < min.value {
            (max.span, format!("the most instances, {}, must not be fewer than the fewest, {}", max.value, min.value))
        } else if wanted.value < min.value || wanted.value > max.value {
            let bounds = format!("the min size:{} and max size:{}", min.value, max.value);
            (wanted.span, format!("desired capacity:{} must be between {bounds}", wanted.value))
        } else if wanted.value > MOST {
            (wanted.span, format!("a group of {} instances is more than {MOST}", wanted.value))
        } else {
            return usize::try_from(wanted.value).ok();
        };
        lowering.notes.push(at, format!("{message} (ValidationError)"));
        None
    }
}
