//! This program in the instance: what scripts there call by the names of programs that an EC2 instance has.

use super::{Error, failed, failed_at, mounts};
use std::{
    fs::{self, File},
    io,
    os::unix::fs::symlink,
    path::Path,
};

/// Where this program lies in a view.
pub const PROGRAM: &str = "/usr/libexec/vpcns";

/// The programs that are links to it. The host's `passwd` stays, behind this one.
pub const TOOLS: [&str; 11] = [
    "/usr/bin/yum",
    "/usr/bin/dnf",
    "/usr/bin/apt",
    "/usr/bin/apt-get",
    "/usr/bin/systemctl",
    "/usr/sbin/service",
    "/usr/sbin/chkconfig",
    "/usr/local/bin/passwd",
    "/opt/aws/bin/cfn-signal",
    "/opt/aws/bin/cfn-init",
    "/opt/aws/bin/cfn-hup",
];

/// Shows the program in the view below `root`.
pub(super) fn mount(root: &Path) -> Result<(), Error> {
    let target = mounts::below(root, Path::new(PROGRAM));
    fs::create_dir_all(target.parent().expect("it has a directory")).map_err(failed_at("make", &target))?;
    File::create(&target).map_err(failed_at("make", &target))?;
    // The link itself leads to the host's mounts, of which nothing can be shown here.
    let path = fs::read_link("/proc/self/exe").map_err(failed("find this program"))?;
    if mounts::bind(&path, &target).is_ok() {
        return mounts::read_only(&target);
    }
    // It was replaced while it runs, or lies where the instance sees nothing.
    fs::copy("/proc/self/exe", &target).map(drop).map_err(failed_at("write", &target))
}

/// Puts the links in the places of the host's programs, in the view that this process is in.
pub(super) fn link() -> io::Result<()> {
    for tool in TOOLS {
        let tool = Path::new(tool);
        // Where `/bin` is no link to `/usr/bin`, programs may lie in either.
        let other = tool.strip_prefix("/usr").map_or(tool.to_owned(), |rest| Path::new("/").join(rest));
        let both = [tool, other.as_path()];
        let places = both.iter().filter(|place| **place == tool || place.symlink_metadata().is_ok());
        for place in places {
            match fs::remove_file(place) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::create_dir_all(place.parent().expect("it has a directory"))?;
            symlink(PROGRAM, place)?;
        }
    }
    Ok(())
}
