//! Whom a statement is about.
//!
//! A whole account (`111122223333`, or its `root`) means each of its principals where something is denied, but where
//! something is allowed it only lets that account's own policies decide. A role means all its sessions.

use super::caller::Identity;

/// One principal of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// `*`: everybody, who does not say who he is among them.
    Everybody,
    /// A whole account.
    Account(String),
    /// A role or a user, by its ARN.
    Named(String),
    /// A session of a role, by its ARN.
    Session(String),
    /// A service of AWS's or an identity provider, as which nobody calls in a lab.
    Other,
}

/// How a principal is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meant {
    /// Not.
    Not,
    /// As one of an account's.
    ByAccount,
    /// By himself, or as everybody.
    Directly,
}

impl Principal {
    /// Reads one of `AWS`; none if that can be no principal.
    pub(super) fn read(text: &str) -> Option<Self> {
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if text == "*" {
            return Some(Self::Everybody);
        }
        if is_account(text) {
            return Some(Self::Account(text.to_owned()));
        }
        let parts: Vec<_> = text.splitn(6, ':').collect();
        let ["arn", "aws" | "aws-cn" | "aws-us-gov", service, "", account, resource] = parts.as_slice() else {
            return None;
        };
        if !is_account(account) || resource.contains(['*', '?']) {
            return None;
        }
        let mut path = resource.split('/');
        let (kind, has_name) = (path.next()?, resource.contains('/') && !resource.ends_with('/'));
        match (*service, kind) {
            ("iam", "root") if !resource.contains('/') => Some(Self::Account((*account).to_owned())),
            ("iam", "role" | "user") if has_name => Some(Self::Named(text.to_owned())),
            ("sts", "assumed-role") if has_name && path.count() == 2 => Some(Self::Session(text.to_owned())),
            ("sts", "federated-user") if has_name => Some(Self::Other),
            _ => None,
        }
    }

    /// How it means a caller, whose role's ARN is `role`.
    pub(super) fn means(&self, caller: &Identity, role: Option<&str>) -> Meant {
        let of = |is_meant: bool, meant| if is_meant { meant } else { Meant::Not };
        match self {
            Self::Everybody => Meant::Directly,
            Self::Account(account) => match caller {
                Identity::Root { account: own } => of(own == account, Meant::Directly),
                other => of(other.account() == Some(account), Meant::ByAccount),
            },
            Self::Named(arn) => match caller {
                Identity::Role { .. } => of(role == Some(arn), Meant::Directly),
                Identity::User { .. } => of(caller.arn() == *arn, Meant::Directly),
                Identity::Anonymous | Identity::Root { .. } => Meant::Not,
            },
            Self::Session(arn) => of(matches!(caller, Identity::Role { .. }) && caller.arn() == *arn, Meant::Directly),
            Self::Other => Meant::Not,
        }
    }
}

/// Whether all that a caller is, his account, his role, and his session, is among those of `NotPrincipal`: as in AWS, the
/// role alone does not spare its sessions, nor a user alone his account.
pub(super) fn spares(principals: &[Principal], caller: &Identity, role: Option<&str>) -> bool {
    if principals.contains(&Principal::Everybody) {
        return true;
    }
    let Some(account) = caller.account() else { return false };
    let named = |arn: &str| principals.contains(&Principal::Named(arn.to_owned()));
    let own = match caller {
        Identity::Role { .. } => role.is_some_and(named) && principals.contains(&Principal::Session(caller.arn())),
        Identity::User { .. } => named(&caller.arn()),
        Identity::Root { .. } | Identity::Anonymous => true,
    };
    own && principals.contains(&Principal::Account(account.to_owned()))
}
