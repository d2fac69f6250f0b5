//! Reading a policy, with every mistake that AWS refuses, in its words where they are known.

use super::{
    arn,
    document::{Document, Form, Of, Statement},
    json::Json,
    mistake::{Mistake, Notes, Step},
    open::is_open,
    pattern::{Pattern, Special},
    read_condition::conditions,
    read_principal::principals,
};
use crate::model::diagnostic::did_you_mean;
use std::collections::BTreeSet;

/// What a policy has.
const KEYS: [&str; 3] = ["Version", "Id", "Statement"];
/// What a statement has.
const STATEMENT_KEYS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
/// The version in which variables mean something.
const NEW: &str = "2012-10-17";
/// The version that is meant if there is none.
const OLD: &str = "2008-10-17";

/// What reading a part needs to know of the whole.
pub(super) struct Whole<'a> {
    pub(super) form: Form<'a>,
    pub(super) variables: bool,
}

/// Reads a policy as far as it is right.
pub(super) fn document(json: &Json, form: Form<'_>) -> (Document, Vec<Mistake>) {
    let mut notes = Notes::new(form.code());
    let length = json.to_string().chars().filter(|letter| !letter.is_whitespace()).count();
    if length > form.longest() {
        notes.wrong(format!("the policy has {length} characters; it may have {}", form.longest()));
    }
    let statements = match entries(json, &KEYS, &mut notes) {
        None => Vec::new(),
        Some(entries) => {
            text(entries, "Id", &mut notes);
            let version = text(entries, "Version", &mut notes);
            if version.is_some_and(|version| version != NEW && version != OLD) {
                let hint = format!("write `{NEW}`");
                notes.below(Step::Key("Version".into()), |notes| {
                    notes.wrong_with_hint("the policy must contain a valid version string", hint);
                });
            }
            statements(entries, &Whole { form, variables: version == Some(NEW) }, &mut notes)
        }
    };
    (Document { statements }, notes.found)
}

fn statements(entries: &[(String, Json)], whole: &Whole<'_>, notes: &mut Notes) -> Vec<Statement> {
    let Some(json) = find(entries, "Statement") else {
        notes.wrong("missing required field Statement");
        return Vec::new();
    };
    notes.below(Step::Key("Statement".into()), |notes| {
        let list = match json {
            Json::List(list) if !list.is_empty() => list,
            Json::Object(_) => return statement(json, whole, notes).into_iter().collect(),
            Json::List(_) => {
                notes.wrong("the policy must contain at least one statement");
                return Vec::new();
            }
            Json::Text(text) if is_open(text) => return Vec::new(),
            other => {
                notes.wrong(format!("expected a list of statements, found {}", other.describe()));
                return Vec::new();
            }
        };
        let one = |(place, json)| notes.below(Step::Item(place), |notes| statement(json, whole, notes));
        let read: Vec<_> = list.iter().enumerate().map(one).collect();
        let mut sids = BTreeSet::new();
        for (place, statement) in read.iter().enumerate() {
            let Some(sid) = statement.as_ref().and_then(|statement| statement.sid.as_ref()) else { continue };
            if !sids.insert(sid) {
                notes.below(Step::Item(place), |notes| {
                    notes.wrong(format!(
                        "Statement IDs (SID) in a single policy must be unique: `{sid}` is there twice"
                    ));
                });
            }
        }
        read.iter().flatten().cloned().collect()
    })
}

/// One statement; none if it is not even half right, which is noted.
fn statement(json: &Json, whole: &Whole<'_>, notes: &mut Notes) -> Option<Statement> {
    let entries = entries(json, &STATEMENT_KEYS, notes)?;
    let sid = sid(entries, whole.form, notes);
    let effect = text(entries, "Effect", notes);
    match effect {
        Some("Allow" | "Deny") => {}
        Some(text) if is_open(text) => {}
        Some(other) => notes.below(Step::Key("Effect".into()), |notes| {
            notes.wrong_with_hint(format!("invalid effect: {other}"), "it is `Allow` or `Deny`");
        }),
        None if find(entries, "Effect").is_none() => notes.wrong("missing required field Effect"),
        None => {}
    }
    let denies = effect == Some("Deny");
    let principals = principals(entries, whole.form, denies, notes);
    let actions = patterns(entries, ["Action", "NotAction"], notes, |text, notes| action(text, whole, notes));
    let resources = patterns(entries, ["Resource", "NotResource"], notes, |text, notes| resource(text, whole, notes));
    let conditions = conditions(entries, whole, notes);
    Some(Statement { sid, denies, principals, actions: actions?, resources: resources?, conditions })
}

fn sid(entries: &[(String, Json)], form: Form<'_>, notes: &mut Notes) -> Option<String> {
    let sid = text(entries, "Sid", notes)?;
    let is_plain = sid.chars().all(|c| c.is_ascii_alphanumeric());
    if !form.has_principals() && !is_plain {
        notes.below(Step::Key("Sid".into()), |notes| {
            notes.wrong("Statement IDs (SID) must be alpha-numeric: A-Z, a-z and 0-9");
        });
    }
    (!sid.is_empty()).then(|| sid.to_owned())
}

/// One of two keys that exclude each other, with one text or several.
fn patterns(
    entries: &[(String, Json)],
    [these, all_but]: [&str; 2],
    notes: &mut Notes,
    read: impl Fn(&str, &mut Notes) -> Option<Pattern>,
) -> Option<Of<Pattern>> {
    let key = match (find(entries, these), find(entries, all_but)) {
        (Some(_), Some(_)) => {
            notes.wrong(format!("a statement has either {these} or {all_but}, not both"));
            return None;
        }
        (None, None) => {
            notes.wrong(format!("missing required field {these}"));
            return None;
        }
        (Some(_), None) => these,
        (None, Some(_)) => all_but,
    };
    let json = find(entries, key)?;
    let list = notes.below(Step::Key(key.into()), |notes| texts(json, notes, |text, notes| read(text, notes)));
    Some(if key == these { Of::These(list) } else { Of::AllBut(list) })
}

fn action(text: &str, whole: &Whole<'_>, notes: &mut Notes) -> Option<Pattern> {
    let is_vendor = |vendor: &str| !vendor.is_empty() && vendor.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "*?".contains(c));
    if is_open(text) {
        return None;
    }
    let is_right = match text.split_once(':') {
        Some((vendor, name)) => (is_vendor(vendor) || vendor == "*" && name == "*") && is_name(name),
        None => text == "*",
    };
    if !is_right {
        let hint = "write `SERVICE:ACTION`, such as `s3:GetObject`, or `*`";
        notes.wrong_with_hint(format!("actions must be prefaced by a vendor, e.g. iam, sdb, ec2: `{text}`"), hint);
        return None;
    }
    if let Form::Bucket(_) = whole.form
        && !text.to_lowercase().starts_with("s3:")
        && !text.starts_with('*')
    {
        notes.wrong(format!("policy has invalid action: `{text}` is none of S3's"));
    }
    pattern(text, Special { wildcards: true, variables: false }, notes)
}

fn resource(text: &str, whole: &Whole<'_>, notes: &mut Notes) -> Option<Pattern> {
    if text != "*"
        && !is_open(text)
        && let Some(mistake) = arn::mistake(text)
    {
        notes.wrong_with_hint(mistake, "such as `arn:aws:s3:::BUCKET/*`");
        return None;
    }
    if let Form::Bucket(Some(bucket)) = whole.form
        && !is_open(text)
        && !concerns(text, bucket)
    {
        notes.wrong_with_hint(
            format!("policy has invalid resource: `{text}`"),
            format!("a policy of this bucket is about `arn:aws:s3:::{bucket}` and `arn:aws:s3:::{bucket}/…`"),
        );
    }
    pattern(text, Special { wildcards: true, variables: whole.variables }, notes)
}

/// Whether a bucket's policy may be about this.
fn concerns(resource: &str, bucket: &str) -> bool {
    let Some((_, path)) = resource.split_once(":s3:::") else { return false };
    let own = path.split('/').next().unwrap_or_default();
    let pieces = Pattern::read(own, Special { wildcards: true, variables: false });
    let pieces = pieces.ok().and_then(|pattern| pattern.filled(&super::context::Context::default()));
    pieces.is_some_and(|pieces| super::pattern::fits(&pieces, bucket, false))
}

/// A pattern; a variable that is none is a mistake.
pub(super) fn pattern(text: &str, special: Special, notes: &mut Notes) -> Option<Pattern> {
    match Pattern::read(text, special) {
        Ok(pattern) => {
            for key in pattern.keys().filter(|key| !super::key::is_known(key)) {
                notes.unmirrored(
                    format!("the policy variable `${{{key}}}` is not known in a lab"),
                    "docs/policies.md has those that are",
                );
            }
            Some(pattern)
        }
        Err(variable) => {
            notes.wrong_with_hint(
                format!("`{variable}` is no policy variable"),
                "such as `${aws:PrincipalAccount}`; for the characters themselves write `${$}`",
            );
            None
        }
    }
}

/// The entries of an object with known keys, none twice.
pub(super) fn entries<'a>(json: &'a Json, known: &[&str], notes: &mut Notes) -> Option<&'a [(String, Json)]> {
    let entries = object(json, notes)?;
    for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        let hint = did_you_mean(key, known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("the fields here are {}", known.join(", ")));
        notes.wrong_key(key, format!("unknown field {key}"), Some(hint));
    }
    Some(entries)
}

/// The entries of an object, none twice.
pub(super) fn object<'a>(json: &'a Json, notes: &mut Notes) -> Option<&'a [(String, Json)]> {
    match json {
        Json::Object(entries) => {
            unique(entries, notes);
            Some(entries)
        }
        // What it is, is known later, or enough was said of it.
        Json::Text(text) if is_open(text) => None,
        other => {
            notes.wrong(format!("expected an object, found {}", other.describe()));
            None
        }
    }
}

/// Notes keys that are there twice.
fn unique(entries: &[(String, Json)], notes: &mut Notes) {
    let mut seen = BTreeSet::new();
    for (key, _) in entries.iter().filter(|(key, _)| !seen.insert(key)) {
        notes.wrong_key(key, format!("the key {key} is given twice"), None);
    }
}

pub(super) fn find<'a>(entries: &'a [(String, Json)], key: &str) -> Option<&'a Json> {
    entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
}

/// The text of a key, if it is there.
fn text<'a>(entries: &'a [(String, Json)], key: &str, notes: &mut Notes) -> Option<&'a str> {
    match find(entries, key)? {
        Json::Text(text) => Some(text),
        other => {
            notes.below(Step::Key(key.into()), |notes| {
                notes.wrong(format!("expected text, found {}", other.describe()));
            });
            None
        }
    }
}

/// One text or a list of them, each read.
pub(super) fn texts<T>(json: &Json, notes: &mut Notes, mut read: impl FnMut(&str, &mut Notes) -> Option<T>) -> Vec<T> {
    let Json::List(list) = json else { return one(json, notes, &mut read).into_iter().collect() };
    if list.is_empty() {
        notes.wrong("expected at least one text, found none");
    }
    let items = list.iter().enumerate();
    items.filter_map(|(place, item)| notes.below(Step::Item(place), |notes| one(item, notes, &mut read))).collect()
}

fn one<T>(json: &Json, notes: &mut Notes, read: &mut impl FnMut(&str, &mut Notes) -> Option<T>) -> Option<T> {
    let Json::Text(text) = json else {
        notes.wrong(format!("expected text, found {}", json.describe()));
        return None;
    };
    read(text, notes)
}
