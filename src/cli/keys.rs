//! The keys that `up` makes for the lab's key pairs, and where people find them: in the working directory of `laptop`.

use crate::{
    model::Topology,
    sys::{secret::Secret, ssh_key, state::Lab},
};
use std::{
    ffi::OsStr,
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Gives the key pairs that the lab makes their public keys, and `laptop` the private ones.
pub(super) fn make(lab: &Lab, topology: &mut Topology) -> io::Result<()> {
    let home = lab.laptop();
    directory(&home)?;
    directory(&home.join(".ssh"))?;
    write(&home.join(".ssh/ssh_config"), &ssh_config(&home), 0o644)?;
    let mut files = Vec::new();
    let generated = topology.key_pairs.values_mut().filter(|pair| pair.generated);
    for pair in generated {
        let key = Secret::of(lab)?.key_pair(&pair.key_name);
        let public = ssh_key::public(&key);
        pair.public_key = Some(public.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" "));
        let file = home.join(format!("{}.pem", pair.key_name));
        // The key of a name is always the same, and so is its file.
        if fs::read_to_string(&file).ok().as_deref() != Some(&*ssh_key::pem(&key)) {
            write(&file, &ssh_key::pem(&key), 0o600)?;
        }
        files.push(file);
    }
    for entry in fs::read_dir(&home)?.flatten() {
        let path = entry.path();
        if path.extension() == Some(OsStr::new("pem")) && !files.contains(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Gives the key pairs that a running lab made the keys that it gave them.
pub(super) fn keep(running: &Topology, topology: &mut Topology) {
    for (name, pair) in topology.key_pairs.iter_mut().filter(|(_, pair)| pair.generated) {
        let known = running.key_pairs.get(name).filter(|known| known.generated && known.key_name == pair.key_name);
        pair.public_key = known.and_then(|known| known.public_key.clone());
    }
}

/// The settings of `ssh` on `laptop`: it knows nobody at first, and asks no question, so that scripts go on; whoever has
/// another key later is refused.
fn ssh_config(home: &Path) -> String {
    format!(
        "Host *\n    StrictHostKeyChecking accept-new\n    UserKnownHostsFile {}/.ssh/known_hosts\n    SendEnv LANG LC_*\n",
        home.display()
    )
}

fn directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())
}
