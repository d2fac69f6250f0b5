//! ARNs: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. A wildcard reaches no further than its own part.

use super::pattern::{Piece, fits};

/// How many parts an ARN has.
const PARTS: usize = 6;

/// Whether an ARN is what a pattern says.
pub(super) fn matches(pattern: &[Piece], arn: &str) -> bool {
    if matches!(pattern, [Piece::Any]) {
        return true;
    }
    let parts: Vec<_> = pattern.splitn(PARTS, |piece| *piece == Piece::Char(':')).collect();
    if parts.len() != PARTS {
        return false;
    }
    // What concerns no single resource is covered by a pattern for all of a service's.
    if arn == "*" {
        return matches!(parts[PARTS - 1], [Piece::Any]);
    }
    let of: Vec<_> = arn.splitn(PARTS, ':').collect();
    of.len() == PARTS && parts.iter().zip(of).all(|(pattern, part)| fits(pattern, part, false))
}

/// What keeps a text from being an ARN, or a pattern of one.
pub(super) fn mistake(text: &str) -> Option<String> {
    let parts: Vec<_> = text.splitn(PARTS, ':').collect();
    let [arn, partition, service, ..] = parts.as_slice() else {
        return Some(format!("resource {text} must be in ARN format or \"*\""));
    };
    if *arn != "arn" || parts.len() != PARTS {
        return Some(format!("resource {text} must be in ARN format or \"*\""));
    }
    if !matches!(*partition, "aws" | "aws-cn" | "aws-us-gov" | "*") {
        return Some(format!("partition \"{partition}\" is not valid for resource \"{text}\""));
    }
    let is_service = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '*';
    if service.is_empty() || !service.chars().all(is_service) {
        return Some(format!("vendor {service} is not valid for resource \"{text}\""));
    }
    (parts[PARTS - 1].is_empty()).then(|| format!("resource {text} must be in ARN format or \"*\""))
}
