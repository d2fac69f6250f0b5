//! `curl`: an HTTP request by curl itself, in the host's view. What a person would type there happens here.

use super::{
    context::{Attempt, Context, patience},
    pattern::{Pattern, missing, quoted},
    run::{self, Expected},
};
use crate::{
    reach::{Atlas, Path, Sender},
    sys::command::Ended,
};
use std::time::Duration;

/// Begins the line in which curl says the status, after all that it says else.
const MARK: &str = "vpcns-check-status: ";

/// curl's own limit comes first, so that it says what it was waiting for.
const GRACE: Duration = Duration::from_secs(2);

/// What is asked.
#[derive(Debug, Clone)]
pub(super) enum Request {
    /// One URL: the status, the headers and the certificate are known.
    Url(String),
    /// curl's arguments, unchanged.
    Arguments(Vec<String>),
}

/// What is expected of the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Any of these; none given: 200 to 399.
    pub(super) status: Vec<u16>,
    pub(super) body: Vec<Pattern>,
    pub(super) headers: Vec<(String, Pattern)>,
    pub(super) tls_name: Option<String>,
    pub(super) command: Expected,
}

/// The answer is as expected.
pub(super) fn curl(
    context: &Context<'_>,
    from: &Sender,
    (request, answer): (&Request, &Answer),
    timeout: Option<Duration>,
) -> Attempt {
    let patience = patience(timeout, 5);
    let mut ended = run::ended(context, from, &words(request, answer, patience), patience + GRACE)?;
    let of_url = matches!(request, Request::Url(_));
    let said = if of_url { split(&mut ended, !answer.headers.is_empty()) } else { Said::default() };
    let mut wrong = run::wrong(&ended, &answer.command, patience + GRACE);
    if wrong.is_empty() && answer.command.exit == 0 {
        wrong.extend(missing("the body", &answer.body, &ended.stdout));
        if of_url {
            wrong.extend(unlike(&said, answer));
        }
    } else if !wrong.is_empty() {
        wrong.extend(why(context, from, request));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The command: of a URL, one that says the status on its last line, and before it what else is asked for.
fn words(request: &Request, answer: &Answer, patience: Duration) -> Vec<String> {
    let url = match request {
        Request::Arguments(arguments) => return std::iter::once("curl".to_owned()).chain(arguments.clone()).collect(),
        Request::Url(url) => url,
    };
    let limit = format!("{:.3}", patience.as_secs_f64());
    let mut words = vec!["curl".to_owned(), "-sS".into(), "--max-time".into(), limit];
    if !answer.headers.is_empty() {
        words.push("--include".into());
    }
    let mut last = format!("%{{stderr}}{MARK}%{{http_code}}\n");
    if answer.tls_name.is_some() {
        // whose certificate it is, is compared here; who signed it is no matter of the network
        words.push("--insecure".into());
        last.push_str("%{certs}");
    }
    words.extend(["--write-out".into(), last, "--".into(), url.clone()]);
    words
}

/// What curl says beside the body and its own words.
#[derive(Debug, Default)]
struct Said {
    status: u16,
    headers: String,
    certificates: String,
}

/// Takes it out of what curl wrote.
fn split(ended: &mut Ended, with_headers: bool) -> Said {
    let mut said = Said::default();
    if let Some((own, after)) = ended.stderr.rsplit_once(MARK) {
        let (status, certificates) = after.split_once('\n').unwrap_or((after, ""));
        (said.status, said.certificates) = (status.parse().unwrap_or_default(), certificates.to_owned());
        ended.stderr = own.to_owned();
    }
    // interim answers have headers of their own, before those that count
    while let Some((headers, rest)) =
        ended.stdout.split_once("\r\n\r\n").filter(|(headers, _)| with_headers && headers.starts_with("HTTP/"))
    {
        headers.clone_into(&mut said.headers);
        ended.stdout = rest.to_owned();
        if !said.headers.starts_with("HTTP/1.1 1") {
            break;
        }
    }
    said
}

/// In what the status, the headers and the certificate differ from what is expected.
fn unlike(said: &Said, answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    let status = said.status;
    if answer.status.is_empty() && !(200..400).contains(&status) {
        wrong.push(format!("expected a status from 200 to 399, not {status}"));
    } else if !answer.status.is_empty() && !answer.status.contains(&status) {
        let expected: Vec<_> = answer.status.iter().map(u16::to_string).collect();
        wrong.push(format!("expected status {}, not {status}", expected.join(" or ")));
    }
    for (name, pattern) in &answer.headers {
        let lines = said.headers.lines().filter_map(|line| line.split_once(':'));
        let values: Vec<_> =
            lines.filter(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect();
        if values.is_empty() {
            wrong.push(format!("expected {pattern} in header `{name}`, which is not there"));
        } else if !values.iter().any(|value| pattern.matches(value)) {
            wrong.push(format!("expected {pattern} in header `{name}`, which is {}", quoted(&values.join(", "))));
        }
    }
    if let Some(name) = answer.tls_name.as_ref() {
        let names = certificate_names(&said.certificates);
        if !names.iter().any(|known| covers(known, name)) {
            wrong.push(format!("expected a certificate for `{name}`, which is for {}", quoted(&names.join(", "))));
        }
    }
    wrong
}

/// The names in the first certificate, as curl prints it: alternative names, or else the subject's own.
fn certificate_names(text: &str) -> Vec<String> {
    let first = text.split("-----END CERTIFICATE-----").next().unwrap_or_default();
    let words = |begin: &str| -> Vec<String> {
        let after = first.match_indices(begin).map(|(at, _)| &first[at + begin.len()..]);
        after.map(|rest| rest.split([',', '\n', '/']).next().unwrap_or_default().trim().to_owned()).collect()
    };
    let alternative = words("DNS:");
    if !alternative.is_empty() {
        return alternative;
    }
    let subject = first.lines().find(|line| line.starts_with("Subject:")).unwrap_or_default();
    let common = subject.split("CN").nth(1).map(|rest| rest.trim_start_matches([' ', '=']));
    common.and_then(|rest| rest.split(',').next()).map(|name| name.trim().to_owned()).into_iter().collect()
}

/// Whether a certificate's name is this one; `*.` stands for one label.
fn covers(known: &str, name: &str) -> bool {
    let below = |known: &str| name.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(known));
    known.eq_ignore_ascii_case(name) || known.strip_prefix("*.").is_some_and(below)
}

/// The model's word, if it is known where the request went.
fn why(context: &Context<'_>, from: &Sender, request: &Request) -> Vec<String> {
    let lines = |(_, path): (_, Path)| {
        let mut lines = path.steps(context.source);
        lines.extend(path.verdict.lines());
        lines
    };
    paths(context, from, request).into_iter().next().map(lines).unwrap_or_default()
}

/// The paths of a request, if it is known where it goes.
fn paths(context: &Context<'_>, from: &Sender, request: &Request) -> Vec<(std::net::Ipv4Addr, Path)> {
    let url = match request {
        Request::Url(url) => Some(url),
        Request::Arguments(arguments) => arguments.iter().rfind(|word| word.contains("://")),
    };
    let health = context.health();
    let to = url.and_then(|url| context.destination(&health, from, &authority(url)?).ok());
    to.map(|to| to.paths(&Atlas::new(context.topology, &health), from)).unwrap_or_default()
}

/// `HOST:PORT` of a URL.
fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    Some(if host.contains(':') { host.to_owned() } else { format!("{host}:{port}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_leads_to_a_host_and_a_port() {
        for (url, host) in [
            ("http://web", "web:80"),
            ("web/index.html", "web:80"),
            ("https://u:p@web.example/?q=http://x", "web.example:443"),
            ("http://10.0.0.1:8080/", "10.0.0.1:8080"),
        ] {
            assert_eq!(authority(url).as_deref(), Some(host), "{url}");
        }
        assert_eq!(authority("ftp://web"), None);
    }

    #[test]
    fn status_headers_and_certificate_are_read_from_what_curl_says() {
        let stderr = format!("own words\n{MARK}404\nSubject:CN = a.example\n");
        let stdout =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nServer: x\r\n\r\nHTTP/1\r\n\r\nbody".into();
        let mut ended = Ended { exit: Some(0), stdout, stderr };
        let said = split(&mut ended, true);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("HTTP/1\r\n\r\nbody", "own words\n"));
        let answer = |status: &[u16], header: &str, tls: &str| Answer {
            status: status.to_vec(),
            headers: vec![("server".into(), Pattern::read(header).unwrap())],
            tls_name: Some(tls.into()),
            ..Answer::default()
        };
        assert!(unlike(&said, &answer(&[404], "x", "a.example")).is_empty());
        let wrong = unlike(&said, &answer(&[], "y", "b.example"));
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong[0].contains("not 404") && wrong[1].contains("`x`") && wrong[2].contains("`a.example`"));
    }

    #[test]
    fn alternative_names_come_before_the_subject() {
        let text = "Subject:CN = a\nX509v3 Subject Alternative Name:DNS:b.example, DNS:*.c.example\n";
        assert_eq!(certificate_names(text), ["b.example", "*.c.example"]);
        assert!(covers("*.c.example", "x.c.example") && !covers("*.c.example", "c.example"));
    }
}
