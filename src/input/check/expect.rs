//! What checks expect, by kind. The doc comments are the tables of `docs/checks.md`.

use crate::{
    input::{
        decode::{Decode, OneOrMany, Pairs},
        mapping::mapping,
        tree::Node,
    },
    model::{
        check::{CommandExpectation, DnsExpectation, HttpExpectation},
        diagnostic::{Diagnostics, Spanned},
        draft::Text,
    },
};

mapping! {
    pub(in crate::input),
    /// Of a `curl`.
    struct ExpectCurl = "a mapping of `status`, `body`, …" {
        /// The status, or a list of those that are right. Default: any from 200 to 399.
        status: Option<OneOrMany<Text>>,
        /// What is in the body: a part of it or a `/regular expression/`; of a list all.
        body: Option<OneOrMany<Text>>,
        /// From a header's name to what is in its value.
        headers: Option<Pairs<Text>>,
        /// A name for which the server's certificate is.
        tls_name: Option<Text>,
        /// curl's exit code, such as 28 for a timeout. Default 0. Any other leaves nothing else to expect.
        exit: Option<Spanned<i64>>,
        /// What is in curl's own words.
        stderr: Option<OneOrMany<Text>>,
    }
}

mapping! {
    pub(in crate::input),
    /// Of a `dns`.
    struct ExpectDns = "a mapping of `answers` or `status`" {
        /// The answers, all of them: addresses, or whatever the records hold. `[]` means none.
        answers: Option<OneOrMany<Text>>,
        /// Whether the answers come in this order. Default `false`.
        ordered: Option<bool>,
        /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, or `TIMEOUT` for no reply. Default: `NOERROR`.
        status: Option<Text>,
    }
}

mapping! {
    pub(in crate::input),
    /// Of a `run`.
    struct ExpectRun = "a mapping of `exit`, `stdout`, `stderr`" {
        /// The exit code. Default 0.
        exit: Option<Spanned<i64>>,
        /// What is in its output: a part of it or a `/regular expression/`; of a list all.
        stdout: Option<OneOrMany<Text>>,
        /// The same of its other output.
        stderr: Option<OneOrMany<Text>>,
    }
}

impl ExpectCurl {
    pub(super) fn lower(self) -> HttpExpectation {
        HttpExpectation {
            status: many(self.status),
            body: many(self.body),
            headers: self.headers.map_or(Vec::new(), |headers| headers.0),
            tls_name: self.tls_name,
            command: CommandExpectation { exit: self.exit, stdout: Vec::new(), stderr: many(self.stderr) },
        }
    }
}

impl ExpectDns {
    pub(super) fn lower(self) -> DnsExpectation {
        let answers = self.answers.map(|answers| answers.0);
        DnsExpectation { answers, ordered: self.ordered.unwrap_or(false), status: self.status }
    }
}

impl ExpectRun {
    pub(super) fn lower(self) -> CommandExpectation {
        CommandExpectation { exit: self.exit, stdout: many(self.stdout), stderr: many(self.stderr) }
    }
}

/// One or several, or none at all.
pub(super) fn many(given: Option<OneOrMany<Text>>) -> Vec<Text> {
    given.map_or(Vec::new(), |given| given.0)
}

/// What is expected, if it says anything.
pub(super) fn read<T: Decode>(node: Option<&Node>, notes: &mut Diagnostics) -> Option<T> {
    node.map(|node| T::decode(node, notes))
}
