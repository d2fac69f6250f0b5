//! The functions that make and take apart texts and lists: Join, Split, Select, Sub, Base64, Cidr.

use super::{
    evaluate::{Evaluator, Made, Stop, list, scalar},
    function::Call,
};
use crate::{
    input::tree::{Kind, Node, Part},
    model::diagnostic::{Span, Spanned},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

impl Evaluator<'_> {
    pub(super) fn join(&mut self, call: &Call<'_>) -> Made {
        let arguments = self.arguments(call, 2..=2, "a delimiter and a list: `[\",\", [a, b]]`")?;
        let delimiter = self.parts(&arguments[0]);
        let items = self.items(&arguments[1]);
        let (delimiter, Some(items)) = (delimiter?, items?) else { return Ok(Kind::Later(Vec::new())) };
        let mut parts = Vec::new();
        let mut first_wrong = None;
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                parts.extend(delimiter.iter().cloned());
            }
            match self.parts_of_item(item) {
                Ok(more) if more.is_empty() => return Ok(Kind::Later(Vec::new())),
                Ok(more) => parts.extend(more),
                Err(stop) => first_wrong = first_wrong.or(Some(stop)),
            }
        }
        first_wrong.map_or_else(|| self.text(parts, call.argument.span), Err)
    }

    pub(super) fn split(&mut self, call: &Call<'_>) -> Made {
        let arguments = self.arguments(call, 2..=2, "a delimiter and a text: `[\",\", \"a,b\"]`")?;
        let delimiter = self.known(&arguments[0])?;
        let parts = self.parts(&arguments[1])?;
        let (Some(delimiter), [Part::Text(text)]) = (&delimiter, parts.as_slice()) else {
            return Ok(Kind::Later(place_of(&parts, delimiter.as_deref().unwrap_or_default())));
        };
        if delimiter.is_empty() {
            return Err(self.note(arguments[0].span, "`Fn::Split` needs a delimiter"));
        }
        self.make(text.len() + 64 * text.matches(delimiter.as_str()).count(), call.argument.span)?;
        Ok(list(text.split(delimiter.as_str()).map(str::to_owned), call.argument.span))
    }

    pub(super) fn select(&mut self, call: &Call<'_>) -> Made {
        let arguments = self.arguments(call, 2..=2, "an index and a list: `[0, [a, b]]`")?;
        let index = self.known(&arguments[0]);
        let items = self.operand(&arguments[1])?;
        let items = match (&index, items.kind) {
            (_, Kind::Sequence(items)) => items,
            (Ok(Some(index)), Kind::Later(parts)) => return Ok(Kind::Later(place_of(&parts, &format!("[{index}]")))),
            (_, Kind::Later(_)) => return index.map(|_| Kind::Later(Vec::new())),
            (_, kind) => {
                let found = Node { kind, ..items };
                return Err(self.note(found.span, format!("expected a list, found {}", found.describe())));
            }
        };
        let Some(index) = index? else { return Ok(Kind::Later(Vec::new())) };
        let Ok(place) = index.parse::<usize>() else {
            return Err(self.note_with_hint(arguments[0].span, format!("`{index}` is no index"), "the first is 0"));
        };
        let Some(item) = items.get(place) else {
            let message = format!("`Fn::Select` cannot select {place} from a list of {}", items.len());
            return Err(self.note_value(call.argument.span, message, "the first is 0"));
        };
        if item.kind == Kind::Wrong { Err(Stop::Wrong(item.span)) } else { Ok(item.kind.clone()) }
    }

    pub(super) fn sub(&mut self, call: &Call<'_>) -> Made {
        let usage = "a text, or a text and a mapping of its variables";
        let (template, variables) = match &call.argument.kind {
            Kind::Sequence(_) => {
                let arguments = self.arguments(call, 2..=2, usage)?;
                let Kind::Mapping(variables) = &arguments[1].kind else {
                    return Err(self.note(arguments[1].span, format!("`Fn::Sub` takes {usage}")));
                };
                (&arguments[0], variables.as_slice())
            }
            _ => (call.argument, [].as_slice()),
        };
        let Kind::Scalar { text, .. } = &template.kind else {
            return Err(self.note(template.span, format!("`Fn::Sub` takes {usage}")));
        };
        let mut values = Vec::with_capacity(variables.len());
        for (name, value) in variables {
            values.push((name, self.parts(value)));
        }
        let mut parts = Vec::new();
        let mut first_wrong = None;
        for piece in pieces(text) {
            let found = match piece {
                Piece::Text(text) => Ok(vec![Part::Text(text)]),
                Piece::Variable(name) => match values.iter().find(|(known, _)| known.value == name) {
                    Some((_, Ok(parts))) => Ok(parts.clone()),
                    Some((_, Err(Stop::Wrong(span)))) => Err(Stop::Wrong(*span)),
                    Some((_, Err(Stop::NoValue))) => Err(Stop::Wrong(template.span)),
                    None => self.variable(name, template.span),
                },
            };
            match found {
                Ok(found) if found.is_empty() => return Ok(Kind::Later(Vec::new())),
                Ok(found) => parts.extend(found),
                Err(stop) => first_wrong = first_wrong.or(Some(stop)),
            }
        }
        first_wrong.map_or_else(|| self.text(parts, call.argument.span), Err)
    }

    /// What `${NAME}` or `${NAME.ATTRIBUTE}` stands for.
    fn variable(&mut self, name: &str, span: Span) -> Result<Vec<Part>, Stop> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_');
        if name.is_empty() || !name.chars().all(allowed) {
            let message = format!("`${{{name}}}` cannot be substituted");
            let hint =
                format!("names have letters, digits, `.`, `:` and `_`; for the text itself write `${{!{name}}}`");
            return Err(self.note_with_hint(span, message, hint));
        }
        let found = match name.split_once('.') {
            Some((resource, attribute)) => self.attribute(&Spanned::new(resource.to_owned(), span), attribute, span),
            None => self.named(&Spanned::new(name.to_owned(), span)),
        };
        match found {
            Ok(kind) => self.parts_of(&Node { span, owner: span, tag: None, kind }),
            Err(Stop::NoValue) => Err(self.note(span, "`AWS::NoValue` is no text")),
            Err(stop) => Err(stop),
        }
    }

    pub(super) fn base64(&mut self, call: &Call<'_>) -> Made {
        let value = self.argument(call)?;
        let parts = self.parts_of(&value)?;
        let [Part::Text(known)] = parts.as_slice() else {
            // Nothing is known of it but whom it needs.
            return Ok(Kind::Later(parts.into_iter().filter(|part| matches!(part, Part::Of { .. })).collect()));
        };
        self.make(known.len() * 2, value.span)?;
        Ok(scalar(STANDARD.encode(known)))
    }

    /// Networks of equal size from the beginning of a network.
    pub(super) fn cidr(&mut self, call: &Call<'_>) -> Made {
        let usage = "a CIDR block, how many networks, and their host bits: `[10.0.0.0/16, 6, 8]`";
        let arguments = self.arguments(call, 3..=3, usage)?;
        let block = self.known(&arguments[0]);
        let count = self.known(&arguments[1]);
        let bits = self.known(&arguments[2]);
        let (Some(block), Some(count), Some(bits)) = (block?, count?, bits?) else {
            return Ok(Kind::Later(Vec::new()));
        };
        let Ok(net) = block.parse::<Ipv4Net>() else {
            let message = format!("`{block}` is not a CIDR block");
            return Err(self.note_with_hint(arguments[0].span, message, "write it as `10.0.0.0/16`"));
        };
        let Some(count) = count.parse::<u32>().ok().filter(|count| (1..=256).contains(count)) else {
            return Err(self.note(arguments[1].span, format!("`{count}` is not a number of networks from 1 to 256")));
        };
        let Some(bits) = bits.parse::<u32>().ok().filter(|bits| (1..=32).contains(bits)) else {
            return Err(self.note(arguments[2].span, format!("`{bits}` is not a number of host bits from 1 to 32")));
        };
        let (base, size) = (u64::from(u32::from(net.network())), 1_u64 << bits);
        let end = base + (1_u64 << (32 - u32::from(net.prefix_len())));
        if base + size * u64::from(count) > end {
            let message = format!("`{net}` has no room for {count} networks of {bits} host bits");
            return Err(self.note_value(call.argument.span, message, "fewer, or smaller ones, fit in"));
        }
        let network = |place: u32| {
            let address = u32::try_from(base + size * u64::from(place)).expect("below the end of the block");
            format!("{}/{}", Ipv4Addr::from(address), 32 - bits)
        };
        Ok(list((0..count).map(network), call.argument.span))
    }

    /// The items of an argument that must be a list; none if they are known only later.
    fn items(&mut self, node: &Node) -> Result<Option<Vec<Node>>, Stop> {
        let value = self.operand(node)?;
        match value.kind {
            Kind::Sequence(items) => Ok(Some(items)),
            Kind::Later(_) => Ok(None),
            _ => Err(self.note(value.span, format!("expected a list, found {}", value.describe()))),
        }
    }

    fn parts_of_item(&mut self, item: &Node) -> Result<Vec<Part>, Stop> {
        if item.kind == Kind::Wrong { Err(Stop::Wrong(item.span)) } else { self.parts_of(item) }
    }
}

/// A part of a resource's attribute that is known only later: `DnsEntries`, then `[0]`, split at `:`, then `[1]`.
fn place_of(parts: &[Part], step: &str) -> Vec<Part> {
    match parts {
        [Part::Of { resource, kind, attribute: Some(attribute) }] => {
            let attribute = Some(format!("{attribute}{step}"));
            vec![Part::Of { resource: resource.clone(), kind: kind.clone(), attribute }]
        }
        _ => Vec::new(),
    }
}

/// A piece of a text with variables.
pub(super) enum Piece<'a> {
    Text(String),
    Variable(&'a str),
}

/// The pieces of a text with `${VARIABLES}`; `${!TEXT}` stands for `${TEXT}`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        pieces.push(Piece::Text(before.to_owned()));
        let Some((name, behind)) = after.split_once('}') else {
            pieces.push(Piece::Text(format!("${{{after}")));
            return pieces;
        };
        pieces.push(match name.strip_prefix('!') {
            Some(literal) => Piece::Text(format!("${{{literal}}}")),
            None => Piece::Variable(name.trim()),
        });
        rest = behind;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}
