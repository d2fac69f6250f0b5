//! What rules are made of: conditions on a packet's fields, and what is done with it.

use super::{Hash, HeaderByte, Part};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::Ipv4Addr, ops::RangeInclusive};

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
    /// Does one of several things, by a hash of the fields; goes on where the hash says nothing.
    Spread {
        /// What is hashed.
        hash: Hash,
        /// Which values of the hash mean what.
        verdicts: Vec<(RangeInclusive<u32>, Verdict)>,
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
    /// Tells whoever listens to the kernel's packet log of the packet, and goes on.
    Log {
        /// The group of the packet log.
        group: u16,
        /// What is said beside the packet.
        prefix: String,
        /// How much of the packet is told.
        bytes: u32,
    },
    /// Adds the packet to one of the table's counters, and goes on.
    Count(String),
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
    /// One of several addresses and ports, by a hash of the fields. Only after a match of TCP or UDP, unless the hash
    /// has a field of one of them.
    Balance {
        /// What is hashed.
        hash: Hash,
        /// Which values of the hash lead to which target. Values that lead to none are not translated.
        targets: Vec<(RangeInclusive<u32>, (Ipv4Addr, u16))>,
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
    /// Who sent the connection's first packet, before any translation.
    CtOriginalSaddr,
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
