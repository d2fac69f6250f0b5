//! Which resource types are mirrored, which change nothing in a lab, and which are refused by name.

use super::{
    attribute::How,
    lowering::Lowering,
    property::Resource,
    resource::{
        auto_scaling::{AutoScalingGroup, LaunchConfiguration},
        bucket::{Bucket, BucketPolicy},
        certificate::Certificate,
        dhcp_options::{DhcpOptions, VpcDhcpOptionsAssociation},
        elastic_ip::{Eip, EipAssociation},
        endpoint::{VpcEndpoint, VpcEndpointService, VpcEndpointServicePermissions},
        flow_log::FlowLog,
        hosted_zone::{HostedZone, RecordSet, RecordSetGroup},
        instance::Instance,
        internet_gateway::{InternetGateway, VpcGatewayAttachment},
        key_pair::KeyPair,
        launch_template::LaunchTemplate,
        listener::Listener,
        load_balancer::LoadBalancer,
        nat_gateway::NatGateway,
        network_acl::{NetworkAcl, NetworkAclEntry, SubnetNetworkAclAssociation},
        network_interface::{Eni, NetworkInterfaceAttachment},
        peering_connection::VpcPeeringConnection,
        prefix_list::PrefixList,
        resolver::{ResolverEndpoint, ResolverRule, ResolverRuleAssociation},
        role::{InstanceProfile, ManagedPolicy, Role, RoleOwnPolicy},
        route_table::{GatewayRouteTableAssociation, Route, RouteTable, SubnetRouteTableAssociation},
        security_group::{SecurityGroup, SecurityGroupEgress, SecurityGroupIngress},
        target_group::TargetGroup,
        vpc::{Subnet, Vpc, VpcCidrBlock},
        vpn_connection::{CustomerGateway, VpnConnection, VpnConnectionRoute},
        vpn_gateway::{VpnGateway, VpnGatewayRoutePropagation},
    },
};
use crate::{
    input::{mapping::Key, tree::Node},
    model::{diagnostic::did_you_mean, draft::Ref},
};

/// A resource type that is mirrored.
pub(super) struct Mirrored {
    /// The type.
    pub(super) name: &'static str,
    /// What `Fn::GetAtt` gives.
    pub(super) attributes: &'static [(&'static str, How)],
    /// The properties that mean something.
    pub(super) keys: &'static [Key],
    /// Those that change nothing.
    pub(super) accepted: &'static [&'static str],
    /// Those that are refused.
    pub(super) unmirrored: &'static [&'static str],
    /// Reads and writes a resource.
    pub(super) read: fn(&mut Lowering<'_>, &Node, Ref),
}

/// What becomes of a resource.
pub(super) enum Treatment {
    /// It is in the lab.
    Mirrored(&'static Mirrored),
    /// It changes nothing in a lab: accepted, and listed once.
    WithoutEffect,
    /// It would change what passes, and is not mirrored.
    Unmirrored,
}

/// The types that are mirrored.
pub(super) const MIRRORED: &[Mirrored] = &[
    of::<Vpc>(),
    of::<VpcCidrBlock>(),
    of::<DhcpOptions>(),
    of::<VpcDhcpOptionsAssociation>(),
    of::<Subnet>(),
    of::<InternetGateway>(),
    of::<VpcGatewayAttachment>(),
    of::<VpcPeeringConnection>(),
    of::<RouteTable>(),
    of::<Route>(),
    of::<SubnetRouteTableAssociation>(),
    of::<GatewayRouteTableAssociation>(),
    of::<VpnGateway>(),
    of::<VpnGatewayRoutePropagation>(),
    of::<CustomerGateway>(),
    of::<VpnConnection>(),
    of::<VpnConnectionRoute>(),
    of::<SecurityGroup>(),
    of::<SecurityGroupIngress>(),
    of::<SecurityGroupEgress>(),
    of::<NetworkAcl>(),
    of::<NetworkAclEntry>(),
    of::<SubnetNetworkAclAssociation>(),
    of::<PrefixList>(),
    of::<KeyPair>(),
    of::<Role>(),
    of::<RoleOwnPolicy>(),
    of::<ManagedPolicy>(),
    of::<InstanceProfile>(),
    of::<Instance>(),
    of::<LaunchTemplate>(),
    of::<Eni>(),
    of::<NetworkInterfaceAttachment>(),
    of::<AutoScalingGroup>(),
    of::<LaunchConfiguration>(),
    of::<Eip>(),
    of::<EipAssociation>(),
    of::<NatGateway>(),
    of::<VpcEndpoint>(),
    of::<VpcEndpointService>(),
    of::<VpcEndpointServicePermissions>(),
    of::<LoadBalancer>(),
    of::<Certificate>(),
    of::<TargetGroup>(),
    of::<Listener>(),
    of::<Bucket>(),
    of::<BucketPolicy>(),
    of::<HostedZone>(),
    of::<RecordSet>(),
    of::<RecordSetGroup>(),
    of::<ResolverEndpoint>(),
    of::<ResolverRule>(),
    of::<ResolverRuleAssociation>(),
    of::<FlowLog>(),
];

/// Types, or with a final `::` whole services, that change nothing in a lab.
pub(super) const WITHOUT_EFFECT: &[&str] = &[
    "AWS::ACMPCA::",
    "AWS::AccessAnalyzer::",
    "AWS::AmazonMQ::Configuration",
    "AWS::ApplicationAutoScaling::",
    "AWS::Athena::",
    "AWS::AutoScaling::LifecycleHook",
    "AWS::AutoScaling::ScalingPolicy",
    "AWS::AutoScaling::ScheduledAction",
    "AWS::AutoScaling::WarmPool",
    "AWS::AutoScalingPlans::ScalingPlan",
    "AWS::Backup::",
    "AWS::Batch::JobDefinition",
    "AWS::Budgets::",
    "AWS::CE::",
    "AWS::CertificateManager::Account",
    "AWS::Chatbot::",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::CloudFrontOriginAccessIdentity",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::OriginRequestPolicy",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudTrail::",
    "AWS::CloudWatch::",
    "AWS::CodeBuild::",
    "AWS::CodeCommit::",
    "AWS::CodeDeploy::",
    "AWS::CodePipeline::",
    "AWS::Cognito::",
    "AWS::Config::",
    "AWS::DAX::ParameterGroup",
    "AWS::DAX::SubnetGroup",
    "AWS::DLM::",
    "AWS::DMS::Certificate",
    "AWS::DMS::Endpoint",
    "AWS::DMS::EventSubscription",
    "AWS::DMS::ReplicationSubnetGroup",
    "AWS::DMS::ReplicationTask",
    "AWS::DocDB::DBClusterParameterGroup",
    "AWS::DocDB::DBSubnetGroup",
    "AWS::DynamoDB::",
    "AWS::EC2::CapacityReservation",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::Host",
    "AWS::EC2::PlacementGroup",
    "AWS::EC2::SnapshotBlockPublicAccess",
    "AWS::EC2::Volume",
    "AWS::EC2::VolumeAttachment",
    "AWS::ECR::",
    "AWS::ECS::CapacityProvider",
    "AWS::ECS::Cluster",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::ECS::TaskDefinition",
    "AWS::EFS::AccessPoint",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::Events::",
    "AWS::Glue::",
    "AWS::Greengrass::",
    "AWS::GuardDuty::",
    "AWS::IAM::",
    "AWS::ImageBuilder::",
    "AWS::Inspector::",
    "AWS::InspectorV2::",
    "AWS::IoT::",
    "AWS::KMS::",
    "AWS::Kinesis::",
    "AWS::KinesisFirehose::",
    "AWS::Lambda::",
    "AWS::Logs::",
    "AWS::MSK::Configuration",
    "AWS::Macie::",
    "AWS::Neptune::DBClusterParameterGroup",
    "AWS::Neptune::DBParameterGroup",
    "AWS::Neptune::DBSubnetGroup",
    "AWS::Organizations::",
    "AWS::RDS::DBClusterParameterGroup",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::RDS::EventSubscription",
    "AWS::RDS::OptionGroup",
    "AWS::Redshift::ClusterParameterGroup",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::ResourceGroups::",
    "AWS::S3::",
    "AWS::SNS::",
    "AWS::SQS::",
    "AWS::SSM::",
    "AWS::Scheduler::",
    "AWS::SecretsManager::",
    "AWS::SecurityHub::",
    "AWS::ServiceCatalog::",
    "AWS::StepFunctions::",
    "AWS::Synthetics::",
    "AWS::WAF::",
    "AWS::WAFRegional::",
    "AWS::WAFv2::",
    "AWS::XRay::",
];

/// Types that are refused by name and that a typing error may be near to. All other types are refused too; why, says
/// [`unmirrored`](super::unmirrored).
pub(super) const UNMIRRORED: &[&str] = &[
    "AWS::CloudFormation::Stack",
    "AWS::CloudFront::Distribution",
    "AWS::DirectoryService::MicrosoftAD",
    "AWS::EC2::SubnetCidrBlock",
    "AWS::EC2::TransitGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayRoute",
    "AWS::EC2::TransitGatewayRouteTable",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::ECS::Service",
    "AWS::EFS::MountTarget",
    "AWS::EKS::Cluster",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Route53::HealthCheck",
    "AWS::Route53Profiles::Profile",
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::ResolverConfig",
];

const fn of<R: Resource>() -> Mirrored {
    Mirrored {
        name: R::TYPE,
        attributes: R::ATTRIBUTES,
        keys: R::KEYS,
        accepted: R::ACCEPTED,
        unmirrored: R::UNMIRRORED,
        read: |lowering, node, name| lowering.read::<R>(node, name),
    }
}

/// What becomes of resources of a type; none if that is no type.
pub(super) fn find(name: &str) -> Option<Treatment> {
    if let Some(mirrored) = MIRRORED.iter().find(|known| known.name == name) {
        return Some(Treatment::Mirrored(mirrored));
    }
    let without_effect = |known: &str| if known.ends_with("::") { name.starts_with(known) } else { name == known };
    if WITHOUT_EFFECT.iter().any(|known| without_effect(known)) {
        return Some(Treatment::WithoutEffect);
    }
    let parts: Vec<_> = name.split("::").collect();
    let is_type = match parts.as_slice() {
        ["Custom", rest @ ..] => !rest.is_empty(),
        [_, _, _] | [_, _, _, "MODULE"] => parts.iter().all(|part| !part.is_empty()),
        _ => false,
    };
    // A type of these services that is near to a known one, and none itself, is a typing error.
    let known_service = ["AWS::EC2::", "AWS::ElasticLoadBalancingV2::"].iter().any(|prefix| name.starts_with(prefix));
    if !is_type || known_service && !UNMIRRORED.contains(&name) && near(name).is_some() {
        return None;
    }
    Some(Treatment::Unmirrored)
}

/// The type that a name may be meant to be.
pub(super) fn near(name: &str) -> Option<String> {
    let names = MIRRORED.iter().map(|known| known.name);
    let others = UNMIRRORED.iter().chain(WITHOUT_EFFECT).copied().filter(|known| !known.ends_with("::"));
    let all: Vec<_> = names.chain(others).collect();
    // All types are long and begin alike, so only their last parts are compared.
    let last = |name: &str| name.rsplit("::").next().unwrap_or_default().to_owned();
    let lasts: Vec<_> = all.iter().map(|name| last(name)).collect();
    let hint = did_you_mean(&last(name), lasts.iter().map(String::as_str))?;
    let place = lasts.iter().position(|last| hint.contains(&format!("`{last}`")))?;
    (strsim::damerau_levenshtein(&all[place].to_lowercase(), &name.to_lowercase()) <= 4)
        .then(|| format!("did you mean `{}`?", all[place]))
}
