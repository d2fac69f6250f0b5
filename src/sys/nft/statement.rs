//! Statements of rules, as nft's JSON has them.

use super::{
    element,
    schema::{AnyStatement, PrefixSnat, Spread, VerdictSet},
};
use crate::spec::nft::{Field, Hash, HeaderByte, MarkSource, SEED, Statement, Translation, Value, Verdict};
use nftables::{
    expr::{
        BinaryOperation, CT, CTDir, Expression, Fib, FibFlag, FibResult, JHash, Map, Meta, MetaKey, NamedExpression,
        Payload, PayloadBase, PayloadField, PayloadRaw, Range, SetItem,
    },
    stmt::{
        Counter, Log, Mangle, Match, NAT, NATFamily, NATFlag, Operator, Reject, RejectType, Statement as Nft,
        VerdictMap,
    },
    types::NfFamily,
};
use std::{net::Ipv4Addr, ops::RangeInclusive};

/// One statement.
pub(super) fn statement(statement: &Statement) -> AnyStatement<'_> {
    let known = match statement {
        Statement::Match { field, not, value } => {
            let op = operator(*field, *not, value);
            Nft::Match(Match { left: expression(*field), right: right(*field, value), op })
        }
        Statement::In { key, not, set } => {
            let op = if *not { Operator::NEQ } else { Operator::EQ };
            Nft::Match(Match { left: concat(key), right: named(set), op })
        }
        Statement::Vmap { key, map } => Nft::VerdictMap(VerdictMap { key: concat(key), data: named(map) }),
        Statement::Spread { hash, verdicts } => return spread(hash, verdicts),
        Statement::SetMark { mark, to } => Nft::Mangle(Mangle { key: expression(*mark), value: mark_source(to) }),
        Statement::MatchBits { byte, mask, value } => {
            let masked = BinaryOperation::AND(header_byte(*byte), Expression::Number((*mask).into()));
            let right = Expression::Number((*value).into());
            Nft::Match(Match { left: Expression::BinaryOperation(Box::new(masked)), right, op: Operator::EQ })
        }
        Statement::FlipBits { byte, mask } => {
            let flipped = BinaryOperation::XOR(header_byte(*byte), Expression::Number((*mask).into()));
            let value = Expression::BinaryOperation(Box::new(flipped));
            Nft::Mangle(Mangle { key: header_byte(*byte), value })
        }
        Statement::SetZone { key, zones } => {
            let zones = zones
                .iter()
                .map(|(key, zone)| SetItem::Mapping(element::part(key), Expression::Number((*zone).into())));
            let zones = Expression::Named(NamedExpression::Set(zones.collect()));
            Nft::Mangle(Mangle { key: Expression::Named(ct("zone")), value: map(expression(*key), zones) })
        }
        Statement::SetTtl(ttl) => {
            Nft::Mangle(Mangle { key: expression(Field::IpTtl), value: Expression::Number((*ttl).into()) })
        }
        Statement::Snat(Translation::Prefix { from, to }) => {
            let pair = SetItem::Mapping(element::network(*from), element::network(*to));
            let addr = map(expression(Field::IpSaddr), Expression::Named(NamedExpression::Set(vec![pair])));
            let snat = PrefixSnat { family: NfFamily::IP, addr, type_flags: "prefix", flags: "netmap" };
            return AnyStatement::Prefix { snat };
        }
        Statement::Snat(to) => Nft::SNAT(Some(nat(to))),
        Statement::Dnat(to) => Nft::DNAT(Some(nat(to))),
        Statement::Log { group, prefix, bytes } => {
            let log = Log { prefix: Some(prefix.into()), snaplen: Some(*bytes), ..Log::new(Some((*group).into())) };
            Nft::Log(Some(log))
        }
        Statement::Count(counter) => Nft::Counter(Counter::Named(counter.into())),
        Statement::RejectWithReset => Nft::Reject(Some(Reject::new(Some(RejectType::TCPReset), None))),
        Statement::Verdict(verdict) => element::verdict(verdict),
    };
    AnyStatement::Known(known)
}

/// `in` asks whether any of several bits is set; all other fields are compared as a whole.
fn operator(field: Field, not: bool, value: &Value) -> Operator {
    match value {
        _ if not => Operator::NEQ,
        Value::Words(_) if field.is_bitmask() => Operator::IN,
        _ => Operator::EQ,
    }
}

fn right(field: Field, value: &Value) -> Expression<'_> {
    let word = |word: &'_ String| Expression::String(word.clone().into());
    match value {
        Value::Link(name) => Expression::String(name.into()),
        Value::Net(net) => element::network(*net),
        Value::Number(number) => Expression::Number(*number),
        Value::Range(first, last) => range(*first, *last),
        Value::Words(words) if words.len() == 1 => word(&words[0]),
        Value::Words(words) if field.is_bitmask() => Expression::List(words.iter().map(word).collect()),
        Value::Words(words) => {
            Expression::Named(NamedExpression::Set(words.iter().map(|text| SetItem::Element(word(text))).collect()))
        }
    }
}

fn mark_source(source: &MarkSource) -> Expression<'_> {
    match source {
        MarkSource::Number(number) => Expression::Number(*number),
        MarkSource::Field(field) => expression(*field),
        MarkSource::Map { key, map: name } => map(concat(key), named(name)),
    }
}

fn nat(to: &Translation) -> NAT<'_> {
    let addr = match to {
        Translation::Address(address) | Translation::Ports { address, .. } => {
            Expression::String(address.to_string().into())
        }
        Translation::Map { key, map: name } => map(expression(*key), named(name)),
        Translation::Balance { hash, targets } => balance(hash, targets),
        Translation::Prefix { .. } => unreachable!("only sources are translated by prefix"),
    };
    let (port, flags) = match to {
        Translation::Ports { first, last, .. } => (Some(range(*first, *last)), Some([NATFlag::FullyRandom].into())),
        _ => (None, None),
    };
    NAT { addr: Some(addr), family: Some(NATFamily::IP), port, flags }
}

fn range<'a>(first: u16, last: u16) -> Expression<'a> {
    Expression::Range(Box::new(Range { range: [first, last].map(|port| Expression::Number(port.into())) }))
}

/// `jhash FIELDS mod N map { 0 : ADDRESS . PORT, … }`.
fn balance<'a>(hash: &Hash, targets: &[(RangeInclusive<u32>, (Ipv4Addr, u16))]) -> Expression<'a> {
    let target = |(values, (address, port)): &(RangeInclusive<u32>, (Ipv4Addr, u16))| {
        let parts = vec![Expression::String(address.to_string().into()), Expression::Number((*port).into())];
        SetItem::Mapping(numbers(values), Expression::Named(NamedExpression::Concat(parts)))
    };
    let data = NamedExpression::Set(targets.iter().map(target).collect());
    map(jhash(hash), Expression::Named(data))
}

/// `jhash FIELDS mod N vmap { 0-69 : goto CHAIN, … }`.
fn spread<'a>(hash: &Hash, verdicts: &'a [(RangeInclusive<u32>, Verdict)]) -> AnyStatement<'a> {
    let pair = |(values, verdict): &'a (RangeInclusive<u32>, Verdict)| (numbers(values), element::verdict(verdict));
    let data = VerdictSet { set: verdicts.iter().map(pair).collect() };
    AnyStatement::Spread { vmap: Spread { key: jhash(hash), data } }
}

fn jhash<'a>(hash: &Hash) -> Expression<'a> {
    let expr = Box::new(concat(&hash.fields));
    Expression::Named(NamedExpression::JHash(JHash { hash_mod: hash.modulus, offset: None, expr, seed: Some(SEED) }))
}

fn numbers<'a>(values: &RangeInclusive<u32>) -> Expression<'a> {
    let (first, last) = (*values.start(), *values.end());
    if first == last {
        return Expression::Number(first);
    }
    Expression::Range(Box::new(Range { range: [first, last].map(Expression::Number) }))
}

fn map<'a>(key: Expression<'a>, data: Expression<'a>) -> Expression<'a> {
    Expression::Named(NamedExpression::Map(Box::new(Map { key, data })))
}

/// A reference to a named set or map.
fn named(name: &str) -> Expression<'static> {
    Expression::String(format!("@{name}").into())
}

/// Several fields as one key.
fn concat<'a>(fields: &[Field]) -> Expression<'a> {
    match fields {
        [one] => expression(*one),
        several => Expression::Named(NamedExpression::Concat(several.iter().map(|field| expression(*field)).collect())),
    }
}

fn ct(key: &'static str) -> NamedExpression<'static> {
    NamedExpression::CT(CT { key: key.into(), family: None, dir: None })
}

fn header_byte(byte: HeaderByte) -> Expression<'static> {
    let raw = PayloadRaw { base: PayloadBase::NH, offset: byte.offset(), len: 8 };
    Expression::Named(NamedExpression::Payload(Payload::PayloadRaw(raw)))
}

fn expression(field: Field) -> Expression<'static> {
    let meta = |key| NamedExpression::Meta(Meta { key });
    let payload = |protocol: &'static str, field: &'static str| {
        let field = PayloadField { protocol: protocol.into(), field: field.into() };
        NamedExpression::Payload(Payload::PayloadField(field))
    };
    if field == Field::IpFragment {
        // "More fragments", or an offset: all but "don't fragment".
        let offset = Expression::Named(payload("ip", "frag-off"));
        return Expression::BinaryOperation(Box::new(BinaryOperation::AND(offset, Expression::Number(0x3fff))));
    }
    Expression::Named(match field {
        Field::Iifname => meta(MetaKey::Iifname),
        Field::Oifname => meta(MetaKey::Oifname),
        Field::FibOifname => {
            NamedExpression::Fib(Fib { result: FibResult::Oifname, flags: [FibFlag::Daddr, FibFlag::Mark].into() })
        }
        Field::Mark => meta(MetaKey::Mark),
        Field::L4proto => meta(MetaKey::L4proto),
        Field::IpSaddr => payload("ip", "saddr"),
        Field::IpDaddr => payload("ip", "daddr"),
        Field::IpTtl => payload("ip", "ttl"),
        Field::IpFragment => unreachable!("it is a part of a field, made above"),
        Field::ThSport => payload("th", "sport"),
        Field::ThDport => payload("th", "dport"),
        Field::TcpSequence => payload("tcp", "sequence"),
        Field::TcpFlags => payload("tcp", "flags"),
        Field::IcmpType => payload("icmp", "type"),
        Field::IcmpCode => payload("icmp", "code"),
        Field::CtState => ct("state"),
        Field::CtDirection => ct("direction"),
        Field::CtOriginalSaddr => {
            NamedExpression::CT(CT { key: "ip saddr".into(), family: None, dir: Some(CTDir::Original) })
        }
        Field::CtStatus => ct("status"),
        Field::CtMark => ct("mark"),
    })
}
