//! nft's JSON: the commands, in the `nftables` crate's types where it has them.
//!
//! What it cannot say stands here: sets and maps of the types `verdict`, `icmp_type` and `icmp_code`, verdicts as the
//! values of elements, `snat … prefix`, and verdict maps
//! without a name. Hence sets, maps, elements and rules are our own; tables, chains,
//! expressions and all other statements are the crate's.

use crate::spec::nft::{TABLE, Type};
use nftables::{
    expr::Expression,
    schema::Table,
    stmt::Statement,
    types::{NfChainPolicy, NfChainType, NfFamily, NfHook},
};
use serde::Serialize;

/// A whole input of `nft -j`.
#[derive(Debug, Serialize)]
pub(super) struct Input<'a> {
    pub(super) nftables: &'a [Command<'a>],
}

/// A command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Command<'a> {
    Add(Object<'a>),
    Delete(Object<'a>),
    Flush(Object<'a>),
}

/// What a command is about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Object<'a> {
    Table(Table<'a>),
    Chain(nftables::schema::Chain<'a>),
    Rule(Rule<'a>),
    Set(Set<'a>),
    Map(Set<'a>),
    Element(Elements<'a>),
    Counter(Counter<'a>),
}

/// A counter.
#[derive(Debug, Serialize)]
pub(super) struct Counter<'a> {
    #[serde(flatten)]
    pub(super) place: Place,
    pub(super) name: &'a str,
}

/// A rule.
#[derive(Debug, Serialize)]
pub(super) struct Rule<'a> {
    #[serde(flatten)]
    pub(super) place: Place,
    pub(super) chain: &'a str,
    pub(super) expr: Vec<AnyStatement<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<&'a str>,
}

/// A statement.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum AnyStatement<'a> {
    Known(Statement<'a>),
    Prefix { snat: PrefixSnat<'a> },
    Spread { vmap: Spread<'a> },
}

/// `KEY vmap { … }`, with ranges as keys.
#[derive(Debug, Serialize)]
pub(super) struct Spread<'a> {
    pub(super) key: Expression<'a>,
    pub(super) data: VerdictSet<'a>,
}

/// The elements of a verdict map that has no name.
#[derive(Debug, Serialize)]
pub(super) struct VerdictSet<'a> {
    pub(super) set: Vec<(Expression<'a>, Statement<'a>)>,
}

/// `snat ip prefix to`.
#[derive(Debug, Serialize)]
pub(super) struct PrefixSnat<'a> {
    pub(super) family: NfFamily,
    pub(super) addr: Expression<'a>,
    /// `prefix`: the value is a network.
    pub(super) type_flags: &'static str,
    /// `netmap`: the host bits are kept. The text form implies it, the JSON form does not.
    pub(super) flags: &'static str,
}

/// A set, or a map if it says to what.
#[derive(Debug, Serialize)]
pub(super) struct Set<'a> {
    #[serde(flatten)]
    pub(super) place: Place,
    pub(super) name: &'a str,
    #[serde(rename = "type")]
    pub(super) key: Key,
    #[serde(rename = "map", skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) flags: &'static [&'static str],
    #[serde(rename = "elem", skip_serializing_if = "Vec::is_empty")]
    pub(super) elements: Vec<Element<'a>>,
}

/// The type of a key: nft takes a list of one for something else than the one.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Key {
    One(&'static str),
    Several(Vec<&'static str>),
}

impl Key {
    /// The key that has these parts.
    pub(super) fn of(parts: &[Type]) -> Self {
        match parts {
            [one] => Key::One(one.as_str()),
            several => Key::Several(several.iter().map(|part| part.as_str()).collect()),
        }
    }
}

/// Elements of a set or map that is there.
#[derive(Debug, Serialize)]
pub(super) struct Elements<'a> {
    #[serde(flatten)]
    pub(super) place: Place,
    pub(super) name: &'a str,
    #[serde(rename = "elem")]
    pub(super) list: Vec<Element<'a>>,
}

/// An element: a key, or a key and its value.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Element<'a> {
    Key(Expression<'a>),
    Pair(Box<(Expression<'a>, Value<'a>)>),
}

/// A map's value.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Value<'a> {
    Plain(Expression<'a>),
    Verdict(Statement<'a>),
}

/// In which table something is.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Place {
    family: NfFamily,
    table: &'static str,
}

/// Our table.
pub(super) const PLACE: Place = Place { family: NfFamily::INet, table: TABLE };

/// Our table as an object.
pub(super) fn table() -> Object<'static> {
    Object::Table(Table { family: NfFamily::INet, name: TABLE.into(), handle: None })
}

/// A chain as an object, without its rules.
pub(super) fn chain<'a>(name: &'a str, hook: Option<&crate::spec::nft::Hook>) -> Object<'a> {
    use crate::spec::nft::{HookKind, HookPoint};
    let mut chain = nftables::schema::Chain {
        family: NfFamily::INet,
        table: TABLE.into(),
        name: name.into(),
        ..nftables::schema::Chain::default()
    };
    if let Some(hook) = hook {
        chain._type = Some(match hook.kind {
            HookKind::Filter => NfChainType::Filter,
            HookKind::Nat => NfChainType::NAT,
        });
        chain.hook = Some(match hook.at {
            HookPoint::Prerouting => NfHook::Prerouting,
            HookPoint::Input => NfHook::Input,
            HookPoint::Forward => NfHook::Forward,
            HookPoint::Output => NfHook::Output,
            HookPoint::Postrouting => NfHook::Postrouting,
        });
        chain.prio = Some(hook.priority);
        chain.policy = Some(if hook.drop_by_default { NfChainPolicy::Drop } else { NfChainPolicy::Accept });
    }
    Object::Chain(chain)
}
