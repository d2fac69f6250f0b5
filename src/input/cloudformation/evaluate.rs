//! Evaluating a tree: functions give way to their values, and `AWS::NoValue` takes its key or item with it.
//!
//! What is known only once the lab is resolved (ids, addresses, names in DNS) stays as [`Kind::Later`]; with
//! the resolved [`Topology`] at hand the same evaluation finds that too, which is how outputs are made.
//! What is wrong is noted once, and [`Kind::Wrong`] stands in at the place of the mistake, so that whoever reads
//! the value can be silent about it.

use super::{
    function::{self, Call, Function, NoFunction},
    scope::Scope,
};
use crate::{
    input::tree::{Kind, Node, Part},
    model::{
        Topology,
        diagnostic::{Diagnostics, Span, did_you_mean},
    },
};
use std::{cell::Cell, collections::BTreeMap, ops::RangeInclusive};

/// Bytes that all functions of a template may make together.
const MAX_MADE: usize = 64 << 20;

/// How often a name is looked for that is near to one that is not known.
const MAX_HINTS: usize = 100;

/// Evaluates the values of a template.
pub(super) struct Evaluator<'a> {
    /// What names stand for.
    pub(super) scope: Scope,
    /// What was wrong.
    pub(super) notes: Diagnostics,
    /// The properties of resources that were evaluated.
    pub(super) evaluated: BTreeMap<String, Node>,
    /// The resolved lab, if there is one yet.
    pub(super) topology: Option<&'a Topology>,
    /// Whether resources may be named. In `Conditions` only parameters may.
    pub(super) resources: bool,
    /// How many branches not taken, and resources not created, this value lies in.
    pub(super) skipped: usize,
    made: usize,
    hints: Cell<usize>,
}

/// Why a function has no value.
pub(super) enum Stop {
    /// It is `AWS::NoValue`.
    NoValue,
    /// A mistake at this place, which was noted.
    Wrong(Span),
}

/// What a function makes.
pub(super) type Made = Result<Kind, Stop>;

impl<'a> Evaluator<'a> {
    pub(super) fn new(scope: Scope, topology: Option<&'a Topology>) -> Self {
        Self {
            scope,
            notes: Diagnostics::default(),
            evaluated: BTreeMap::new(),
            topology,
            resources: true,
            skipped: 0,
            made: 0,
            hints: Cell::new(0),
        }
    }

    /// The value of a node; none if it is `AWS::NoValue`.
    pub(super) fn value(&mut self, node: &Node) -> Option<Node> {
        self.called(node, function::call(node))
    }

    fn called(&mut self, node: &Node, call: Result<Option<Call<'_>>, NoFunction>) -> Option<Node> {
        let call = match call {
            Ok(None) => return Some(self.plain(node)),
            Ok(Some(call)) => call,
            Err(none) => {
                if none.unmirrored {
                    self.notes.push_unmirrored(none.span, none.message, none.hint);
                } else {
                    self.notes.push_with_hint(none.span, none.message, none.hint);
                }
                return Some(wrong(node, none.span));
            }
        };
        if call.function == Function::If {
            return self.choose(&call).map(|chosen| Node { owner: node.owner, ..chosen });
        }
        match self.apply(&call, node.span) {
            Ok(kind) => Some(Node { span: node.span, owner: node.owner, tag: None, kind }),
            Err(Stop::NoValue) => None,
            Err(Stop::Wrong(span)) => Some(wrong(node, span)),
        }
    }

    fn apply(&mut self, call: &Call<'_>, span: Span) -> Made {
        match call.function {
            Function::Ref => self.reference(call),
            Function::GetAtt => self.get_att(call, span),
            Function::Sub => self.sub(call),
            Function::Join => self.join(call),
            Function::Select => self.select(call),
            Function::Split => self.split(call),
            Function::GetAzs => self.get_azs(call),
            Function::Cidr => self.cidr(call),
            Function::FindInMap => self.find_in_map(call),
            Function::ImportValue => self.import_value(call),
            Function::Base64 => self.base64(call),
            Function::If | Function::Equals | Function::And | Function::Or | Function::Not | Function::Condition => {
                let message = format!("`{}` stands in `Conditions` only", call.function.name());
                let hint = "name the condition there, and use `Fn::If` here";
                self.notes.push_with_hint(span, message, hint);
                Err(Stop::Wrong(span))
            }
        }
    }

    /// The value of what is no function itself.
    fn plain(&mut self, node: &Node) -> Node {
        let kind = match &node.kind {
            _ if node.is_null() => {
                let hint = "take the key out, or write `!Ref AWS::NoValue`";
                self.notes.push_with_hint(node.owner, "templates have no null values", hint);
                return wrong(node, node.owner);
            }
            Kind::Sequence(items) => Kind::Sequence(items.iter().filter_map(|item| self.value(item)).collect()),
            Kind::Mapping(entries) => {
                let entry = |(key, value): &(_, _)| Some((Clone::clone(key), self.value(value)?));
                Kind::Mapping(entries.iter().filter_map(entry).collect())
            }
            Kind::Scalar { .. } | Kind::Later(_) | Kind::Wrong => node.kind.clone(),
        };
        Node { span: node.span, owner: node.owner, tag: None, kind }
    }

    /// The value of a function's only argument.
    pub(super) fn argument(&mut self, call: &Call<'_>) -> Result<Node, Stop> {
        let argument = call.argument;
        let inner = if call.short { function::long(argument) } else { function::call(argument) };
        let value = self.called(argument, inner);
        value.ok_or(Stop::NoValue).and_then(right)
    }

    /// A function's arguments, each to be evaluated, if they are as many as they should be.
    pub(super) fn arguments<'n>(
        &mut self,
        call: &Call<'n>,
        count: RangeInclusive<usize>,
        usage: &str,
    ) -> Result<&'n [Node], Stop> {
        if let Kind::Sequence(items) = &call.argument.kind
            && count.contains(&items.len())
        {
            return Ok(items);
        }
        let message = format!("`{}` takes {usage}", call.function.name());
        self.notes.push(call.argument.span, message);
        Err(Stop::Wrong(call.argument.span))
    }

    /// The value of an argument, which must have one.
    pub(super) fn operand(&mut self, node: &Node) -> Result<Node, Stop> {
        match self.value(node) {
            Some(value) => right(value),
            None => Err(self.note(node.span, "`AWS::NoValue` is no argument")),
        }
    }

    /// The parts of an argument that must be a text.
    pub(super) fn parts(&mut self, node: &Node) -> Result<Vec<Part>, Stop> {
        let value = self.operand(node)?;
        self.parts_of(&value)
    }

    /// The parts of a value that must be a text.
    pub(super) fn parts_of(&mut self, value: &Node) -> Result<Vec<Part>, Stop> {
        match &value.kind {
            Kind::Scalar { text, .. } => Ok(vec![Part::Text(text.clone())]),
            Kind::Later(parts) => Ok(parts.clone()),
            _ => Err(self.note(value.span, format!("expected text, found {}", value.describe()))),
        }
    }

    /// A text that must be known now; `None` if it is known only later.
    pub(super) fn known(&mut self, node: &Node) -> Result<Option<String>, Stop> {
        let parts = self.parts(node)?;
        Ok(match parts.as_slice() {
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        })
    }

    /// "did you mean …?", as long as there are few mistakes: looking for what is near takes its time.
    pub(super) fn near<'n>(&self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
        self.hints.set(self.hints.get() + 1);
        if self.hints.get() <= MAX_HINTS { did_you_mean(name, known) } else { None }
    }

    /// Notes a mistake.
    pub(super) fn note(&mut self, span: Span, message: impl Into<String>) -> Stop {
        self.notes.push(span, message);
        Stop::Wrong(span)
    }

    /// Notes a mistake and the way out.
    pub(super) fn note_with_hint(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) -> Stop {
        self.notes.push_with_hint(span, message, hint);
        Stop::Wrong(span)
    }

    /// Notes a mistake that depends on values: one that a branch not taken may make.
    pub(super) fn note_value(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) -> Stop {
        if self.skipped > 0 { Stop::Wrong(span) } else { self.note_with_hint(span, message, hint) }
    }

    /// Counts what functions make, so that a small template cannot fill the memory.
    pub(super) fn make(&mut self, bytes: usize, span: Span) -> Result<(), Stop> {
        let before = self.made;
        self.made = self.made.saturating_add(bytes);
        if self.made <= MAX_MADE {
            return Ok(());
        }
        if before <= MAX_MADE {
            let message = format!("the functions of this template make more than {} MiB of text", MAX_MADE >> 20);
            self.notes.push(span, message);
        }
        Err(Stop::Wrong(span))
    }

    /// A text of these parts.
    pub(super) fn text(&mut self, parts: Vec<Part>, span: Span) -> Made {
        let size = |part: &Part| match part {
            Part::Text(text) => text.len(),
            Part::Of { resource, attribute, .. } => 64 + resource.len() + attribute.as_ref().map_or(0, String::len),
        };
        self.make(parts.iter().map(size).sum(), span)?;
        let mut joined: Vec<Part> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        // `${A}` with nothing around it is A.
        if joined.len() > 1 {
            joined.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        }
        Ok(match joined.as_slice() {
            [] => scalar(""),
            [Part::Text(text)] => scalar(text),
            _ => Kind::Later(joined),
        })
    }
}

/// A text that a function made.
pub(super) fn scalar(text: impl Into<String>) -> Kind {
    Kind::Scalar { text: text.into(), plain: false }
}

/// A list of texts that a function made.
pub(super) fn list(texts: impl IntoIterator<Item = String>, span: Span) -> Kind {
    let item = |text: String| Node { span, owner: span, tag: None, kind: scalar(text) };
    Kind::Sequence(texts.into_iter().map(item).collect())
}

fn wrong(node: &Node, span: Span) -> Node {
    Node { span, owner: node.owner, tag: None, kind: Kind::Wrong }
}

fn right(value: Node) -> Result<Node, Stop> {
    if value.kind == Kind::Wrong { Err(Stop::Wrong(value.span)) } else { Ok(value) }
}
