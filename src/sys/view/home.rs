//! What an instance finds in `/etc` and in its homes, and who a command in it runs as.
//!
//! `up` may change a file later: the next command brings the newer one. What somebody in the instance wrote since
//! then stays.

use super::{
    accounts::{EC2_USER, give, replace},
    ssh,
};
use crate::{
    spec::Machine,
    sys::{etc::Dated, own_machine, trust},
};
use std::{
    collections::BTreeMap,
    env,
    ffi::{CString, OsString},
    fs,
    io::{self, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Amazon Linux's prompt: `[ec2-user@ip-10-10-0-49 ~]$` (NAME-02).
const BASHRC: &str = "PS1='[\\u@\\h \\W]\\$ '\n";
const BASH_PROFILE: &str = "[ -f ~/.bashrc ] && . ~/.bashrc\n";

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

/// Writes what is in the homes, where no image has it.
pub(super) fn furnish() -> io::Result<()> {
    for (home, id) in [("/root", 0), ("/home/ec2-user", EC2_USER)] {
        for (name, text) in [(".bashrc", BASHRC), (".bash_profile", BASH_PROFILE)] {
            let path = format!("{home}/{name}");
            replace(&path, text, 0o644)?;
            give(path, id)?;
        }
    }
    Ok(())
}

/// Brings what `up` changed since this view, which this process is in, has it.
pub(super) fn refresh(files: &[Dated], machine: &Machine) -> io::Result<()> {
    ssh::authorize(machine)?;
    let host_name = machine.host_name.as_str();
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
        account.can_be()?;
        if account.id != 0 {
            command.uid(account.id).gid(account.group);
        }
        command.env("HOME", account.home).env("USER", account.name).env("LOGNAME", account.name);
        command.envs(trust::environment(Path::new(trust::BUNDLE)));
        command.env("SHELL", account.shell).env("PATH", path(env::var("PATH").ok().as_deref()));
        let places = [from.filter(|_| !self.at_home), Some(Path::new(account.home)), Some(Path::new("/"))];
        let place: PathBuf = places.into_iter().flatten().find(|place| place.is_dir()).unwrap_or(Path::new("/")).into();
        env::set_current_dir(place)
    }
}

/// Becomes an account, in the view that this process is in, and then a command, which is a login shell if it is alone;
/// with a session of its own, and if it has a terminal, with that. Returns only if that fails.
pub fn become_account(user: &str, has_terminal: bool, words: &[OsString]) -> io::Error {
    prepare_session(user, has_terminal).and_then(|()| Err(login(words))).unwrap_or_else(|error: io::Error| error)
}

fn prepare_session(user: &str, has_terminal: bool) -> io::Result<()> {
    nix::unistd::setsid()?;
    if has_terminal {
        rustix::process::ioctl_tiocsctty(io::stdin())?;
    }
    let passwd = fs::read_to_string("/etc/passwd")?;
    let account = passwd.lines().find_map(|line| Account::parse(line).filter(|account| account.name == user));
    let Some(account) = account else { return Err(io::ErrorKind::NotFound.into()) };
    account.can_be()?;
    let group = nix::unistd::Gid::from_raw(account.group);
    let name = CString::new(user).map_err(io::Error::other)?;
    // Where root is the only account, there are no groups to be in.
    if own_machine::has_id(EC2_USER) {
        nix::unistd::initgroups(&name, group)?;
    }
    nix::unistd::setgid(group)?;
    nix::unistd::setuid(nix::unistd::Uid::from_raw(account.id))?;
    env::set_current_dir(account.home).or_else(|_| {
        // As OpenSSH does it.
        let _ = writeln!(io::stderr(), "Could not chdir to home directory {}: No such file or directory", account.home);
        env::set_current_dir("/")
    })
}

fn login(words: &[OsString]) -> io::Error {
    let Some((program, rest)) = words.split_first() else { return io::ErrorKind::InvalidInput.into() };
    let mut command = Command::new(program);
    if rest.is_empty() {
        let name = Path::new(program).file_name().unwrap_or(program);
        let mut dashed = OsString::from("-");
        dashed.push(name);
        command.arg0(dashed);
    }
    command.args(rest).exec()
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

    /// Whether somebody can be this account here.
    fn can_be(&self) -> io::Result<()> {
        if own_machine::has_id(self.id) && own_machine::has_id(self.group) {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "this user's own machine has no id for the account `{}`: `newuidmap` (package uidmap) and ranges of this user in \
             `/etc/subuid` and `/etc/subgid` are needed",
            self.name
        )))
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
