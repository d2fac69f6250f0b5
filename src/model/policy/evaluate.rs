//! The decision, as AWS makes it (GWE-15, VPCE-31):
//!
//! 1. A statement that denies, in any policy, decides.
//! 2. By a VPC endpoint with a policy, that policy must allow.
//! 3. In one account, the resource's policy or the identity's must allow; across accounts both must. Whoever is
//!    anonymous needs the resource's policy.

use super::{
    document::{Document, Miss, Place, Question},
    principal::Meant,
};

/// A kind of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// A VPC endpoint's.
    Endpoint,
    /// A resource's: a bucket's.
    Resource,
    /// An identity's: a role's.
    Identity,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny {
        /// The kind of the policy.
        layer: Layer,
        /// The policy.
        policy: String,
        /// The statement.
        statement: Place,
    },
    /// Nothing in policies of this kind allows it.
    ImplicitDeny(Layer),
}

impl Decision {
    /// Whether the call is allowed.
    pub fn is_allowed(&self) -> bool {
        *self == Self::Allow
    }
}

/// A policy that has a say in a call.
pub(super) struct Attached<'a> {
    pub(super) layer: Layer,
    /// What people call it.
    pub(super) name: String,
    pub(super) document: &'a Document,
    /// Whether it is a gateway endpoint's, of whose principals only `*` and root users count (GWE-13).
    pub(super) only_root: bool,
}

/// What a statement has to do with a call.
pub(super) struct Finding<'a> {
    pub(super) layer: Layer,
    pub(super) policy: &'a str,
    pub(super) statement: Place,
    pub(super) denies: bool,
    pub(super) concerns: Result<Meant, Miss>,
}

/// What is asked of identities' policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// They are looked at.
    Governed,
    /// There are none, and everything that nobody denies is allowed.
    Free,
    /// There is no identity.
    Anonymous,
}

/// What each statement of each policy has to do with a call.
pub(super) fn findings<'a>(policies: &'a [Attached<'a>], question: &Question<'_>) -> Vec<Finding<'a>> {
    let of = |policy: &'a Attached<'a>| {
        policy.document.statements().map(move |(statement, says)| Finding {
            layer: policy.layer,
            policy: &policy.name,
            statement,
            denies: says.denies,
            concerns: says.concerns(question, policy.only_root),
        })
    };
    policies.iter().flat_map(of).collect()
}

/// The decision. `endpoint`: whether an endpoint's policy has a say; `foreign`: whether caller and resource have
/// different accounts.
pub(super) fn weigh(findings: &[Finding<'_>], endpoint: bool, foreign: bool, standing: Standing) -> Decision {
    if let Some(deny) =
        findings.iter().filter(|finding| finding.denies && finding.concerns.is_ok()).min_by_key(|finding| finding.layer)
    {
        return Decision::ExplicitDeny {
            layer: deny.layer,
            policy: deny.policy.to_owned(),
            statement: deny.statement.clone(),
        };
    }
    let allowed = |layer: Layer| {
        let of_layer = findings.iter().filter(move |finding| finding.layer == layer && !finding.denies);
        of_layer.filter_map(|finding| finding.concerns.as_ref().ok().copied()).max().unwrap_or(Meant::Not)
    };
    if endpoint && allowed(Layer::Endpoint) == Meant::Not {
        return Decision::ImplicitDeny(Layer::Endpoint);
    }
    let by_resource = allowed(Layer::Resource);
    let by_identity = standing == Standing::Free || allowed(Layer::Identity) > Meant::Not;
    match standing {
        Standing::Anonymous if by_resource == Meant::Directly => Decision::Allow,
        Standing::Anonymous => Decision::ImplicitDeny(Layer::Resource),
        _ if foreign && !by_identity => Decision::ImplicitDeny(Layer::Identity),
        _ if foreign && by_resource == Meant::Not => Decision::ImplicitDeny(Layer::Resource),
        _ if foreign || by_identity || by_resource == Meant::Directly => Decision::Allow,
        _ => Decision::ImplicitDeny(Layer::Identity),
    }
}
