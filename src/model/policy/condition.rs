//! Conditions: all operators of a statement, and all keys of an operator, must hold; of a key's values one is enough. Of
//! the negated operators none of the values may be it. A key that the request has not fails a condition, except for
//! negated operators, `…IfExists`, `Null` and `ForAllValues:`.

use super::{
    arn,
    context::Context,
    pattern::{Pattern, Special, fits},
    value,
};

/// One key under one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    /// The operator as it is written.
    pub(super) written: String,
    /// The key as it is written.
    pub(super) key: String,
    pub(super) values: Vec<Pattern>,
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) test: Test,
    negated: bool,
    if_exists: bool,
    set: Set,
}

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Text { ignore_case: bool },
    Like,
    Arn,
    Number(Relation),
    Date(Relation),
    Bool,
    Network,
    Null,
}

/// The order of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How many of a request's values must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Single,
    Any,
    All,
}

/// The operators, without `…IfExists` and `For…Values:`.
pub(super) const OPERATORS: &[(&str, Test, bool)] = &[
    ("StringEquals", Test::Text { ignore_case: false }, false),
    ("StringNotEquals", Test::Text { ignore_case: false }, true),
    ("StringEqualsIgnoreCase", Test::Text { ignore_case: true }, false),
    ("StringNotEqualsIgnoreCase", Test::Text { ignore_case: true }, true),
    ("StringLike", Test::Like, false),
    ("StringNotLike", Test::Like, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("NumericEquals", Test::Number(Relation::Equal), false),
    ("NumericNotEquals", Test::Number(Relation::Equal), true),
    ("NumericLessThan", Test::Number(Relation::Less), false),
    ("NumericLessThanEquals", Test::Number(Relation::LessOrEqual), false),
    ("NumericGreaterThan", Test::Number(Relation::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Relation::GreaterOrEqual), false),
    ("DateEquals", Test::Date(Relation::Equal), false),
    ("DateNotEquals", Test::Date(Relation::Equal), true),
    ("DateLessThan", Test::Date(Relation::Less), false),
    ("DateLessThanEquals", Test::Date(Relation::LessOrEqual), false),
    ("DateGreaterThan", Test::Date(Relation::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Relation::GreaterOrEqual), false),
    // In Base64 on both sides.
    ("BinaryEquals", Test::Text { ignore_case: false }, false),
    ("Bool", Test::Bool, false),
    ("IpAddress", Test::Network, false),
    ("NotIpAddress", Test::Network, true),
    ("Null", Test::Null, false),
];

impl Operator {
    /// The operator of this name, whose case does not matter.
    pub(super) fn find(name: &str) -> Option<Self> {
        let (set, rest) = match name.split_once(':') {
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Set::Any, rest),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => (Set::All, rest),
            Some(_) => return None,
            None => (Set::Single, name),
        };
        let plain = rest.len().checked_sub("IfExists".len()).and_then(|at| rest.split_at_checked(at));
        let plain = plain.filter(|(_, end)| end.eq_ignore_ascii_case("IfExists")).map(|(plain, _)| plain);
        let (rest, if_exists) = (plain.unwrap_or(rest), plain.is_some());
        let (_, test, negated) = OPERATORS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(rest))?;
        let is_null = *test == Test::Null;
        (!is_null || !if_exists && set == Set::Single).then_some(Self {
            test: *test,
            negated: *negated,
            if_exists,
            set,
        })
    }

    /// What `*`, `?` and `${…}` mean in its values.
    pub(super) fn special(self, variables: bool) -> Special {
        Special { wildcards: matches!(self.test, Test::Like | Test::Arn), variables }
    }

    /// What keeps a text from being one of its values.
    pub(super) fn refuses(self, text: &str) -> Option<&'static str> {
        let is_bool = || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        match self.test {
            Test::Text { .. } | Test::Like | Test::Arn => None,
            Test::Number(_) => value::number(text).is_none().then_some("no number"),
            Test::Date(_) => value::seconds(text).is_none().then_some("no date"),
            Test::Bool | Test::Null => (!is_bool()).then_some("neither `true` nor `false`"),
            Test::Network => value::network(text).is_none().then_some("no IP address or CIDR"),
        }
    }
}

impl Condition {
    /// Whether it holds for a request.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let given = context.all(&self.key.to_lowercase());
        let Operator { test, negated, if_exists, set } = self.operator;
        if test == Test::Null {
            let absent = if given.is_empty() { "true" } else { "false" };
            return self.texts(context).any(|text| text.eq_ignore_ascii_case(absent));
        }
        if given.is_empty() {
            return if_exists
                || match set {
                    Set::Single => negated,
                    Set::Any => false,
                    Set::All => true,
                };
        }
        let does = |given: &String| self.values.iter().any(|value| test.is(given, value, context)) != negated;
        match (set, negated) {
            (Set::All, _) | (Set::Single, true) => given.iter().all(does),
            (Set::Any, _) | (Set::Single, false) => given.iter().any(does),
        }
    }

    fn texts<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = String> + 'a {
        self.values.iter().filter_map(|value| value.text(context))
    }
}

impl Test {
    /// Whether a request's value is what a policy's value says.
    fn is(self, given: &str, value: &Pattern, context: &Context) -> bool {
        if let Self::Like | Self::Arn = self {
            let Some(pieces) = value.filled(context) else { return false };
            return if self == Self::Like { fits(&pieces, given, false) } else { arn::matches(&pieces, given) };
        }
        let Some(text) = value.text(context) else { return false };
        match self {
            Self::Text { ignore_case: false } => given == text,
            Self::Text { ignore_case: true } => given.to_lowercase() == text.to_lowercase(),
            Self::Bool => given.eq_ignore_ascii_case(&text),
            Self::Number(relation) => relation.holds(value::number(given), value::number(&text)),
            Self::Date(relation) => relation.holds(value::seconds(given), value::seconds(&text)),
            Self::Network => {
                let networks = value::network(&text).zip(value::network(given));
                networks.is_some_and(|(network, given)| network.contains(&given))
            }
            Self::Like | Self::Arn | Self::Null => false,
        }
    }
}

impl Relation {
    #[expect(clippy::float_cmp, reason = "both were read from decimal text")]
    fn holds(self, given: Option<f64>, wanted: Option<f64>) -> bool {
        let Some((given, wanted)) = given.zip(wanted) else { return false };
        match self {
            Self::Equal => given == wanted,
            Self::Less => given < wanted,
            Self::LessOrEqual => given <= wanted,
            Self::Greater => given > wanted,
            Self::GreaterOrEqual => given >= wanted,
        }
    }
}
