//! What an instance finds in `/etc` and in its homes, and who a command in it runs as.
//!
//! `up` may change a file later: the next command brings the newer one. What somebody in the instance wrote since
//! then stays.

use super::accounts::{EC2_USER, replace};
use crate::sys::etc::Dated;
use std::{
    collections::BTreeMap,
    env, fs, io,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

/// Amazon Linux's prompt: `[ec2-user@ip-10-10-0-49 ~]$` (NAME-02).
const BASHRC: &str = "PS1='[\\u@\\h \\W]\\$ '\n";
const BASH_PROFILE: &str = "[ -f ~/.bashrc ] && . ~/.bashrc\n";

/// What Amazon Linux 2 says about logins, as far as scripts edit it (IMDS-10).
const SSHD_CONFIG: &str = "\
#Port 22
#PermitRootLogin yes
AuthorizedKeysFile .ssh/authorized_keys
PasswordAuthentication no
ChallengeResponseAuthentication no
UsePAM yes
";

/// The directories in which an instance's commands lie.
const PATH: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The account that is always there.
const ROOT: &str = "root:x:0:0:root:/root:/bin/bash";

/// Who a command runs as, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The account's name.
    pub user: String,
    /// Whether it begins in the account's home.
    pub at_home: bool,
}

/// Writes the files of a new view, which this process is in, that are the machine's.
pub(super) fn write(files: &BTreeMap<String, String>, host_name: &str) -> io::Result<()> {
    for (name, text) in files {
        replace(&format!("/etc/{name}"), text, 0o644)?;
    }
    replace("/etc/hostname", &format!("{host_name}\n"), 0o644)?;
    fs::create_dir_all("/var/log")?;
    replace(super::user_data::LOG, "", 0o644)
}

/// Writes what is in the homes, and how to log in, where no image has it.
pub(super) fn furnish() -> io::Result<()> {
    for (home, id) in [("/root", 0), ("/home/ec2-user", EC2_USER)] {
        for (name, text) in [(".bashrc", BASHRC), (".bash_profile", BASH_PROFILE)] {
            let path = format!("{home}/{name}");
            replace(&path, text, 0o644)?;
            chown(path, Some(id), Some(id))?;
        }
    }
    fs::create_dir_all("/etc/ssh")?;
    replace("/etc/ssh/sshd_config", SSHD_CONFIG, 0o600)
}

/// Takes out the host's SSH keys: they are the host's.
pub(super) fn remove_host_keys() -> io::Result<()> {
    fs::create_dir_all("/etc/ssh")?;
    for file in fs::read_dir("/etc/ssh")?.flatten() {
        if file.file_name().to_string_lossy().starts_with("ssh_host_") {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// Brings what `up` changed since this view, which this process is in, has it.
pub(super) fn refresh(files: &[Dated], host_name: &str) -> io::Result<()> {
    for file in files {
        let path = format!("/etc/{}", file.name);
        let seen = fs::symlink_metadata(&path).and_then(|found| found.modified());
        if seen.is_ok_and(|seen| file.written > seen) {
            replace(&path, &file.content, 0o644)?;
        }
    }
    // The address may have changed, and with it the name; one that somebody chose stays.
    let kept = fs::read_to_string("/etc/hostname").unwrap_or_default();
    if kept.trim_end() != host_name && kept.starts_with("ip-") {
        replace("/etc/hostname", &format!("{host_name}\n"), 0o644)?;
        nix::unistd::sethostname(host_name)?;
    }
    Ok(())
}

impl Login {
    /// Has the command run as this account, in the view that this process is in. `from` is where the process was.
    pub(in crate::sys) fn prepare(&self, command: &mut Command, from: Option<&Path>) -> io::Result<()> {
        // Whatever was done to the file, root gets in to mend it.
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default() + "\n" + ROOT;
        let account = passwd.lines().find_map(|line| Account::parse(line).filter(|account| account.name == self.user));
        let Some(account) = account else {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no account `{}`", self.user)));
        };
        if account.id != 0 {
            command.uid(account.id).gid(account.group);
        }
        command.env("HOME", account.home).env("USER", account.name).env("LOGNAME", account.name);
        command.env("SHELL", account.shell).env("PATH", path(env::var("PATH").ok().as_deref()));
        let places = [from.filter(|_| !self.at_home), Some(Path::new(account.home)), Some(Path::new("/"))];
        let place: PathBuf = places.into_iter().flatten().find(|place| place.is_dir()).unwrap_or(Path::new("/")).into();
        env::set_current_dir(place)
    }
}

/// A line of `/etc/passwd`.
struct Account<'a> {
    name: &'a str,
    id: u32,
    group: u32,
    home: &'a str,
    shell: &'a str,
}

impl<'a> Account<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let [name, _, id, group, _, home, shell] = line.split(':').collect::<Vec<_>>()[..] else { return None };
        Some(Self { name, id: id.parse().ok()?, group: group.parse().ok()?, home, shell })
    }
}

/// The caller's path, with every directory that an instance's commands are in.
fn path(given: Option<&str>) -> String {
    let given: Vec<_> = given.unwrap_or_default().split(':').filter(|path| !path.is_empty()).collect();
    let missing = PATH.into_iter().filter(|path| !given.contains(path));
    given.iter().copied().chain(missing).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_leads_to_every_command() {
        assert_eq!(path(None), PATH.join(":"));
        let both = "/opt/x:/bin:/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin";
        assert_eq!(path(Some("/opt/x:/bin:/usr/bin")), both);
    }
}
