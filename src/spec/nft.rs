//! The nftables table of a namespace, as typed data: base chains, chains, sets and maps.
//!
//! A rule here reads like one line of nft's own language and is printed as one. `sys::nft` turns it
//! into the `nftables` crate's JSON schema, so that no text from a user's file is ever parsed by nft.
//! Each namespace has one table, `inet vpcns`, owned whole.
//!
//! ```text
//! map outbound { type ifname : verdict; elements = { eni-0a1b2c3d4e5 : jump out_web } }
//! chain out_web { ip daddr . meta l4proto . th dport @out_web_ports accept }
//! ```

mod display;
mod header_byte;
mod pairs;

pub use header_byte::HeaderByte;

use super::LinkName;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// The name of the table.
pub const TABLE: &str = "vpcns";

/// What filters a namespace's packets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// Nothing.
    #[default]
    None,
    /// This table.
    Table(Table),
    /// A table that is not as this program left it. Only ever observed, never desired.
    Unknown,
}

/// The table `inet vpcns`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Sets by name.
    pub sets: BTreeMap<String, Set>,
    /// Maps by name.
    pub maps: BTreeMap<String, Map>,
    /// Chains by name, base chains among them.
    pub chains: BTreeMap<String, Chain>,
}

/// A named set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// The type of each part of a key.
    pub key: Vec<Type>,
    /// Whether elements may be networks and port ranges. Fixed when the set is made.
    pub interval: bool,
    /// Its elements. Those of an interval set never overlap.
    pub elements: BTreeSet<Vec<Part>>,
}

/// A named map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Map {
    /// The type of each part of a key.
    pub key: Vec<Type>,
    /// The type of the values.
    pub value: Type,
    /// Whether keys may be networks and port ranges. Fixed when the map is made.
    pub interval: bool,
    /// Its elements. Keys of an interval map never overlap. As pairs, for keys that JSON cannot have.
    #[serde(with = "pairs")]
    pub elements: BTreeMap<Vec<Part>, Part>,
}

/// The type of a part of a key, or of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// A link's name.
    Ifname,
    /// An IPv4 address, or a network as an interval.
    Ipv4Addr,
    /// A transport protocol's number.
    InetProto,
    /// A port, or a range of them as an interval.
    InetService,
    /// An ICMP type.
    IcmpType,
    /// An ICMP code.
    IcmpCode,
    /// A packet mark.
    Mark,
    /// What becomes of the packet.
    Verdict,
}

impl Type {
    /// nft's own name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Type::Ifname => "ifname",
            Type::Ipv4Addr => "ipv4_addr",
            Type::InetProto => "inet_proto",
            Type::InetService => "inet_service",
            Type::IcmpType => "icmp_type",
            Type::IcmpCode => "icmp_code",
            Type::Mark => "mark",
            Type::Verdict => "verdict",
        }
    }
}

/// One part of a key, or a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// A link's name.
    Ifname(LinkName),
    /// A network; one address is a `/32`.
    Net(Ipv4Net),
    /// A number: a protocol, an ICMP type or code, a mark.
    Number(u32),
    /// Ports, or ICMP types or codes, from the first to the last, both included.
    Range(u16, u16),
    /// What becomes of the packet.
    Verdict(Verdict),
}

impl Part {
    /// One address.
    pub fn address(address: Ipv4Addr) -> Self {
        Part::Net(Ipv4Net::from(address))
    }

    /// One port.
    pub fn port(port: u16) -> Self {
        Part::Range(port, port)
    }
}

/// A chain; a base chain if it has a hook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Where the kernel calls it.
    pub hook: Option<Hook>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// Where the kernel calls a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// `filter` or `nat`.
    pub kind: HookKind,
    /// The place in the packet's way.
    pub at: HookPoint,
    /// Lower comes first.
    pub priority: i32,
    /// Whether packets that no rule judged are dropped.
    pub drop_by_default: bool,
}

/// nft's chain types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookKind {
    /// Judges packets.
    Filter,
    /// Translates the first packet of a connection.
    Nat,
}

/// nft's hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookPoint {
    /// All packets that come in.
    Prerouting,
    /// Packets for the namespace itself.
    Input,
    /// Packets that pass through.
    Forward,
    /// Packets that the namespace itself sends.
    Output,
    /// All packets that go out.
    Postrouting,
}

/// One rule: conditions from left to right, then what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Conditions and actions, in order.
    pub statements: Vec<Statement>,
    /// What the rule mirrors, for people who list the table.
    pub comment: Option<String>,
}

impl Rule {
    /// A rule without a comment.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self { statements: statements.into_iter().collect(), comment: None }
    }

    /// The same rule with a comment.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

/// One condition or action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statement {
    /// Goes on only if the field has (or, with `not`, has not) this value.
    Match {
        /// What is looked at.
        field: Field,
        /// Reverses the condition.
        not: bool,
        /// What it is compared with.
        value: Value,
    },
    /// Goes on only if the fields together are (or, with `not`, are not) in a named set.
    In {
        /// The key.
        key: Vec<Field>,
        /// Reverses the condition.
        not: bool,
        /// The set's name.
        set: String,
    },
    /// Does what a named map says of the key; goes on if it says nothing.
    Vmap {
        /// The key.
        key: Vec<Field>,
        /// The map's name.
        map: String,
    },
    /// Sets the packet's or the connection's mark.
    SetMark {
        /// `Field::Mark` or `Field::CtMark`.
        mark: Field,
        /// To what.
        to: MarkSource,
    },
    /// Goes on only if some bits of the IPv4 header have this value.
    MatchBits {
        /// Where.
        byte: HeaderByte,
        /// Which bits.
        mask: u8,
        /// Their value.
        value: u8,
    },
    /// Flips bits of the IPv4 header, and leaves its checksum alone.
    FlipBits {
        /// Where.
        byte: HeaderByte,
        /// Which bits.
        mask: u8,
    },
    /// Has the packet tracked apart from those of other zones. Before tracking only.
    SetZone {
        /// What decides.
        key: Field,
        /// The zone by the key; the rule ends if it has none.
        zones: BTreeMap<Part, u16>,
    },
    /// Sets the packet's time to live.
    SetTtl(u8),
    /// Translates the destination.
    Dnat(Translation),
    /// Translates the source.
    Snat(Translation),
    /// Answers a TCP segment with a reset.
    RejectWithReset,
    /// Ends the judgement, or goes to another chain.
    Verdict(Verdict),
}

/// Where a mark's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarkSource {
    /// A number.
    Number(u32),
    /// The other mark.
    Field(Field),
    /// What a named map says of the key; the rule ends if it says nothing.
    Map {
        /// The key.
        key: Vec<Field>,
        /// The map's name.
        map: String,
    },
}

/// To what an address is translated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Translation {
    /// One address, the port unchanged.
    Address(Ipv4Addr),
    /// One address, and one of these ports at random, both ends included. Only after a match of TCP or UDP.
    Ports {
        /// The address.
        address: Ipv4Addr,
        /// The first port.
        first: u16,
        /// The last port.
        last: u16,
    },
    /// What a named map says of the field; nothing is translated if it says nothing.
    Map {
        /// The key.
        key: Field,
        /// The map's name, of addresses.
        map: String,
    },
    /// One of several addresses and ports, by a hash of the fields.
    Balance {
        /// What is hashed.
        hash: Vec<Field>,
        /// The targets to choose from.
        targets: Vec<(Ipv4Addr, u16)>,
    },
    /// The same place in another network of the same size.
    Prefix {
        /// The network that is translated.
        from: Ipv4Net,
        /// The network that stands for it.
        to: Ipv4Net,
    },
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// This base chain lets it pass.
    Accept,
    /// It vanishes.
    Drop,
    /// Back to the chain that jumped here.
    Return,
    /// On in another chain, then back here.
    Jump(String),
    /// On in another chain.
    Goto(String),
}

/// What a rule can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is nft's expression of the same words, printed by `Display`")]
pub enum Field {
    Iifname,
    Oifname,
    /// The link by which the packet would leave, by its destination and mark.
    FibOifname,
    Mark,
    L4proto,
    IpSaddr,
    IpDaddr,
    IpTtl,
    /// Not zero in every fragment of a packet.
    IpFragment,
    ThSport,
    ThDport,
    TcpSequence,
    TcpFlags,
    IcmpType,
    IcmpCode,
    CtState,
    CtDirection,
    CtStatus,
    CtMark,
}

impl Field {
    /// Whether it holds several bits at once: it is then asked whether any of some words' bits is set.
    pub fn is_bitmask(self) -> bool {
        matches!(self, Field::CtState | Field::CtStatus | Field::TcpFlags)
    }
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A link's name; with a final `*`, all links whose name begins so.
    Link(String),
    /// A network; one address is a `/32`.
    Net(Ipv4Net),
    /// A number.
    Number(u32),
    /// Ports from the first to the last, both included.
    Range(u16, u16),
    /// Words of nft's own: `established`, `reply`, `tcp`, `echo-request`. Several mean any of them.
    Words(Vec<String>),
}
