//! `users` and `ssh_authorized_keys`: accounts beside `ec2-user`, and who may log in with which keys.

use super::{Reader, quoted, shown, text};
use serde_yaml::{Mapping, Value};

/// The keys of a user.
const KEYS: [&str; 12] = [
    "name",
    "gecos",
    "groups",
    "homedir",
    "lock_passwd",
    "no_create_home",
    "primary_group",
    "shell",
    "ssh_authorized_keys",
    "sudo",
    "system",
    "uid",
];

/// The account that is always there.
const DEFAULT: &str = "ec2-user";

impl Reader {
    pub(super) fn users(&mut self, value: &Value) {
        let Some(users) = value.as_sequence() else { return self.wrong("`users` is a list of users") };
        for user in users {
            match user {
                Value::String(word) if word == "default" => {}
                Value::Mapping(user) => self.user(user),
                _ => self.wrong("a user is `default` or a mapping with a `name`"),
            }
        }
    }

    fn user(&mut self, user: &Mapping) {
        for key in user.keys().filter(|key| !key.as_str().is_some_and(|key| KEYS.contains(&key))) {
            let key = shown(key.as_str().unwrap_or("?"));
            self.unmirrored(format!("`{key}` of a user is not mirrored"));
        }
        let fits = |name: &&str| {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
            (1..=32).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('-')
        };
        let Some(name) = user.get("name").and_then(Value::as_str).filter(fits) else {
            return self.wrong("a user has a `name` of letters, digits, `-` and `_`");
        };
        let mut options = Vec::new();
        let is_set = |key: &str| user.get(key).and_then(Value::as_bool) == Some(true);
        options.push(if is_set("no_create_home") { "-M".to_owned() } else { "-m".to_owned() });
        options.extend(is_set("system").then(|| "-r".to_owned()));
        for (key, option) in
            [("gecos", "-c"), ("homedir", "-d"), ("shell", "-s"), ("uid", "-u"), ("primary_group", "-g")]
        {
            match user.get(key).map(text) {
                Some(Some(value)) => options.push(format!("{option} {}", quoted(&value))),
                Some(None) => self.wrong(format!("`{key}` of a user is text")),
                None => {}
            }
        }
        let groups = user.get("groups").map_or(Some(Vec::new()), words);
        let Some(groups) = groups else { return self.wrong("`groups` of a user are names") };
        let groups: Vec<_> = groups.iter().flat_map(|words| words.split(',')).map(str::trim).map(quoted).collect();
        for group in &groups {
            self.line(format_args!("getent group {group} >/dev/null || groupadd {group} || failed=$?"));
        }
        if !groups.is_empty() {
            options.push(format!("-G {}", groups.join(",")));
        }
        self.line(format_args!("id {name} >/dev/null 2>&1 || useradd {} {name} || failed=$?", options.join(" ")));
        match user.get("sudo") {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(rules) => match words(rules) {
                Some(rules) => {
                    for rule in rules {
                        let line = quoted(&format!("{name} {rule}"));
                        self.line(format_args!(
                            "mkdir -p /etc/sudoers.d && printf '%s\\n' {line} >> /etc/sudoers.d/90-cloud-init-users"
                        ));
                    }
                }
                None => self.wrong("`sudo` of a user is text, or a list of it"),
            },
        }
        if let Some(keys) = user.get("ssh_authorized_keys") {
            self.keys(name, keys);
        }
    }

    /// Keys of the account that is always there.
    pub(super) fn default_users_keys(&mut self, keys: &Value) {
        self.keys(DEFAULT, keys);
    }

    fn keys(&mut self, user: &str, keys: &Value) {
        let Some(keys) = words(keys) else { return self.wrong("`ssh_authorized_keys` is a list of keys") };
        for key in keys {
            let key = quoted(key.trim());
            self.line(format_args!(
                "home=$(getent passwd {user} | cut -d: -f6) && mkdir -p \"$home/.ssh\" && chmod 700 \"$home/.ssh\" \
                 && printf '%s\\n' {key} >> \"$home/.ssh/authorized_keys\" && chmod 600 \"$home/.ssh/authorized_keys\" \
                 && chown -R {user}: \"$home/.ssh\" || failed=$?"
            ));
        }
    }
}

/// A text, or a list of texts.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Sequence(items) => items.iter().map(text).collect(),
        other => text(other).map(|text| vec![text]),
    }
}
