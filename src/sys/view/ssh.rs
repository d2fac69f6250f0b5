//! What an instance has of SSH: Amazon Linux 2's settings, a key of its own, and whose keys let somebody in (NAME-09).

use super::accounts::{EC2_USER, give, replace};
use crate::{
    spec::Machine,
    sys::{ssh_key, state::Lab},
};
use russh::keys::PrivateKey;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
};

const SETTINGS: &str = "/etc/ssh/sshd_config";

/// What Amazon Linux 2 says about logins (IMDS-10).
const SSHD_CONFIG: &str = "\
#Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
#LoginGraceTime 2m
#PermitRootLogin yes
#StrictModes yes
#MaxAuthTries 6
#MaxSessions 10
AuthorizedKeysFile .ssh/authorized_keys
PasswordAuthentication no
ChallengeResponseAuthentication no
UsePAM yes
X11Forwarding yes
AcceptEnv LANG LC_CTYPE LC_NUMERIC LC_TIME LC_COLLATE LC_MONETARY LC_MESSAGES
AcceptEnv LC_PAPER LC_NAME LC_ADDRESS LC_TELEPHONE LC_MEASUREMENT
AcceptEnv LC_IDENTIFICATION LC_ALL LANGUAGE
Subsystem sftp /usr/libexec/openssh/sftp-server
";

/// For the client. Whoever is met first is taken for who it says it is, without a question, as scripts need it; whoever
/// has another key later is refused.
const SSH_CONFIG: &str = "Host *\n    StrictHostKeyChecking accept-new\n    SendEnv LANG LC_*\n";

/// Which key was last brought in, as cloud-init keeps it.
const BROUGHT: &str = "/var/lib/cloud/instance/public-key";

/// What comes before the key in root's file (cloud-init's `disable_root`).
const NOT_ROOT: &str = r#"no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command="echo 'Please login as the user \"ec2-user\" rather than the user \"root\".';echo;sleep 10" "#;

/// What is remembered of an instance's server from its boot on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whether it listens.
    pub running: bool,
    /// The text of the settings with which it was started.
    pub config: String,
}

impl State {
    /// What is remembered; nothing before the instance's boot.
    pub fn read(lab: &Lab, host: &str) -> Option<Self> {
        serde_json::from_slice(&fs::read(state_file(lab, host)).ok()?).ok()
    }

    /// Remembers it.
    pub fn write(&self, lab: &Lab, host: &str) -> io::Result<()> {
        fs::write(state_file(lab, host), serde_json::to_vec(self)?)
    }
}

/// Where it is remembered.
pub(super) fn state_file(lab: &Lab, host: &str) -> PathBuf {
    lab.host_directory(host).join("sshd")
}

/// Has the server of a new view, which this process is in, begin with the settings that are there.
pub(super) fn boot(state: &File) -> io::Result<()> {
    let config = fs::read_to_string(SETTINGS).unwrap_or_default();
    Ok(serde_json::to_writer(state, &State { running: true, config })?)
}

/// Writes the files of a new view, which this process is in. An image has settings, and keys that let somebody in, such
/// as they were; but for passwords, which cloud-init forbids anew in each instance.
pub(super) fn write(machine: &Machine, key: &PrivateKey) -> io::Result<()> {
    fs::create_dir_all("/etc/ssh")?;
    // The host's keys are the host's.
    for file in fs::read_dir("/etc/ssh")?.flatten() {
        if file.file_name().to_string_lossy().starts_with("ssh_host_") {
            fs::remove_file(file.path())?;
        }
    }
    replace("/etc/ssh/ssh_host_ed25519_key", &ssh_key::pem(key), 0o600)?;
    replace("/etc/ssh/ssh_host_ed25519_key.pub", &(ssh_key::public(key) + "\n"), 0o644)?;
    if machine.layers.is_empty() {
        replace(SETTINGS, SSHD_CONFIG, 0o600)?;
        replace("/etc/ssh/ssh_config", SSH_CONFIG, 0o644)?;
    } else if let Ok(config) = fs::read_to_string(SETTINGS) {
        replace(SETTINGS, &without_passwords(&config), 0o600)?;
    }
    fs::create_dir_all("/var/lib/cloud/instance")?;
    hashes()?;
    authorize(machine)
}

/// Has passwords hashed as Amazon Linux 2 does, by SHA-512, whatever the host prefers.
fn hashes() -> io::Result<()> {
    for path in ["/etc/pam.d/common-password", "/etc/login.defs"] {
        let Ok(text) = fs::read_to_string(path) else { continue };
        let changed = text.replace("yescrypt", "sha512").replace("ENCRYPT_METHOD YESCRYPT", "ENCRYPT_METHOD SHA512");
        if changed != text {
            replace(path, &changed, 0o644)?;
        }
    }
    Ok(())
}

/// The settings with `PasswordAuthentication no`.
fn without_passwords(config: &str) -> String {
    let is_it = |line: &&str| {
        let word = line.split_ascii_whitespace().next();
        word.is_some_and(|word| word.eq_ignore_ascii_case("PasswordAuthentication"))
    };
    // The first of several counts.
    let lines = ["PasswordAuthentication no"].into_iter().chain(config.lines().filter(|line| !is_it(line)));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Lets the key pair of the instance in, once, in place of the one that it had before. Other keys stay, whoever wrote
/// them or whatever image they came with, as does what somebody makes of the files afterwards.
pub(super) fn authorize(machine: &Machine) -> io::Result<()> {
    let Some(key) = &machine.public_key else { return Ok(()) };
    let brought = fs::read_to_string(BROUGHT).unwrap_or_default();
    let brought = brought.trim_end();
    if brought == key {
        return Ok(());
    }
    for (home, id, before) in [("/home/ec2-user", EC2_USER, ""), ("/root", 0, NOT_ROOT)] {
        let directory = format!("{home}/.ssh");
        match DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        give(&directory, id)?;
        let file = format!("{directory}/authorized_keys");
        let text = fs::read_to_string(&file).unwrap_or_default();
        replace(&file, &authorized(&text, [brought, key], before), 0o600)?;
        give(file, id)?;
    }
    replace(BROUGHT, &format!("{key}\n"), 0o644)
}

/// The lines of a file of keys with another key in place of the one that was brought, or after them; `options` come before
/// it.
fn authorized(text: &str, [brought, key]: [&str; 2], options: &str) -> String {
    // Type and Base64 are the key; the rest of the line is a comment.
    let material = |key: &str| key.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let [brought, new] = [material(brought), material(key)];
    let is_one = |line: &&str| [&brought, &new].into_iter().any(|key| !key.is_empty() && line.contains(key.as_str()));
    let others = text.lines().filter(|line| !is_one(line)).map(|line| format!("{line}\n"));
    others.chain([format!("{options}{key}\n")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_takes_the_place_of_the_one_before_and_others_stay() {
        assert_eq!(authorized("", ["", "ssh-ed25519 AAA a"], ""), "ssh-ed25519 AAA a\n");
        let text = "# mine\nssh-rsa CCC c\nssh-ed25519 AAA a\n";
        let changed = authorized(text, ["ssh-ed25519 AAA a", "ssh-ed25519 BBB b"], "no-pty ");
        assert_eq!(changed, "# mine\nssh-rsa CCC c\nno-pty ssh-ed25519 BBB b\n");
        // One that an image has already is there once.
        assert_eq!(authorized("ssh-rsa CCC old", ["", "ssh-rsa CCC new"], "x "), "x ssh-rsa CCC new\n");
    }

    #[test]
    fn passwords_are_forbidden_once() {
        let config = "PermitRootLogin yes\n  passwordauthentication yes\n#PasswordAuthentication yes\n";
        let wanted = "PasswordAuthentication no\nPermitRootLogin yes\n#PasswordAuthentication yes\n";
        assert_eq!(without_passwords(config), wanted);
    }
}
