//! AWS managed policies: those that instances of a lab are likely to have. Of each stand the statements that concern
//! services which a lab can have; the others allow what nobody can call.

use super::document::{Document, Form};
use serde_json::{Value, json};

/// A managed policy that allows some actions on everything.
struct Row {
    /// What follows `arn:aws:iam::aws:policy/`.
    name: &'static str,
    actions: &'static [&'static str],
}

const fn row(name: &'static str, actions: &'static [&'static str]) -> Row {
    Row { name, actions }
}

/// Those of all services.
const POWER_USER: &str = "PowerUserAccess";
/// The agent's, one statement of which is about some parameters only.
const AGENT: &str = "CloudWatchAgentServerPolicy";

const POLICIES: &[Row] = &[
    row("AdministratorAccess", &["*"]),
    row("AmazonDynamoDBFullAccess", &["dynamodb:*", "dax:*", "application-autoscaling:*", "cloudwatch:*Alarm*"]),
    row(
        "AmazonDynamoDBReadOnlyAccess",
        &[
            "dynamodb:BatchGetItem",
            "dynamodb:Describe*",
            "dynamodb:List*",
            "dynamodb:GetAbacStatus",
            "dynamodb:GetItem",
            "dynamodb:GetResourcePolicy",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PartiQLSelect",
        ],
    ),
    row(
        "AmazonEC2ContainerRegistryReadOnly",
        &["ecr:GetAuthorizationToken", "ecr:BatchCheck*", "ecr:BatchGet*", "ecr:Describe*", "ecr:Get*", "ecr:List*"],
    ),
    row("AmazonEC2FullAccess", &["ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*"]),
    row(
        "AmazonEC2ReadOnlyAccess",
        &[
            "ec2:Describe*",
            "ec2:GetSecurityGroupsForVpc",
            "elasticloadbalancing:Describe*",
            "cloudwatch:ListMetrics",
            "cloudwatch:GetMetricStatistics",
            "cloudwatch:Describe*",
            "autoscaling:Describe*",
        ],
    ),
    row("AmazonS3FullAccess", &["s3:*", "s3-object-lambda:*"]),
    row(
        "AmazonS3ReadOnlyAccess",
        &["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
    ),
    row("AmazonSNSFullAccess", &["sns:*"]),
    row("AmazonSNSReadOnlyAccess", &["sns:Get*", "sns:List*", "sns:CheckIfPhoneNumberIsOptedOut"]),
    row("AmazonSQSFullAccess", &["sqs:*"]),
    row("AmazonSQSReadOnlyAccess", &["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:List*"]),
    row("AmazonSSMFullAccess", &["ssm:*", "ssmmessages:*", "ec2messages:*", "logs:*", "cloudwatch:PutMetricData"]),
    row("AmazonSSMManagedInstanceCore", SSM_CORE),
    row("AmazonSSMReadOnlyAccess", &["ssm:Describe*", "ssm:Get*", "ssm:List*"]),
    row("AWSCloudFormationFullAccess", &["cloudformation:*"]),
    row(
        "AWSCloudFormationReadOnlyAccess",
        &[
            "cloudformation:Describe*",
            "cloudformation:EstimateTemplateCost",
            "cloudformation:Get*",
            "cloudformation:List*",
            "cloudformation:ValidateTemplate",
            "cloudformation:Detect*",
        ],
    ),
    row(
        AGENT,
        &[
            "cloudwatch:PutMetricData",
            "ec2:DescribeTags",
            "ec2:DescribeVolumes",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "logs:PutRetentionPolicy",
            "xray:GetSamplingRules",
            "xray:GetSamplingStatisticSummaries",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ],
    ),
    row("CloudWatchLogsFullAccess", &["logs:*"]),
    row("ElasticLoadBalancingReadOnly", &["elasticloadbalancing:Describe*"]),
    row(POWER_USER, &[]),
    row("ReadOnlyAccess", READ_ONLY),
    row("SecretsManagerReadWrite", &["secretsmanager:*", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys"]),
];

const SSM_CORE: &[&str] = &[
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssm:DescribeAssociation",
    "ssm:DescribeDocument",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:GetManifest",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];

const READ_ONLY: &[&str] = &[
    "autoscaling:Describe*",
    "autoscaling:GetPredictiveScalingForecast",
    "cloudformation:Describe*",
    "cloudformation:Detect*",
    "cloudformation:EstimateTemplateCost",
    "cloudformation:Get*",
    "cloudformation:List*",
    "cloudformation:ValidateTemplate",
    "cloudtrail:Describe*",
    "cloudtrail:Get*",
    "cloudtrail:List*",
    "cloudtrail:LookupEvents",
    "cloudwatch:Describe*",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "dynamodb:BatchGet*",
    "dynamodb:Describe*",
    "dynamodb:Get*",
    "dynamodb:List*",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ec2:Describe*",
    "ec2:Get*",
    "ec2:List*",
    "ec2:Search*",
    "ecr:BatchCheck*",
    "ecr:BatchGet*",
    "ecr:Describe*",
    "ecr:Get*",
    "ecr:List*",
    "ecs:Describe*",
    "ecs:List*",
    "elasticloadbalancing:Describe*",
    "events:Describe*",
    "events:List*",
    "events:Test*",
    "iam:Generate*",
    "iam:Get*",
    "iam:List*",
    "iam:Simulate*",
    "kinesis:Describe*",
    "kinesis:Get*",
    "kinesis:List*",
    "kms:Describe*",
    "kms:Get*",
    "kms:List*",
    "lambda:Get*",
    "lambda:List*",
    "logs:Describe*",
    "logs:FilterLogEvents",
    "logs:Get*",
    "logs:ListTagsLogGroup",
    "logs:StartQuery",
    "logs:StopQuery",
    "logs:TestMetricFilter",
    "rds:Describe*",
    "rds:Download*",
    "rds:List*",
    "route53:Get*",
    "route53:List*",
    "route53:Test*",
    "s3:DescribeJob",
    "s3:Get*",
    "s3:List*",
    "secretsmanager:Describe*",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:List*",
    "sns:Check*",
    "sns:Get*",
    "sns:List*",
    "sqs:Get*",
    "sqs:List*",
    "sqs:Receive*",
    "ssm:Describe*",
    "ssm:Get*",
    "ssm:List*",
    "states:Describe*",
    "states:GetExecutionHistory",
    "states:List*",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
];

/// The names of those that there are.
pub fn names() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|row| row.name)
}

/// The policy of this name.
pub(super) fn document(name: &str) -> Option<Document> {
    let row = POLICIES.iter().find(|row| row.name == name)?;
    let statements = match row.name {
        POWER_USER => json!([
            { "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*" },
            {
                "Effect": "Allow",
                "Action": [
                    "account:GetAccountInformation",
                    "account:GetPrimaryEmail",
                    "account:ListRegions",
                    "iam:CreateServiceLinkedRole",
                    "iam:DeleteServiceLinkedRole",
                    "iam:ListRoles",
                    "organizations:DescribeOrganization",
                ],
                "Resource": "*",
            },
        ]),
        AGENT => json!([
            allow(row),
            {
                "Effect": "Allow",
                "Action": "ssm:GetParameter",
                "Resource": "arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*",
            },
        ]),
        _ => json!([allow(row)]),
    };
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Some(Document::parse(&document.to_string(), Form::Managed).expect("AWS's own are right, which a test holds"))
}

fn allow(row: &Row) -> Value {
    json!({ "Effect": "Allow", "Action": row.actions, "Resource": "*" })
}
