//! Elements of sets and maps, as nft's JSON has them.

use super::schema::{Element, Value};
use crate::spec::nft::{Part, Verdict};
use ipnet::Ipv4Net;
use nftables::{
    expr::{Expression, NamedExpression, Prefix, Range},
    stmt::{JumpTarget, Statement},
};

/// The key of a set's element.
pub(super) fn key(parts: &[Part]) -> Element<'_> {
    Element::Key(concat(parts))
}

/// A map's element.
pub(super) fn pair<'a>(parts: &'a [Part], value: &'a Part) -> Element<'a> {
    let value = match value {
        Part::Verdict(to) => Value::Verdict(verdict(to)),
        plain => Value::Plain(part(plain)),
    };
    Element::Pair(Box::new((concat(parts), value)))
}

/// A verdict, as a statement or as the value of an element.
pub(super) fn verdict(verdict: &Verdict) -> Statement<'_> {
    match verdict {
        Verdict::Accept => Statement::Accept(None),
        Verdict::Drop => Statement::Drop(None),
        Verdict::Return => Statement::Return(None),
        Verdict::Jump(chain) => Statement::Jump(JumpTarget { target: chain.into() }),
        Verdict::Goto(chain) => Statement::Goto(JumpTarget { target: chain.into() }),
    }
}

/// A network; one address stands for itself.
pub(super) fn network(net: Ipv4Net) -> Expression<'static> {
    let address = Expression::String(net.addr().to_string().into());
    if net.prefix_len() == 32 {
        return address;
    }
    let prefix = Prefix { addr: Box::new(address), len: net.prefix_len().into() };
    Expression::Named(NamedExpression::Prefix(prefix))
}

/// Several parts as one key.
fn concat(parts: &[Part]) -> Expression<'_> {
    match parts {
        [one] => part(one),
        several => Expression::Named(NamedExpression::Concat(several.iter().map(part).collect())),
    }
}

pub(super) fn part(part: &Part) -> Expression<'_> {
    let number = |port: u16| Expression::Number(port.into());
    match part {
        Part::Ifname(link) => Expression::String(link.as_str().into()),
        Part::Net(net) => network(*net),
        Part::Number(number) => Expression::Number(*number),
        Part::Range(first, last) if first == last => number(*first),
        Part::Range(first, last) => Expression::Range(Box::new(Range { range: [number(*first), number(*last)] })),
        Part::Verdict(_) => unreachable!("a verdict is a map's value, never part of a key"),
    }
}
