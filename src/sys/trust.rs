//! Which certificate authorities the lab's machines trust: the host's, and the lab's own (LNX-12).
//!
//! An instance has files of its own, in which the lab's authority stands after the others; where a machine has the host's
//! files, one of the lab lies over them. Programs that bring authorities of their own are told by the environment.

use super::{authority::Authority, state::Lab};
use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Where programs find the authorities: on Debian, which this is, Fedora and Amazon Linux, SUSE, Alpine.
const BUNDLES: [&str; 5] = [
    BUNDLE,
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// The one that every instance has.
pub const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// From here `update-ca-certificates` takes it up again.
const OWN: &str = "/usr/local/share/ca-certificates/vpcns.crt";

/// What tells the AWS CLI and boto3, Python's requests, OpenSSL and Node of the authorities.
const VARIABLES: [&str; 4] = ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/// The environment of programs that are to trust what is in a file.
pub fn environment(bundle: &Path) -> impl Iterator<Item = (&'static str, &Path)> {
    VARIABLES.into_iter().map(move |name| (name, bundle))
}

/// Writes the authorities for machines of the lab that have the host's files.
pub fn write(lab: &Lab) -> io::Result<()> {
    let authority = Authority::of(lab)?;
    let host = there().into_iter().next().map(fs::read_to_string).transpose()?.unwrap_or_default();
    let text = with(&host, authority.certificate());
    let path = lab.trusted();
    if fs::read_to_string(&path).ok().as_deref() == Some(&*text) {
        return Ok(());
    }
    // Written in place: what has it mounted sees the new text.
    fs::write(&path, text)?;
    fs::set_permissions(path, Permissions::from_mode(0o644))
}

/// Adds an authority to those of the view that this process is in.
pub(super) fn add(certificate: &str) -> io::Result<()> {
    let mut bundles = there();
    if !bundles.iter().any(|bundle| bundle == Path::new(BUNDLE)) {
        fs::create_dir_all(Path::new(BUNDLE).parent().expect("it is no root"))?;
        let host = bundles.iter().next().map(fs::read_to_string).transpose()?.unwrap_or_default();
        fs::write(BUNDLE, host)?;
        bundles.insert(BUNDLE.into());
    }
    for bundle in bundles {
        let text = fs::read_to_string(&bundle)?;
        // An image of the lab has it already.
        if !text.contains(certificate.trim()) {
            fs::write(&bundle, with(&text, certificate))?;
        }
    }
    fs::create_dir_all(Path::new(OWN).parent().expect("it is no root"))?;
    fs::write(OWN, certificate)
}

/// The files with authorities that there are, without links to others.
pub fn there() -> BTreeSet<PathBuf> {
    BUNDLES.iter().filter_map(|path| fs::canonicalize(path).ok()).filter(|path| path.is_file()).collect()
}

/// The authorities of a file, and one more.
fn with(bundle: &str, certificate: &str) -> String {
    let gap = if bundle.is_empty() || bundle.ends_with('\n') { "" } else { "\n" };
    format!("{bundle}{gap}{certificate}")
}
