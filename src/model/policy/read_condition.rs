//! `Condition`: operators, each with keys, each with values.

use super::{
    condition::{Condition, OPERATORS, Operator},
    json::Json,
    key,
    mistake::{Notes, Step},
    open::is_open,
    pattern::Pattern,
    read::{Whole, find, object, pattern},
};
use crate::model::diagnostic::did_you_mean;

/// The conditions of a statement.
pub(super) fn conditions(statement: &[(String, Json)], whole: &Whole<'_>, notes: &mut Notes) -> Vec<Condition> {
    let Some(json) = find(statement, "Condition") else { return Vec::new() };
    notes.below(Step::Key("Condition".into()), |notes| {
        let mut conditions = Vec::new();
        for (name, keys) in object(json, notes).into_iter().flatten() {
            notes.below(Step::Key(name.clone()), |notes| {
                let Some(operator) = operator(name, notes) else { return };
                for (key, values) in object(keys, notes).into_iter().flatten() {
                    let values = notes.below(Step::Key(key.clone()), |notes| {
                        check(key, notes);
                        self::values(values, operator, whole, notes)
                    });
                    conditions.push(Condition { operator, written: name.clone(), key: key.clone(), values });
                }
            });
        }
        conditions
    })
}

fn operator(name: &str, notes: &mut Notes) -> Option<Operator> {
    let operator = Operator::find(name);
    if operator.is_none() {
        let hint = did_you_mean(name, OPERATORS.iter().map(|(name, ..)| *name));
        let hint = hint.unwrap_or_else(|| "such as `StringEquals`; docs/policies.md has all".into());
        notes.wrong_with_hint(format!("invalid condition type: {name}"), hint);
    }
    operator
}

/// Whether a key is known in a lab.
fn check(name: &str, notes: &mut Notes) {
    if key::is_known(name) {
        return;
    }
    if !name.contains(':') {
        let hint = key::near(&format!("aws:{name}")).unwrap_or_else(|| "such as `aws:SourceVpce`".into());
        notes.wrong_with_hint(format!("conditions must be prefaced by a vendor, e.g. aws, s3: `{name}`"), hint);
        return;
    }
    let hint = key::near(name).unwrap_or_else(|| "docs/policies.md has the keys that are".into());
    notes.unmirrored(format!("the condition key `{name}` is not known in a lab"), hint);
}

/// One value or several: texts, or numbers and bools that stand for theirs.
fn values(json: &Json, operator: Operator, whole: &Whole<'_>, notes: &mut Notes) -> Vec<Pattern> {
    match json {
        Json::List(list) if list.is_empty() => {
            notes.wrong("a condition key needs a value");
            Vec::new()
        }
        Json::List(list) => {
            let one = |(place, item)| notes.below(Step::Item(place), |notes| value(item, operator, whole, notes));
            list.iter().enumerate().filter_map(one).collect()
        }
        other => value(other, operator, whole, notes).into_iter().collect(),
    }
}

fn value(json: &Json, operator: Operator, whole: &Whole<'_>, notes: &mut Notes) -> Option<Pattern> {
    let text = match json {
        Json::Text(text) => text.clone(),
        Json::Number(_) | Json::Bool(_) => json.to_string(),
        Json::Null | Json::List(_) | Json::Object(_) => {
            notes.wrong(format!("expected text, found {}", json.describe()));
            return None;
        }
    };
    let is_known = !(is_open(&text) || whole.variables && text.contains("${"));
    if let Some(why) = operator.refuses(&text).filter(|_| is_known) {
        notes.wrong(format!("invalid value of a condition: `{text}` is {why}"));
        return None;
    }
    pattern(&text, operator.special(whole.variables), notes)
}
