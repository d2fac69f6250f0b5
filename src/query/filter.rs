//! `Filter.N.Name` and `Filter.N.Value.M`, as EC2's calls have them: all filters must hold, each by one of its values,
//! in which `*` stands for any letters, `?` for one, and `\` takes their meaning away.
//!
//! A call lists its filters by name. Where the name itself does not say which field is meant (`vpc-id`: `VpcId`) the
//! path follows it: `cidr=CidrBlock`, `attachment.vpc-id=Attachments/*/VpcId`, several ways with `,`.

use super::{error::Error, parameters::Parameters};
use crate::describe::values_at;
use serde_json::Value;

/// One filter of a call.
pub(super) struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
    paths: Vec<String>,
}

/// The filters of a call, if it has all of them.
pub(super) fn read<'a>(parameters: &'a Parameters, known: &[&str]) -> Result<Vec<Filter<'a>>, Error> {
    let mut filters = Vec::new();
    for number in parameters.numbers("Filter") {
        let name = parameters
            .get(&format!("Filter.{number}.Name"))
            .ok_or_else(|| Error::missing(&format!("Filter.{number}.Name")))?;
        let values = parameters.list(&format!("Filter.{number}.Value"));
        if values.is_empty() {
            let message = format!("The filter '{name}' has no value");
            return Err(Error::new("InvalidParameterValue", message));
        }
        if values.len() > 200 {
            let message = "The maximum number of filter values specified on a single call is 200";
            return Err(Error::new("FilterLimitExceeded", message));
        }
        let Some(paths) = paths(name, known) else {
            return Err(Error::new("InvalidParameterValue", format!("The filter '{name}' is invalid")));
        };
        filters.push(Filter { name, values, paths });
    }
    Ok(filters)
}

/// Where a filter's field is; none if there is no such filter.
fn paths(name: &str, known: &[&str]) -> Option<Vec<String>> {
    if name.starts_with("tag:") {
        return known.contains(&"tag").then(Vec::new);
    }
    if name == "tag-key" {
        return known.contains(&"tag").then(|| vec!["Tags/*/Key".into(), "TagSet/*/Key".into()]);
    }
    known.iter().filter(|row| **row != "tag").find_map(|row| {
        let (known, path) = row.split_once('=').unwrap_or((row, ""));
        let paths = || if path.is_empty() { vec![camel(known)] } else { path.split(',').map(str::to_owned).collect() };
        (known == name).then(paths)
    })
}

/// `vpc-id` as `VpcId`.
fn camel(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
    });
    words.collect()
}

impl Filter<'_> {
    /// Whether a resource passes.
    pub(super) fn admits(&self, resource: &Value) -> bool {
        let found = match self.name.strip_prefix("tag:") {
            Some(key) => tag(resource, key).into_iter().collect(),
            None => self.paths.iter().flat_map(|path| values_at(resource, path)).collect::<Vec<_>>(),
        };
        found.into_iter().filter_map(text).any(|text| self.values.iter().any(|value| matches(value, &text)))
    }
}

fn tag<'a>(resource: &'a Value, key: &str) -> Option<&'a Value> {
    let tags = resource.get("Tags").or_else(|| resource.get("TagSet"))?.as_array()?;
    tags.iter().find(|tag| tag["Key"] == key).map(|tag| &tag["Value"])
}

/// A value as filters compare it; none for what there is not.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a value with `*` and `?` stands for the text. Takes time with the product of both lengths at most.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<_> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter == '*' {
            let first = reached.iter().position(|reached| *reached).unwrap_or(text.len() + 1);
            reached.iter_mut().skip(first).for_each(|reached| *reached = true);
            continue;
        }
        let wanted = match letter {
            '?' => None,
            '\\' => Some(letters.next().unwrap_or('\\')),
            other => Some(other),
        };
        for at in (0..text.len()).rev() {
            reached[at + 1] = reached[at] && wanted.is_none_or(|wanted| wanted == text[at]);
        }
        reached[0] = false;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn values_may_have_wildcards() {
        for (pattern, text, holds) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("*", "", true),
            ("10.*.?", "10.0.0.1", true),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("*b*", "abc", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("Web", "web", false),
        ] {
            assert_eq!(matches(pattern, text), holds, "{pattern} {text}");
        }
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
    }
}
