//! The accounts of an instance: the host's system accounts without their passwords, and `ec2-user` (NAME-09).
//!
//! People who have an account on the host have none on the instance; root has no password until something sets one.

use crate::sys::own_machine;
use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
};

/// The user and group id of `ec2-user`.
pub(super) const EC2_USER: u32 = 1000;

/// From here on the ids are people's, up to that of `nobody`.
const PEOPLE: std::ops::Range<u32> = 1000..65_534;

/// Writes the files of the view that this process is in.
pub(super) fn write() -> io::Result<()> {
    let passwd = passwd(&fs::read_to_string("/etc/passwd")?);
    let group = group(&fs::read_to_string("/etc/group")?);
    replace("/etc/shadow", &shadow(&passwd), 0o600)?;
    replace("/etc/passwd", &passwd, 0o644)?;
    replace("/etc/group", &group, 0o644)?;
    for other in ["/etc/gshadow", "/etc/passwd-", "/etc/shadow-", "/etc/group-", "/etc/gshadow-"] {
        // Most are not there.
        let _ = fs::remove_file(other);
    }
    if fs::metadata("/etc/sudoers.d").is_ok() {
        replace("/etc/sudoers.d/90-cloud-init-users", "ec2-user ALL=(ALL) NOPASSWD:ALL\n", 0o440)?;
    }
    give("/home/ec2-user", EC2_USER)
}

/// Gives a file to an account, and the group of the same id. Where there is no such id it stays root's, as then nobody
/// can be that account.
pub(super) fn give(path: impl AsRef<Path>, id: u32) -> io::Result<()> {
    if own_machine::has_id(id) { chown(path, Some(id), Some(id)) } else { Ok(()) }
}

/// A new file in the place of an old one, link or not.
pub(super) fn replace(path: &str, text: &str, mode: u32) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::write(path, text)?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

fn passwd(host: &str) -> String {
    let system = system(host).map(|fields| match fields[0] {
        "root" => "root:x:0:0:root:/root:/bin/bash\n".to_owned(),
        _ => fields.join(":") + "\n",
    });
    let ec2_user = format!("ec2-user:x:{EC2_USER}:{EC2_USER}:EC2 Default User:/home/ec2-user:/bin/bash\n");
    system.chain([ec2_user]).collect()
}

fn group(host: &str) -> String {
    let without_members = |fields: Vec<&str>| format!("{}:x:{}:\n", fields[0], fields[2]);
    system(host).map(without_members).chain([format!("ec2-user:x:{EC2_USER}:\n")]).collect()
}

/// No account has a password.
fn shadow(passwd: &str) -> String {
    let names = passwd.lines().filter_map(|line| line.split(':').next());
    let lines: Vec<_> = names.map(|name| format!("{name}:!!:19000:0:99999:7:::\n")).collect();
    lines.concat()
}

/// The lines that are no people's, in fields; the third is the id in both files.
fn system(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let fields = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields.filter(|fields| {
        let id = fields.get(2).and_then(|id| id.parse::<u32>().ok());
        id.is_some_and(|id| !PEOPLE.contains(&id)) && fields[0] != "ec2-user"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_of_the_host_are_not_on_the_instance() {
        let host = "root:x:0:0:me:/home/me:/bin/fish\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n\
                    me:x:1000:1000::/home/me:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nbroken\n";
        let passwd = passwd(host);
        assert_eq!(
            passwd,
            "root:x:0:0:root:/root:/bin/bash\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n\
             nobody:x:65534:65534::/:/bin/false\nec2-user:x:1000:1000:EC2 Default User:/home/ec2-user:/bin/bash\n"
        );
        assert!(shadow(&passwd).starts_with("root:!!:"));
        assert_eq!(group("sudo:x:27:me\nme:x:1000:\n"), "sudo:x:27:\nec2-user:x:1000:\n");
    }
}
