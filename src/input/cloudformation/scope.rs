//! What names stand for in a template: pseudo parameters, parameters, mappings, conditions, resources.

use super::evaluate::{list, scalar};
use crate::{
    input::tree::{Kind, Node},
    model::{FIRST_ACCOUNT, Region, diagnostic::Span, id},
};
use std::collections::BTreeMap;

/// The names of a template.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// The stack's name.
    pub(super) stack: String,
    pub(super) region: Region,
    /// Values of parameters, or where it was said that there is none.
    pub(super) parameters: BTreeMap<String, Result<Kind, Span>>,
    /// Mappings, as they are written.
    pub(super) mappings: BTreeMap<String, Node>,
    /// Whether conditions hold, or where it was said that this is wrong.
    pub(super) conditions: BTreeMap<String, Result<bool, Span>>,
    /// Resources.
    pub(super) resources: BTreeMap<String, Declared>,
    /// The exports of other stacks.
    pub(super) imports: BTreeMap<String, String>,
}

/// A resource as others see it.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// Its type, such as `AWS::EC2::VPC`.
    pub(super) kind: String,
    /// Whether its condition holds.
    pub(super) exists: bool,
}

/// The pseudo parameters.
pub(super) const PSEUDO: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

impl Scope {
    /// The value of a pseudo parameter other than `AWS::NoValue`.
    pub(super) fn pseudo(&self, name: &str, span: Span) -> Option<Kind> {
        Some(match name {
            "AWS::AccountId" => scalar(FIRST_ACCOUNT),
            "AWS::NotificationARNs" => list([], span),
            "AWS::Partition" => scalar("aws"),
            "AWS::Region" => scalar(self.region.as_str()),
            "AWS::StackId" => scalar(self.stack_id()),
            "AWS::StackName" => scalar(self.stack.as_str()),
            "AWS::URLSuffix" => scalar("amazonaws.com"),
            _ => return None,
        })
    }

    fn stack_id(&self) -> String {
        id::stack(self.region.as_str(), FIRST_ACCOUNT, &self.stack)
    }

    /// The URL of a wait condition's handle.
    pub(super) fn wait_handle(&self, logical: &str) -> String {
        let (region, arn) = (&self.region, self.stack_id().replace(':', "%3A"));
        format!("https://cloudformation-waitcondition-{region}.s3.{region}.amazonaws.com/{arn}/{logical}")
    }

    /// A name for what has none, as CloudFormation makes them: `STACK-LOGICAL-RANDOM` (NLB-05). `longest` bounds
    /// the first two.
    pub(super) fn physical_name(&self, logical: &str, longest: usize) -> String {
        physical_name(&self.stack, logical, longest)
    }
}

/// The same by the name of the stack.
pub(super) fn physical_name(stack: &str, logical: &str, longest: usize) -> String {
    let first = |text: &str| text.chars().take(longest).collect::<String>();
    let mut rest = id::number(stack, "name", logical);
    let mut random = String::new();
    for _ in 0..12 {
        let digit = u32::try_from(rest % 36).expect("below 36");
        random.push(char::from_digit(digit, 36).expect("below 36").to_ascii_uppercase());
        rest /= 36;
    }
    format!("{}-{}-{random}", first(stack), first(logical))
}
