//! Who serves a service of AWS's own instead of the lab: an emulator on the host, for example.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a service is served: `http://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Whether it is asked by HTTPS.
    pub secure: bool,
    /// A name or an address, as the lab's host finds it.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Upstream {
    /// Reads `http://HOST:PORT` or `https://HOST:PORT`, with nothing after it but a slash.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let (host, port) = rest.strip_suffix('/').unwrap_or(rest).rsplit_once(':')?;
        let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let right = match is_v6 {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => (1..=253).contains(&host.len()) && host.bytes().all(plain) && !host.starts_with('-'),
        };
        right.then(|| Self { secure, host: is_v6.unwrap_or(host).to_owned(), port })
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::Upstream;

    #[test]
    fn an_upstream_is_a_scheme_a_host_and_a_port() {
        for text in ["http://127.0.0.1:5000", "https://emulator.example:8443", "http://[::1]:4566"] {
            assert_eq!(Upstream::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Upstream::parse("http://a:1/").unwrap().to_string(), "http://a:1");
        for text in [
            "127.0.0.1:5000",
            "ftp://a:1",
            "http://a",
            "http://a:0",
            "http://a:70000",
            "http://:1",
            "http://a:1/path",
            "http://u:p@a:1",
            "http://a b:1",
            "http://[a]:1",
            "http://-a:1",
            "http://a:1?x",
        ] {
            assert_eq!(Upstream::parse(text), None, "{text}");
        }
    }
}
