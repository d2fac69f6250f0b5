//! Text to [`Node`]s, on the events of `saphyr-parser` (YAML 1.2, of which JSON is a part).
//!
//! Whatever is wrong with the text itself is found here: syntax, tabs, control characters, keys given
//! twice, several documents, nesting without end, and aliases that unfold without end. After a syntax
//! error there is no tree; every other mistake leaves one to go on with.

use super::tree::{Kind, Node};
use crate::model::diagnostic::{Diagnostics, Span, Spanned};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};
use std::collections::BTreeMap;

/// Levels of nesting that are read. The formats need fewer than twenty; recursion stays shallow.
const MAX_DEPTH: usize = 64;

/// Nodes that all aliases of a text may unfold to, together.
const MAX_ALIASED_NODES: usize = 100_000;

/// Words of the parser, and what is mostly behind them.
const SYNTAX_HINTS: &[(&str, &str)] = &[
    ("mapping values are not allowed", "nested keys begin on a line of their own; a text with `: ` in it needs quotes"),
    ("unexpected end of stream", "is a quote or a bracket open?"),
    ("did not find expected", "is the line indented as its neighbours are?"),
    ("invalid indentation", "is the line indented as its neighbours are?"),
    ("expected ',' or", "is a bracket open?"),
    ("illegal placement of ':'", "is a bracket open in the lines above?"),
    ("unexpected character", "a text that begins with this character needs quotes"),
    ("unknown anchor", "`&NAME` must come before `*NAME`"),
];

/// The tree of a text, if it is YAML, and what is wrong with it.
pub fn parse(text: &str) -> (Option<Node>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    if let Some((at, control)) =
        text.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
    {
        let span = Span { start: at, end: at + control.len_utf8() };
        let message = format!("control character U+{:04X} in the text", u32::from(control));
        diagnostics.push_with_hint(span, message, "take it out");
        return (None, diagnostics);
    }
    let mut builder = Builder { text, places: Places::of(text), diagnostics, ..Builder::default() };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(builder.syntax(&error)),
        };
        if let Err(Stop) = step {
            return (None, builder.diagnostics);
        }
    }
    (builder.root, builder.diagnostics)
}

/// Nothing more can be read.
struct Stop;

/// A collection whose end has not come yet.
struct Open {
    start: usize,
    anchor: usize,
    tag: Option<String>,
    items: Items,
}

enum Items {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<(Spanned<String>, Node)>, key: Option<Key>, seen: BTreeMap<String, Span> },
}

struct Key {
    name: Spanned<String>,
    /// Its value is not kept: the key was there before, or is no text.
    refused: bool,
}

#[derive(Default)]
struct Builder<'a> {
    text: &'a str,
    places: Places,
    diagnostics: Diagnostics,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    /// Anchored nodes by the parser's number, with their sizes.
    anchors: BTreeMap<usize, Node>,
    aliased: usize,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: saphyr_parser::Span) -> Result<(), Stop> {
        let span = self.places.span(&span);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let hint = "a file holds one document: remove what follows `---`, or move it to a file of its own";
                    self.diagnostics.push_with_hint(span, "a second document begins here", hint);
                    return Err(Stop);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.trimmed(span);
                let kind = Kind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.add(Node { span, owner: span, tag: tag.map(|tag| tag.to_string()), kind }, anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(span, anchor, tag.map(|tag| tag.to_string()), Items::Sequence(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                let items = Items::Mapping { entries: Vec::new(), key: None, seen: BTreeMap::new() };
                self.begin(span, anchor, tag.map(|tag| tag.to_string()), items)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    /// The parser counts the blanks after a quoted or block scalar as its own.
    fn trimmed(&self, span: Span) -> Span {
        Span { end: span.start + self.text[span.range()].trim_end().len(), ..span }
    }

    fn begin(&mut self, span: Span, anchor: usize, tag: Option<String>, items: Items) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.open.push(Open { start: span.start, anchor, tag, items });
        Ok(())
    }

    fn end(&mut self, span: Span) {
        let open = self.open.pop().expect("the parser ends only what it began");
        let (kind, last) = match open.items {
            Items::Sequence(items) => {
                let last = items.last().map(|item| item.span.end);
                (Kind::Sequence(items), last)
            }
            Items::Mapping { entries, .. } => {
                let last = entries.last().map(|(key, value)| value.span.end.max(key.span.end));
                (Kind::Mapping(entries), last)
            }
        };
        // A block collection's end event stands where the next thing begins; a flow collection's begins at
        // its bracket.
        let end = if span.start == span.end { last.unwrap_or(open.start) } else { span.start + 1 };
        let span = Span { start: open.start, end: end.max(open.start) };
        self.add(Node { span, owner: span, tag: open.tag, kind }, open.anchor);
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(target) = self.anchors.get(&anchor) else {
            self.diagnostics.push(span, "an alias inside the value that it stands for");
            return Err(Stop);
        };
        let extent = target.extent();
        self.aliased += extent.nodes;
        if self.aliased > MAX_ALIASED_NODES {
            let message = format!("the aliases of this file unfold to more than {MAX_ALIASED_NODES} values");
            self.diagnostics.push_with_hint(span, message, "write out what is meant, or use fewer aliases of aliases");
            return Err(Stop);
        }
        if self.open.len() + extent.depth > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        let node = Node { span, owner: span, ..target.clone() };
        self.add(node, 0);
        Ok(())
    }

    fn too_deep(&mut self, span: Span) -> Stop {
        self.diagnostics.push(span, format!("nested more than {MAX_DEPTH} levels deep"));
        Stop
    }

    /// Puts a whole node into the innermost open collection.
    fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::Sequence(items)) => items.push(node),
            Some(Items::Mapping { entries, key, seen }) => match key.take() {
                None => *key = Some(self.places.key(node, seen, &mut self.diagnostics)),
                Some(Key { refused: true, .. }) => {}
                Some(Key { name, .. }) => entries.push((name.clone(), Node { owner: name.span, ..node })),
            },
        }
    }

    fn syntax(&mut self, error: &ScanError) -> Stop {
        // Where the text just ends, its last word is shown.
        let last = self.text.trim_end().char_indices().next_back().map_or(0, |(at, _)| at);
        let at = self.places.byte(error.marker().index()).min(last);
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let blank = |c: char| c == ' ' || c == '\t';
        // The parser stops at the tab, or at the end of the word before it.
        let tab = if error.info().contains("found a tab") {
            self.text[at..].find('\t').map(|tab| at + tab)
        } else {
            let indentation = self.text[line..].split(|c| !blank(c)).next().unwrap_or_default();
            indentation.find('\t').map(|tab| line + tab)
        };
        if let Some(tab) = tab {
            let span = Span { start: tab, end: tab + 1 };
            self.diagnostics.push_with_hint(span, "a tab in the indentation", "YAML is indented with spaces only");
        } else {
            let end = self.text[at..].chars().next().filter(|c| *c != '\n').map_or(at, |c| at + c.len_utf8());
            let (span, message) = (Span { start: at, end }, format!("not YAML: {}", error.info()));
            match SYNTAX_HINTS.iter().find(|(words, _)| error.info().contains(words)) {
                Some((_, hint)) => self.diagnostics.push_with_hint(span, message, *hint),
                None => self.diagnostics.push(span, message),
            }
        }
        Stop
    }
}

/// Where each character begins: the parser counts characters, diagnostics count bytes.
#[derive(Default)]
struct Places {
    /// None if each character is one byte.
    bytes: Option<Vec<usize>>,
    lines: Vec<usize>,
    len: usize,
}

impl Places {
    fn of(text: &str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        let lines = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self { bytes, lines, len: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(character).copied().unwrap_or(self.len),
            None => character.min(self.len),
        }
    }

    fn span(&self, span: &saphyr_parser::Span) -> Span {
        Span { start: self.byte(span.start.index()), end: self.byte(span.end.index()) }
    }

    fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte) + 1
    }

    /// A node in a key's place: a text, and not one that was there before.
    fn key(&self, node: Node, seen: &mut BTreeMap<String, Span>, diagnostics: &mut Diagnostics) -> Key {
        let span = node.span;
        let Kind::Scalar { text, .. } = node.kind else {
            diagnostics.push(span, "a key must be a text");
            return Key { name: Spanned::new(String::new(), span), refused: true };
        };
        let first = seen.get(&text).copied();
        match first {
            Some(first) => {
                let hint = format!("the first is in line {}: remove one of them", self.line(first.start));
                diagnostics.push_with_hint(span, format!("the key `{text}` is given twice"), hint);
            }
            None => {
                seen.insert(text.clone(), span);
            }
        }
        Key { name: Spanned::new(text, span), refused: first.is_some() }
    }
}
