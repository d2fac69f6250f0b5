//! Checks: `tests:` of a topology, of a template's metadata, or of a file of their own.
//!
//! Each file here holds a part of the schema. Its doc comments are the tables of `docs/checks.md`.

mod expect;
mod value;

use super::{
    Source,
    decode::{Decode, OneOrMany, Pairs},
    mapping::{mapping, table},
    parse, refuse_tags,
    tree::{Kind, Node},
};
use crate::model::{
    check::{Check, PolicyQuestion, What, Words},
    diagnostic::{Diagnostics, Span, Spanned},
    draft::Text,
};
use expect::{ExpectCurl, ExpectDns, ExpectRun, many, read};
use std::time::Duration;
use value::{Command, Expectation, Time};

mapping! {
    pub(in crate::input),
    /// A check.
    struct Written = "a check" {
        /// What reports call it. Default: made from the rest.
        name: Option<Text>,
        /// Who asks: an instance, or `internet`; one or a list. Needed by all kinds but `health` and `flow_log`.
        from: Option<OneOrMany<Text>>,
        /// `HOST:PORT[/PROTOCOL]`, one or a list: each connection is answered, and the model says so too.
        reach: Option<OneOrMany<Text>>,
        /// The same: no connection is answered, although the target listens.
        deny: Option<OneOrMany<Text>>,
        /// Of a `deny`: the code of the one reason for which it may be, as `vpcns why` says it. Of a `policy`: whose policy must
        /// be the one that denies: `endpoint`, `resource` or `identity`.
        reason: Option<Text>,
        /// Hosts that answer an ICMP echo request, one or a list.
        ping: Option<OneOrMany<Text>>,
        /// A URL, or a list of curl's arguments, which are then taken unchanged.
        curl: Option<Command>,
        /// A name that the sender's resolver is asked for.
        dns: Option<Text>,
        /// Of a `dns`: `A` (default), `AAAA`, `CNAME`, `PTR`, `SOA`, `TXT` …
        record as "type": Option<Text>,
        /// `HOST:PORT` whose source address, as the target sees it, is `expect`: an address or a list of possible ones.
        source: Option<Text>,
        /// `HOST:PORT` of a load balancer or endpoint. `expect` maps every target that gets connections to its share:
        /// `all`, `some`, `none`, `50%` (give or take 15 points) or `40-60%`.
        distribution: Option<Text>,
        /// Of a `distribution`: how many connections are made. Default 60.
        connections: Option<Spanned<i64>>,
        /// A target group, or `GROUP/TARGET`. `expect` is the state of each of its targets; default `healthy`.
        health: Option<Text>,
        /// A flow log. `expect` maps fields, such as `srcaddr` and `action`, to the values that one of its records has; with
        /// `retry` it may still come.
        flow_log: Option<Text>,
        /// A host. `expect` lists the addresses on the way to it and its own, `*` for those who do not answer.
        traceroute: Option<Text>,
        /// A call to one of AWS's services, by its action, such as `s3:DeleteObject`. `expect` is `allowed` or `denied`.
        policy: Option<Text>,
        /// Of a `policy`: the ARN of what the call concerns. Default `*`.
        resource: Option<Text>,
        /// Of a `policy`: the endpoint or gateway endpoint by which the call must come.
        by: Option<Text>,
        /// `HOST:PORT`, a free port of one host: TCP is sent there for two seconds at most, by vpcns itself.
        throughput: Option<Text>,
        /// Of a `throughput`: the rate that must arrive, such as `100 Mbit/s`.
        at_least: Option<Text>,
        /// A line for a shell, or a list of a command and its arguments, run as by `vpcns exec`.
        run: Option<Command>,
        /// What is expected, by kind.
        expect: Option<Expectation>,
        /// What fails before it is tried, whatever its kind, and is healed afterwards.
        after: Option<After>,
        /// Of a check with `after`: how soon it is as expected. Default 0: at once.
        within: Option<Time>,
        /// For how long it is tried again until it is as expected. Default 0: it is tried once.
        retry: Option<Time>,
        /// How long one try may take. Default 2s for packets, 5s for `curl` and `dns`, 30s for `run`.
        timeout: Option<Time>,
        /// Words by which `vpcns test --only` chooses checks.
        tags: Option<OneOrMany<Text>>,
    }
    refusal refusal;
}

mapping! {
    pub(in crate::input),
    /// What happens before a check is tried.
    struct After = "a mapping of `fail`" {
        /// What fails, one or a list, as `vpcns fail` knows it: `az/a`, `nat/NAME`, `target/NAME`, `tunnel/NAME`,
        /// `node/LOAD-BALANCER/ZONE`.
        fail: OneOrMany<Text>,
    }
}

/// Kinds that look at what is, and send nothing.
const NOBODY_ASKS: [&str; 2] = ["health", "flow_log"];

/// Kinds of checks that there are not.
fn refusal(key: &str) -> Option<(String, String)> {
    let hint = "write `after: { fail: az/a }` and `within: 30s` beside a check of any kind";
    (key == "failover").then(|| ("`failover` is no kind of its own".into(), hint.into()))
}

/// The name and the table of each mapping, in the order of `docs/checks.md`.
pub fn check_reference() -> Vec<(&'static str, String)> {
    vec![
        ("check", table::<Written>()),
        ("after", table::<After>()),
        ("expect-curl", table::<ExpectCurl>()),
        ("expect-dns", table::<ExpectDns>()),
        ("expect-run", table::<ExpectRun>()),
    ]
}

/// Whether a text has nothing but checks in it, which are for any lab.
pub fn is_only_checks(source: &Source) -> bool {
    let (root, _) = parse(&source.text);
    root.is_some_and(
        |root| matches!(&root.kind, Kind::Mapping(entries) if entries.len() == 1 && entries[0].0.value == "tests"),
    )
}

/// The checks of any file, whatever else it says.
pub fn checks(source: &Source) -> Result<Vec<Check>, Diagnostics> {
    let (root, mut mistakes) = parse(&source.text);
    let checks = root.map_or(Vec::new(), |root| {
        if super::cloudformation::is_template(&root) {
            of_template(&root, &mut mistakes)
        } else {
            of(entry(&root, "tests"), &mut mistakes)
        }
    });
    if mistakes.is_empty() { Ok(checks) } else { Err(mistakes) }
}

/// The checks in a template's `Metadata: { vpcns: { tests: … } }`.
pub(super) fn of_template(root: &Node, notes: &mut Diagnostics) -> Vec<Check> {
    of(of_metadata(root, "tests"), notes)
}

/// A value in a template's `Metadata: { vpcns: … }`.
pub(super) fn of_metadata<'a>(root: &'a Node, name: &str) -> Option<&'a Node> {
    entry(entry(entry(root, "Metadata")?, "vpcns")?, name)
}

fn of(tests: Option<&Node>, notes: &mut Diagnostics) -> Vec<Check> {
    let Some(tests) = tests else { return Vec::new() };
    refuse_tags(tests, notes);
    let written = Option::<Vec<Spanned<Written>>>::decode(tests, notes);
    lower(written, notes)
}

fn entry<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Kind::Mapping(entries) = &node.kind else { return None };
    entries.iter().find(|(key, _)| key.value == name).map(|(_, value)| value)
}

/// Checks as they are written, as checks.
pub(super) fn lower(written: Option<Vec<Spanned<Written>>>, notes: &mut Diagnostics) -> Vec<Check> {
    written.into_iter().flatten().filter_map(|check| check.value.lower(check.span, notes)).collect()
}

impl Written {
    fn lower(self, span: Span, notes: &mut Diagnostics) -> Option<Check> {
        let kind = self.kind(span, notes)?;
        self.refuse_strangers(kind, notes);
        self.refuse_times(span, notes);
        if !NOBODY_ASKS.contains(&kind) && self.from.as_ref().is_none_or(|from| from.0.is_empty()) {
            let hint = "`from`: who asks, an instance or `internet`";
            notes.push_with_hint(span, "missing key `from`", hint);
        }
        let expect = self.expect.as_ref().map(|Expectation(node)| node);
        let what = match kind {
            "reach" => What::Reach { to: many(self.reach) },
            "deny" => What::Deny { to: many(self.deny), reason: self.reason },
            "ping" => What::Ping { to: many(self.ping) },
            "curl" => curl(self.curl?.0, expect, notes),
            "dns" => {
                let expect = read::<ExpectDns>(expect, notes).map(ExpectDns::lower).unwrap_or_default();
                What::Dns { name: self.dns?, record: self.record, expect }
            }
            "source" => What::Source {
                to: self.source?,
                expect: needed(expect, span, notes).map_or(Vec::new(), |OneOrMany(list)| list),
            },
            "distribution" => {
                let expect = needed(expect, span, notes).map_or(Vec::new(), |Pairs(pairs)| pairs);
                What::Distribution { to: self.distribution?, connections: self.connections, expect }
            }
            "health" => What::Health { of: self.health?, expect: read(expect, notes) },
            "flow_log" => {
                let expect = needed(expect, span, notes).map_or(Vec::new(), |Pairs(pairs)| pairs);
                What::FlowLog { of: self.flow_log?, expect }
            }
            "traceroute" => {
                What::Traceroute { to: self.traceroute?, expect: needed(expect, span, notes).unwrap_or_default() }
            }
            "policy" => What::Policy(PolicyQuestion {
                action: self.policy?,
                resource: self.resource,
                by: self.by,
                expect: needed(expect, span, notes)?,
                reason: self.reason,
            }),
            "throughput" => throughput(self.throughput?, self.at_least, notes)?,
            _ => {
                let expect = read::<ExpectRun>(expect, notes).map(ExpectRun::lower).unwrap_or_default();
                What::Run { command: self.run?.0, expect }
            }
        };
        let retry = self.within.or(self.retry).map_or(Duration::ZERO, |Time(time)| time);
        let after = self.after.map_or(Vec::new(), |after| after.fail.0);
        let (timeout, tags) = (self.timeout.map(|Time(time)| time), many(self.tags));
        Some(Check { name: self.name, span, from: many(self.from), after, what, retry, timeout, tags })
    }

    /// The one key that says what is tried.
    fn kind(&self, span: Span, notes: &mut Diagnostics) -> Option<&'static str> {
        let kinds = [
            ("reach", self.reach.is_some()),
            ("deny", self.deny.is_some()),
            ("ping", self.ping.is_some()),
            ("curl", self.curl.is_some()),
            ("dns", self.dns.is_some()),
            ("source", self.source.is_some()),
            ("distribution", self.distribution.is_some()),
            ("health", self.health.is_some()),
            ("flow_log", self.flow_log.is_some()),
            ("traceroute", self.traceroute.is_some()),
            ("policy", self.policy.is_some()),
            ("throughput", self.throughput.is_some()),
            ("run", self.run.is_some()),
        ];
        let given: Vec<_> = kinds.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        let all = || kinds.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match given[..] {
            [kind] => return Some(kind),
            [] => notes.push_with_hint(span, "a check tries something", format!("write one of {}", all())),
            [first, second, ..] => {
                let message = format!("a check is of one kind, not `{first}` and `{second}`");
                notes.push_with_hint(span, message, "write two checks");
            }
        }
        None
    }

    /// Notes times that mean nothing without, or with, a failure.
    fn refuse_times(&self, span: Span, notes: &mut Diagnostics) {
        match (&self.after, &self.within, &self.retry) {
            (None, Some(_), _) => {
                let hint = "it belongs to `after`; `retry` is for how long a check is tried again";
                notes.push_with_hint(span, "`within` means nothing without `after`", hint);
            }
            (Some(after), _, Some(_)) => {
                let at = after.fail.0.first().map_or(span, |first| first.span);
                notes.push_with_hint(at, "`retry` means nothing with `after`", "say `within`");
            }
            (Some(After { fail }), _, None) if fail.0.is_empty() => {
                notes.push_with_hint(span, "nothing fails", "name something, such as `az/a`");
            }
            _ => {}
        }
    }

    /// Notes keys that mean nothing with this kind.
    fn refuse_strangers(&self, kind: &str, notes: &mut Diagnostics) {
        let span = |text: &Option<Text>| text.as_ref().map(|text| text.span);
        let expect = self.expect.as_ref().map(|Expectation(node)| node.span);
        let first_from = self.from.as_ref().and_then(|OneOrMany(from)| from.first()).map(|from| from.span);
        let strangers = [
            ("reason", span(&self.reason), &["deny", "policy"][..]),
            ("resource", span(&self.resource), &["policy"]),
            ("by", span(&self.by), &["policy"]),
            ("type", span(&self.record), &["dns"]),
            ("at_least", span(&self.at_least), &["throughput"]),
            ("connections", self.connections.as_ref().map(|number| number.span), &["distribution"]),
            (
                "expect",
                expect,
                &["curl", "dns", "source", "distribution", "health", "flow_log", "traceroute", "policy", "run"],
            ),
        ];
        for (name, span, fits) in strangers {
            if let Some(span) = span.filter(|_| !fits.contains(&kind)) {
                let fits: Vec<_> = fits.iter().map(|kind| format!("`{kind}`")).collect();
                let message = format!("`{name}` means nothing with `{kind}`");
                notes.push_with_hint(span, message, format!("it belongs to {}", fits.join(", ")));
            }
        }
        if let Some(span) = first_from.filter(|_| NOBODY_ASKS.contains(&kind)) {
            let hint =
                if kind == "health" { "load balancers check their targets" } else { "give a `srcaddr` to expect" };
            notes.push_with_hint(span, format!("`from` means nothing with `{kind}`"), hint);
        }
    }
}

/// A rate to a port, which is nothing without the lowest that is enough.
fn throughput(to: Text, at_least: Option<Text>, notes: &mut Diagnostics) -> Option<What> {
    if at_least.is_none() {
        let hint = "`at_least`: the rate that must arrive, such as `100 Mbit/s`";
        notes.push_with_hint(to.span, "missing key `at_least`", hint);
    }
    Some(What::Throughput { to, at_least: at_least? })
}

/// A request by curl: of one that is given argument by argument only what curl itself says is known.
fn curl(arguments: Words, expect: Option<&Node>, notes: &mut Diagnostics) -> What {
    let expect = read::<ExpectCurl>(expect, notes).map(ExpectCurl::lower).unwrap_or_default();
    let beyond = expect.status.first().or_else(|| expect.headers.first().map(|(name, _)| name));
    if let (Words::Many(_), Some(beyond)) = (&arguments, beyond.or(expect.tls_name.as_ref())) {
        let hint = "give a URL alone, or have curl print it by arguments such as `-i` and expect it in the `body`";
        notes.push_with_hint(beyond.span, "of curl with arguments, only `exit`, `body` and `stderr` are known", hint);
    }
    What::Curl { arguments, expect }
}

/// An expectation without which the check says nothing.
fn needed<T: Decode>(expect: Option<&Node>, span: Span, notes: &mut Diagnostics) -> Option<T> {
    if expect.is_none() {
        notes.push_with_hint(span, "missing key `expect`", format!("`expect`: {}", T::what()));
    }
    read(expect, notes)
}
