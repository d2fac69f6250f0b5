//! What is expected of a text: that it has a part, or that a `/regular expression/` matches.

use regex::Regex;
use std::fmt;

/// The longest piece of a text that is shown when something else was expected.
const SHOWN: usize = 400;

/// A part or an expression.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Part(String),
    Expression(Regex),
}

impl Pattern {
    /// Reads `/expression/`, or a part.
    pub(super) fn read(text: &str) -> Result<Self, regex::Error> {
        let expression = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|it| !it.is_empty());
        expression.map_or_else(|| Ok(Self::Part(text.to_owned())), |it| Regex::new(it).map(Self::Expression))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Part(part) => text.contains(part),
            // the end of the last line is the end of the text
            Pattern::Expression(expression) => expression.is_match(text.strip_suffix('\n').unwrap_or(text)),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Part(part) => write!(f, "`{part}`"),
            Pattern::Expression(expression) => write!(f, "`/{expression}/`"),
        }
    }
}

/// Says which of the patterns are not in a text.
pub(super) fn missing(what: &str, patterns: &[Pattern], text: &str) -> Vec<String> {
    let missing = patterns.iter().filter(|pattern| !pattern.matches(text));
    missing.map(|pattern| format!("expected {pattern} in {what}, which is {}", quoted(text))).collect()
}

/// A text as it is shown: cut down if it is long, and without what would do something to a terminal.
pub(super) fn quoted(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() {
        return "empty".into();
    }
    let shown = text.chars().take(SHOWN).flat_map(|character| {
        let shows = !character.is_control() || matches!(character, '\n' | '\t');
        if shows { vec![character] } else { character.escape_default().collect() }
    });
    let cut = if text.chars().count() > SHOWN { "…" } else { "" };
    format!("`{}{cut}`", shown.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Pattern, missing, quoted};

    #[test]
    fn a_path_is_a_part_and_slashes_around_are_an_expression() {
        assert!(Pattern::read("/var/log").unwrap().matches("in /var/log/x"));
        assert!(Pattern::read("/^a+$/").unwrap().matches("aaa"));
        assert!(Pattern::read("/^a$/").unwrap().matches("a\n"));
        assert!(!Pattern::read("/^a+$/").unwrap().matches("aab"));
        assert!(Pattern::read("/").unwrap().matches("a/b"));
        assert!(Pattern::read("/(/").is_err());
    }

    #[test]
    fn what_a_command_says_does_nothing_to_a_terminal() {
        assert_eq!(quoted("a\u{1b}[2Jb\n"), "`a\\u{1b}[2Jb`");
        assert!(quoted(&"x".repeat(1000)).ends_with("x…`"));
    }

    #[test]
    fn each_missing_pattern_is_said() {
        let patterns = [Pattern::read("a").unwrap(), Pattern::read("/^c/").unwrap()];
        assert_eq!(missing("the body", &patterns, "ab"), ["expected `/^c/` in the body, which is `ab`"]);
        assert!(missing("the body", &patterns, "ca").is_empty());
    }
}
