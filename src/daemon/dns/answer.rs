//! What a DNS server says of names that are in no zone: pure functions from the lab's records, the client and the
//! question to the answer. Zones and rules come before it, in `lookup`.
//!
//! Order: `localhost`, then the server's private records, then the names that are made from addresses, then
//! public DNS (NAME-04, NAME-08, DNS-23). A name that is nowhere is answered at once (DNS-22). The addresses of
//! the client's own zone come first, the rest turns from query to query (DNS-11, VPCE-22).
//! Messages, sockets and times to live are not known here.

use crate::spec::{
    service::{DnsServer, HostNames, Records, ZonedAddress},
    zone::RecordType,
};
use std::net::Ipv4Addr;

/// Who asks for what. Names are lower-case, without a final dot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// The client's address; its zone follows from it.
    pub(crate) client: Ipv4Addr,
    /// The name.
    pub(crate) name: &'a str,
    /// What of it.
    pub(crate) kind: Kind,
    /// A number that is another one for each query: how far the answer is turned.
    pub(crate) turn: usize,
}

/// The record types that exist in a lab, and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Srv,
    Txt,
    /// Any type of which there is no record.
    Other,
}

impl Kind {
    /// Whether it is the type of these records.
    pub(crate) fn is(self, kind: RecordType) -> bool {
        match kind {
            RecordType::A => self == Kind::A,
            RecordType::Aaaa => self == Kind::Aaaa,
            RecordType::Cname => self == Kind::Cname,
            RecordType::Mx => self == Kind::Mx,
            RecordType::Ns => self == Kind::Ns,
            RecordType::Ptr => self == Kind::Ptr,
            RecordType::Srv => self == Kind::Srv,
            RecordType::Txt => self == Kind::Txt,
        }
    }
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A records, in this order.
    Addresses(Vec<Ipv4Addr>),
    /// A PTR record.
    Pointer(String),
    /// The name exists, but has no record of this type (NODATA).
    NoData,
    /// The name does not exist (NXDOMAIN).
    NoName,
}

/// Answers a question.
pub(crate) fn answer(server: &DnsServer, public: &Records, question: Question<'_>) -> Answer {
    if question.name.is_empty() {
        return Answer::NoData;
    }
    match reversed(question.name) {
        Some(address) => match pointer(server, public, address) {
            Some(name) if question.kind == Kind::Ptr => Answer::Pointer(name),
            Some(_) => Answer::NoData,
            None => Answer::NoName,
        },
        None => match addresses(server, public, question.name) {
            Some(found) if question.kind == Kind::A && !found.is_empty() => {
                Answer::Addresses(ordered(found, zone_of(server, question.client), question.turn))
            }
            Some(_) => Answer::NoData,
            None => Answer::NoName,
        },
    }
}

/// The private zone in which a name lies, if it lies in one: the suffix of the names made from addresses.
pub(crate) fn private_zone<'a>(server: &'a DnsServer, name: &str) -> Option<&'a str> {
    let mut suffixes = server.host_names.iter().map(|names| names.suffix.as_str());
    suffixes.find(|suffix| name.strip_suffix(suffix).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}

/// The addresses of a name; none if it does not exist, an empty list if it only has others below it.
fn addresses(server: &DnsServer, public: &Records, name: &str) -> Option<Vec<ZonedAddress>> {
    if matches!(name, "localhost" | "localhost.localdomain") {
        return Some(vec![ZonedAddress { address: Ipv4Addr::LOCALHOST, zone: None }]);
    }
    let made = || {
        let address = server.host_names.iter().find_map(|names| address_in(name, names))?;
        Some(vec![ZonedAddress { address, zone: None }])
    };
    let private = || server.private.addresses(name).cloned();
    let apex = || (private_zone(server, name) == Some(name)).then(Vec::new);
    private().or_else(made).or_else(|| public.addresses(name).cloned()).or_else(apex)
}

/// The name of an address (NAME-05).
fn pointer(server: &DnsServer, public: &Records, address: Ipv4Addr) -> Option<String> {
    if address.is_loopback() {
        return Some("localhost".into());
    }
    let made = || {
        let names = server.host_names.iter().find(|names| has_name(names, address))?;
        let [a, b, c, d] = address.octets();
        Some(format!("ip-{a}-{b}-{c}-{d}.{}", names.suffix))
    };
    server.private.ptr.get(&address).cloned().or_else(made).or_else(|| public.ptr.get(&address).cloned())
}

/// The address of which `ip-A-B-C-D.SUFFIX` is the name, if there is such a name (NAME-01, NAME-08).
fn address_in(name: &str, names: &HostNames) -> Option<Ipv4Addr> {
    let label = name.strip_suffix(names.suffix.as_str())?.strip_suffix('.')?.strip_prefix("ip-")?;
    let address = address(label.split('-'))?;
    has_name(names, address).then_some(address)
}

fn has_name(names: &HostNames, address: Ipv4Addr) -> bool {
    names.networks.iter().any(|network| network.contains(&address))
}

/// The address that `D.C.B.A.in-addr.arpa` asks for.
fn reversed(name: &str) -> Option<Ipv4Addr> {
    address(name.strip_suffix(".in-addr.arpa")?.rsplit('.'))
}

/// Four decimal numbers, each in its only spelling: `010` is another name than `10`.
fn address<'a>(numbers: impl Iterator<Item = &'a str>) -> Option<Ipv4Addr> {
    let octets: Vec<u8> = numbers
        .map(|text| text.parse().ok().filter(|number: &u8| number.to_string() == text))
        .collect::<Option<_>>()?;
    <[u8; 4]>::try_from(octets).ok().map(Ipv4Addr::from)
}

/// The availability zone of a client, if it is known.
pub(crate) fn zone_of(server: &DnsServer, client: Ipv4Addr) -> Option<&str> {
    server.client_zones.iter().find(|(network, _)| network.contains(&client)).map(|(_, zone)| zone.as_str())
}

/// The addresses of the client's zone, then the others, either part turned by `turn` places.
pub(crate) fn ordered(found: Vec<ZonedAddress>, zone: Option<&str>, turn: usize) -> Vec<Ipv4Addr> {
    let (mut near, mut far): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|found| zone.is_some() && found.zone.as_deref() == zone);
    for part in [&mut near, &mut far] {
        let places = turn.checked_rem(part.len()).unwrap_or(0);
        part.rotate_left(places);
    }
    near.into_iter().chain(far).map(|found| found.address).collect()
}

#[cfg(test)]
mod tests;
