//! The table in nft's own language, one rule a line, for `plan`, for golden files and for people.

use super::{
    Chain, Field, Hash, Hook, HookKind, HookPoint, Map, MarkSource, Part, Rule, SEED, Set, Statement, TABLE, Table,
    Translation, Value, Verdict,
};
use std::{
    fmt::{Display, Formatter, Result},
    ops::RangeInclusive,
};

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "table inet {TABLE} {{")?;
        for name in &self.counters {
            writeln!(f, "  counter {name} {{ }}")?;
        }
        for (name, set) in &self.sets {
            writeln!(f, "  set {name} {{ {set} }}")?;
        }
        for (name, map) in &self.maps {
            writeln!(f, "  map {name} {{ {map} }}")?;
        }
        for (name, chain) in &self.chains {
            writeln!(f, "  chain {name} {{")?;
            write!(f, "{chain}")?;
            writeln!(f, "  }}")?;
        }
        write!(f, "}}")
    }
}

impl Display for Set {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "type {};", joined(self.key.iter().map(|t| t.as_str()), " . "))?;
        if self.interval {
            write!(f, " flags interval;")?;
        }
        if !self.elements.is_empty() {
            write!(f, " elements = {{ {} }}", joined(self.elements.iter().map(|e| joined(e, " . ")), ", "))?;
        }
        Ok(())
    }
}

impl Display for Map {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let key = joined(self.key.iter().map(|t| t.as_str()), " . ");
        write!(f, "type {key} : {};", self.value.as_str())?;
        if self.interval {
            write!(f, " flags interval;")?;
        }
        if !self.elements.is_empty() {
            let elements = self.elements.iter().map(|(key, value)| format!("{} : {value}", joined(key, " . ")));
            write!(f, " elements = {{ {} }}", joined(elements, ", "))?;
        }
        Ok(())
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Part::Ifname(link) => write!(f, "\"{link}\""),
            Part::Net(net) if net.prefix_len() == 32 => write!(f, "{}", net.addr()),
            Part::Net(net) => write!(f, "{net}"),
            Part::Number(number) => write!(f, "{number}"),
            Part::Range(first, last) if first == last => write!(f, "{first}"),
            Part::Range(first, last) => write!(f, "{first}-{last}"),
            Part::Verdict(verdict) => write!(f, "{verdict}"),
        }
    }
}

impl Display for Chain {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(hook) = self.hook {
            writeln!(f, "    {hook}")?;
        }
        for rule in &self.rules {
            writeln!(f, "    {rule}")?;
        }
        Ok(())
    }
}

impl Display for Hook {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let policy = if self.drop_by_default { "drop" } else { "accept" };
        write!(f, "type {} hook {} priority {}; policy {policy};", self.kind, self.at, self.priority)
    }
}

impl Display for HookKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            HookKind::Filter => "filter",
            HookKind::Nat => "nat",
        })
    }
}

impl Display for HookPoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            HookPoint::Prerouting => "prerouting",
            HookPoint::Input => "input",
            HookPoint::Forward => "forward",
            HookPoint::Output => "output",
            HookPoint::Postrouting => "postrouting",
        })
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", joined(&self.statements, " "))?;
        match &self.comment {
            Some(comment) => write!(f, " comment \"{comment}\""),
            None => Ok(()),
        }
    }
}

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Statement::Match { field, not, value } => {
                write!(f, "{field} {}", if *not { "!= " } else { "" })?;
                match value {
                    Value::Words(words) if field.is_bitmask() => f.write_str(&words.join(",")),
                    Value::Number(mark) if matches!(field, Field::Mark | Field::CtMark) => write!(f, "{mark:#x}"),
                    _ => write!(f, "{value}"),
                }
            }
            Statement::In { key, not, set } => {
                write!(f, "{} {}@{set}", joined(key, " . "), if *not { "!= " } else { "" })
            }
            Statement::Vmap { key, map } => write!(f, "{} vmap @{map}", joined(key, " . ")),
            Statement::Spread { hash, verdicts } => {
                let verdicts = verdicts.iter().map(|(values, verdict)| format!("{} : {verdict}", numbers(values)));
                write!(f, "{hash} vmap {{ {} }}", joined(verdicts, ", "))
            }
            Statement::SetMark { mark, to } => write!(f, "{mark} set {to}"),
            Statement::MatchBits { byte, mask, value } => write!(f, "{byte} & {mask:#x} == {value:#x}"),
            Statement::FlipBits { byte, mask } => write!(f, "{byte} set {byte} ^ {mask:#x}"),
            Statement::SetZone { key, zones } => {
                let zones = zones.iter().map(|(key, zone)| format!("{key} : {zone}"));
                write!(f, "ct zone set {key} map {{ {} }}", joined(zones, ", "))
            }
            Statement::SetTtl(ttl) => write!(f, "ip ttl set {ttl}"),
            Statement::Dnat(to) => write!(f, "dnat {to}"),
            Statement::Snat(to) => write!(f, "snat {to}"),
            Statement::Log { group, prefix, bytes } => {
                write!(f, "log prefix \"{prefix}\" group {group} snaplen {bytes}")
            }
            Statement::Count(counter) => write!(f, "counter name \"{counter}\""),
            Statement::RejectWithReset => f.write_str("reject with tcp reset"),
            Statement::Verdict(verdict) => write!(f, "{verdict}"),
        }
    }
}

impl Display for MarkSource {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            MarkSource::Number(number) => write!(f, "{number:#x}"),
            MarkSource::Field(field) => write!(f, "{field}"),
            MarkSource::Map { key, map } => write!(f, "{} map @{map}", joined(key, " . ")),
        }
    }
}

impl Display for Translation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Translation::Address(address) => write!(f, "ip to {address}"),
            Translation::Ports { address, first, last } => write!(f, "ip to {address}:{first}-{last} fully-random"),
            Translation::Map { key, map } => write!(f, "ip to {key} map @{map}"),
            Translation::Balance { hash, targets } => {
                let target = |(values, (address, port)): &(_, _)| format!("{} : {address} . {port}", numbers(values));
                write!(f, "ip to {hash} map {{ {} }}", joined(targets.iter().map(target), ", "))
            }
            Translation::Prefix { from, to } => write!(f, "ip prefix to ip saddr map {{ {from} : {to} }}"),
        }
    }
}

impl Display for Hash {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "jhash {} mod {} seed {SEED:#x}", joined(&self.fields, " . "), self.modulus)
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Verdict::Accept => f.write_str("accept"),
            Verdict::Drop => f.write_str("drop"),
            Verdict::Return => f.write_str("return"),
            Verdict::Jump(chain) => write!(f, "jump {chain}"),
            Verdict::Goto(chain) => write!(f, "goto {chain}"),
        }
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Field::Iifname => "iifname",
            Field::Oifname => "oifname",
            Field::FibOifname => "fib daddr . mark oifname",
            Field::Mark => "meta mark",
            Field::L4proto => "meta l4proto",
            Field::IpSaddr => "ip saddr",
            Field::IpDaddr => "ip daddr",
            Field::IpTtl => "ip ttl",
            Field::IpFragment => "ip frag-off & 0x3fff",
            Field::ThSport => "th sport",
            Field::ThDport => "th dport",
            Field::TcpSequence => "tcp sequence",
            Field::TcpFlags => "tcp flags",
            Field::IcmpType => "icmp type",
            Field::IcmpCode => "icmp code",
            Field::CtState => "ct state",
            Field::CtDirection => "ct direction",
            Field::CtOriginalSaddr => "ct original ip saddr",
            Field::CtStatus => "ct status",
            Field::CtMark => "ct mark",
        })
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Value::Link(name) => write!(f, "\"{name}\""),
            Value::Net(net) if net.prefix_len() == 32 => write!(f, "{}", net.addr()),
            Value::Net(net) => write!(f, "{net}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Range(first, last) => write!(f, "{first}-{last}"),
            Value::Words(words) if words.len() == 1 => f.write_str(&words[0]),
            Value::Words(words) => write!(f, "{{ {} }}", words.join(", ")),
        }
    }
}

/// One number, or the first and the last.
fn numbers(range: &RangeInclusive<u32>) -> String {
    match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    }
}

/// The items with `between` in between.
fn joined<T: Display>(items: impl IntoIterator<Item = T>, between: &str) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(between)
}
