//! `Parameters`: what is declared, and which value each one has.
//!
//! A value is text, or a list of texts for list types. What a type alone says about AWS (that an image or a key
//! pair exists) is taken as it is; a parameter of Systems Manager stands for its own name, since the lab has no
//! such store.

use super::{
    default_vpc,
    evaluate::scalar,
    property::{Words, properties},
};
use crate::{
    input::{
        Options,
        decode::{Decode, OneOrMany},
        tree::{Kind, Node},
    },
    model::{
        Region,
        diagnostic::{Diagnostics, Span, Spanned, did_you_mean},
        draft::Text,
    },
};
use regex::Regex;
use std::collections::BTreeMap;

properties! {
    /// A parameter.
    struct Parameter = "a parameter" {
        /// `String`, `Number`, `CommaDelimitedList`, `List<Number>`, or a type of AWS.
        kind as "Type": Text,
        /// Its value, if none is given.
        default as "Default": Option<Words>,
        /// The values that it may have.
        allowed_values as "AllowedValues": Option<OneOrMany<Text>>,
        /// What its whole value must match.
        allowed_pattern as "AllowedPattern": Option<Text>,
        /// The least number.
        min_value as "MinValue": Option<Text>,
        /// The largest number.
        max_value as "MaxValue": Option<Text>,
        /// The fewest characters.
        min_length as "MinLength": Option<Spanned<i64>>,
        /// The most characters.
        max_length as "MaxLength": Option<Spanned<i64>>,
        /// What is said if the value is wrong.
        constraint as "ConstraintDescription": Option<Words>,
        /// Whether the value is shown.
        no_echo as "NoEcho": Option<bool>,
    }
    accepted &["Description"];
}

/// A key pair, of which a lab has its own.
const KEY_PAIR: &str = "AWS::EC2::KeyPair::KeyName";

/// Types of AWS, of which there are lists too.
const AWS_TYPES: &[&str] = &[
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    KEY_PAIR,
    "AWS::EC2::PrefixList::Id",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
];

/// What a type's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Number,
    Texts,
    Numbers,
}

/// Reads the parameters: each by its name with its value, or where it was said that it has none.
pub(super) fn read(
    declared: &[(Text, Node)],
    options: &Options,
    region: &Region,
    notes: &mut Diagnostics,
    warnings: &mut Diagnostics,
) -> Vec<(String, Result<Kind, Span>)> {
    let given = &options.parameters;
    for name in given.names().filter(|name| declared.iter().all(|(known, _)| known.value != **name)) {
        let message = format!("a value is given for parameter `{name}`, which the template does not have");
        let known = || declared.iter().map(|(known, _)| known.value.as_str());
        let hint = did_you_mean(name, known()).unwrap_or_else(|| {
            let known: Vec<_> = known().map(|known| format!("`{known}`")).collect();
            if known.is_empty() { "it has none".into() } else { format!("it has {}", known.join(", ")) }
        });
        notes.push_with_hint(Span::default(), message, hint);
    }
    // How many parameters of a type something stands in for already.
    let mut stood_in: BTreeMap<String, usize> = BTreeMap::new();
    let value = |(name, node): &(Text, Node)| {
        let parameter = Parameter::decode(node, notes);
        // A lab makes a key pair of its own.
        let own = || (parameter.kind.value == KEY_PAIR).then(|| options.lab.clone());
        let given = given.get(&name.value).map(str::to_owned);
        let given = given.or_else(|| parameter.default.is_none().then(own)?);
        let given = given.or_else(|| {
            let place = stood_in.entry(parameter.kind.value.clone()).or_insert(0);
            let value = parameter.stand_in(name, options, (*place, region), warnings);
            *place += usize::from(value.is_some());
            value
        });
        let pattern = parameter.pattern(warnings);
        let value = parameter.value(name, given, pattern.as_ref(), notes);
        (name.value.clone(), value)
    };
    declared.iter().map(value).collect()
}

impl Parameter {
    /// What stands for the value of a parameter that has none and is to name an existing VPC, or a part of one.
    fn stand_in(
        &self,
        name: &Text,
        options: &Options,
        (place, region): (usize, &Region),
        warnings: &mut Diagnostics,
    ) -> Option<String> {
        if self.default.is_some() {
            return None;
        }
        let (value, what) = default_vpc::stand_in(&self.kind.value, place, &options.lab, region)?;
        warnings.push(name.span, format!("parameter `{}` has no value: it stands for {what}", name.value));
        Some(value)
    }

    fn value(
        self,
        name: &Text,
        given: Option<String>,
        pattern: Option<&Regex>,
        notes: &mut Diagnostics,
    ) -> Result<Kind, Span> {
        let shape = self.shape(notes)?;
        let default = self.default.as_ref().and_then(|words| words.0.clone());
        let value = match given.or(default) {
            Some(value) => value,
            None if self.default.is_some() => return Err(name.span),
            None => {
                let hint = format!("give it with `--param {}=VALUE`, or in the template as `Default`", name.value);
                notes.push_with_hint(name.span, format!("parameter `{}` has no value", name.value), hint);
                return Err(name.span);
            }
        };
        let values: Vec<String> = match shape {
            Shape::Text | Shape::Number => vec![value],
            Shape::Texts | Shape::Numbers if value.is_empty() => Vec::new(),
            Shape::Texts | Shape::Numbers => value.split(',').map(|item| item.trim().to_owned()).collect(),
        };
        for value in &values {
            if let Err(why) = self.check(shape, value, pattern) {
                let shown = if self.no_echo == Some(true) { "****" } else { value.as_str() };
                let message = format!("parameter `{}` cannot be `{shown}`: {why}", name.value);
                match self.constraint.as_ref().and_then(|words| words.0.as_ref()) {
                    Some(constraint) => notes.push_with_hint(name.span, message, constraint),
                    None => notes.push(name.span, message),
                }
                return Err(name.span);
            }
        }
        Ok(match shape {
            Shape::Text | Shape::Number => scalar(values.into_iter().next().unwrap_or_default()),
            Shape::Texts | Shape::Numbers => super::evaluate::list(values, name.span),
        })
    }

    /// The shape of the type.
    fn shape(&self, notes: &mut Diagnostics) -> Result<Shape, Span> {
        let kind = self.kind.value.as_str();
        if kind.is_empty() {
            return Err(self.kind.span); // its absence was noted
        }
        let inner = kind.strip_prefix("AWS::SSM::Parameter::Value<").and_then(|rest| rest.strip_suffix('>'));
        let plain = inner.unwrap_or(kind);
        let item = plain.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>'));
        let known = |name: &str| AWS_TYPES.contains(&name);
        match (plain, item) {
            ("String" | "AWS::SSM::Parameter::Name", _) => Ok(Shape::Text),
            ("Number", _) => Ok(Shape::Number),
            ("CommaDelimitedList", _) | (_, Some("String")) => Ok(Shape::Texts),
            (_, Some("Number")) => Ok(Shape::Numbers),
            (_, Some(item)) if known(item) => Ok(Shape::Texts),
            (name, None) if known(name) => Ok(Shape::Text),
            _ => {
                let plain = ["String", "Number", "CommaDelimitedList", "List<Number>"];
                let hint = did_you_mean(kind, plain.into_iter().chain(AWS_TYPES.iter().copied()));
                let hint = hint.unwrap_or_else(|| "such as `String`, `Number` or `CommaDelimitedList`".into());
                notes.push_with_hint(self.kind.span, format!("`{kind}` is no type of parameter"), hint);
                Err(self.kind.span)
            }
        }
    }

    /// Whether a value is one that the parameter may have.
    fn check(&self, shape: Shape, value: &str, pattern: Option<&Regex>) -> Result<(), String> {
        if matches!(shape, Shape::Number | Shape::Numbers) {
            let number: f64 = value.parse().map_err(|_| "it is no number".to_owned())?;
            let bound = |text: &Option<Text>| text.as_ref().and_then(|text| text.value.parse::<f64>().ok());
            if let Some(least) = bound(&self.min_value).filter(|least| number < *least) {
                return Err(format!("the least is {least}"));
            }
            if let Some(largest) = bound(&self.max_value).filter(|largest| number > *largest) {
                return Err(format!("the largest is {largest}"));
            }
        } else if shape == Shape::Text {
            let length = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
            if let Some(least) = self.min_length.as_ref().filter(|least| length < least.value) {
                return Err(format!("it has fewer than {} characters", least.value));
            }
            if let Some(most) = self.max_length.as_ref().filter(|most| length > most.value) {
                return Err(format!("it has more than {} characters", most.value));
            }
        }
        if let Some(OneOrMany(allowed)) = &self.allowed_values
            && allowed.iter().all(|allowed| allowed.value != value)
        {
            let allowed: Vec<_> = allowed.iter().map(|allowed| format!("`{}`", allowed.value)).collect();
            return Err(format!("allowed are {}", allowed.join(", ")));
        }
        if let (Some(pattern), Some(written)) = (pattern, &self.allowed_pattern)
            && !pattern.is_match(value)
        {
            return Err(format!("it does not match `{}`", written.value));
        }
        Ok(())
    }

    /// What the whole value must match. AWS's patterns know a little more than these, such as looking ahead.
    fn pattern(&self, warnings: &mut Diagnostics) -> Option<Regex> {
        let written = self.allowed_pattern.as_ref()?;
        let pattern = Regex::new(&format!("^(?:{})$", written.value)).ok();
        if pattern.is_none() {
            warnings.push(written.span, "this pattern is not understood, and is not checked");
        }
        pattern
    }
}
