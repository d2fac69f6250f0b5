//! A check of a lab as a file says it: what is tried from where, and what is expected. Names and references in it
//! (`${endpoints.customer.dns_name}`) are looked up by the stage `check`, once the lab is resolved.

use super::{
    diagnostic::{Span, Spanned},
    draft::Text,
};
use std::time::Duration;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What reports call it; none: made from the rest.
    pub name: Option<Text>,
    /// Where the file says it.
    pub span: Span,
    /// Who asks; nobody for a target's health.
    pub from: Vec<Text>,
    /// What fails before it is tried, and is healed afterwards.
    pub after: Vec<Text>,
    /// What is tried.
    pub what: What,
    /// For how long it is tried again until it is as expected.
    pub retry: Duration,
    /// How long one try may take.
    pub timeout: Option<Duration>,
    /// Words by which checks are chosen.
    pub tags: Vec<Text>,
}

/// What is tried, and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the keys of the file")]
pub enum What {
    /// Connections that are answered.
    Reach { to: Vec<Text> },
    /// Connections that get no answer, because of the reason with this code of Reachability Analyzer.
    Deny { to: Vec<Text>, reason: Option<Text> },
    /// Hosts that answer an ICMP echo request.
    Ping { to: Vec<Text> },
    /// HTTP by curl.
    Curl { arguments: Words, expect: HttpExpectation },
    /// A name, and what the sender's resolver says of it.
    Dns { name: Text, record: Option<Text>, expect: DnsExpectation },
    /// A connection, and the source addresses of which the target may see one.
    Source { to: Text, expect: Vec<Text> },
    /// Many connections, and which share of them each target gets.
    Distribution { to: Text, connections: Option<Spanned<i64>>, expect: Vec<(Text, Text)> },
    /// A target group, or one of its targets, and the state it is in.
    Health { of: Text, expect: Option<Text> },
    /// A flow log, and fields of one of its records.
    FlowLog { of: Text, expect: Vec<(Text, Text)> },
    /// The addresses on the way, `*` where nobody answers.
    Traceroute { to: Text, expect: Vec<Text> },
    /// A call to a service of AWS's, and what policies make of it.
    Policy(PolicyQuestion),
    /// A host's free port, and how much must get there.
    Throughput { to: Text, at_least: Text },
    /// A command, and how it ends.
    Run { command: Words, expect: CommandExpectation },
}

/// A call, and what is expected of the policies that decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyQuestion {
    /// `s3:GetObject`.
    pub action: Text,
    /// The ARN of what it concerns; none: no single resource.
    pub resource: Option<Text>,
    /// The endpoint by which it must come.
    pub by: Option<Text>,
    /// `allowed` or `denied`.
    pub expect: Text,
    /// Whose policy must be the one that denies it: `endpoint`, `resource` or `identity`.
    pub reason: Option<Text>,
}

/// A command or its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// One text: a URL, or a line for a shell.
    One(Text),
    /// Argument by argument.
    Many(Vec<Text>),
}

/// What is expected of an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpExpectation {
    /// The status is one of these; none: any below 400.
    pub status: Vec<Text>,
    /// The body has all of these in it.
    pub body: Vec<Text>,
    /// The headers, by name.
    pub headers: Vec<(Text, Text)>,
    /// A name for which the server's certificate is.
    pub tls_name: Option<Text>,
    /// How curl ends.
    pub command: CommandExpectation,
}

/// What is expected of a resolver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DnsExpectation {
    /// The records' data.
    pub answers: Option<Vec<Text>>,
    /// Whether they come in this order.
    pub ordered: bool,
    /// The reply's code, or `TIMEOUT`.
    pub status: Option<Text>,
}

/// What is expected of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandExpectation {
    /// Its exit code; none: 0.
    pub exit: Option<Spanned<i64>>,
    /// What is in its output: a part of it, or a `/regular expression/`.
    pub stdout: Vec<Text>,
    /// What is in its other output.
    pub stderr: Vec<Text>,
}
