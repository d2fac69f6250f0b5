//! What is expected, read as what it is compared with.

use super::Preparing;
use crate::{
    check::{
        curl::Answer,
        distribution::Share,
        dns::{Asked, Status},
        pattern::Pattern,
        run::Expected,
        throughput::Rate,
    },
    describe,
    model::{
        Failed,
        check::{CommandExpectation, DnsExpectation, HttpExpectation},
        diagnostic::{Spanned, did_you_mean},
        draft::Text,
    },
};
use hickory_proto::rr::{Name, RecordType};
use std::net::Ipv4Addr;

/// The connections of a distribution, unless the file says how many.
const CONNECTIONS: usize = 60;
/// The states of targets (NLB-24).
const STATES: [&str; 5] = ["initial", "healthy", "unhealthy", "unused", "draining"];

impl Preparing<'_> {
    pub(super) fn expected(&mut self, expect: &CommandExpectation) -> Expected {
        let exit = expect.exit.as_ref().map_or(0, |exit| {
            i32::try_from(exit.value).ok().filter(|code| (0..=255).contains(code)).unwrap_or_else(|| {
                self.notes.push(exit.span, format!("an exit code is a number from 0 to 255, not {}", exit.value));
                0
            })
        });
        Expected { exit, stdout: self.patterns(&expect.stdout), stderr: self.patterns(&expect.stderr) }
    }

    pub(super) fn answer(&mut self, expect: &HttpExpectation) -> Answer {
        let command = self.expected(&expect.command);
        let beyond = expect.status.first().or(expect.body.first()).or(expect.headers.first().map(|(name, _)| name));
        if let Some(beyond) = beyond.or(expect.tls_name.as_ref()).filter(|_| command.exit != 0) {
            let message = format!("curl that ends with {} has no answer to expect anything of", command.exit);
            self.notes.push_with_hint(beyond.span, message, "expect either `exit` or the answer");
        }
        let headers = expect.headers.iter().map(|(name, value)| (name.value.clone(), self.pattern(value)));
        Answer {
            headers: headers.collect(),
            status: expect.status.iter().filter_map(|status| self.status(status)).collect(),
            body: self.patterns(&expect.body),
            tls_name: expect.tls_name.as_ref().map(|name| self.expand(name)),
            command,
        }
    }

    fn status(&mut self, text: &Text) -> Option<u16> {
        let status = text.value.parse().ok().filter(|status| (100..600).contains(status));
        if status.is_none() {
            self.notes.push(text.span, format!("`{}` is no HTTP status", text.value));
        }
        status
    }

    pub(super) fn asked(&mut self, name: &Text, record: Option<&Text>, expect: &DnsExpectation) -> Asked {
        let whole = self.expand(name);
        let parsed = Name::from_ascii(format!("{}.", whole.trim_end_matches('.')));
        if parsed.is_err() {
            self.notes.push(name.span, format!("`{whole}` cannot be a name in DNS"));
        }
        let record = record.map_or(RecordType::A, |record| {
            record.value.to_uppercase().parse().unwrap_or_else(|_| {
                self.notes.push(record.span, format!("`{}` is no type of records", record.value));
                RecordType::A
            })
        });
        let status = expect.status.as_ref().map_or(Status::WORDS[0].1, |text| self.dns_status(text));
        if let Some(status) = expect.status.as_ref().filter(|_| status == Status::Timeout && expect.answers.is_some()) {
            self.notes.push(status.span, "without a reply there are no answers");
        }
        let answers = expect.answers.as_ref().map(|answers| self.expand_all(answers));
        Asked { name: parsed.unwrap_or_default(), record, answers, ordered: expect.ordered, status }
    }

    fn dns_status(&mut self, text: &Text) -> Status {
        let found = Status::WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text.value));
        if found.is_none() {
            let hint = format!("it is one of {}", Status::WORDS.map(|(word, _)| word).join(", "));
            self.notes.push_with_hint(text.span, format!("`{}` is no status", text.value), hint);
        }
        found.map_or(Status::WORDS[0].1, |(_, status)| *status)
    }

    /// What fails, `KIND/NAME`.
    pub(super) fn failed(&mut self, text: &Text) -> Option<Failed> {
        let whole = self.expand(text);
        let Some((kind, name)) = whole.split_once('/') else {
            let hint = "write it as `az/a`, `nat/NAME`, `target/NAME`, `tunnel/NAME` or `node/LOAD-BALANCER/ZONE`";
            self.notes.push_with_hint(text.span, format!("`{whole}` is nothing that can fail"), hint);
            return None;
        };
        let found = describe::failed(self.topology, kind, name);
        found.map_err(|error| self.notes.push_with_hint(text.span, error.to_string(), error.hint())).ok()
    }

    /// The lowest rate that is enough.
    pub(super) fn rate(&mut self, text: &Text) -> Option<Rate> {
        let rate = Rate::read(&text.value);
        if rate.is_none() {
            let message = format!("`{}` is no rate that something could fall short of", text.value);
            self.notes.push_with_hint(text.span, message, "write it as `100 Mbit/s`");
        }
        rate
    }

    /// A flow log, and the values that fields of a record are to have.
    pub(super) fn flow_log(
        &mut self,
        of: &Text,
        expect: &[(Text, Text)],
    ) -> Option<(crate::model::Name, Vec<(String, String)>)> {
        let name = self.expand(of);
        let Some((name, log)) = self.topology.flow_logs.get_key_value(name.as_str()) else {
            let names: Vec<_> = self.topology.flow_logs.keys().map(|name| format!("`{name}`")).collect();
            let hint =
                if names.is_empty() { "the lab has none".into() } else { format!("there is {}", names.join(", ")) };
            self.notes.push_with_hint(of.span, format!("there is no flow log `{name}`"), hint);
            return None;
        };
        let mut expected = Vec::new();
        for (field, value) in expect {
            if !log.format.iter().any(|known| known.as_str() == field.value) {
                let names: Vec<_> = log.format.iter().map(|field| field.as_str()).collect();
                let near = did_you_mean(&field.value, names.iter().copied());
                let hint = near.unwrap_or_else(|| format!("they have {}", names.join(", ")));
                self.notes.push_with_hint(
                    field.span,
                    format!("records of `{name}` have no field `{}`", field.value),
                    hint,
                );
            }
            expected.push((field.value.clone(), self.expand(value)));
        }
        Some((name.clone(), expected))
    }

    /// An address.
    pub(super) fn address(&mut self, text: &Text) -> Option<Ipv4Addr> {
        let expanded = self.expand(text);
        let address = expanded.parse().ok();
        if address.is_none() && !expanded.contains("${") {
            let hint = "write an address, or a reference to one such as `${instances.web.private_ip}`";
            self.notes.push_with_hint(text.span, format!("`{expanded}` is no IPv4 address"), hint);
        }
        address
    }

    pub(super) fn connections(&mut self, given: Option<&Spanned<i64>>) -> usize {
        let Some(given) = given else { return CONNECTIONS };
        usize::try_from(given.value).ok().filter(|count| (1..=1000).contains(count)).unwrap_or_else(|| {
            self.notes.push(given.span, format!("connections are 1 to 1000, not {}", given.value));
            CONNECTIONS
        })
    }

    /// A target's name and its share.
    pub(super) fn share(&mut self, (target, share): &(Text, Text)) -> Option<(String, Share)> {
        let name = self.expand(target);
        if !self.topology.instances.contains_key(name.as_str()) {
            let known = self.topology.instances.keys().map(crate::model::Name::as_str);
            let hint = did_you_mean(&name, known).unwrap_or_else(|| "targets are called as their instances".into());
            self.notes.push_with_hint(target.span, format!("there is no instance `{name}`"), hint);
        }
        let Some(read) = Share::read(&share.value) else {
            let hint = "it is `all`, `some`, `none`, `50%` or `40-60%`";
            self.notes.push_with_hint(share.span, format!("`{}` is no share", share.value), hint);
            return None;
        };
        Some((name, read))
    }

    pub(super) fn state(&mut self, text: &Text) -> String {
        if !STATES.contains(&text.value.as_str()) {
            let message = format!("`{}` is no state of a target", text.value);
            self.notes.push_with_hint(text.span, message, format!("it is one of {}", STATES.join(", ")));
        }
        text.value.clone()
    }

    fn patterns(&mut self, texts: &[Text]) -> Vec<Pattern> {
        texts.iter().map(|text| self.pattern(text)).collect()
    }

    fn pattern(&mut self, text: &Text) -> Pattern {
        let expanded = self.expand(text);
        Pattern::read(&expanded).unwrap_or_else(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.notes.push(text.span, format!("`{expanded}` is no regular expression: {reason}"));
            Pattern::Part(expanded)
        })
    }
}
