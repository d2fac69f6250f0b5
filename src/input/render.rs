//! Mistakes as text for people, with the line they are about, and as data for machines.
//!
//! Whatever stands in the file may stand in a message, so control characters and what turns the
//! direction of text never reach a terminal, and long lines are cut down to where the mistake is.

use super::Source;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};
use serde::Serialize;
use std::{fmt::Write, ops::Range};

/// Mistakes that are shown; a file with more has something else wrong with it.
const MAX_SHOWN: usize = 100;

/// Bytes of a line that is shown as it is.
const MAX_LINE: usize = 2000;

/// Characters of a longer line that are shown before and after the place of a mistake.
const AROUND: usize = 60;

/// Characters of a message that are shown.
const MAX_MESSAGE: usize = 300;

/// A mistake as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file as it was typed.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the file is refused for it.
    pub severity: Severity,
    /// The lint that found it; none for what AWS would refuse, or the lab does not mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lint: Option<&'static str>,
}

/// Whether a file is refused for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is.
    Error,
    /// It is not.
    Warning,
}

/// The mistakes as data, in the order of the file.
pub fn mistakes(source: &Source, diagnostics: Diagnostics) -> Vec<Mistake> {
    data(source, diagnostics, Severity::Error)
}

/// What a file is not refused for, as data like that of mistakes.
pub fn warnings(source: &Source, diagnostics: Diagnostics) -> Vec<Mistake> {
    data(source, diagnostics, Severity::Warning)
}

fn data(source: &Source, diagnostics: Diagnostics, severity: Severity) -> Vec<Mistake> {
    let mut cursor = Cursor::new(&source.text);
    let mistake = |diagnostic: Diagnostic| {
        cursor.advance(diagnostic.span.start);
        Mistake {
            file: source.name.clone(),
            line: cursor.line,
            column: cursor.column,
            message: legible(&diagnostic.message),
            hint: diagnostic.hint.as_deref().map(legible),
            severity,
            lint: diagnostic.lint,
        }
    };
    diagnostics.into_sorted().into_iter().map(mistake).collect()
}

/// The mistakes as text, without colour, and at the end how many they are.
pub fn render(source: &Source, mistakes: Diagnostics) -> String {
    text(source, mistakes, &Level::ERROR, "mistake")
}

/// What a file is not refused for, as text like that of mistakes.
pub fn render_warnings(source: &Source, warnings: Diagnostics) -> String {
    text(source, warnings, &Level::WARNING, "warning")
}

fn text(source: &Source, diagnostics: Diagnostics, level: &Level<'static>, noun: &str) -> String {
    let renderer = Renderer::plain();
    let diagnostics = diagnostics.into_sorted();
    let name = legible(&source.name);
    let mut cursor = Cursor::new(&source.text);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MAX_SHOWN) {
        cursor.advance(diagnostic.span.start);
        let place = cursor.place(diagnostic.span.end);
        let message = legible(&diagnostic.message);
        let title = level.clone().primary_title(message.as_str());
        let mut group = Group::with_title(diagnostic.lint.into_iter().fold(title, Title::id));
        let snippet = Snippet::source(place.shown.as_str())
            .line_start(cursor.line)
            .annotation(AnnotationKind::Primary.span(place.marked.clone()));
        // A line that was cut down does not know its columns.
        group = if place.cut {
            let origin = Origin::path(name.as_str()).line(cursor.line).char_column(cursor.column);
            group.element(origin).element(snippet)
        } else {
            group.element(snippet.path(name.as_str()))
        };
        if let Some(hint) = &diagnostic.hint {
            group = group.element(Level::HELP.with_name("hint").message(legible(hint)));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    let count = diagnostics.len();
    if count > MAX_SHOWN {
        let _ = writeln!(text, "… and {} more\n", count - MAX_SHOWN);
    }
    let _ = writeln!(text, "{count} {noun}{} in `{name}`", if count == 1 { "" } else { "s" });
    text
}

/// A place in the text, which is gone through once: mistakes come in the order of the file.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
    line_start: usize,
    line: usize,
    column: usize,
}

/// The line of a mistake.
struct Place {
    /// The line, or if it is long the part around the mistake.
    shown: String,
    /// Whether it is a part.
    cut: bool,
    /// The mistake, in bytes of what is shown.
    marked: Range<usize>,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, line_start: 0, line: 1, column: 1 }
    }

    fn advance(&mut self, to: usize) {
        let to = floor(self.text, to);
        let passed = &self.text[self.at..to];
        if let Some(last) = passed.rfind('\n') {
            self.line += passed.matches('\n').count();
            self.line_start = self.at + last + 1;
            self.column = 1;
        }
        self.column += self.text[self.at.max(self.line_start)..to].chars().count();
        self.at = to;
    }

    /// The line here, for a mistake that begins here and ends at `end`. One of several lines is marked in its first.
    fn place(&self, end: usize) -> Place {
        let line_end = self.text[self.at..].find('\n').map_or(self.text.len(), |end| self.at + end);
        let end = floor(self.text, end).clamp(self.at, line_end);
        let whole = &self.text[self.line_start..line_end];
        let marked = self.at - self.line_start..end - self.line_start;
        if whole.len() <= MAX_LINE {
            return Place { shown: whole.to_owned(), cut: false, marked };
        }
        let before = &whole[..marked.start];
        let from = before.char_indices().rev().nth(AROUND).map_or(0, |(at, _)| at);
        let mut shown = format!("…{}", &before[from..]);
        let marked_from = shown.len();
        shown.push_str(&first(&whole[marked.clone()], AROUND));
        let marked_to = shown.len();
        shown.push_str(&first(&whole[marked.end..], AROUND));
        Place { shown, cut: true, marked: marked_from..marked_to }
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The first characters of a text.
fn first(text: &str, count: usize) -> String {
    match text.char_indices().nth(count) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

/// A message that may quote the file, with everything escaped that would not show, or would show as something
/// else. (Lines of the file are made legible by the renderer.)
fn legible(message: &str) -> String {
    let mut legible = String::new();
    for character in first(message, MAX_MESSAGE).chars() {
        if misleads(character) {
            legible.extend(character.escape_unicode());
        } else {
            legible.push(character);
        }
    }
    legible
}

/// Whether a character does something to a terminal instead of showing: controls, marks that turn the direction
/// of text, and what has no width.
pub(super) fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
