//! Patterns: `*`, `?` and policy variables (`${aws:username}`).
//!
//! What a variable stands for is compared as it is: a `*` in it matches nothing but itself. In policies of the version
//! 2008-10-17, or of none, `${…}` is plain text, as in AWS.

use super::context::Context;

/// A text with wildcards and variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Piece(Piece),
    Variable { key: String, default: Option<String> },
}

/// A part of a pattern without variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Char(char),
    /// This character, from a variable.
    Value(char),
    /// `?`.
    One,
    /// `*`.
    Any,
}

/// What is special in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Special {
    /// `*` and `?`.
    pub(super) wildcards: bool,
    /// `${…}`.
    pub(super) variables: bool,
}

impl Pattern {
    /// Reads a pattern; the error is a variable that is none.
    pub(super) fn read(text: &str, special: Special) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            if special.variables && rest.starts_with("${") {
                let end = rest.find('}').ok_or_else(|| rest.to_owned())?;
                tokens.push(variable(&rest[2..end]).ok_or_else(|| rest[..=end].to_owned())?);
                rest = &rest[end + 1..];
                continue;
            }
            tokens.push(Token::Piece(match letter {
                '*' if special.wildcards => Piece::Any,
                '?' if special.wildcards => Piece::One,
                _ => Piece::Char(letter),
            }));
            rest = &rest[letter.len_utf8()..];
        }
        Ok(Self(tokens))
    }

    /// The keys of its variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|token| match token {
            Token::Variable { key, .. } => Some(key.as_str()),
            Token::Piece(_) => None,
        })
    }

    /// It without variables; none if one has neither one value nor a default.
    pub(super) fn filled(&self, context: &Context) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        for token in &self.0 {
            match token {
                Token::Piece(piece) => pieces.push(*piece),
                Token::Variable { key, default } => {
                    let value = context.one(key).or(default.as_deref())?;
                    pieces.extend(value.chars().map(Piece::Value));
                }
            }
        }
        Some(pieces)
    }

    /// The text of one without wildcards.
    pub(super) fn text(&self, context: &Context) -> Option<String> {
        let letter = |piece: Piece| match piece {
            Piece::Char(letter) | Piece::Value(letter) => letter,
            Piece::One => '?',
            Piece::Any => '*',
        };
        Some(self.filled(context)?.into_iter().map(letter).collect())
    }
}

/// `KEY`, `KEY, 'DEFAULT'`, or one of `*`, `?`, `$`, which stand for themselves.
fn variable(inner: &str) -> Option<Token> {
    if let "*" | "?" | "$" = inner {
        return inner.chars().next().map(|letter| Token::Piece(Piece::Value(letter)));
    }
    let (key, default) = match inner.split_once(',') {
        None => (inner, None),
        Some((key, default)) => (key, Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned())),
    };
    let key = key.trim();
    let is_key = key.contains(':') && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_:/.@+=".contains(c));
    is_key.then(|| Token::Variable { key: key.to_lowercase(), default })
}

/// Whether a text is what a pattern says, from its first to its last character.
pub(super) fn fits(pattern: &[Piece], text: &str, ignore_case: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let same = |one: char, other: char| one == other || ignore_case && one.to_lowercase().eq(other.to_lowercase());
    let (mut at, mut place) = (0, 0);
    // Where the last `*` is, and up to where it reaches in the text.
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some(Piece::Any) => {
                star = Some((at, place));
                at += 1;
                continue;
            }
            Some(Piece::One) => {
                (at, place) = (at + 1, place + 1);
                continue;
            }
            Some(Piece::Char(letter) | Piece::Value(letter)) if same(*letter, text[place]) => {
                (at, place) = (at + 1, place + 1);
                continue;
            }
            _ => {}
        }
        let Some((wildcard, reach)) = star else { return false };
        star = Some((wildcard, reach + 1));
        (at, place) = (wildcard + 1, reach + 1);
    }
    pattern[at..].iter().all(|piece| *piece == Piece::Any)
}
