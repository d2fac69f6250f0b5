//! The ids of a user's machine: its root is the user, and further accounts have the ids that `/etc/subuid` and
//! `/etc/subgid` give the user, by `newuidmap` and `newgidmap`. Without those, root is the only account.

use super::{Error, failed};
use nix::unistd::{User, getegid, geteuid};
use std::{
    fs,
    process::{Command, Stdio},
};

/// How many ids a machine has at most.
const MOST: u32 = 65_536;

/// Whether there is such an account and group here, whoever root is. On a machine itself there is each.
pub fn has(id: u32) -> bool {
    ["uid_map", "gid_map"].into_iter().all(|map| {
        let text = fs::read_to_string(format!("/proc/self/{map}")).unwrap_or_default();
        text.lines().any(|line| is_in(line, id))
    })
}

/// Whether an id is in a line of a map: the first id inside, the first outside, how many.
fn is_in(line: &str, id: u32) -> bool {
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    matches!(numbers[..], [first, _, count] if (first..first + count).contains(&u64::from(id)))
}

/// Gives a process, which has just made a user namespace, its ids.
pub(super) fn map(pid: u32) -> Result<(), Error> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    if !has_range("newuidmap", "/etc/subuid", (pid, user)) {
        write(pid, "uid_map", &format!("0 {user} 1\n"))?;
    }
    if !has_range("newgidmap", "/etc/subgid", (pid, group)) {
        // Who could leave a group could come to files that are closed to that group (user_namespaces(7)).
        write(pid, "setgroups", "deny")?;
        write(pid, "gid_map", &format!("0 {group} 1\n"))?;
    }
    Ok(())
}

fn write(pid: u32, map: &str, text: &str) -> Result<(), Error> {
    fs::write(format!("/proc/{pid}/{map}"), text).map_err(failed(format!("write the machine's `{map}`")))
}

/// Maps root and the user's range, if there is one and a program that may do that.
fn has_range(program: &str, file: &str, (pid, own): (u32, u32)) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let user = geteuid();
    let name = User::from_uid(user).ok().flatten().map(|user| user.name).unwrap_or_default();
    let Some((first, count)) = range(&text, [&name, &user.to_string()]) else { return false };
    let numbers = [pid, 0, own, 1, 1, first, count].map(|number| number.to_string());
    let mut program = Command::new(program);
    program.args(numbers).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    program.status().is_ok_and(|status| status.success())
}

/// The first range of a user, as `subuid(5)` has it.
fn range(text: &str, user: [&str; 2]) -> Option<(u32, u32)> {
    text.lines().find_map(|line| {
        let [name, first, count] = line.split(':').collect::<Vec<_>>()[..] else { return None };
        let (first, count) = (first.parse().ok()?, count.trim_end().parse::<u32>().ok()?);
        (!name.is_empty() && user.contains(&name)).then_some((first, count.min(MOST - 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_user_by_name_or_number() {
        let text = "# comment\nother:1:2\nme:100000:65536\n1001:300000:10\n";
        assert_eq!(range(text, ["me", "1000"]), Some((100_000, 65_535)));
        assert_eq!(range(text, ["", "1001"]), Some((300_000, 10)));
        assert_eq!(range(":5:6\n", ["", "1002"]), None);
    }

    #[test]
    fn an_id_is_in_a_map() {
        assert!(is_in("         0          0 4294967295", 1000));
        assert!(is_in("0 1000 1", 0) && !is_in("0 1000 1", 1000) && !is_in("", 0));
    }
}
