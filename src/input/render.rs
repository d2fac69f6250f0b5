//! Mistakes as text for people, with the line they are about, and as data for machines.
//!
//! Whatever stands in the file may stand in a message, so control characters and what turns the
//! direction of text are shown as escapes, and long lines are cut down to where the mistake is.

use super::Source;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;
use std::fmt::Write;

/// Mistakes that are shown; a file with more has something else wrong with it.
const MAX_SHOWN: usize = 100;

/// Characters of a line that are shown before and after the place of a mistake.
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
}

/// The mistakes as data, in the order of the file.
pub fn mistakes(source: &Source, diagnostics: Diagnostics) -> Vec<Mistake> {
    let mistake = |diagnostic: Diagnostic| {
        let place = Place::of(&source.text, &diagnostic);
        Mistake {
            file: source.name.clone(),
            line: place.line,
            column: place.column,
            message: legible(&diagnostic.message),
            hint: diagnostic.hint.as_deref().map(legible),
        }
    };
    diagnostics.into_sorted().into_iter().map(mistake).collect()
}

/// The mistakes as text, without colour, and at the end how many they are.
pub fn render(source: &Source, diagnostics: Diagnostics) -> String {
    let renderer = Renderer::plain();
    let diagnostics = diagnostics.into_sorted();
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MAX_SHOWN) {
        let place = Place::of(&source.text, diagnostic);
        let message = legible(&diagnostic.message);
        let mut group = Group::with_title(Level::ERROR.primary_title(message.as_str()))
            .element(Origin::path(legible(&source.name)).line(place.line).char_column(place.column));
        if !place.shown.trim().is_empty() {
            let annotation = AnnotationKind::Primary.span(place.marked.clone());
            group = group.element(Snippet::source(place.shown.as_str()).line_start(place.line).annotation(annotation));
        }
        if let Some(hint) = &diagnostic.hint {
            group = group.element(Level::HELP.with_name("hint").message(legible(hint)));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    let name = legible(&source.name);
    let count = diagnostics.len();
    if count > MAX_SHOWN {
        let _ = writeln!(text, "… and {} more\n", count - MAX_SHOWN);
    }
    let _ = writeln!(text, "{count} {} in `{name}`", if count == 1 { "mistake" } else { "mistakes" });
    text
}

/// Where a mistake is, and the part of its line to show.
struct Place {
    line: usize,
    column: usize,
    shown: String,
    marked: std::ops::Range<usize>,
}

impl Place {
    fn of(text: &str, diagnostic: &Diagnostic) -> Self {
        let start = floor(text, diagnostic.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
        // A mistake of several lines is marked in its first.
        let end = floor(text, diagnostic.span.end).clamp(start, line_end);
        let (before, marked, after) = (&text[line_start..start], &text[start..end], &text[end..line_end]);
        let mut shown = String::new();
        if let Some((cut, _)) = before.char_indices().rev().nth(AROUND) {
            shown.push('…');
            shown.push_str(&escaped(&before[cut..]));
        } else {
            shown.push_str(&escaped(before));
        }
        let from = shown.len();
        shown.push_str(&escaped(&first(marked, AROUND)));
        let marked = from..shown.len();
        shown.push_str(&escaped(&first(after.trim_end(), AROUND)));
        let line = text[..line_start].matches('\n').count() + 1;
        Self { line, column: before.chars().count() + 1, shown, marked }
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

/// A message that may quote the file.
fn legible(message: &str) -> String {
    escaped(&first(message, MAX_MESSAGE))
}

/// The text with everything escaped that would not show, or would show as something else.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => escaped.push(' '),
            _ if character.is_control() || misleads(character) => escaped.extend(character.escape_unicode()),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Marks that turn the direction of text, and characters without width.
fn misleads(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
