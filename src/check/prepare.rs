//! From what a file says to what is tried: every name and reference is looked up, and everything that is wrong with
//! the checks is noted with its place, before any of them runs.

mod expectation;
mod policy;

use super::{
    curl::{Answer, Request},
    destination,
    distribution::Share,
    dns::Asked,
    health,
    policy::Question,
    reference,
    run::Expected,
    throughput::Rate,
};
use crate::{
    model::{
        Failed, Line, Name, Topology,
        check::{Check, What, Words},
        diagnostic::{Diagnostics, Lines},
        draft::Text,
    },
    reach::Sender,
    spec::service::Health,
};
use std::{collections::BTreeSet, net::Ipv4Addr, time::Duration};

/// A check that can be run.
#[derive(Debug, Clone)]
pub struct Case {
    /// What reports call it.
    pub name: String,
    /// Where the file says it.
    pub line: Line,
    /// Words by which it is chosen.
    pub tags: Vec<String>,
    /// What fails before it is tried.
    pub(super) after: BTreeSet<Failed>,
    pub(super) parts: Vec<Part>,
}

impl Case {
    /// Of how many parts it is made.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }
}

/// One sender and one destination of a check.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) from: Option<Sender>,
    /// What this part is about, in the words of the file.
    pub(super) label: String,
    pub(super) action: Action,
    pub(super) retry: Duration,
    pub(super) timeout: Option<Duration>,
}

/// What a part tries.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Reach { to: String },
    Deny { to: String, reason: Option<String> },
    Curl { request: Request, answer: Answer },
    Dns(Asked),
    Source { to: String, expected: Vec<Ipv4Addr> },
    Distribution { to: String, connections: usize, shares: Vec<(String, Share)> },
    Health { of: String, expected: String },
    FlowLog { of: Name, expected: Vec<(String, String)> },
    Traceroute { to: String, expected: Vec<Option<Ipv4Addr>> },
    Policy(Question),
    Throughput { to: String, floor: Rate },
    Run { words: Vec<String>, expected: Expected },
}

/// The checks, ready to be run; or everything that is wrong with them.
pub fn prepare(
    checks: &[Check],
    lines: &Lines,
    topology: &Topology,
    health: &Health,
) -> Result<Vec<Case>, Diagnostics> {
    let mut preparing = Preparing { topology, health, notes: Diagnostics::default() };
    let cases = checks.iter().map(|check| preparing.case(check, lines)).collect();
    if preparing.notes.is_empty() { Ok(cases) } else { Err(preparing.notes) }
}

/// What is known, and what was wrong so far.
struct Preparing<'a> {
    topology: &'a Topology,
    health: &'a Health,
    notes: Diagnostics,
}

impl Preparing<'_> {
    fn case(&mut self, check: &Check, lines: &Lines) -> Case {
        let senders: Vec<_> = check.from.iter().map(|from| (self.sender(from), from.value.clone())).collect();
        let senders = if senders.is_empty() { vec![(None, String::new())] } else { senders };
        let (verb, about) = words(&check.what);
        let mut parts = Vec::new();
        for (from, name) in &senders {
            for (about, action) in self.actions(&check.what, from.as_ref(), &about) {
                let label = format!("{name} {verb} {about}").trim_start().to_owned();
                parts.push(Part { from: from.clone(), label, action, retry: check.retry, timeout: check.timeout });
            }
        }
        let names: Vec<_> = senders.iter().map(|(_, name)| name.as_str()).collect();
        let after: Vec<_> = check.after.iter().map(|text| text.value.as_str()).collect();
        let after = if after.is_empty() { String::new() } else { format!(" after {} failed", after.join(", ")) };
        let made = format!("{} {verb} {}{after}", names.join(", "), about.join(", "));
        let name = check.name.as_ref().map_or_else(|| made.trim_start().to_owned(), |name| name.value.clone());
        let after = check.after.iter().filter_map(|text| self.failed(text)).collect();
        let tags = check.tags.iter().map(|tag| tag.value.clone()).collect();
        Case { name: name.replace('\n', " "), line: lines.line(check.span), tags, after, parts }
    }

    /// What one sender tries, and about what.
    fn actions(&mut self, what: &What, from: Option<&Sender>, about: &[String]) -> Vec<(String, Action)> {
        let one = |action| vec![(about.join(", "), action)];
        match what {
            What::Reach { to } => self.each(to, from, |to| Action::Reach { to }),
            What::Ping { to } => self.each(to, from, |to| Action::Reach { to: format!("{to}/icmp") }),
            What::Deny { to, reason } => {
                let reason = reason.as_ref().map(|reason| reason.value.clone());
                self.each(to, from, |to| Action::Deny { to, reason: reason.clone() })
            }
            What::Curl { arguments, expect } => {
                let request = match arguments {
                    Words::One(url) => Request::Url(self.expand(url)),
                    Words::Many(arguments) => Request::Arguments(self.expand_all(arguments)),
                };
                one(Action::Curl { request, answer: self.answer(expect) })
            }
            What::Dns { name, record, expect } => one(Action::Dns(self.asked(name, record.as_ref(), expect))),
            What::Source { to, expect } => {
                let expected = expect.iter().filter_map(|address| self.address(address)).collect();
                one(Action::Source { to: self.destination(from, to, ""), expected })
            }
            What::Distribution { to, connections, expect } => {
                let connections = self.connections(connections.as_ref());
                let shares = expect.iter().filter_map(|pair| self.share(pair)).collect();
                one(Action::Distribution { to: self.destination(from, to, ""), connections, shares })
            }
            What::Health { of, expect } => {
                let expected = expect.as_ref().map_or("healthy".into(), |state| self.state(state));
                one(Action::Health { of: self.target_group(of), expected })
            }
            What::FlowLog { of, expect } => {
                self.flow_log(of, expect).map_or(Vec::new(), |(of, expected)| one(Action::FlowLog { of, expected }))
            }
            What::Traceroute { to, expect } => {
                let expected =
                    expect.iter().map(|hop| (hop.value != "*").then(|| self.address(hop)).flatten()).collect();
                one(Action::Traceroute { to: self.destination(from, to, ""), expected })
            }
            What::Policy(asked) => self.question(from, asked).map_or(Vec::new(), |asked| one(Action::Policy(asked))),
            What::Throughput { to, at_least } => {
                let to = self.destination(from, to, "");
                self.rate(at_least).map_or(Vec::new(), |floor| one(Action::Throughput { to, floor }))
            }
            What::Run { command, expect } => {
                let words = match command {
                    Words::One(line) => vec!["sh".into(), "-c".into(), self.expand(line)],
                    Words::Many(words) => self.expand_all(words),
                };
                one(Action::Run { words, expected: self.expected(expect) })
            }
        }
    }

    fn each(&mut self, to: &[Text], from: Option<&Sender>, action: impl Fn(String) -> Action) -> Vec<(String, Action)> {
        let is_ping = matches!(action(String::new()), Action::Reach { to } if to == "/icmp");
        let suffix = if is_ping { "/icmp" } else { "" };
        to.iter().map(|to| (to.value.clone(), action(self.destination(from, to, suffix)))).collect()
    }

    fn sender(&mut self, from: &Text) -> Option<Sender> {
        let text = self.expand(from);
        let found = destination::sender(self.topology, &text);
        found.map_err(|error| self.notes.push_with_hint(from.span, error.to_string(), error.hint())).ok()
    }

    /// A destination that there is, still in words: its addresses may change while the lab runs.
    fn destination(&mut self, from: Option<&Sender>, to: &Text, suffix: &str) -> String {
        let text = self.expand(to);
        let Some(from) = from else { return text };
        let whole = format!("{text}{suffix}");
        if let Err(error) = destination::destination(self.topology, self.health, from, &whole) {
            self.notes.push_with_hint(to.span, error.to_string(), error.hint());
        }
        text
    }

    /// A target group or one of its targets.
    fn target_group(&mut self, of: &Text) -> String {
        let text = self.expand(of);
        let is_group = self.topology.target_groups.contains_key(text.as_str());
        if !is_group && health::states(self.topology, self.health, &text).is_empty() {
            let names: Vec<_> = self.topology.target_groups.keys().map(|name| format!("`{name}`")).collect();
            let message = format!("there is no target group or target `{text}`");
            self.notes.push_with_hint(of.span, message, format!("there are {}", names.join(", ")));
        }
        text
    }

    fn expand_all(&mut self, texts: &[Text]) -> Vec<String> {
        texts.iter().map(|text| self.expand(text)).collect()
    }

    /// A text with its references replaced.
    fn expand(&mut self, text: &Text) -> String {
        reference::expand(self.topology, self.health, &text.value).unwrap_or_else(|error| {
            let hint = error.hint.clone();
            self.notes.push_with_hint(text.span, error.to_string(), hint);
            text.value.clone()
        })
    }
}

/// What a check does, and to what, as people say it.
fn words(what: &What) -> (&'static str, Vec<String>) {
    let all = |texts: &[Text]| texts.iter().map(|text| text.value.clone()).collect();
    let words = |words: &Words| match words {
        Words::One(text) => vec![text.value.clone()],
        Words::Many(texts) => vec![texts.iter().map(|text| text.value.as_str()).collect::<Vec<_>>().join(" ")],
    };
    match what {
        What::Reach { to } => ("reaches", all(to)),
        What::Deny { to, .. } => ("cannot reach", all(to)),
        What::Ping { to } => ("pings", all(to)),
        What::Curl { arguments, .. } => ("curls", words(arguments)),
        What::Dns { name, .. } => ("asks for", vec![name.value.clone()]),
        What::Source { to, .. } => ("has the right source at", vec![to.value.clone()]),
        What::Distribution { to, .. } => ("is balanced at", vec![to.value.clone()]),
        What::Health { of, .. } => ("health of", vec![of.value.clone()]),
        What::FlowLog { of, .. } => ("record of", vec![of.value.clone()]),
        What::Traceroute { to, .. } => ("traces", vec![to.value.clone()]),
        What::Policy(asked) => {
            let resource = asked.resource.as_ref().map(|resource| format!(" on {}", resource.value));
            let verb = if asked.expect.value == "allowed" { "may" } else { "may not" };
            (verb, vec![asked.action.value.clone() + &resource.unwrap_or_default()])
        }
        What::Throughput { to, .. } => ("sends enough to", vec![to.value.clone()]),
        What::Run { command, .. } => ("runs", words(command)),
    }
}
