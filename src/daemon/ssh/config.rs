//! An instance's `/etc/ssh/sshd_config`: what of it decides here. As in OpenSSH the first value of a keyword counts, and
//! a file that is wrong is said to be, so that the server is not started with it.
//!
//! Keywords that are not here change nothing; `Match` blocks are not read.

use std::time::Duration;

/// Who may log in as root, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RootLogin {
    Yes,
    WithoutPassword,
    ForcedCommandsOnly,
    No,
}

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are yes and no in the file")]
pub(super) struct Config {
    pub(super) root_login: RootLogin,
    pub(super) passwords: bool,
    pub(super) empty_passwords: bool,
    pub(super) keys: bool,
    /// Files of authorized keys, as seen from a home.
    pub(super) key_files: Vec<String>,
    pub(super) strict_modes: bool,
    pub(super) forwarding: bool,
    pub(super) terminals: bool,
    pub(super) sftp: bool,
    /// Patterns of variables that a client may set.
    pub(super) accepted_variables: Vec<String>,
    pub(super) tries: usize,
    pub(super) sessions: usize,
    /// In which one must log in.
    pub(super) grace: Duration,
}

impl Default for Config {
    /// OpenSSH's own.
    fn default() -> Self {
        Self {
            root_login: RootLogin::WithoutPassword,
            passwords: true,
            empty_passwords: false,
            keys: true,
            key_files: vec![".ssh/authorized_keys".into(), ".ssh/authorized_keys2".into()],
            strict_modes: true,
            forwarding: true,
            terminals: true,
            sftp: false,
            accepted_variables: Vec::new(),
            tries: 6,
            sessions: 10,
            grace: Duration::from_mins(2),
        }
    }
}

/// Reads the file; of one that is wrong, the first line that is, as OpenSSH says it.
pub(super) fn parse(text: &str) -> Result<Config, String> {
    let mut config = Config::default();
    let mut seen = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let (keyword, value) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
        let (keyword, value) = (keyword.to_lowercase(), value.trim_start_matches([' ', '\t', '=']).trim_end());
        match keyword.as_str() {
            "" => continue,
            comment if comment.starts_with('#') => continue,
            // What follows is for some clients only.
            "match" => break,
            _ if value.is_empty() => return Err(format!("line {number}: missing argument for `{keyword}`")),
            "acceptenv" => {
                config.accepted_variables.extend(value.split_whitespace().map(str::to_owned));
                continue;
            }
            _ => {}
        }
        if !seen.contains(&keyword) {
            config.set(&keyword, value).map_err(|why| format!("line {number}: {why}"))?;
            seen.push(keyword);
        }
    }
    Ok(config)
}

impl Config {
    fn set(&mut self, keyword: &str, value: &str) -> Result<(), String> {
        match keyword {
            "permitrootlogin" => self.root_login = root_login(value)?,
            "passwordauthentication" => self.passwords = yes(value)?,
            "permitemptypasswords" => self.empty_passwords = yes(value)?,
            "pubkeyauthentication" => self.keys = yes(value)?,
            "authorizedkeysfile" => self.key_files = value.split_whitespace().map(str::to_owned).collect(),
            "strictmodes" => self.strict_modes = yes(value)?,
            "allowtcpforwarding" => self.forwarding = matches!(value, "yes" | "all" | "local"),
            "permittty" => self.terminals = yes(value)?,
            "subsystem" => self.sftp |= value.split_whitespace().next() == Some("sftp"),
            "maxauthtries" => self.tries = number(value)?.max(1),
            "maxsessions" => self.sessions = number(value)?,
            "logingracetime" => self.grace = grace(value)?,
            "port" if value != "22" => return Err(format!("port {value} is not mirrored, only 22 is")),
            _ => {}
        }
        Ok(())
    }
}

fn root_login(value: &str) -> Result<RootLogin, String> {
    match value.to_lowercase().as_str() {
        "yes" => Ok(RootLogin::Yes),
        "without-password" | "prohibit-password" => Ok(RootLogin::WithoutPassword),
        "forced-commands-only" => Ok(RootLogin::ForcedCommandsOnly),
        "no" => Ok(RootLogin::No),
        _ => Err(format!("unsupported option `{value}`")),
    }
}

fn yes(value: &str) -> Result<bool, String> {
    match value {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("unsupported option `{value}`")),
    }
}

fn number(value: &str) -> Result<usize, String> {
    value.parse().map_err(|_| format!("integer value `{value}` invalid"))
}

/// Seconds, or with a letter minutes or hours; none at all is a day.
fn grace(value: &str) -> Result<Duration, String> {
    let (digits, unit) = match value.chars().last() {
        Some('s') => (&value[..value.len() - 1], 1),
        Some('m') => (&value[..value.len() - 1], 60),
        Some('h') => (&value[..value.len() - 1], 3600),
        _ => (value, 1),
    };
    let seconds: u32 = digits.parse().map_err(|_| format!("invalid time value `{value}`"))?;
    let seconds = if seconds == 0 { 86400 } else { u64::from(seconds) * unit };
    Ok(Duration::from_secs(seconds.min(86400)))
}

#[cfg(test)]
mod tests {
    use super::{Config, RootLogin, parse};
    use std::time::Duration;

    #[test]
    fn the_first_value_counts_and_the_rest_is_openssh_s() {
        let config =
            parse("# PermitRootLogin no\nPermitRootLogin yes\npermitrootlogin no\nLoginGraceTime 2m\n").unwrap();
        assert_eq!(config, Config { root_login: RootLogin::Yes, grace: Duration::from_mins(2), ..Config::default() });
        let config = parse("PasswordAuthentication=no\nMatch User x\nPasswordAuthentication yes\n").unwrap();
        assert!(!config.passwords);
        assert!(parse("Subsystem sftp /usr/libexec/openssh/sftp-server\n").unwrap().sftp);
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(parse("\nPasswordAuthentication maybe"), Err("line 2: unsupported option `maybe`".into()));
        assert!(parse("Port 2222").is_err() && parse("MaxAuthTries many").is_err() && parse("UsePAM").is_err());
    }
}
