//! The steps of a plan, each one change of one object in one namespace, shown as the command that would do it.

use super::Change;
use crate::spec::{Address, LinkName, MacAddress, NetnsName, Route, Rule, nft::Table};
use std::fmt;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where.
    pub namespace: NetnsName,
    /// What.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the command that its `Display` shows")]
pub enum Action {
    DeleteLink(LinkName),
    /// With its processes, links and files.
    DeleteNamespace,
    AddNamespace,
    SetSysctl {
        path: String,
        value: String,
    },
    /// Puts a whole table in the place of what is there.
    LoadTable(Table),
    /// Makes `table` of what is there.
    ChangeTable {
        changes: Vec<Change>,
        table: Table,
    },
    DeleteTable,
    /// Makes both ends of a pair; the near one, in the step's own namespace, is brought up.
    AddVeth {
        near: End,
        far_namespace: NetnsName,
        far: End,
    },
    /// Sets the MTU and brings it up.
    SetLink {
        link: LinkName,
        mtu: u32,
    },
    SetProxyArp {
        link: LinkName,
        on: bool,
    },
    DeleteAddress(Address),
    AddAddress(Address),
    /// Takes the place of another route of the same table to the same destination.
    AddRoute(Route),
    AddRule(Rule),
    DeleteRule(Rule),
    DeleteRoute(Route),
    WriteFile {
        name: String,
        content: String,
    },
    DeleteFile(String),
}

/// One end of a new veth pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Its name.
    pub link: LinkName,
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// Its MTU.
    pub mtu: u32,
}

/// The parts of a plan. Each begins when the one before it is done everywhere; inside one, namespaces do not wait
/// for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// What must not be there any more.
    Teardown,
    /// Namespaces, their settings and filters: before any link, so that nothing is ever unfiltered.
    Foundation,
    /// Links.
    Wiring,
    /// What is on the links.
    Addressing,
}

/// How a step counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Adds,
    Changes,
    Removes,
}

impl Action {
    /// The part of the plan in which it is done.
    pub fn stage(&self) -> Stage {
        match self {
            Action::DeleteLink(_) | Action::DeleteNamespace => Stage::Teardown,
            Action::AddNamespace
            | Action::SetSysctl { .. }
            | Action::LoadTable(_)
            | Action::ChangeTable { .. }
            | Action::DeleteTable => Stage::Foundation,
            Action::AddVeth { .. } => Stage::Wiring,
            Action::SetLink { .. }
            | Action::SetProxyArp { .. }
            | Action::DeleteAddress(_)
            | Action::AddAddress(_)
            | Action::AddRoute(_)
            | Action::AddRule(_)
            | Action::DeleteRule(_)
            | Action::DeleteRoute(_)
            | Action::WriteFile { .. }
            | Action::DeleteFile(_) => Stage::Addressing,
        }
    }

    /// Whether it adds, changes or removes.
    pub(super) fn effect(&self) -> Effect {
        match self {
            Action::AddNamespace
            | Action::AddVeth { .. }
            | Action::AddAddress(_)
            | Action::AddRoute(_)
            | Action::AddRule(_) => Effect::Adds,
            Action::SetSysctl { .. }
            | Action::LoadTable(_)
            | Action::ChangeTable { .. }
            | Action::SetLink { .. }
            | Action::SetProxyArp { .. }
            | Action::WriteFile { .. } => Effect::Changes,
            Action::DeleteLink(_)
            | Action::DeleteNamespace
            | Action::DeleteTable
            | Action::DeleteAddress(_)
            | Action::DeleteRule(_)
            | Action::DeleteRoute(_)
            | Action::DeleteFile(_) => Effect::Removes,
        }
    }
}

impl Step {
    /// The command in one line, for errors and progress.
    pub fn summary(&self) -> String {
        let text = self.to_string();
        text.lines().next().unwrap_or_default().into()
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Teardown => "what goes away",
            Stage::Foundation => "namespaces, settings and filters",
            Stage::Wiring => "links",
            Stage::Addressing => "addresses, routes, rules and files",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = &self.namespace;
        match &self.action {
            Action::DeleteLink(link) => write!(f, "ip -n {ns} link delete {link}"),
            Action::DeleteNamespace => write!(f, "ip netns delete {ns}"),
            Action::AddNamespace => write!(f, "ip netns add {ns}"),
            Action::SetSysctl { path, value } => {
                // Slashes, because the name of a link may have dots.
                write!(f, "ip netns exec {ns} sysctl -w net/{path}={value}")
            }
            Action::LoadTable(table) => {
                write!(f, "ip netns exec {ns} nft -f -\n{}", indented(&table.to_string()))
            }
            Action::ChangeTable { changes, .. } => {
                let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
                write!(f, "ip netns exec {ns} nft -f -\n{}", indented(&changes.join("\n")))
            }
            Action::DeleteTable => write!(f, "ip netns exec {ns} nft delete table inet {}", crate::spec::nft::TABLE),
            Action::AddVeth { near, far_namespace, far } => write!(
                f,
                "ip -n {ns} link add {} mtu {} address {} up type veth peer name {} mtu {} address {} netns {far_namespace}",
                near.link, near.mtu, near.mac, far.link, far.mtu, far.mac
            ),
            Action::SetLink { link, mtu } => write!(f, "ip -n {ns} link set {link} mtu {mtu} up"),
            Action::SetProxyArp { link, on } => {
                write!(f, "ip netns exec {ns} sysctl -w net/ipv4/conf/{link}/proxy_arp={}", u8::from(*on))
            }
            Action::DeleteAddress(address) => write!(f, "ip -n {ns} address delete {address}"),
            Action::AddAddress(address) => write!(f, "ip -n {ns} address add {address}"),
            Action::AddRoute(route) => write!(f, "ip -n {ns} route replace {route}"),
            Action::AddRule(rule) => write!(f, "ip -n {ns} rule add {rule}"),
            Action::DeleteRule(rule) => write!(f, "ip -n {ns} rule delete {rule}"),
            Action::DeleteRoute(route) => write!(f, "ip -n {ns} route delete {route}"),
            Action::WriteFile { name, content } => {
                write!(f, "cat > /etc/netns/{ns}/{name}\n{}", indented(content.trim_end()))
            }
            Action::DeleteFile(name) => write!(f, "rm /etc/netns/{ns}/{name}"),
        }
    }
}

/// Every line a little further to the right.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
