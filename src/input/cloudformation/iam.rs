//! The names of IAM roles and instance profiles: all that a lab has of them, for the metadata of instances (IMDS-07).
//!
//! Neither changes what passes, so both are listed among what has no effect; their policies are not mirrored.

use super::lowering::Lowering;
use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node, Part},
    },
    model::{
        diagnostic::{Diagnostics, Span, Spanned},
        draft::Text,
    },
};
use std::collections::BTreeMap;

const ROLE: &str = "AWS::IAM::Role";
const PROFILE: &str = "AWS::IAM::InstanceProfile";

/// How much of the stack's name and of the logical id is in the name of a role.
const NAME: usize = 25;

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

/// Keeps the name of a role, or which role an instance profile has.
pub(super) fn note(lowering: &mut Lowering<'_>, kind: &str, name: &str, properties: &Node) {
    let own_name = |property: &str| match property_of(properties, property).map(|node| &node.kind) {
        Some(Kind::Scalar { text, .. }) => text.clone(),
        _ => lowering.scope.physical_name(name, NAME),
    };
    match kind {
        ROLE => {
            let role = own_name("RoleName");
            lowering.launches.roles.by_id.insert(name.to_owned(), role);
        }
        PROFILE => {
            let own_name = own_name("InstanceProfileName");
            let roles = &mut lowering.launches.roles;
            let Some(Kind::Sequence(list)) = property_of(properties, "Roles").map(|node| &node.kind) else { return };
            let role = list.first().and_then(|role| match &role.kind {
                Kind::Later(parts) => match parts.as_slice() {
                    [Part::Of { resource, attribute: None, .. }] => roles.by_id.get(resource).cloned(),
                    _ => None,
                },
                Kind::Scalar { text, .. } => Some(text.clone()),
                Kind::Sequence(_) | Kind::Mapping(_) | Kind::Wrong => None,
            });
            if let Some(role) = role {
                roles.profiles.insert(name.to_owned(), role.clone());
                roles.names.insert(own_name, role);
            }
        }
        _ => {}
    }
}

fn property_of<'a>(node: &'a Node, property: &str) -> Option<&'a Node> {
    let Kind::Mapping(entries) = &node.kind else { return None };
    entries.iter().find(|(key, _)| key.value == property).map(|(_, value)| value)
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
