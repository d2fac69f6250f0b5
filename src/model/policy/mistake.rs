//! What is wrong with a policy, and where in it.

use super::document::Form;
use std::fmt;

/// A step from a policy's root towards a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The value of this key.
    Key(String),
    /// The item with this number, the first being 0.
    Item(usize),
}

/// A mistake in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The way to the part that is wrong; empty for the whole.
    pub path: Vec<Step>,
    /// What is wrong, with AWS's error code.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the last key of the way is wrong, and not its value.
    pub of_key: bool,
    /// Whether it is right in AWS, but a lab has not what it asks for.
    pub unmirrored: bool,
}

impl Mistake {
    /// A policy that is no JSON.
    pub fn no_json(error: &str, form: Form<'_>) -> Self {
        let message = format!("the policy is no JSON: {error} ({})", form.code());
        Self { path: Vec::new(), message, hint: None, of_key: false, unmirrored: false }
    }

    /// Where it is: `Statement[0].Action`; nothing for the whole.
    pub fn place(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if text.is_empty() => text.push_str(key),
                Step::Key(key) => text.extend([".", key]),
                Step::Item(place) => text.extend(["[", &place.to_string(), "]"]),
            }
        }
        text
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            place if place.is_empty() => f.write_str(&self.message),
            place => write!(f, "{place}: {}", self.message),
        }
    }
}

/// The mistakes so far, and where reading is.
pub(super) struct Notes {
    code: &'static str,
    path: Vec<Step>,
    pub(super) found: Vec<Mistake>,
}

impl Notes {
    /// None yet; `code` is AWS's error code for a policy of this form.
    pub(super) fn new(code: &'static str) -> Self {
        Self { code, path: Vec::new(), found: Vec::new() }
    }

    /// Reads what lies one step further.
    pub(super) fn below<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let value = read(self);
        self.path.pop();
        value
    }

    /// Notes a mistake here.
    pub(super) fn wrong(&mut self, message: impl fmt::Display) {
        let message = format!("{message} ({})", self.code);
        let path = self.path.clone();
        self.found.push(Mistake { path, message, hint: None, of_key: false, unmirrored: false });
    }

    /// Notes that a key here is wrong, and the way out.
    pub(super) fn wrong_key(&mut self, key: &str, message: impl fmt::Display, hint: Option<String>) {
        self.below(Step::Key(key.into()), |notes| notes.wrong(message));
        if let Some(last) = self.found.last_mut() {
            (last.hint, last.of_key) = (hint, true);
        }
    }

    /// Notes a mistake here and the way out.
    pub(super) fn wrong_with_hint(&mut self, message: impl fmt::Display, hint: impl Into<String>) {
        self.wrong(message);
        if let Some(last) = self.found.last_mut() {
            last.hint = Some(hint.into());
        }
    }

    /// Notes what AWS has and a lab has not.
    pub(super) fn unmirrored(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        let (path, hint) = (self.path.clone(), Some(hint.into()));
        self.found.push(Mistake { path, message: message.into(), hint, of_key: false, unmirrored: true });
    }
}
