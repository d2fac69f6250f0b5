//! UserData that is a `#cloud-config`: its common keys, as the script that does what cloud-init does with them.
//!
//! ```text
//! #cloud-config                        yum install -y 'httpd' || failed=$?
//! packages: [httpd]               →    /bin/sh -c 'systemctl enable --now httpd
//! runcmd:                              ' || failed=$?
//!   - systemctl enable --now httpd
//! ```
//!
//! In cloud-init's order, whatever the order in the text: `bootcmd`, `write_files`, `hostname`, `users`,
//! `ssh_authorized_keys`, `ssh_pwauth`, packages, `runcmd`. Every other key is a mistake, by its name.

mod users;
mod write_files;

use serde_yaml::{Mapping, Value};
use std::fmt::Write;

/// What such UserData begins with.
pub const BEGINNING: &str = "#cloud-config";

/// Why a text cannot be followed: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// It is not what cloud-init reads.
    Wrong(String),
    /// It is, and a lab does not follow it.
    Unmirrored(String),
}

/// Whether a text is one of these.
pub fn is_one(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.trim_end() == BEGINNING)
}

/// The script that does what the text says.
pub fn script(text: &str) -> Result<String, Vec<Mistake>> {
    let parsed: Value = serde_yaml::from_str(text)
        .map_err(|error| vec![Mistake::Wrong(format!("the cloud-config is no YAML: {error}"))])?;
    let config = match parsed {
        Value::Null => Mapping::new(),
        Value::Mapping(config) => config,
        _ => return Err(vec![Mistake::Wrong("a cloud-config is a mapping of keys".into())]),
    };
    let mut reader = Reader { script: "#!/bin/sh\nfailed=0\n".into(), mistakes: Vec::new() };
    for key in config.keys() {
        reader.check(key);
    }
    for key in KEYS {
        if let Some(value) = config.get(*key) {
            reader.key(key, value);
        }
    }
    reader.packages(&config);
    if let Some(value) = config.get("runcmd") {
        reader.commands("runcmd", value);
    }
    reader.script.push_str("exit $failed\n");
    if reader.mistakes.is_empty() { Ok(reader.script) } else { Err(reader.mistakes) }
}

/// The keys that stand for themselves, in cloud-init's order.
const KEYS: &[&str] = &["bootcmd", "write_files", "hostname", "users", "ssh_authorized_keys", "ssh_pwauth"];

/// The other keys that are followed.
const OTHERS: &[&str] = &["packages", "package_update", "package_upgrade", "repo_update", "repo_upgrade", "runcmd"];

/// What was read so far.
struct Reader {
    script: String,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn check(&mut self, key: &Value) {
        let Some(key) = key.as_str() else { return self.wrong("a key of a cloud-config is text") };
        if !KEYS.contains(&key) && !OTHERS.contains(&key) {
            self.unmirrored(format!("`{}` of a cloud-config is not mirrored", shown(key)));
        }
    }

    fn key(&mut self, key: &str, value: &Value) {
        match key {
            "bootcmd" => self.commands(key, value),
            "write_files" => self.write_files(value),
            "users" => self.users(value),
            "ssh_authorized_keys" => self.default_users_keys(value),
            "hostname" => {
                let fits = |name: &&str| {
                    (1..=64).contains(&name.len())
                        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter))
                };
                match value.as_str().filter(fits) {
                    Some(name) => {
                        self.line(format_args!("hostname {name} && echo {name} > /etc/hostname || failed=$?"));
                    }
                    None => self.wrong("`hostname` is a host's name"),
                }
            }
            _ => match value.as_bool() {
                Some(allowed) => {
                    let word = if allowed { "yes" } else { "no" };
                    let file = "/etc/ssh/sshd_config";
                    self.line(format_args!(
                        "sed -i -e '/^\\s*PasswordAuthentication\\s/Id' -e '1i PasswordAuthentication {word}' {file} \
                         && systemctl restart sshd || failed=$?"
                    ));
                }
                None => self.wrong("`ssh_pwauth` is `true` or `false`"),
            },
        }
    }

    /// A list of commands as one script: what one does to the shell the next one sees.
    fn commands(&mut self, key: &str, value: &Value) {
        let Some(items) = value.as_sequence() else { return self.wrong(format!("`{key}` is a list of commands")) };
        let mut script = String::new();
        for item in items {
            let line = match item {
                Value::String(line) => Some(line.clone()),
                Value::Sequence(words) => {
                    let words: Option<Vec<_>> = words.iter().map(|word| text(word).map(|word| quoted(&word))).collect();
                    words.map(|words| words.join(" "))
                }
                // cloud-init leaves out what is empty.
                Value::Null => Some(String::new()),
                _ => None,
            };
            match line {
                Some(line) => script = script + &line + "\n",
                None => self.wrong(format!("a command of `{key}` is text or a list of words")),
            }
        }
        if !script.trim().is_empty() {
            self.line(format_args!("/bin/sh -c {} || failed=$?", quoted(&script)));
        }
    }

    fn packages(&mut self, config: &Mapping) {
        let asks = |key: &str, reader: &mut Self| match config.get(key) {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            // Amazon's own says which updates: `none`, `security`, `all`, …
            Some(Value::String(_)) if key == "repo_upgrade" => false,
            Some(_) => {
                reader.wrong(format!("`{key}` is `true` or `false`"));
                false
            }
        };
        let mut update = false;
        for key in ["package_update", "package_upgrade", "repo_update", "repo_upgrade"] {
            update |= asks(key, self);
        }
        if update {
            self.line(format_args!("yum update -y || failed=$?"));
        }
        let Some(packages) = config.get("packages") else { return };
        let Some(packages) = packages.as_sequence() else { return self.wrong("`packages` is a list of names") };
        let mut names = Vec::new();
        for package in packages {
            match package {
                Value::String(name) if !name.is_empty() && !name.starts_with('-') => names.push(quoted(name)),
                Value::Sequence(_) | Value::Mapping(_) => {
                    self.unmirrored("a package of a certain version is not mirrored");
                }
                _ => self.wrong("a package is a name"),
            }
        }
        if !names.is_empty() {
            self.line(format_args!("yum install -y {} || failed=$?", names.join(" ")));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.script, "{line}").expect("a string takes all");
    }

    fn wrong(&mut self, message: impl Into<String>) {
        self.mistakes.push(Mistake::Wrong(message.into()));
    }

    fn unmirrored(&mut self, message: impl Into<String>) {
        self.mistakes.push(Mistake::Unmirrored(message.into()));
    }
}

/// A text, or what YAML takes for something else and a shell takes for a word.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}

/// A key as an error shows it.
fn shown(key: &str) -> String {
    key.chars().filter(|letter| !letter.is_control()).take(60).collect()
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
