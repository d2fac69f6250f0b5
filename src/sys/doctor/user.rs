//! User namespaces, which labs do not need: whether somebody without rights could make one, and why not.

use super::{Finding, way_out_of_a_ban};
use crate::sys::own_machine;
use nix::sched::CloneFlags;
use rustix::process::geteuid;
use std::{
    fs, io,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

/// Nobody.
const NOBODY: u32 = 65534;

/// Settings by which distributions forbid them, and what each says then.
const BANS: [(&str, &str); 2] =
    [("kernel/unprivileged_userns_clone", "0"), ("kernel/apparmor_restrict_unprivileged_userns", "1")];

/// Whether one can be made, tried by a process that has no rights.
pub(super) fn examine() -> Finding {
    let check = "user namespaces";
    if own_machine::is_own() {
        return Finding::right(check, "this is the user's own machine, in one");
    }
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vpcns").args(["doctor", "--probe-user-namespace"]).current_dir("/");
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    if geteuid().is_root() {
        program.uid(NOBODY).gid(NOBODY);
    }
    match program.output() {
        Ok(done) if done.status.success() => Finding::right(
            check,
            format!("somebody without rights can make one; at most {}", limit("max_user_namespaces")),
        ),
        Ok(done) => {
            let words = String::from_utf8_lossy(&done.stderr);
            let reason = words.lines().next().unwrap_or_default().trim_start_matches("error: ");
            Finding::note(check, format!("somebody without rights can make none ({reason}); labs of root need none"))
                .hint(ban())
        }
        Err(error) => Finding::note(check, format!("not tried: {error}")),
    }
}

/// What forbids them.
fn ban() -> String {
    if limit("max_user_namespaces") == "0" {
        return "`user.max_user_namespaces` is 0".into();
    }
    let forbids = |(path, value): &(&str, &str)| {
        fs::read_to_string(format!("/proc/sys/{path}")).is_ok_and(|text| text.trim() == *value)
    };
    match BANS.iter().find(|ban| forbids(ban)) {
        Some((path, value)) => format!("`{}` is {value}", path.replace('/', ".")),
        None => way_out_of_a_ban(),
    }
}

/// Makes one; the process that asks must have one thread only, and ends soon.
#[expect(clippy::disallowed_methods, reason = "this is a process of its own, which does nothing else")]
pub fn probe() -> io::Result<()> {
    nix::sched::unshare(CloneFlags::CLONE_NEWUSER)?;
    Ok(())
}

/// How many namespaces of a kind there may be.
pub(super) fn limit(name: &str) -> String {
    fs::read_to_string(format!("/proc/sys/user/{name}")).map_or_else(|_| "?".into(), |text| text.trim().to_owned())
}
