//! What is wrong with a file: all of it at once, each with its place and, where there is one, a way out.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A place in the source text: bytes from `start` to `end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes of the span.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// The line of the file on which something stands, counted from 1. Where a thing is written is no part of what it
/// means: all lines are equal.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line(Option<u32>);

impl Line {
    /// The number; none for what is not in the file, such as the rules of AWS's default groups.
    pub fn number(self) -> Option<u32> {
        self.0
    }

    /// Whether the thing is not in the file.
    pub fn is_unknown(&self) -> bool {
        self.0.is_none()
    }
}

impl PartialEq for Line {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Line {}

/// Where the lines of a source text begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of a text.
    pub fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The line on which a place begins.
    pub fn line(&self, span: Span) -> Line {
        let number = self.starts.partition_point(|start| *start <= span.start);
        Line(u32::try_from(number).ok().filter(|number| *number > 0))
    }
}

/// A value and where it stands in the source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The value changed, the place kept.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), span: self.span }
    }
}

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where.
    pub span: Span,
    /// What is wrong: lower case, no final period, literals in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether it is right in AWS, but vpcns does not mirror it.
    pub unmirrored: bool,
    /// Whether it is a text that is missing here and known once the lab is resolved.
    pub late: bool,
    /// The lint that found it, if AWS would take it.
    pub lint: Option<&'static str>,
}

impl Diagnostic {
    fn new(span: Span, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { span, message: message.into(), hint, unmirrored: false, late: false, lint: None }
    }
}

/// The mistakes found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Notes a mistake.
    pub fn push(&mut self, span: Span, message: impl Into<String>) {
        self.add(Diagnostic::new(span, message, None));
    }

    /// Notes a mistake and the way out.
    pub fn push_with_hint(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Diagnostic::new(span, message, Some(hint.into())));
    }

    /// Notes what is right in AWS, but not mirrored, and the way out.
    pub fn push_unmirrored(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Diagnostic { unmirrored: true, ..Diagnostic::new(span, message, Some(hint.into())) });
    }

    /// Notes that what is wanted here is known only once the lab is resolved.
    pub fn push_late(&mut self, span: Span, message: impl Into<String>) {
        self.add(Diagnostic { late: true, ..Diagnostic::new(span, message, None) });
    }

    /// Where what is known only once the lab is resolved is missing.
    pub fn late(&self) -> impl Iterator<Item = Span> {
        self.found.iter().filter(|diagnostic| diagnostic.late).map(|diagnostic| diagnostic.span)
    }

    /// Notes what a lint found, and the way out.
    pub fn push_lint(&mut self, lint: &'static str, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.add(Diagnostic { lint: Some(lint), ..Diagnostic::new(span, message, Some(hint.into())) });
    }

    /// Adds one to the list.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// What is wrong, and what is only not mirrored.
    pub fn split_unmirrored(self) -> (Self, Self) {
        let (unmirrored, wrong) = self.partition(|diagnostic| diagnostic.unmirrored);
        (wrong, unmirrored)
    }

    /// Those that are chosen, and the others.
    pub fn partition(self, chosen: impl FnMut(&Diagnostic) -> bool) -> (Self, Self) {
        let (chosen, others) = self.found.into_iter().partition(chosen);
        (Self { found: chosen }, Self { found: others })
    }

    /// How many there are, each place and message once.
    pub fn count(&self) -> usize {
        self.clone().into_sorted().len()
    }

    /// Whether nothing was wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Takes over another list.
    pub fn append(&mut self, mut other: Diagnostics) {
        self.found.append(&mut other.found);
    }

    /// All mistakes in the order of the file, none twice.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}

/// "did you mean `near`?", if one of the known words is close to `word`.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let allowed = |candidate: &str| 1 + candidate.len() / 4;
    known
        .into_iter()
        // A distance is never less than the difference in length, which is quicker to find.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed(candidate))
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}
