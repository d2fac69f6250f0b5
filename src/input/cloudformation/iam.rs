//! IAM in a template: which role an instance has by its profile, and what belongs to which role (IMDS-07).

use super::lowering::Lowering;
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node, Part},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{Draft, Ref, Role, RolePolicy, Text},
    },
};
use std::collections::BTreeMap;

pub(super) const ROLE: &str = "AWS::IAM::Role";
pub(super) const PROFILE: &str = "AWS::IAM::InstanceProfile";
pub(super) const MANAGED: &str = "AWS::IAM::ManagedPolicy";

/// How much of the stack's name and of the logical id is in the name of what has none of its own.
pub(super) const NAME: usize = 25;

/// The template's roles.
#[derive(Debug, Clone, Default)]
pub(super) struct Roles {
    /// Their names by their logical ids.
    by_id: BTreeMap<String, String>,
    /// Instance profiles' roles by their logical ids.
    profiles: BTreeMap<String, String>,
    /// Instance profiles' roles by their names.
    names: BTreeMap<String, String>,
}

impl Roles {
    /// Keeps the name of a role.
    pub(super) fn add(&mut self, logical: &Name, name: &str) {
        self.by_id.insert(logical.to_string(), name.to_owned());
    }

    /// Keeps which role an instance profile has.
    pub(super) fn add_profile(&mut self, logical: &Name, name: String, role: &RoleRef) {
        let role =
            self.by_id.get(&role.text).filter(|_| role.is_resource).cloned().unwrap_or_else(|| role.text.clone());
        self.profiles.insert(logical.to_string(), role.clone());
        self.names.insert(name, role);
    }
}

/// What belongs to roles, until all are read.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Inline policies that are resources of their own.
    pub(super) inline: Vec<(RoleRef, RolePolicy)>,
    /// The roles that managed policies name.
    pub(super) managed_of: Vec<(RoleRef, RolePolicy)>,
    /// Managed policies by their logical ids.
    pub(super) managed: BTreeMap<Name, RolePolicy>,
    /// The managed policies that roles name.
    pub(super) attached: Vec<(Name, Ref)>,
}

impl Joined {
    /// Gives each role what belongs to it.
    pub(super) fn join(self, draft: &mut Draft, notes: &mut Diagnostics) {
        for (reference, policy) in self.inline {
            if let Some(role) = role(draft, &reference, notes) {
                role.policies.push(policy);
            }
        }
        for (reference, policy) in self.managed_of {
            if let Some(role) = role(draft, &reference, notes) {
                attach(role, &policy);
            }
        }
        for (name, policy) in self.attached {
            let role = draft.roles.iter_mut().find(|role| role.label.name.value == name);
            // A policy that is not there is a mistake of its own.
            role.zip(self.managed.get(&policy.value)).into_iter().for_each(|(role, policy)| attach(role, policy));
        }
    }
}

/// Attaches a managed policy, once.
fn attach(role: &mut Role, policy: &RolePolicy) {
    if role.customer_policies.iter().all(|own| own.name.value != policy.name.value) {
        role.customer_policies.push(policy.clone());
    }
}

fn role<'a>(draft: &'a mut Draft, reference: &RoleRef, notes: &mut Diagnostics) -> Option<&'a mut Role> {
    let is_it = |role: &Role| match &role.role_name {
        _ if reference.is_resource => role.label.name.value.as_str() == reference.text,
        Some(name) => name.value == reference.text,
        None => false,
    };
    let found = draft.roles.iter_mut().find(|role| is_it(role));
    if found.is_none() && !reference.is_resource && !reference.text.is_empty() {
        let message = format!("the role with name {} cannot be found (NoSuchEntity)", reference.text);
        notes.push_with_hint(reference.at, message, "the template has no such role");
    }
    found
}

impl Lowering<'_> {
    /// The name of what can have one of its own: that, or one that CloudFormation makes.
    pub(super) fn named(&self, name: &Ref, own: Option<super::property::Words>) -> Text {
        let own = own.and_then(|words| words.0);
        Spanned::new(own.unwrap_or_else(|| self.scope.physical_name(name.value.as_str(), NAME)), name.span)
    }
}

/// A role: a resource of the template, or a name.
#[derive(Debug, Clone)]
pub(super) struct RoleRef {
    pub(super) at: Span,
    is_resource: bool,
    text: String,
}

impl Decode for RoleRef {
    fn what() -> String {
        format!("a reference to an `{ROLE}`, or its name")
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { resource, kind, attribute: None }] if kind == ROLE => {
                    Self { at: node.span, is_resource: true, text: resource.clone() }
                }
                _ => Self::unexpected(node, notes),
            },
            Kind::Scalar { .. } => Self { at: node.span, is_resource: false, text: String::decode(node, notes) },
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self { at, is_resource: true, text: String::new() }
    }
}

/// A managed policy that is attached to a role.
#[derive(Debug, Clone)]
pub(super) enum ManagedArn {
    /// AWS's, by its ARN.
    Aws(Text),
    /// A resource of the template.
    Own(Ref),
}

impl Decode for ManagedArn {
    fn what() -> String {
        format!("the ARN of a managed policy, or a reference to an `{MANAGED}`")
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { resource, kind, attribute: None }] if kind == MANAGED => {
                    Self::Own(Spanned::new(Name::new(resource), node.span))
                }
                _ => Self::unexpected(node, notes),
            },
            Kind::Scalar { text, .. } if text.starts_with("arn:") => Self::Aws(Text::decode(node, notes)),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self::Own(Spanned::new(Name::new(""), at))
    }
}

/// What names an instance profile: a resource of the template, or a name or ARN from outside.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    at: Span,
    resource: Option<String>,
    text: String,
}

impl Profile {
    /// The name of its role. Of a profile from outside only its own name is known, which is most often the same.
    pub(super) fn role(&self, roles: &Roles) -> Option<Text> {
        let role = if let Some(resource) = &self.resource {
            roles.profiles.get(resource)?.clone()
        } else {
            let name = self.text.rsplit('/').next().unwrap_or_default();
            roles.names.get(name).cloned().unwrap_or_else(|| name.to_owned())
        };
        Some(Spanned::new(role, self.at))
    }
}

impl Decode for Profile {
    fn what() -> String {
        "an instance profile".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { resource, kind, .. }] if kind == PROFILE => {
                    Self { at: node.span, resource: Some(resource.clone()), text: String::new() }
                }
                _ => Self::unexpected(node, notes),
            },
            Kind::Scalar { .. } => Self { at: node.span, resource: None, text: String::decode(node, notes) },
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self { at, resource: Some(String::new()), text: String::new() }
    }
}
