//! A policy that is right in itself, and what of it concerns a request.

use super::{
    arn,
    caller::Identity,
    condition::Condition,
    context::Context,
    json::Json,
    mistake::Mistake,
    pattern::{Pattern, fits},
    principal::{Meant, Principal, spares},
    read,
};
use std::fmt;

/// To what a policy is attached; that decides what it may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// To a VPC endpoint (VPCE-30, GWE-13).
    Endpoint,
    /// To a bucket, of this name if it is known.
    Bucket(Option<&'a str>),
    /// To a role, in line.
    Inline,
    /// A managed policy.
    Managed,
}

impl Form<'_> {
    /// AWS's error code for one that is wrong.
    pub fn code(self) -> &'static str {
        match self {
            Self::Endpoint => "InvalidPolicyDocument",
            Self::Bucket(_) => "MalformedPolicy",
            Self::Inline | Self::Managed => "MalformedPolicyDocument",
        }
    }

    /// How many characters it may have, white space not counted. Of a role's inline policies this is for all together.
    pub fn longest(self) -> usize {
        match self {
            Self::Endpoint | Self::Bucket(_) => 20_480,
            Self::Inline => 10_240,
            Self::Managed => 6_144,
        }
    }

    /// Whether it says whom it is about.
    pub(super) fn has_principals(self) -> bool {
        matches!(self, Self::Endpoint | Self::Bucket(_))
    }
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(super) statements: Vec<Statement>,
}

/// One of its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) denies: bool,
    pub(super) principals: Option<Of<Principal>>,
    pub(super) actions: Of<Pattern>,
    pub(super) resources: Of<Pattern>,
    pub(super) conditions: Vec<Condition>,
}

/// Some, or all but some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Of<T> {
    These(Vec<T>),
    AllBut(Vec<T>),
}

impl<T> Of<T> {
    fn includes(&self, is: impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::These(list) => list.iter().any(is),
            Self::AllBut(list) => !list.iter().any(is),
        }
    }
}

/// A statement as people find it: by its `Sid`, or its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub String);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a statement does not concern a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    Principal,
    Action,
    Resource,
    /// The operator and the key of the first condition that does not hold.
    Condition(String),
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal => f.write_str("is about other principals"),
            Self::Action => f.write_str("is about other actions"),
            Self::Resource => f.write_str("is about other resources"),
            Self::Condition(condition) => write!(f, "has a condition that does not hold: {condition}"),
        }
    }
}

/// What a statement is compared with.
pub(super) struct Question<'a> {
    pub(super) identity: &'a Identity,
    pub(super) role_arn: Option<&'a str>,
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) context: &'a Context,
}

impl Document {
    /// Reads a policy from JSON, or tells everything that AWS would refuse in it. Condition keys that a lab does not know
    /// are no mistake here: no request has them.
    pub fn parse(text: &str, form: Form<'_>) -> Result<Self, Vec<Mistake>> {
        let json = Json::parse(text).map_err(|error| vec![Mistake::no_json(&error, form)])?;
        let (document, mistakes) = read::document(&json, form);
        let wrong: Vec<_> = mistakes.into_iter().filter(|mistake| !mistake.unmirrored).collect();
        if wrong.is_empty() { Ok(document) } else { Err(wrong) }
    }

    /// Everything that is wrong with what was JSON, or YAML that means the same, and all of it that a lab does not
    /// mirror.
    pub fn mistakes(json: &Json, form: Form<'_>) -> Vec<Mistake> {
        read::document(json, form).1
    }

    /// Its statements and how people find them.
    pub(super) fn statements(&self) -> impl Iterator<Item = (Place, &Statement)> {
        let name = |place: usize, statement: &Statement| {
            Place(statement.sid.as_ref().map_or_else(|| format!("{}", place + 1), |sid| format!("`{sid}`")))
        };
        self.statements.iter().enumerate().map(move |(place, statement)| (name(place, statement), statement))
    }
}

impl Statement {
    /// How it concerns a request, or why not. `only_root`: accounts and ARNs mean root users only, as AWS reads the
    /// principals of a gateway endpoint's policy (GWE-13).
    pub(super) fn concerns(&self, question: &Question<'_>, only_root: bool) -> Result<Meant, Miss> {
        let meant = self.meant(question, only_root);
        if meant == Meant::Not {
            return Err(Miss::Principal);
        }
        let filled = |pattern: &Pattern| pattern.filled(question.context);
        if !self.actions.includes(|action| filled(action).is_some_and(|action| fits(&action, question.action, true))) {
            return Err(Miss::Action);
        }
        let is_it = |pattern: &Pattern| filled(pattern).is_some_and(|pieces| arn::matches(&pieces, question.resource));
        if !self.resources.includes(is_it) {
            return Err(Miss::Resource);
        }
        match self.conditions.iter().find(|condition| !condition.holds(question.context)) {
            None => Ok(meant),
            Some(Condition { written, key, .. }) => Err(Miss::Condition(format!("{written} of {key}"))),
        }
    }

    fn meant(&self, question: &Question<'_>, only_root: bool) -> Meant {
        let how = |principal: &Principal| match principal.means(question.identity, question.role_arn) {
            Meant::Directly if only_root && !matches!(principal, Principal::Everybody | Principal::Account(_)) => {
                Meant::Not
            }
            Meant::ByAccount if only_root && !self.denies => Meant::Not,
            meant => meant,
        };
        match &self.principals {
            Some(Of::These(list)) => list.iter().map(how).max().unwrap_or(Meant::Not),
            Some(Of::AllBut(list)) if spares(list, question.identity, question.role_arn) => Meant::Not,
            None | Some(Of::AllBut(_)) => Meant::Directly,
        }
    }
}
