//! IAM roles of the native format, as which instances call AWS's services.

use super::{
    lower::{Lowering, label},
    mapping,
    name::Named,
};
use crate::{
    input::policy::{Inline, Policy},
    model::{
        diagnostic::did_you_mean,
        draft::{self, Ref, RolePolicy, Text},
    },
};

mapping! {
    /// An IAM role.
    struct Role = "a role" {
        /// Its policies by their names, as YAML or JSON. Without any, and without managed ones, it may do nothing.
        policies: Named<Policy<Inline>>,
        /// AWS managed policies by name or ARN, such as `AmazonS3ReadOnlyAccess`; see [policies.md](policies.md).
        managed_policies: Option<Vec<Text>>,
        /// Its path. Default `/`.
        path: Option<Text>,
    }
}

impl Role {
    /// Writes the role.
    pub(super) fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let policies = self.policies.0.into_iter();
        lowering.draft.roles.push(draft::Role {
            label: label(name, None),
            role_name: None,
            path: self.path,
            policies: policies
                .map(|(name, policy)| RolePolicy { name: name.map(|name| name.to_string()), document: policy.0 })
                .collect(),
            customer_policies: Vec::new(),
            managed_policies: self.managed_policies.unwrap_or_default(),
        });
    }
}

/// A file that declares roles declares all of them: a role that is only named may do everything, which a slip of the
/// pen must not come to.
pub(super) fn are_declared(lowering: &mut Lowering<'_>) {
    let Lowering { draft, notes, .. } = lowering;
    let names: Vec<_> = draft.roles.iter().map(|role| role.label.name.value.as_str()).collect();
    if names.is_empty() {
        return;
    }
    for role in draft.instances.iter().filter_map(|instance| instance.iam_role.as_ref()) {
        if !names.contains(&role.value.as_str()) {
            let message = format!("the role with name {} cannot be found (NoSuchEntity)", role.value);
            let hint = did_you_mean(&role.value, names.iter().copied());
            let hint = hint.unwrap_or_else(|| "a file that has `roles` declares each one there".into());
            notes.push_with_hint(role.span, message, hint);
        }
    }
}
