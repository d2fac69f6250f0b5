//! What an instance has of AWS besides the network: whose certificates it trusts, and where the AWS CLI and the SDKs find
//! the region and those certificates, as `aws configure` writes it (LNX-12).

use super::accounts::{EC2_USER, give, replace};
use crate::sys::trust;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
};

/// Writes the files of a new view, which this process is in. Its authority is the lab's. An image has settings such as
/// they were, and so has somebody who wrote some.
pub(super) fn write(certificate: &str, region: Option<&str>) -> io::Result<()> {
    trust::add(certificate)?;
    let Some(region) = region else { return Ok(()) };
    let config = format!("[default]\nregion = {region}\nca_bundle = {}\n", trust::BUNDLE);
    for (home, id) in [("/root", 0), ("/home/ec2-user", EC2_USER)] {
        let directory = format!("{home}/.aws");
        let file = format!("{directory}/config");
        if fs::symlink_metadata(&file).is_ok() {
            continue;
        }
        match DirBuilder::new().mode(0o755).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        replace(&file, &config, 0o600)?;
        for path in [directory, file] {
            give(path, id)?;
        }
    }
    Ok(())
}
