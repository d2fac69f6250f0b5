//! DNS zones and forwarding, as a DNS server of a lab has them.
//!
//! Names are lower-case and without a final dot. Whether names and values are right was said before.

use super::{NetnsName, service::ZonedAddress};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddrV4},
};

/// A zone: the server answers for all names in it, and says of those without a record that they do not exist (DNS-07).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zone {
    /// The names of its servers; the first one is the primary.
    pub name_servers: Vec<String>,
    /// The record sets of each name, of one type each.
    pub records: BTreeMap<String, Vec<RecordSet>>,
}

/// The records of one name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    /// Seconds for which they may be kept.
    pub ttl: u32,
    /// The records.
    pub data: RecordData,
}

/// Records of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are DNS's own names")]
pub enum RecordData {
    A(Vec<ZonedAddress>),
    Aaaa(Vec<Ipv6Addr>),
    Cname(String),
    Mx(Vec<(u16, String)>),
    Ns(Vec<String>),
    Ptr(Vec<String>),
    /// Priority, weight, port, target.
    Srv(Vec<(u16, u16, u16, String)>),
    /// Each of one or more strings.
    Txt(Vec<Vec<String>>),
    /// What another name has of this type (DNS-09).
    Alias(RecordType, String),
}

/// A type of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are DNS's own names")]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Srv,
    Txt,
}

/// What becomes of the names below a domain (DNS-06, DNS-15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// They are asked elsewhere.
    Forward(Forward),
    /// The server answers itself.
    System,
}

/// Where and from where names are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The namespace with the addresses from which is asked.
    pub netns: NetnsName,
    /// These addresses.
    pub from: Vec<Ipv4Addr>,
    /// The servers.
    pub to: Vec<SocketAddrV4>,
}

impl Zone {
    /// The record sets of a name: its own, or those of the nearest `*.` above it (RFC 4592). None: there is no
    /// such name; none in the list: there are only names below it.
    pub fn sets(&self, domain: &str, name: &str) -> Option<&[RecordSet]> {
        if let Some(own) = self.existing(domain, name) {
            return Some(own);
        }
        let mut above = name;
        while let Some((_, parent)) = above.split_once('.') {
            if let Some(wildcard) = self.records.get(&format!("*.{parent}")) {
                return Some(wildcard);
            }
            if self.existing(domain, parent).is_some() {
                return None;
            }
            above = parent;
        }
        None
    }

    fn existing(&self, domain: &str, name: &str) -> Option<&[RecordSet]> {
        let own = self.records.get(name).map(Vec::as_slice);
        let has_below = || self.records.keys().any(|other| is_below(other, name));
        own.or_else(|| (name == domain || has_below()).then_some(&[]))
    }
}

impl RecordData {
    /// The records' type.
    pub fn kind(&self) -> RecordType {
        match self {
            RecordData::A(_) => RecordType::A,
            RecordData::Aaaa(_) => RecordType::Aaaa,
            RecordData::Cname(_) => RecordType::Cname,
            RecordData::Mx(_) => RecordType::Mx,
            RecordData::Ns(_) => RecordType::Ns,
            RecordData::Ptr(_) => RecordType::Ptr,
            RecordData::Srv(_) => RecordType::Srv,
            RecordData::Txt(_) => RecordType::Txt,
            RecordData::Alias(kind, _) => *kind,
        }
    }
}

impl RecordType {
    /// All of them.
    pub const ALL: [RecordType; 8] = [
        RecordType::A,
        RecordType::Aaaa,
        RecordType::Cname,
        RecordType::Mx,
        RecordType::Ns,
        RecordType::Ptr,
        RecordType::Srv,
        RecordType::Txt,
    ];

    /// DNS's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
            RecordType::Cname => "CNAME",
            RecordType::Mx => "MX",
            RecordType::Ns => "NS",
            RecordType::Ptr => "PTR",
            RecordType::Srv => "SRV",
            RecordType::Txt => "TXT",
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a name lies in a domain: is the domain itself, or below it. Everything lies in the root, which has no labels.
pub fn is_in(name: &str, domain: &str) -> bool {
    name == domain || is_below(name, domain)
}

fn is_below(name: &str, domain: &str) -> bool {
    domain.is_empty() || name.strip_suffix(domain).is_some_and(|before| before.ends_with('.'))
}

/// The entry of the longest domain in which a name lies.
pub fn nearest<'a, T>(domains: &'a BTreeMap<String, T>, name: &str) -> Option<(&'a str, &'a T)> {
    let mut domain = name;
    loop {
        if let Some((domain, entry)) = domains.get_key_value(domain) {
            return Some((domain, entry));
        }
        if domain.is_empty() {
            return None;
        }
        domain = domain.split_once('.').map_or("", |(_, parent)| parent);
    }
}
