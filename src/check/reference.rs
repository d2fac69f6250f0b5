//! `${KIND.NAME.FIELD}` in the texts of a check, replaced by what the lab has there.
//!
//! Only a word with a point in it is a reference: `${HOME}` is a shell's. `$${` is a plain `${`.

use crate::{
    describe::{self, Unknown},
    model::Topology,
    spec::service::Health,
};

/// The text with all its references replaced.
pub(super) fn expand(topology: &Topology, health: &Health, text: &str) -> Result<String, Unknown> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            expanded.push_str(before);
            expanded.push_str("${");
            rest = &from[2..];
            continue;
        }
        expanded.push_str(before);
        let reference = from.find('}').map(|end| (&from[2..end], &from[end + 1..]));
        if let Some((inner, after)) = reference.filter(|(inner, _)| is_reference(inner)) {
            expanded.push_str(&describe::value(topology, health, inner)?);
            rest = after;
        } else {
            expanded.push_str("${");
            rest = &from[2..];
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// A word of letters, then a point.
fn is_reference(inner: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    inner.split_once('.').is_some_and(|(kind, rest)| is_word(kind) && !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_reference;

    #[test]
    fn a_shells_variables_are_its_own() {
        assert!(is_reference("endpoints.customer.dns_name") && is_reference("outputs.Name"));
        assert!(is_reference("route_tables.vpc/main.vpc_id"));
        for shells in ["HOME", "x:-1.5", "x%.txt", ""] {
            assert!(!is_reference(shells), "{shells}");
        }
    }
}
