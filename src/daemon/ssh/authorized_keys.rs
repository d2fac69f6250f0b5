//! `authorized_keys`: which key lets somebody in, and what it then may (`sshd(8)`). A line with an option that is not
//! understood lets nobody in, for it may be one that forbids.

use russh::keys::PublicKey;
use std::net::IpAddr;

/// What a key lets one do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorized {
    /// What is run, whatever the client asks for.
    pub(super) command: Option<String>,
    /// Whether connections are made for the client.
    pub(super) forwarding: bool,
    /// Whether it gets a terminal.
    pub(super) terminal: bool,
}

impl Authorized {
    /// As who gives a password.
    pub(super) const EVERYTHING: Self = Self { command: None, forwarding: true, terminal: true };
}

/// The first line of a file that lets this key in from this address.
pub(super) fn find(text: &str, key: &PublicKey, from: IpAddr) -> Option<Authorized> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.find_map(|line| authorized(line, key, from))
}

fn authorized(line: &str, key: &PublicKey, from: IpAddr) -> Option<Authorized> {
    let is_it = |text: &str| PublicKey::from_openssh(text).is_ok_and(|found| found.key_data() == key.key_data());
    // Where a line begins with a key there are no options.
    if is_it(line) {
        return Some(Authorized::EVERYTHING);
    }
    let (options, rest) = options(line)?;
    if !is_it(rest) {
        return None;
    }
    let mut authorized = Authorized::EVERYTHING;
    for option in options {
        let (name, value) = option.split_once('=').map_or((option.as_str(), None), |(name, value)| (name, Some(value)));
        match (name.to_lowercase().as_str(), value) {
            ("command", Some(command)) => authorized.command = Some(command.to_owned()),
            ("from", Some(patterns)) => {
                let matches = |pattern: &str| {
                    pattern.parse::<ipnet::IpNet>().map_or(pattern == from.to_string(), |net| net.contains(&from))
                };
                patterns.split(',').any(matches).then_some(())?;
            }
            ("restrict", None) => (authorized.forwarding, authorized.terminal) = (false, false),
            ("no-port-forwarding", None) => authorized.forwarding = false,
            ("port-forwarding", None) => authorized.forwarding = true,
            ("no-pty", None) => authorized.terminal = false,
            ("pty", None) => authorized.terminal = true,
            // There is nothing of these to forbid.
            ("no-agent-forwarding" | "no-x11-forwarding" | "no-user-rc", None) => {}
            _ => return None,
        }
    }
    Some(authorized)
}

/// The options of a line, without their quotes, and what follows them.
fn options(line: &str) -> Option<(Vec<String>, &str)> {
    let mut options = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let option = options.last_mut()?;
        match letter {
            '\\' if quoted && letters.peek().is_some_and(|(_, next)| *next == '"') => {
                letters.next();
                option.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => options.push(String::new()),
            ' ' | '\t' if !quoted => return Some((options, line[at..].trim_start())),
            _ => option.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    fn find_in(line: &str) -> Option<Authorized> {
        find(line, &PublicKey::from_openssh(KEY).unwrap(), "10.0.0.9".parse().unwrap())
    }

    #[test]
    fn a_key_alone_may_everything() {
        assert_eq!(find_in(&format!("# x\n\n{KEY} me@home\n")), Some(Authorized::EVERYTHING));
        assert_eq!(find_in(&KEY.replace("IJdD", "IJdE")), None);
        assert_eq!(find_in("nonsense"), None);
    }

    #[test]
    fn options_take_away() {
        let line = format!(r#"no-port-forwarding,command="echo \"a, b\";sleep 10" {KEY} me"#);
        let command = Some(r#"echo "a, b";sleep 10"#.to_owned());
        assert_eq!(find_in(&line), Some(Authorized { command, forwarding: false, terminal: true }));
        let restricted = Authorized { command: None, forwarding: false, terminal: true };
        assert_eq!(find_in(&format!("restrict,pty {KEY}")), Some(restricted));
        assert_eq!(find_in(&format!("from=\"10.0.0.0/24\" {KEY}")), Some(Authorized::EVERYTHING));
        assert_eq!(find_in(&format!("from=\"10.1.0.0/24,10.0.0.8\" {KEY}")), None);
        assert_eq!(find_in(&format!("expiry-time=\"20200101\" {KEY}")), None);
    }
}
