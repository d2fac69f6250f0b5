//! What an instance has of SSH: Amazon Linux 2's settings, a key of its own, and whose keys let somebody in (NAME-09).

use super::accounts::{EC2_USER, replace};
use crate::{spec::Machine, sys::ssh_key};
use russh::keys::PrivateKey;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, chown},
};

/// The file among the lab's of an instance that says what its server was told.
pub const STATE: &str = "sshd";

/// What Amazon Linux 2 says about logins (IMDS-10).
pub const SSHD_CONFIG: &str = "\
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

/// Writes the files of a new view, which this process is in.
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
    replace("/etc/ssh/sshd_config", SSHD_CONFIG, 0o600)?;
    replace("/etc/ssh/ssh_config", SSH_CONFIG, 0o644)?;
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

/// Lets the key pair of the instance in, once; what somebody makes of the files afterwards stays.
pub(super) fn authorize(machine: &Machine) -> io::Result<()> {
    let Some(key) = &machine.public_key else { return Ok(()) };
    let brought = fs::read_to_string(BROUGHT).unwrap_or_default();
    if brought.trim_end() == key {
        return Ok(());
    }
    for (home, id, before) in [("/home/ec2-user", EC2_USER, ""), ("/root", 0, NOT_ROOT)] {
        let directory = format!("{home}/.ssh");
        match DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        chown(&directory, Some(id), Some(id))?;
        let file = format!("{directory}/authorized_keys");
        replace(&file, &format!("{before}{key}\n"), 0o600)?;
        chown(file, Some(id), Some(id))?;
    }
    replace(BROUGHT, &format!("{key}\n"), 0o644)
}
