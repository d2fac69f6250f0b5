//! `Principal` and `NotPrincipal`: in policies of endpoints and buckets one of them must be, in those of roles none may.

use super::{
    document::{Form, Of},
    json::Json,
    mistake::{Notes, Step},
    open::is_open,
    principal::Principal,
    read::{entries, find, texts},
};

/// Kinds of principals.
const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// Whom a statement is about; none if the policy says so by what it is attached to.
pub(super) fn principals(
    statement: &[(String, Json)],
    form: Form<'_>,
    denies: bool,
    notes: &mut Notes,
) -> Option<Of<Principal>> {
    let (these, all_but) = (find(statement, "Principal"), find(statement, "NotPrincipal"));
    if !form.has_principals() {
        for key in ["Principal", "NotPrincipal"].into_iter().filter(|key| find(statement, key).is_some()) {
            notes.below(Step::Key(key.into()), |notes| {
                notes.wrong("policy document should not specify a principal");
            });
        }
        return None;
    }
    match (these, all_but) {
        (Some(_), Some(_)) => notes.wrong("a statement has either Principal or NotPrincipal, not both"),
        (None, None) => notes.wrong("missing required field Principal"),
        (Some(json), None) => return Some(Of::These(list("Principal", json, notes))),
        (None, Some(json)) => {
            if !denies {
                notes.below(Step::Key("NotPrincipal".into()), |notes| {
                    notes.wrong_with_hint(
                        "NotPrincipal cannot be used with the effect Allow",
                        "use `Principal`, or the condition key `aws:PrincipalArn`",
                    );
                });
            }
            return Some(Of::AllBut(list("NotPrincipal", json, notes)));
        }
    }
    None
}

fn list(key: &str, json: &Json, notes: &mut Notes) -> Vec<Principal> {
    notes.below(Step::Key(key.into()), |notes| match json {
        Json::Text(text) if text == "*" => vec![Principal::Everybody],
        Json::Object(_) => {
            let Some(kinds) = entries(json, &KINDS, notes) else { return Vec::new() };
            let known = kinds.iter().filter(|(kind, _)| KINDS.contains(&kind.as_str()));
            known.flat_map(|(kind, json)| notes.below(Step::Key(kind.clone()), |notes| of(kind, json, notes))).collect()
        }
        Json::Text(text) if is_open(text) => Vec::new(),
        other => {
            notes.wrong_with_hint(
                format!("invalid principal in policy: {}", other.describe()),
                "write `\"*\"`, or `{\"AWS\": …}`",
            );
            Vec::new()
        }
    })
}

fn of(kind: &str, json: &Json, notes: &mut Notes) -> Vec<Principal> {
    if kind == "CanonicalUser" {
        notes.unmirrored("principals by `CanonicalUser` are not mirrored", "name the account by its number");
        return Vec::new();
    }
    texts(json, notes, |text, notes| {
        let read = match kind {
            // What is known only once the lab is up is looked at again then.
            "AWS" if is_open(text) => Some(Principal::Other),
            "AWS" => Principal::read(text),
            "Service" if text.ends_with(".amazonaws.com") || text == "*" => Some(Principal::Other),
            "Federated" => Some(Principal::Other),
            _ => None,
        };
        if read.is_none() {
            let hint = match kind {
                "AWS" => {
                    "an account, `arn:aws:iam::ACCOUNT:root`, the ARN of a role, a user or a session, or `*` alone"
                }
                _ => "such as `s3.amazonaws.com`",
            };
            notes.wrong_with_hint(format!("invalid principal in policy: `{text}`"), hint);
        }
        read
    })
}
