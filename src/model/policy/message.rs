//! AWS's words for what is denied, and why a call is allowed or denied, for people (VPCE-31).

use super::{
    caller::{Call, Caller},
    evaluate::{Decision, Finding, Layer},
};
use std::fmt;

/// What AWS answers to a call that is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The error code, which is not the same in all services.
    pub code: &'static str,
    /// The message.
    pub message: String,
}

impl Decision {
    /// What AWS answers; none if the call is allowed.
    pub fn denial(&self, caller: &Caller, call: &Call<'_>) -> Option<Denial> {
        let action = call.action;
        let why = match self {
            Self::Allow => return None,
            Self::ExplicitDeny { layer, .. } => format!("with an explicit deny in {}", layer.with_article()),
            Self::ImplicitDeny(layer) => format!("because no {layer} allows the {action} action"),
        };
        let service = action.split(':').next().unwrap_or_default();
        let resource = match (service, call.resource) {
            (_, "*") => String::new(),
            ("s3", resource) => format!(" on resource: \"{resource}\""),
            (_, resource) => format!(" on resource: {resource}"),
        };
        let message = format!("User: {} is not authorized to perform: {action}{resource} {why}", caller.identity.arn());
        Some(match service {
            "ec2" => Denial {
                code: "UnauthorizedOperation",
                message: format!("You are not authorized to perform this operation. {message}"),
            },
            _ => Denial { code: code(service), message },
        })
    }
}

/// The error code of a service.
fn code(service: &str) -> &'static str {
    match service {
        // XML: S3, and those with the query protocol.
        "s3"
        | "sts"
        | "iam"
        | "sns"
        | "cloudformation"
        | "elasticloadbalancing"
        | "autoscaling"
        | "rds"
        | "cloudwatch"
        | "elasticache"
        | "elasticbeanstalk"
        | "redshift"
        | "route53" => "AccessDenied",
        _ => "AccessDeniedException",
    }
}

impl Layer {
    fn with_article(self) -> &'static str {
        match self {
            Self::Endpoint => "a VPC endpoint policy",
            Self::Resource => "a resource-based policy",
            Self::Identity => "an identity-based policy",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Endpoint => "VPC endpoint policy",
            Self::Resource => "resource-based policy",
            Self::Identity => "identity-based policy",
        })
    }
}

/// A line for each statement that has a say, and the decision.
pub(super) fn explain(findings: &[Finding<'_>], decision: &Decision) -> String {
    let mut lines = Vec::new();
    for Finding { layer, policy, statement, denies, concerns } in findings {
        let what = if *denies { "denies" } else { "allows" };
        let says = match concerns {
            Ok(_) => what.to_owned(),
            Err(miss) => format!("{what} something else: it {miss}"),
        };
        lines.push(format!("{layer} {policy}, statement {statement}: {says}"));
    }
    lines.push(match decision {
        Decision::Allow => "allowed".into(),
        Decision::ExplicitDeny { layer, policy, statement } => {
            format!("denied: statement {statement} of the {layer} {policy} says so, which no other policy can change")
        }
        Decision::ImplicitDeny(layer) => format!("denied: no {layer} allows it"),
    });
    lines.join("\n")
}
