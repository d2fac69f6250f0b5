//! Why a kernel gives no user namespace: the setting that says so, in the kernel's own words.

use super::Error;
use nix::errno::Errno;
use std::fs;

/// The limits that count, each for this user in this and in all user namespaces above.
const LIMITS: [&str; 6] = ["user", "mnt", "net", "pid", "uts", "ipc"];

/// The reason, as far as it can be told from outside.
pub(super) fn refused(errno: Errno) -> Error {
    let (reason, hint) = because(errno, &|path| fs::read_to_string(path).ok().map(|text| text.trim().to_owned()));
    Error::Refused { reason, hint }
}

/// The same, `read` being what files say.
fn because(errno: Errno, read: &dyn Fn(&str) -> Option<String>) -> (String, String) {
    let says = |path: &str, value: &str| read(path).is_some_and(|text| text == value);
    let setting = |name: &str, value: &str, wanted: &str| {
        let hint = format!("`sudo sysctl {name}={wanted}` allows it, or run with `sudo`");
        (format!("`{name}` is {value}"), hint)
    };
    if errno == Errno::ENOSPC {
        let zero = LIMITS.into_iter().find(|kind| says(&format!("/proc/sys/user/max_{kind}_namespaces"), "0"));
        return match zero {
            Some(kind) => setting(&format!("user.max_{kind}_namespaces"), "0", "10000"),
            None => (
                "this user has as many namespaces as the `user.max_*_namespaces` allow".into(),
                "raise them by `sudo sysctl`, or run with `sudo`".into(),
            ),
        };
    }
    if errno == Errno::EINVAL {
        return ("this kernel knows none (`CONFIG_USER_NS`)".into(), "run with `sudo`".into());
    }
    if says("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        return setting("kernel.unprivileged_userns_clone", "0", "1");
    }
    if says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
        return setting("kernel.apparmor_restrict_unprivileged_userns", "1", "0");
    }
    let status = read("/proc/self/status").unwrap_or_default();
    if status.lines().any(|line| line.strip_prefix("Seccomp:").is_some_and(|mode| mode.trim() == "2")) {
        let hint = "let the container have them (`--security-opt seccomp=unconfined --security-opt \
                    systempaths=unconfined` of docker and podman), or give it root's rights (`--privileged`)";
        return ("a seccomp filter forbids it, as containers have one".into(), hint.into());
    }
    (format!("the kernel says: {}", errno.desc()), "run with `sudo`".into())
}

/// The same for what was refused inside of one, after the namespaces were made.
pub(super) fn inside(what: &str, source: Errno) -> Error {
    let setting = fs::read_to_string("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
    let restricted = setting.is_ok_and(|text| text.trim() == "1");
    match source {
        Errno::EPERM | Errno::EACCES if restricted => refused(Errno::EPERM),
        Errno::EPERM if matches!(what, "/proc" | "/sys") => Error::Refused {
            reason: format!("parts of `{what}` are hidden here, as in containers, and so the kernel shows no new one"),
            hint: "start the container with `--security-opt systempaths=unconfined` (docker) or `--security-opt \
                   unmask=ALL` (podman), or give it root's rights (`--privileged`)"
                .into(),
        },
        _ => Error::Step { step: format!("mount `{what}`"), source: source.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(errno: Errno, files: &[(&str, &str)]) -> String {
        let read = |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        because(errno, &read).0
    }

    #[test]
    fn the_setting_is_named() {
        let zero = [("/proc/sys/user/max_user_namespaces", "5"), ("/proc/sys/user/max_net_namespaces", "0")];
        assert_eq!(reason(Errno::ENOSPC, &zero), "`user.max_net_namespaces` is 0");
        assert!(reason(Errno::ENOSPC, &[]).contains("max_*_namespaces"));
        let debian = [("/proc/sys/kernel/unprivileged_userns_clone", "0")];
        assert_eq!(reason(Errno::EPERM, &debian), "`kernel.unprivileged_userns_clone` is 0");
        let ubuntu = [("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")];
        assert_eq!(reason(Errno::EACCES, &ubuntu), "`kernel.apparmor_restrict_unprivileged_userns` is 1");
        assert!(reason(Errno::EPERM, &[("/proc/self/status", "Name:\tx\nSeccomp:\t2\n")]).contains("seccomp"));
        assert!(reason(Errno::EPERM, &[("/proc/self/status", "Seccomp:\t0\n")]).contains("not permitted"));
        assert!(reason(Errno::EINVAL, &[]).contains("CONFIG_USER_NS"));
    }
}
