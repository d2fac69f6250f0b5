//! What an instance runs for good: `command` and `commands`, and how its metadata answers.

use super::mapping;
use crate::{
    input::{
        decode::Decode,
        metadata_options::Wanted,
        tree::{Kind, Node},
    },
    model::{
        Command, MetadataOptions,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::Text,
    },
};

mapping! {
    /// A command with more than its words.
    struct Program = "a command" {
        /// What is run: a text for `/bin/sh -c`, or a list of the program and its arguments.
        run: Words,
        /// The account that it runs as. Default `root`.
        user: Option<Text>,
    }
}

mapping! {
    /// How an instance's metadata answers.
    struct Options = "metadata options" {
        /// `required` or `optional` (default): whether each question needs a token.
        http_tokens: Option<Text>,
        /// `enabled` (default) or `disabled`: whether it answers at all.
        http_endpoint: Option<Text>,
        /// How many routers a token may pass, 1 to 64. Default 1.
        http_put_response_hop_limit: Option<Spanned<i64>>,
        /// `enabled` or `disabled` (default): whether `tags/instance` tells the instance's tags.
        instance_metadata_tags: Option<Text>,
    }
}

/// The words of a command.
#[derive(Debug, Clone)]
pub(super) struct Words(Vec<String>);

impl Decode for Words {
    fn what() -> String {
        "text, or a list of a program and its arguments".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let is_empty = |text: &str| text.trim().is_empty();
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() && !is_empty(text) => {
                Self(["/bin/sh", "-c", text].map(str::to_owned).into())
            }
            Kind::Sequence(items) if !items.is_empty() => {
                let words = items.iter().map(|item| word(item, notes)).collect::<Vec<_>>();
                if words[0].is_empty() && matches!(items[0].kind, Kind::Scalar { .. }) {
                    notes.push(items[0].span, "the first word of a command is its program");
                }
                Self(words)
            }
            Kind::Scalar { .. } | Kind::Sequence(_) => {
                notes.push_with_hint(node.span, "there is no command here", format!("write {}", Self::what()));
                Self::placeholder(node.span)
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(vec!["true".into()])
    }
}

/// A word, which may be any text but one that no program can be given.
fn word(node: &Node, notes: &mut Diagnostics) -> String {
    match &node.kind {
        Kind::Scalar { text, .. } if !node.is_null() => text.clone(),
        Kind::Scalar { .. } => String::new(),
        _ => String::unexpected(node, notes),
    }
}

/// A command in any of its forms.
#[derive(Debug, Clone)]
pub(super) struct Run(Program);

impl Decode for Run {
    fn what() -> String {
        "text, a list of a program and its arguments, or `{run, user}`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        Self(match &node.kind {
            Kind::Mapping(_) => Program::decode(node, notes),
            Kind::Scalar { .. } | Kind::Sequence(_) => Program { run: Words::decode(node, notes), user: None },
            _ => Program::unexpected(node, notes),
        })
    }

    fn placeholder(at: Span) -> Self {
        Self(Program::placeholder(at))
    }
}

impl Run {
    /// The command, if its account can be one.
    pub(super) fn lower(self, notes: &mut Diagnostics) -> Command {
        let Program { run: Words(argv), user } = self.0;
        let fits = |user: &str| {
            let mut letters = user.bytes();
            let first = letters.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
            first && user.len() <= 32 && letters.all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        if let Some(user) = user.as_ref().filter(|user| !fits(&user.value)) {
            let hint = "an instance has `root` and `ec2-user`, and those that its UserData makes";
            notes.push_with_hint(user.span, format!("`{}` cannot be the name of an account", user.value), hint);
        }
        Command { argv, user: user.map_or_else(|| "root".into(), |user| user.value) }
    }
}

impl Options {
    /// The options, as far as they are right.
    pub(super) fn lower(self, notes: &mut Diagnostics) -> MetadataOptions {
        let wanted = Wanted {
            tokens: self.http_tokens,
            endpoint: self.http_endpoint,
            hop_limit: self.http_put_response_hop_limit,
            tags: self.instance_metadata_tags,
        };
        wanted.lower(notes)
    }
}
