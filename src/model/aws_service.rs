//! AWS's own services: which there are, what they are called, how they are reached (VPCE-08, GWE-01).
//!
//! The table is not AWS's whole list: it has the services that networks are usually built for. What it does not have
//! is refused as AWS refuses a name that does not exist.

use super::Region;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A service by the last part of its service name: `s3`, `ecr.api`. Made by [`AwsService::find`] only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AwsService(String);

/// Whether an interface endpoint takes over the service's own name (VPCE-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateDns {
    /// Unless the file says otherwise.
    Usually,
    /// If the file says so (VPCE-19).
    OnRequest,
    /// The service has no private DNS name.
    Never,
}

/// What is known of a service.
struct Row {
    name: &'static str,
    /// What precedes `.REGION.amazonaws.com`.
    labels: &'static [&'static str],
    /// Whether names below its own are its own too: buckets, registries.
    below: bool,
    private_dns: PrivateDns,
    gateway: bool,
    http: bool,
    ttl: Option<u8>,
}

/// A service like most: HTTPS at `NAME.REGION.amazonaws.com`, silent when pinged.
const fn at(name: &'static str, labels: &'static [&'static str]) -> Row {
    Row { name, labels, below: false, private_dns: PrivateDns::Usually, gateway: false, http: false, ttl: None }
}

impl Row {
    const fn below(self) -> Self {
        Self { below: true, ..self }
    }

    const fn http(self) -> Self {
        Self { http: true, ..self }
    }

    const fn gateway(self) -> Self {
        Self { gateway: true, ..self }
    }

    const fn private_dns(self, private_dns: PrivateDns) -> Self {
        Self { private_dns, ..self }
    }

    /// Answers `ping`, with this TTL at an instance (GEN-06).
    const fn ttl(self, ttl: u8) -> Self {
        Self { ttl: Some(ttl), ..self }
    }
}

const SERVICES: &[Row] = &[
    at("access-analyzer", &["access-analyzer"]),
    at("acm-pca", &["acm-pca"]),
    at("application-autoscaling", &["application-autoscaling"]),
    at("athena", &["athena"]),
    at("autoscaling", &["autoscaling"]).http(),
    at("backup", &["backup"]),
    at("batch", &["batch"]),
    at("bedrock", &["bedrock"]),
    at("bedrock-runtime", &["bedrock-runtime"]),
    at("cloudformation", &["cloudformation"]).ttl(248),
    at("cloudtrail", &["cloudtrail"]),
    at("codebuild", &["codebuild"]),
    at("codecommit", &["codecommit"]),
    at("codedeploy", &["codedeploy"]),
    at("codepipeline", &["codepipeline"]),
    at("comprehend", &["comprehend"]),
    at("config", &["config"]),
    at("datasync", &["datasync"]),
    at("dms", &["dms"]),
    at("dynamodb", &["dynamodb"]).http().gateway().private_dns(PrivateDns::Never).ttl(248),
    at("ebs", &["ebs"]),
    at("ec2", &["ec2"]).http().ttl(248),
    at("ec2messages", &["ec2messages"]),
    at("ecr.api", &["api.ecr"]),
    at("ecr.dkr", &["dkr.ecr"]).below(),
    at("ecs", &["ecs"]),
    at("ecs-agent", &["ecs-a"]),
    at("ecs-telemetry", &["ecs-t"]),
    at("eks", &["eks"]),
    at("elasticache", &["elasticache"]),
    at("elasticbeanstalk", &["elasticbeanstalk"]),
    at("elasticfilesystem", &["elasticfilesystem"]),
    at("elasticloadbalancing", &["elasticloadbalancing"]).http(),
    at("elasticmapreduce", &["elasticmapreduce"]),
    at("events", &["events"]),
    at("execute-api", &["execute-api"]).below(),
    at("glue", &["glue"]),
    at("imagebuilder", &["imagebuilder"]),
    at("inspector2", &["inspector2"]),
    at("kinesis-firehose", &["firehose"]),
    at("kinesis-streams", &["kinesis"]),
    at("kms", &["kms"]),
    at("lambda", &["lambda"]),
    at("logs", &["logs"]),
    at("monitoring", &["monitoring"]).http(),
    at("rds", &["rds"]),
    at("rds-data", &["rds-data"]),
    at("redshift", &["redshift"]),
    at("redshift-data", &["redshift-data"]),
    at("rekognition", &["rekognition"]),
    at("s3", &["s3", "s3-accesspoint", "s3-control"])
        .below()
        .http()
        .gateway()
        .private_dns(PrivateDns::OnRequest)
        .ttl(57),
    at("sagemaker.api", &["api.sagemaker"]),
    at("sagemaker.runtime", &["runtime.sagemaker"]),
    at("secretsmanager", &["secretsmanager"]),
    at("securityhub", &["securityhub"]),
    at("servicecatalog", &["servicecatalog"]),
    at("sns", &["sns"]).http(),
    at("sqs", &["sqs"]).http(),
    at("ssm", &["ssm"]),
    at("ssmmessages", &["ssmmessages"]),
    at("states", &["states"]),
    at("storagegateway", &["storagegateway"]),
    at("sts", &["sts"]),
    at("textract", &["textract"]),
    at("transcribe", &["transcribe"]),
    at("transfer", &["transfer"]),
    at("workspaces", &["workspaces"]),
    at("xray", &["xray"]),
];

impl AwsService {
    /// The service called `name`, without region: `s3`.
    pub fn find(name: &str) -> Option<Self> {
        SERVICES.iter().any(|row| row.name == name).then(|| Self(name.to_owned()))
    }

    /// The service of this whole name in a region: `com.amazonaws.ap-northeast-2.s3`.
    pub fn of_service_name(region: &Region, name: &str) -> Option<Self> {
        Self::find(name.strip_prefix(&format!("com.amazonaws.{region}."))?)
    }

    /// The service that requests are signed for under this name: its own, or the one in its names.
    pub fn signed_as(name: &str) -> Option<Self> {
        let in_names = |row: &&Row| row.labels.iter().any(|label| label.split('.').next_back() == Some(name));
        Self::find(name).or_else(|| SERVICES.iter().find(in_names).map(|row| Self(row.name.to_owned())))
    }

    /// All services, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        SERVICES.iter().map(|row| Self(row.name.to_owned()))
    }

    /// `s3`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `com.amazonaws.REGION.s3`.
    pub fn service_name(&self, region: &Region) -> String {
        format!("com.amazonaws.{region}.{}", self.0)
    }

    /// What precedes the region in its names, endpoints' names among them: `kinesis` of `kinesis-streams`.
    pub fn label(&self) -> &'static str {
        self.row().labels[0]
    }

    /// Its own names in a region, the first one first; `*.` stands for all names below.
    pub fn names(&self, region: &Region) -> Vec<String> {
        let row = self.row();
        let name = |label: &&str| {
            let name = format!("{label}.{region}.amazonaws.com");
            let below = row.below.then(|| format!("*.{name}"));
            [Some(name), below].into_iter().flatten()
        };
        row.labels.iter().flat_map(name).collect()
    }

    /// Whether a gateway endpoint can lead to it (GWE-01).
    pub fn has_gateway(&self) -> bool {
        self.row().gateway
    }

    /// Whether an interface endpoint can take over its name (VPCE-05).
    pub fn private_dns(&self) -> PrivateDns {
        self.row().private_dns
    }

    /// The TCP ports at which it is served (VPCE-24).
    pub fn ports(&self) -> &'static [u16] {
        if self.row().http { &[80, 443] } else { &[443] }
    }

    /// The TTL with which its answers arrive at an instance, if it answers `ping` (GEN-06).
    pub fn ttl(&self) -> Option<u8> {
        self.row().ttl
    }

    fn row(&self) -> &'static Row {
        SERVICES.iter().find(|row| row.name == self.0).expect("a service is made by `find` only")
    }
}

impl fmt::Display for AwsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
