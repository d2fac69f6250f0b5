//! From a question to all that is answered: zones and rules before what every server knows, aliases and CNAME
//! records followed.
//!
//! Of the domains in which a name lies the longest decides (DNS-06): a rule that is as long as a zone's domain goes
//! before it, and names that AWS defines by itself stay with the server unless a rule is as specific as they are. A zone
//! answers alone: a name that is not in it does not exist, whatever public DNS says (DNS-07). Pure; what is to be asked
//! elsewhere is said, and asked by `forward`.

use super::{
    answer::{Answer, Kind, Question, answer, ordered, private_zone, zone_of},
    message::View,
};
use crate::spec::zone::{Forward, RecordData, RecordSet, RecordType, Rule, Zone, is_in, nearest};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The most CNAME records, or aliases, in a row.
const LONGEST_CHAIN: usize = 8;
/// Seconds for which AWS's own names may be kept, and aliases to them (DNS-21).
const TTL: u32 = 60;
/// The seconds of a zone's name servers and of its start of authority.
const NS_TTL: u32 = 172_800;
const SOA_TTL: u32 = 900;

/// Domains that a VPC's resolver keeps for itself, beside those of its own names (DNS-13).
const AUTODEFINED: [&str; 7] = [
    "localhost",
    "localdomain",
    "10.in-addr.arpa",
    "168.192.in-addr.arpa",
    "127.in-addr.arpa",
    "compute.internal",
    "compute.amazonaws.com",
];

/// All that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The records, CNAME records first.
    pub(crate) records: Vec<Record>,
    /// What there is beside them.
    pub(crate) end: End,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Whose it is.
    pub(crate) name: String,
    /// Seconds for which it may be kept.
    pub(crate) ttl: u32,
    /// What it says.
    pub(crate) value: Value,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Cname(String),
    Mx(u16, String),
    Ns(String),
    Ptr(String),
    Soa(Soa),
    Srv(u16, u16, u16, String),
    Txt(Vec<String>),
}

/// Who answers for a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Soa {
    /// The zone.
    pub(crate) zone: String,
    /// Its primary server.
    pub(crate) primary: String,
    /// Whose mailbox.
    pub(crate) mailbox: &'static str,
    /// Its number.
    pub(crate) serial: u32,
    /// Refresh, retry, expire, and how long a "no" may be kept.
    pub(crate) times: [u32; 4],
    /// Seconds for which it may be kept itself.
    pub(crate) ttl: u32,
}

/// How an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// With records of the type that was asked for.
    Records,
    /// The last name has none of that type (NODATA).
    NoData(Option<Soa>),
    /// The last name does not exist (NXDOMAIN).
    NoName(Option<Soa>),
    /// The last name is to be asked elsewhere.
    Forward(String, Forward),
    /// Names lead in a circle (SERVFAIL).
    Circle,
}

/// Answers a question.
pub(crate) fn lookup(view: View<'_>, question: Question<'_>) -> Found {
    let (mut records, mut name) = (Vec::new(), question.name.to_owned());
    for _ in 0..=LONGEST_CHAIN {
        let end = match step(view, Question { name: &name, ..question }, 0) {
            Step::Values(ttl, values) => {
                records.extend(values.into_iter().map(|value| Record { name: name.clone(), ttl, value }));
                End::Records
            }
            Step::Cname(ttl, target) => {
                records.push(Record { name, ttl, value: Value::Cname(target.clone()) });
                name = target;
                continue;
            }
            Step::End(end) => end,
        };
        return Found { records, end };
    }
    Found { records: Vec::new(), end: End::Circle }
}

/// What one name leads to.
enum Step {
    Values(u32, Vec<Value>),
    Cname(u32, String),
    End(End),
}

fn step(view: View<'_>, question: Question<'_>, aliases: usize) -> Step {
    let (server, name) = (view.server, question.name);
    let zone = nearest(&server.zones, name);
    let own = zone.map(|(domain, _)| labels(domain)).max(autodefined(view, name));
    // Where an alias leads is found by AWS itself, and by no other server.
    if aliases == 0
        && let Some((domain, Rule::Forward(forward))) = nearest(&server.rules, name)
        && own.is_none_or(|own| labels(domain) >= own)
    {
        return Step::End(End::Forward(name.to_owned(), forward.clone()));
    }
    if let Some(zone) = zone {
        return in_zone(view, zone, question, aliases);
    }
    match answer(server, view.public, question) {
        Answer::Addresses(addresses) => Step::Values(TTL, addresses.into_iter().map(Value::A).collect()),
        Answer::Pointer(target) => Step::Values(TTL, vec![Value::Ptr(target)]),
        Answer::NoData => Step::End(End::NoData(internal(view, name))),
        Answer::NoName => match nearest(view.public_zones, name) {
            Some(zone) => in_zone(view, zone, question, aliases),
            None => Step::End(End::NoName(internal(view, name))),
        },
    }
}

/// How specific the domain is, of those that AWS defines by itself, in which a name lies.
fn autodefined(view: View<'_>, name: &str) -> Option<usize> {
    let own = view.server.host_names.iter().map(|names| names.suffix.as_str());
    let known = AUTODEFINED
        .iter()
        .copied()
        .filter(|_| !view.server.host_names.is_empty())
        .chain(own)
        .filter(|domain| is_in(name, domain));
    known.map(labels).chain(private_172(name)).max()
}

/// How specific the domain is, of those from `16.172.in-addr.arpa` to `31.172.in-addr.arpa`, in which a name lies.
fn private_172(name: &str) -> Option<usize> {
    let below = name.strip_suffix(".172.in-addr.arpa")?;
    let number = below.rsplit('.').next().filter(|number| number.len() == 2)?;
    number.parse().is_ok_and(|number: u8| (16..32).contains(&number)).then_some(4)
}

/// How many labels a domain has.
fn labels(domain: &str) -> usize {
    if domain.is_empty() { 0 } else { domain.split('.').count() }
}

fn in_zone(view: View<'_>, (domain, zone): (&str, &Zone), question: Question<'_>, aliases: usize) -> Step {
    let Some(sets) = zone.sets(domain, question.name) else {
        return Step::End(End::NoName(start_of_authority(domain, zone)));
    };
    let own = sets.iter().find(|set| question.kind.is(set.data.kind()));
    let cname = || sets.iter().find(|set| set.data.kind() == RecordType::Cname);
    if let Some(set) = own.or_else(cname) {
        return match &set.data {
            RecordData::Alias(_, target) => alias(view, (domain, zone), (question, target), aliases),
            _ => values(view, set, question),
        };
    }
    if question.name == domain {
        match question.kind {
            Kind::Ns => return Step::Values(NS_TTL, zone.name_servers.iter().cloned().map(Value::Ns).collect()),
            Kind::Soa => {
                let soa = start_of_authority(domain, zone).map(Value::Soa);
                return Step::Values(SOA_TTL, soa.into_iter().collect());
            }
            _ => {}
        }
    }
    Step::End(End::NoData(start_of_authority(domain, zone)))
}

/// What another name has, as if it were this one's (DNS-09).
fn alias(view: View<'_>, zone: (&str, &Zone), (question, target): (Question<'_>, &str), aliases: usize) -> Step {
    if aliases == LONGEST_CHAIN {
        return Step::End(End::Circle);
    }
    let leads = Question { name: target, ..question };
    match step(view, leads, aliases + 1) {
        Step::End(End::NoData(_) | End::NoName(_)) => Step::End(End::NoData(start_of_authority(zone.0, zone.1))),
        other => other,
    }
}

fn values(view: View<'_>, set: &RecordSet, question: Question<'_>) -> Step {
    let mut values: Vec<_> = match &set.data {
        RecordData::Cname(target) if question.kind != Kind::Cname => return Step::Cname(set.ttl, target.clone()),
        RecordData::Cname(target) => vec![Value::Cname(target.clone())],
        RecordData::A(addresses) => {
            let near = zone_of(view.server, question.client);
            let addresses = ordered(addresses.clone(), near, question.turn);
            return Step::Values(set.ttl, addresses.into_iter().map(Value::A).collect());
        }
        RecordData::Aaaa(addresses) => addresses.iter().copied().map(Value::Aaaa).collect(),
        RecordData::Mx(list) => list.iter().map(|(preference, name)| Value::Mx(*preference, name.clone())).collect(),
        RecordData::Ns(names) => names.iter().cloned().map(Value::Ns).collect(),
        RecordData::Ptr(names) => names.iter().cloned().map(Value::Ptr).collect(),
        RecordData::Srv(list) => {
            list.iter().map(|(a, b, port, name)| Value::Srv(*a, *b, *port, name.clone())).collect()
        }
        RecordData::Txt(list) => list.iter().cloned().map(Value::Txt).collect(),
        RecordData::Alias(..) => Vec::new(), // followed before
    };
    let places = question.turn.checked_rem(values.len()).unwrap_or(0);
    values.rotate_left(places);
    Step::Values(set.ttl, values)
}

/// Who answers for a zone, so that clients know how long to believe a "no".
fn start_of_authority(domain: &str, zone: &Zone) -> Option<Soa> {
    let primary = zone.name_servers.first()?.clone();
    let mailbox = "awsdns-hostmaster.amazon.com";
    Some(Soa {
        zone: domain.to_owned(),
        primary,
        mailbox,
        serial: 1,
        times: [7200, 900, 1_209_600, 86_400],
        ttl: SOA_TTL,
    })
}

/// Who answers for the names that are made from addresses, as AWS's resolver gives it.
fn internal(view: View<'_>, name: &str) -> Option<Soa> {
    let zone = private_zone(view.server, name)?.to_owned();
    let (primary, mailbox) = (format!("ns0.{zone}"), "hostmaster.amazon.com");
    Some(Soa { zone, primary, mailbox, serial: 2_012_103_100, times: [3600, 3600, 3600, TTL], ttl: TTL })
}

#[cfg(test)]
mod tests;
