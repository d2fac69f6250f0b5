//! `KIND.NAME.FIELD`: the value of one field of one resource, as people refer to it in checks.
//!
//! Kinds and fields are AWS's words in `snake_case`. What `show outputs` lists can be said in its words too:
//! `endpoints.customer.dns_name`.

use super::{Kind, outputs, resources};
use crate::{
    model::{Topology, diagnostic::did_you_mean},
    spec::service::Health,
};
use serde_json::Value;

/// A reference that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unknown {
    message: String,
    /// A way out.
    pub hint: String,
}

/// The value to which a reference leads: a text, a number or a bool.
pub fn value(topology: &Topology, health: &Health, reference: &str) -> Result<String, Unknown> {
    let outputs = outputs(topology);
    if let Some(name) = reference.strip_prefix("outputs.") {
        let hint = || did_you_mean(name, outputs.keys().map(String::as_str));
        return outputs
            .get(name)
            .cloned()
            .ok_or_else(|| unknown("output", name, hint(), "`vpcns show outputs` lists them"));
    }
    if let Some(value) = outputs.get(reference) {
        return Ok(value.clone());
    }
    let mut words = reference.split('.');
    let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let Some(found) = Kind::parse(kind) else {
        let hint = Kind::suggestion(kind).map(|hint| hint.replace('-', "_"));
        return Err(unknown(
            "kind of resource",
            kind,
            hint,
            "write `${KIND.NAME.FIELD}`, such as `${instances.web.private_ip}`",
        ));
    };
    let objects = resources(found, topology, health);
    let logical = |object: &Value| object["LogicalId"].as_str().map(str::to_owned).unwrap_or_default();
    let Some(object) = objects.iter().find(|object| logical(object) == name) else {
        let names: Vec<_> = objects.iter().map(logical).collect();
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        return Err(unknown(found.singular(), name, hint, &format!("`vpcns show {}` lists them", found.name())));
    };
    words.try_fold(object, |value, word| field(value, word)).and_then(|value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(bool) => Ok(bool.to_string()),
        _ => Err(unknown("field", reference, None, &format!("go on with {}", fields(value).join(", ")))),
    })
}

/// One step deeper: by a field's name, or by a place in a list.
fn field<'a>(value: &'a Value, word: &str) -> Result<&'a Value, Unknown> {
    let found = match value {
        Value::Array(elements) => word.parse().ok().and_then(|at: usize| elements.get(at)),
        Value::Object(object) => object.iter().find(|(key, _)| snake_case(key) == word).map(|(_, value)| value),
        _ => None,
    };
    found.filter(|value| !value.is_null()).ok_or_else(|| {
        let fields = fields(value);
        let hint = did_you_mean(word, fields.iter().map(|field| field.trim_matches('`')));
        unknown("field", word, hint, &format!("there are {}", fields.join(", ")))
    })
}

/// What is in a value.
fn fields(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => object.keys().map(|key| format!("`{}`", snake_case(key))).collect(),
        Value::Array(elements) => (0..elements.len()).map(|at| format!("`{at}`")).collect(),
        _ => Vec::new(),
    }
}

fn unknown(what: &str, word: &str, hint: Option<String>, otherwise: &str) -> Unknown {
    Unknown { message: format!("there is no {what} `{word}`"), hint: hint.unwrap_or_else(|| otherwise.to_owned()) }
}

/// `PrivateIpAddress` as `private_ip_address`, `DNSName` as `dns_name`.
fn snake_case(name: &str) -> String {
    let letters: Vec<_> = name.chars().collect();
    let begins = |at: usize| {
        let after_small = at > 0 && !letters[at - 1].is_uppercase();
        let before_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        letters[at].is_uppercase() && at > 0 && (after_small || before_small)
    };
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        if begins(at) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn awss_names_in_snake_case() {
        let names = [
            ("VpcId", "vpc_id"),
            ("DNSName", "dns_name"),
            ("PrivateIpAddress", "private_ip_address"),
            ("HostedZoneID", "hosted_zone_id"),
            ("State", "state"),
        ];
        for (aws, snake) in names {
            assert_eq!(snake_case(aws), snake);
        }
    }
}
