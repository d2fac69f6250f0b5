//! `AWS::IAM::Role`, its policies, and `AWS::IAM::InstanceProfile`.

use super::super::{
    attribute::How,
    iam::{self, ManagedArn, RoleRef},
    lowering::Lowering,
    property::{Resource, Words, properties},
};
use crate::{
    input::policy::{Inline, Managed, Policy},
    model::{
        diagnostic::Spanned,
        draft::{self, Label, Ref, RolePolicy, Text},
    },
};

properties! {
    /// An IAM role.
    struct Role = "a role" {
        /// Its name.
        name as "RoleName": Option<Words>,
        /// Its path. Default `/`.
        path as "Path": Option<Text>,
        /// Its inline policies. Without any policy it may do nothing.
        policies as "Policies": Option<Vec<InlinePolicy>>,
        /// AWS managed policies by ARN, and the template's own.
        managed_policies as "ManagedPolicyArns": Option<Vec<ManagedArn>>,
    }
    accepted &["AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Tags"];
    unmirrored &["PermissionsBoundary"];
}

properties! {
    /// An inline policy of a role.
    struct InlinePolicy = "a policy, `{PolicyName: …, PolicyDocument: …}`" {
        /// Its name.
        name as "PolicyName": Words,
        /// What it says.
        document as "PolicyDocument": Policy<Inline>,
    }
}

properties! {
    /// An inline policy of roles.
    struct RoleOwnPolicy = "a policy" {
        /// Its name.
        name as "PolicyName": Words,
        /// What it says.
        document as "PolicyDocument": Policy<Inline>,
        /// The roles that it belongs to.
        roles as "Roles": Option<Vec<RoleRef>>,
    }
    accepted &["Groups", "Users"];
}

properties! {
    /// A managed policy.
    struct ManagedPolicy = "a managed policy" {
        /// Its name.
        name as "ManagedPolicyName": Option<Words>,
        /// What it says.
        document as "PolicyDocument": Policy<Managed>,
        /// The roles that it is attached to.
        roles as "Roles": Option<Vec<RoleRef>>,
    }
    accepted &["Description", "Groups", "Path", "Users"];
}

properties! {
    /// What gives an instance its role.
    struct InstanceProfile = "an instance profile" {
        /// Its name.
        name as "InstanceProfileName": Option<Words>,
        /// Its only role.
        roles as "Roles": Vec<RoleRef>,
    }
    accepted &["Path"];
}

impl Resource for Role {
    const TYPE: &'static str = iam::ROLE;
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Arn", How::Later), ("RoleId", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let own_name = lowering.named(&name, self.name);
        lowering.launches.roles.add(&name.value, &own_name.value);
        let mut role = draft::Role {
            label: Label { name, tag: None },
            role_name: Some(own_name),
            path: self.path,
            policies: Vec::new(),
            customer_policies: Vec::new(),
            managed_policies: Vec::new(),
        };
        for policy in self.policies.into_iter().flatten() {
            let at = policy.document.0.span;
            let Some(name) = policy.name.0 else { continue };
            role.policies.push(RolePolicy { name: Spanned::new(name, at), document: policy.document.0 });
        }
        for policy in self.managed_policies.into_iter().flatten() {
            match policy {
                ManagedArn::Aws(policy) => role.managed_policies.push(policy),
                ManagedArn::Own(policy) => {
                    lowering.joined.iam.attached.push((role.label.name.value.clone(), policy));
                }
            }
        }
        lowering.draft.roles.push(role);
    }
}

impl Resource for RoleOwnPolicy {
    const TYPE: &'static str = "AWS::IAM::Policy";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let name = lowering.named(&name, Some(self.name));
        for role in self.roles.into_iter().flatten() {
            let policy = RolePolicy { name: name.clone(), document: self.document.0.clone() };
            lowering.joined.iam.inline.push((role, policy));
        }
    }
}

impl Resource for ManagedPolicy {
    const TYPE: &'static str = iam::MANAGED;
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("PolicyArn", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let own_name = lowering.named(&name, self.name);
        let policy = RolePolicy { name: own_name, document: self.document.0 };
        for role in self.roles.into_iter().flatten() {
            lowering.joined.iam.managed_of.push((role, policy.clone()));
        }
        lowering.joined.iam.managed.insert(name.value, policy);
    }
}

impl Resource for InstanceProfile {
    const TYPE: &'static str = iam::PROFILE;
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Arn", How::Itself)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let own_name = lowering.named(&name, self.name);
        if let [_, second, ..] = self.roles.as_slice() {
            let message = "cannot exceed quota for InstanceSessionsPerInstanceProfile: 1 (LimitExceeded)";
            lowering.notes.push_with_hint(second.at, message, "an instance profile has one role");
        }
        if let Some(role) = self.roles.first() {
            lowering.launches.roles.add_profile(&name.value, own_name.value, role);
        }
    }
}
