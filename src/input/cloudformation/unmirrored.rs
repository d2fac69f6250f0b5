//! Why resource types are refused: what each of them would put into a VPC, or onto the internet, that a lab has not.

/// Beginnings of types, the longest that fits counts, and what a resource of such a type is. Of a whole service the name
/// ends with `::`.
const REASONS: &[(&str, &str)] = &[
    ("AWS::ApiGateway::", PUBLIC_SERVER),
    ("AWS::ApiGatewayV2::", PUBLIC_SERVER),
    ("AWS::AmazonMQ::", SERVER),
    ("AWS::AppRunner::", PUBLIC_SERVER),
    ("AWS::AppSync::", PUBLIC_SERVER),
    ("AWS::Batch::", "it would start instances or containers in a VPC, and a lab has no jobs"),
    ("AWS::Cloud9::", "it would put an instance with a development environment into a VPC"),
    ("AWS::CloudFormation::CustomResource", CUSTOM),
    ("AWS::CloudFormation::Stack", "it is a stack with a template of its own, which a lab does not fetch"),
    ("AWS::CloudFormation::StackSet", "it is stacks with a template of their own, which a lab does not fetch"),
    ("AWS::CloudFront::", PUBLIC_SERVER),
    ("AWS::DAX::", SERVER),
    ("AWS::DMS::ReplicationInstance", SERVER),
    ("AWS::DirectoryService::", "it would put domain controllers with listening ports into a VPC"),
    ("AWS::DocDB::", SERVER),
    ("AWS::EC2::ClientVpn", "it would let clients from outside into a VPC"),
    ("AWS::EC2::InstanceConnectEndpoint", "it would put an interface into a VPC, through which AWS lets people log in"),
    ("AWS::EC2::IPAM", "it would choose CIDRs, which a lab takes from its template"),
    ("AWS::EC2::SubnetCidrBlock", "it would give a subnet IPv6 addresses, and a lab is IPv4"),
    ("AWS::EC2::TransitGateway", "it would route between VPCs, and a lab has no transit gateways"),
    ("AWS::ECS::Service", "it would run containers with network interfaces or ports of instances in a VPC"),
    ("AWS::EFS::MountTarget", SERVER),
    ("AWS::EKS::", "it would put interfaces of a Kubernetes cluster and its nodes into a VPC"),
    ("AWS::EMR::", "it would put a cluster of instances into a VPC"),
    ("AWS::ElastiCache::", SERVER),
    ("AWS::ElasticBeanstalk::", "it would put instances and a load balancer into a VPC by rules of its own"),
    (
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "it is a Classic Load Balancer: interfaces and listeners in a VPC; of \
     load balancers a lab has Network Load Balancers",
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "it is of an Application Load Balancer; of load balancers a lab has \
     Network Load Balancers",
    ),
    ("AWS::Elasticsearch::", SERVER),
    ("AWS::FSx::", SERVER),
    ("AWS::GlobalAccelerator::", PUBLIC_SERVER),
    ("AWS::MSK::", SERVER),
    ("AWS::MemoryDB::", SERVER),
    ("AWS::Neptune::", SERVER),
    ("AWS::NetworkFirewall::", "it would put endpoints into a VPC that judge what is routed through them"),
    ("AWS::NetworkManager::", "it would route between VPCs and sites"),
    ("AWS::OpenSearchServerless::", SERVER),
    ("AWS::OpenSearchService::", SERVER),
    ("AWS::RDS::", SERVER),
    ("AWS::Redshift::", SERVER),
    ("AWS::SageMaker::", "it would put instances with interfaces into a VPC"),
    ("AWS::ServiceDiscovery::", "it would put names into DNS that follow from what is registered"),
    ("AWS::Transfer::", SERVER),
    ("AWS::VpcLattice::", "it would let services of VPCs reach each other past routes and peering"),
    ("AWS::WorkSpaces::", "it would put desktops with interfaces into a VPC"),
    ("Custom::", CUSTOM),
];

const SERVER: &str = "it would put network interfaces into a VPC on which a server of AWS's listens";
const PUBLIC_SERVER: &str =
    "it is, or belongs to, a server of AWS's on the internet, and the lab's internet has no such one";
const CUSTOM: &str = "what it makes is up to a program of its own, and a lab runs none";

/// Why a type is refused, if more is to be said than that it is.
pub(super) fn reason(kind: &str) -> Option<&'static str> {
    let fits = REASONS.iter().filter(|(prefix, _)| kind.starts_with(prefix));
    fits.max_by_key(|(prefix, _)| prefix.len()).map(|(_, reason)| *reason)
}
