//! IAM roles: their names, how many policies they have, and how long those are together.

use super::{
    super::{
        Role,
        draft::{self, Draft, RolePolicy, Text},
        policy::Form,
    },
    Resolver,
};
use std::collections::BTreeMap;

/// How many managed policies a role may have.
const MANAGED: usize = 10;

/// What precedes the names of AWS managed policies, in all partitions.
const AWS_POLICY: &str = "::aws:policy/";

impl Resolver<'_> {
    pub(super) fn roles(&mut self, draft: &Draft) {
        for role in &draft.roles {
            let resolved = self.role(role);
            self.roles.insert(&role.label.name, resolved, &mut self.found);
        }
    }

    fn role(&mut self, role: &draft::Role) -> Option<Role> {
        let label = &role.label.name;
        let name = role.role_name.clone().unwrap_or_else(|| Text::new(label.value.to_string(), label.span));
        let is_name = self.is_role_name(&name);
        if self.roles.iter().any(|(_, other)| other.role_name == name.value) {
            self.found.push(name.span, format!("role with name {} already exists (EntityAlreadyExists)", name.value));
            return None;
        }
        let path = self.path(role.path.as_ref());
        let policies = self.policies(&role.policies);
        let length: usize = policies.values().map(|text| text.chars().filter(|c| !c.is_whitespace()).count()).sum();
        if length > Form::Inline.longest() {
            let (longest, role) = (Form::Inline.longest(), &name.value);
            let message = format!("maximum policy size of {longest} bytes exceeded for role {role} (LimitExceeded)");
            self.found.push_with_hint(label.span, message, "all inline policies of a role count together");
        }
        let attached = role.managed_policies.len() + role.customer_policies.len();
        if attached > MANAGED {
            let message = format!("cannot exceed quota for PoliciesPerRole: {MANAGED} (LimitExceeded)");
            self.found.push(label.span, message);
        }
        let managed_policies = role.managed_policies.iter().map(|policy| managed_name(&policy.value).to_owned());
        is_name.then(|| Role {
            id: Role::id(self.lab, &name.value),
            path,
            policies,
            customer_policies: self.policies(&role.customer_policies),
            managed_policies: managed_policies.collect(),
            role_name: name.value,
        })
    }

    /// Whether it is a role's name, which becomes a part of paths and ARNs.
    pub(super) fn is_role_name(&mut self, role: &Text) -> bool {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
        let is_name = (1..=64).contains(&role.value.len()) && role.value.chars().all(fits);
        if !is_name {
            let message = format!("`{}` cannot be the name of a role (ValidationError)", role.value);
            self.found.push_with_hint(role.span, message, "it has 1 to 64 letters, digits and `+=,.@_-`");
        }
        is_name
    }

    fn path(&mut self, path: Option<&Text>) -> String {
        let Some(path) = path else { return "/".into() };
        let is_path = path.value.starts_with('/')
            && path.value.ends_with('/')
            && path.value.len() <= 512
            && path.value.chars().all(|letter| letter.is_ascii_graphic());
        if !is_path {
            let message = format!("`{}` cannot be the path of a role (ValidationError)", path.value);
            self.found.push_with_hint(path.span, message, "it begins and ends with `/`");
        }
        path.value.clone()
    }

    fn policies(&mut self, policies: &[RolePolicy]) -> BTreeMap<String, String> {
        let mut read = BTreeMap::new();
        for RolePolicy { name, document } in policies {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
            if !(1..=128).contains(&name.value.len()) || !name.value.chars().all(fits) {
                let message = format!("`{}` cannot be the name of a policy (ValidationError)", name.value);
                self.found.push_with_hint(name.span, message, "it has 1 to 128 letters, digits and `+=,.@_-`");
            } else if read.insert(name.value.clone(), document.value.clone()).is_some() {
                let message = format!("a role has one policy of the name `{}` (EntityAlreadyExists)", name.value);
                self.found.push(name.span, message);
            }
        }
        read
    }
}

/// The name of an AWS managed policy, of its name or ARN: `…:policy/service-role/NAME` is NAME too.
pub fn managed_name(text: &str) -> &str {
    match text.split_once(AWS_POLICY) {
        Some((_, name)) => name.rsplit('/').next().unwrap_or(name),
        None => text,
    }
}
