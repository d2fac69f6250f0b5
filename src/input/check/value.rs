//! Values that only checks have: spans of time, commands, and what is read once the kind of the check is known.

use crate::{
    input::{
        decode::Decode,
        tree::{Kind, Node},
    },
    model::{
        check,
        diagnostic::{Diagnostics, Span},
        draft::Text,
    },
};
use std::time::Duration;

/// The longest time that a check may take or be tried again.
const LONGEST: Duration = Duration::from_hours(1);

/// A span of time.
#[derive(Debug, Clone, Copy)]
pub(in crate::input) struct Time(pub(in crate::input) Duration);

impl Decode for Time {
    fn what() -> String {
        "a time, such as `500ms`, `10s` or `2m`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let Kind::Scalar { text, .. } = &node.kind else { return Self::unexpected(node, notes) };
        match parse(text) {
            Some(time) if time <= LONGEST => Self(time),
            Some(_) => {
                notes.push(node.span, format!("`{text}` is longer than an hour"));
                Self::placeholder(node.span)
            }
            None => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(Duration::ZERO)
    }
}

fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    }
}

/// A command: one text, or a list of arguments.
#[derive(Debug, Clone)]
pub(in crate::input) struct Command(pub(in crate::input) check::Words);

impl Decode for Command {
    fn what() -> String {
        "text, or a list of arguments".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Sequence(_) => Self(check::Words::Many(Vec::decode(node, notes))),
            Kind::Scalar { .. } if !node.is_null() => Self(check::Words::One(Text::decode(node, notes))),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(check::Words::One(Text::placeholder(at)))
    }
}

/// What is expected: read once it is known of what.
#[derive(Debug, Clone)]
pub(in crate::input) struct Expectation(pub(in crate::input) Node);

impl Decode for Expectation {
    fn what() -> String {
        "what fits the kind of the check".into()
    }

    fn decode(node: &Node, _notes: &mut Diagnostics) -> Self {
        Self(node.clone())
    }

    fn placeholder(at: Span) -> Self {
        Self(Node { span: at, owner: at, tag: None, kind: Kind::Wrong })
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn times_have_units() {
        assert_eq!(parse("10"), Some(Duration::from_secs(10)));
        assert_eq!(parse("10s"), Some(Duration::from_secs(10)));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("2m"), Some(Duration::from_mins(2)));
        for wrong in ["", "s", "1h", "-1s", "1.5s", "99999999999999999999"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
