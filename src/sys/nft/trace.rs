//! Which rule decides about one packet, by nftables' own trace.
//!
//! ```text
//! table inet vpcns_trace {
//!   chain arrives { type filter hook prerouting priority -350; tcp sequence 7 meta nftrace set 1; … }
//!   chain leaves  { type filter hook postrouting priority 400; }        # traced packets that pass it have left
//!   chain ends    { type filter hook input priority 400; }              # … or have come to the namespace itself
//! }
//! ```
//!
//! The packet is known by numbers that it keeps wherever addresses and ports are translated: a TCP sequence number, or
//! an echo request's id and sequence number; and so is its answer. Each namespace on the way has such a table for as long
//! as a [`Trace`] lives. The lab's own table is not touched; but the kernel's count of changes grows, see [`Trace::end`].

use super::{Error, generation::generation, process::put_in_force};
use crate::sys::{
    netns::Netns,
    nfnetlink::{NFTABLES, attributes, messages, socket},
};
use netlink_sys::Socket;
use serde_json::{Value, json};
use std::io;

/// The table of a trace.
pub const TABLE: &str = "vpcns_trace";
/// `NFNLGRP_NFTRACE`, as a bit.
const GROUP: u32 = 1 << 8;
/// `NFT_MSG_TRACE`.
const TRACE: u16 = NFTABLES + 17;

/// By what a packet is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The sequence number of a TCP connection's first packet.
    Tcp(u32),
    /// Id and sequence number of an ICMP echo request.
    Echo(u16, u16),
}

/// One decision about a packet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// The packet, in this namespace.
    pub packet: u32,
    /// The table.
    pub table: String,
    /// The chain.
    pub chain: String,
    /// The rule; none if the chain's policy decided.
    pub rule: Option<u64>,
    /// Whether the packet is dropped by it.
    pub drops: bool,
    /// The packet from its TCP or ICMP header, told once for each chain that begins at a hook.
    pub header: Vec<u8>,
}

/// A namespace in which a packet is traced.
#[derive(Debug)]
pub struct Trace {
    netns: Netns,
    socket: Socket,
    before: u32,
    is_over: bool,
}

impl Drop for Trace {
    /// However it ends, nothing of it stays.
    fn drop(&mut self) {
        if !self.is_over {
            let _ = self.remove();
        }
    }
}

impl Trace {
    /// Begins to trace a packet in a namespace.
    pub fn begin(netns: Netns, mark: Mark) -> Result<Self, Error> {
        let (socket, before) = netns
            .enter(|| -> Result<_, Error> {
                let socket = socket(GROUP).map_err(Error::Generation)?;
                socket.set_non_blocking(true).map_err(Error::Generation)?;
                let before = generation().map_err(Error::Generation)?;
                put_in_force(table(mark).to_string().as_bytes())?;
                Ok((socket, before))
            })
            .map_err(Error::Run)??;
        Ok(Self { netns, socket, before, is_over: false })
    }

    /// What was decided since the last time.
    pub fn decisions(&self) -> io::Result<Vec<Decision>> {
        let mut decisions = Vec::new();
        loop {
            let mut buffer = Vec::with_capacity(64 << 10);
            match self.socket.recv(&mut buffer, 0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(decisions),
                received => received?,
            };
            let traces = messages(&buffer).filter(|message| message.kind == TRACE);
            decisions.extend(traces.map(|message| decision(message.attributes())));
        }
    }

    /// Ends it, and tells the kernel's counts of changes before it and now, if nothing else was changed meanwhile.
    pub fn end(mut self) -> Result<Option<(u32, u32)>, Error> {
        let now = self.remove()?;
        self.is_over = true;
        // It grew by one for the table, and by one for its removal.
        Ok((now == self.before.wrapping_add(2)).then_some((self.before, now)))
    }

    /// The text of a rule, as `nft` prints it.
    pub fn rule_text(&self, table: &str, handle: u64) -> Result<Option<String>, Error> {
        self.netns.enter(|| rule_text(table, handle)).map_err(Error::Run)?
    }

    fn remove(&self) -> Result<u32, Error> {
        let commands = json!({ "nftables": removal() }).to_string();
        self.netns.enter(|| put_in_force(commands.as_bytes())).map_err(Error::Run)?
    }
}

/// The commands that remove the table, whether or not it is there: one that was killed may have left it.
fn removal() -> Vec<Value> {
    let table = json!({ "table": { "family": "inet", "name": TABLE } });
    vec![json!({ "add": table }), json!({ "delete": table })]
}

fn table(mark: Mark) -> Value {
    let mut commands = removal();
    commands.push(json!({ "add": { "table": { "family": "inet", "name": TABLE } } }));
    for (name, hook, priority) in
        [("arrives", "prerouting", -350), ("leaves", "postrouting", 400), ("ends", "input", 400)]
    {
        commands.push(json!({ "add": { "chain": { "family": "inet", "table": TABLE, "name": name, "type": "filter",
            "hook": hook, "prio": priority, "policy": "accept" } } }));
    }
    let is = |protocol: &str, field: &str, value: u32| {
        let left = json!({ "payload": { "protocol": protocol, "field": field } });
        json!({ "match": { "op": "==", "left": left, "right": value } })
    };
    let packets = match mark {
        Mark::Tcp(sequence) => {
            vec![vec![is("tcp", "sequence", sequence)], vec![is("tcp", "ackseq", sequence.wrapping_add(1))]]
        }
        Mark::Echo(id, sequence) => vec![vec![is("icmp", "id", id.into()), is("icmp", "sequence", sequence.into())]],
    };
    for mut expr in packets {
        expr.push(json!({ "mangle": { "key": { "meta": { "key": "nftrace" } }, "value": 1 } }));
        commands
            .push(json!({ "add": { "rule": { "family": "inet", "table": TABLE, "chain": "arrives", "expr": expr } } }));
    }
    json!({ "nftables": commands })
}

/// A message's decision. The numbers are those of `enum nft_trace_attributes`.
fn decision(bytes: &[u8]) -> Decision {
    let mut decision = Decision::default();
    for (attribute, value) in attributes(bytes) {
        let text = || String::from_utf8_lossy(value).trim_end_matches('\0').to_owned();
        match attribute {
            1 => decision.table = text(),
            2 => decision.chain = text(),
            3 => decision.rule = value.try_into().ok().map(u64::from_be_bytes),
            // The verdict; `NF_DROP` is 0.
            5 => decision.drops = attributes(value).any(|(attribute, code)| attribute == 1 && code == [0; 4]),
            6 => decision.packet = value.try_into().map_or(0, u32::from_be_bytes),
            9 => decision.header = value.to_vec(),
            // The policy, which is the verdict where no rule decides.
            16 => decision.drops |= value == [0; 4],
            _ => {}
        }
    }
    decision
}

/// The text of a rule of the calling thread's namespace.
fn rule_text(table: &str, handle: u64) -> Result<Option<String>, Error> {
    let program = super::program().ok_or(Error::Missing)?;
    let listed = std::process::Command::new(program)
        .args(["--handle", "--terse", "--stateless", "list", "table", "inet", table])
        .output()
        .map_err(Error::Run)?;
    let text = String::from_utf8_lossy(&listed.stdout);
    let ending = format!(" # handle {handle}");
    Ok(text.lines().find_map(|line| line.strip_suffix(&ending)).map(|rule| rule.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Decision, decision};
    use netlink_packet_core::{DefaultNla, Emitable};

    #[test]
    fn a_message_is_a_decision() {
        let attribute = |number: u16, value: &[u8]| {
            let attribute = DefaultNla::new(number, value.to_vec());
            let mut bytes = vec![0; attribute.buffer_len()];
            attribute.emit(&mut bytes);
            bytes
        };
        let verdict = |code: i32| attribute(5 | 0x8000, &attribute(1, &code.to_be_bytes()));
        let names = || [attribute(1, b"vpcns\0"), attribute(2, b"out_a\0"), attribute(6, &[0, 0, 0, 9])].concat();
        let rule = |code| decision(&[names(), attribute(3, &12_u64.to_be_bytes()), verdict(code)].concat());
        let expected =
            Decision { packet: 9, table: "vpcns".into(), chain: "out_a".into(), rule: Some(12), ..Decision::default() };
        assert_eq!(rule(-1), expected);
        assert_eq!(rule(0), Decision { drops: true, ..expected.clone() });
        let policy = |code: u32| decision(&[names(), attribute(16, &code.to_be_bytes())].concat());
        assert_eq!(policy(1), Decision { rule: None, ..expected.clone() });
        assert_eq!(policy(0), Decision { rule: None, drops: true, ..expected });
        assert_eq!(decision(&[1, 2, 3]), Decision::default());
    }
}
