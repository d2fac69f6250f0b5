//! What is kept of a lab between two commands: everything under `/run/vpcns/LAB/`.
//!
//! | file | what | mode |
//! |---|---|---|
//! | `lock` | held (flock) by the command that changes the lab; says its process id | 0644 |
//! | `namespaces` | the journal: a namespace is ours only if its name stands here | 0644 |
//! | `record.json` | the file given to `up` and the resolved topology | 0644 |
//! | `health.json` | what the daemon last knew of its targets | 0644 |
//! | `filters.json` | how `apply` left each nftables table | 0644 |
//! | `daemon.{sock,pid,log}`, `hosts/HOST/access_log`, `flow-logs/NAME.log` | the daemon's own | theirs |
//! | `hosts/HOST/{keeper,files,user-data,sshd,commands/}` | the instance's view, see [`view`](super::view) | 0644 |
//! | `hosts/HOST/machine.json` | what the instance is, as long as the record is the same | 0644 |
//! | `images/NAME/` | what an image holds, see [`view`](super::view) | 0700 |
//! | `secret` | what the lab's SSH keys and its roles' credentials come from | 0600 |
//! | `authority.pem` | key and certificate of the lab's certificate authority | 0600 |
//! | `ca-bundle.crt` | the host's certificate authorities and the lab's own | 0644 |
//! | `s3/` | the buckets of S3 and what is in them | 0700 |
//! | `services/SERVICE` | who asked an AWS service | 0600 |
//! | `laptop/` | the working directory of `laptop`, with the private keys that the lab made | 0700 |
//!
//! `/run` is emptied at boot, as the kernel is. Files are written whole or not at all (temporary file and
//! rename). Nothing is read or written through a path that somebody other than root could have made.

mod files;
mod lock;
mod mark;

pub use lock::Lock;
pub use mark::Mark;

use super::places;
use crate::{
    model::Topology,
    spec::{NetnsName, service::Health},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// The directory of all labs.
const ROOT: &str = "/run/vpcns";

/// The state of one lab, by its name; whether there is such a lab is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lab {
    name: String,
    directory: PathBuf,
}

/// What was last brought up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The file as given, as an absolute path.
    pub source: String,
    /// What it means.
    pub topology: Topology,
}

/// How a namespace's nftables table was left: by these two it is known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The kernel's count of changes to the namespace's nftables.
    pub generation: u32,
    /// A hash of the table.
    pub hash: String,
}

/// The lab's state could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another command is changing the lab.
    #[error("lab `{lab}` is being changed by another command: process {pid} (`{command}`)")]
    Busy {
        /// The lab.
        lab: String,
        /// The process that holds the lock; 0 if it did not say.
        pid: u32,
        /// Its command line.
        command: String,
    },
    /// The path is not a plain file name.
    #[error("`{0}` cannot be the name of a lab")]
    Name(String),
    /// Someone else made the path, or could change it.
    #[error(transparent)]
    Place(#[from] places::Error),
    /// A file does not hold what this version of the program writes.
    #[error(
        "`{}` cannot be understood\nhint: `sudo vpcns down --lab {lab}` removes the lab without it, `up` makes it anew",
        path.display()
    )]
    Corrupt {
        /// The lab.
        lab: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The machine refused.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

type Result<T, E = Error> = std::result::Result<T, E>;

impl Lab {
    /// The lab of this name.
    pub fn named(name: &str) -> Self {
        Self { name: name.into(), directory: Path::new(ROOT).join(name) }
    }

    /// All labs that [exist](Lab::exists), sorted.
    pub fn all() -> Result<Vec<String>> {
        files::trust(Path::new(ROOT))?;
        let names = files::names(Path::new(ROOT))?;
        Ok(names.into_iter().filter(|name| Lab::named(name).exists()).collect())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is anything of the lab, be it only what a killed command left before it made a namespace.
    pub fn exists(&self) -> bool {
        self.has_plain_name() && self.directory.is_dir()
    }

    /// Claims the lab for this command, and makes its directory.
    pub fn lock(&self) -> Result<Lock> {
        if !self.has_plain_name() {
            return Err(Error::Name(self.name.clone()));
        }
        Lock::acquire(&self.name, &self.directory)
    }

    /// The namespaces that are the lab's own, whether or not they (still) exist.
    pub fn journal(&self) -> Result<BTreeSet<NetnsName>> {
        self.trust()?;
        let content = files::read(&self.journal_file())?.unwrap_or_default();
        let text = String::from_utf8_lossy(&content);
        let prefix = format!("{}.", self.name);
        let hosts = text.lines().filter_map(|line| line.strip_prefix(&prefix));
        Ok(hosts.map(|host| NetnsName::new(&self.name, host)).collect())
    }

    /// Replaces the journal. A namespace must stand in it before it is made, and until it is gone.
    pub fn write_journal(&self, namespaces: &BTreeSet<NetnsName>) -> Result<()> {
        let lines: Vec<_> = namespaces.iter().map(NetnsName::as_str).collect();
        files::write(&self.journal_file(), lines.join("\n").as_bytes())
    }

    /// What was last brought up, if that came to its end.
    pub fn record(&self) -> Result<Option<Record>> {
        self.trust()?;
        files::read_json(&self.record_file())
    }

    /// Forgets what was brought up: from now on the lab is one that is being taken down.
    pub fn remove_record(&self) -> Result<()> {
        match fs::remove_file(self.record_file()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(files::failed("remove", &self.record_file(), error))
            }
            _ => Ok(()),
        }
    }

    /// Keeps what was brought up.
    pub fn write_record(&self, record: &Record) -> Result<()> {
        files::write_json(&self.record_file(), record)
    }

    /// What the daemon last knew of its targets; nothing if it never said.
    pub fn health(&self) -> Health {
        files::read_json(&self.directory.join("health.json")).ok().flatten().unwrap_or_default()
    }

    /// Keeps what the daemon knows of its targets.
    pub fn write_health(&self, health: &Health) -> Result<()> {
        files::write_json(&self.directory.join("health.json"), health)
    }

    /// How the nftables tables were left; nothing if that cannot be told.
    pub fn loaded(&self) -> BTreeMap<NetnsName, Loaded> {
        files::read_json(&self.directory.join("filters.json")).ok().flatten().unwrap_or_default()
    }

    /// Keeps how the nftables tables were left.
    pub fn write_loaded(&self, loaded: &BTreeMap<NetnsName, Loaded>) -> Result<()> {
        files::write_json(&self.directory.join("filters.json"), loaded)
    }

    /// The socket by which the daemon is asked.
    pub fn control_socket(&self) -> PathBuf {
        self.directory.join("daemon.sock")
    }

    /// The daemon's log.
    pub fn daemon_log(&self) -> PathBuf {
        self.directory.join("daemon.log")
    }

    /// The file that says the daemon's process id.
    pub fn daemon_pid(&self) -> PathBuf {
        self.directory.join("daemon.pid")
    }

    /// What an image holds. It is not made here.
    pub fn image_directory(&self, image: &str) -> PathBuf {
        self.directory.join("images").join(image)
    }

    /// The file of the secret that the lab's keys and credentials come from.
    pub fn secret(&self) -> PathBuf {
        self.directory.join("secret")
    }

    /// The file of the key and the certificate of the lab's certificate authority.
    pub fn authority(&self) -> PathBuf {
        self.directory.join("authority.pem")
    }

    /// The certificate authorities that the lab's hosts without files of their own trust.
    pub fn trusted(&self) -> PathBuf {
        self.directory.join("ca-bundle.crt")
    }

    /// What S3 keeps of its buckets. It is not made here.
    pub fn store(&self) -> PathBuf {
        self.directory.join("s3")
    }

    /// Whether there is nothing in a bucket.
    pub fn is_bucket_empty(&self, bucket: &str) -> Result<bool> {
        Ok(files::names(&self.store().join(bucket).join("objects"))?.is_empty())
    }

    /// The access log of one of AWS's services. Its directory is not made here.
    pub fn service_log(&self, service: &str) -> PathBuf {
        self.directory.join("services").join(service)
    }

    /// The working directory of `laptop`, where the private keys lie that the lab made. It is not made here.
    pub fn laptop(&self) -> PathBuf {
        self.directory.join("laptop")
    }

    /// The access log of a host's HTTP responders. Its directory is not made here.
    pub fn access_log(&self, host: &str) -> PathBuf {
        self.host_directory(host).join("access_log")
    }

    /// The records of a flow log. Its directory is not made here.
    pub fn flow_log(&self, name: &str) -> PathBuf {
        self.directory.join("flow-logs").join(name).with_extension("log")
    }

    /// What is kept of one host. It is not made here.
    pub fn host_directory(&self, host: &str) -> PathBuf {
        self.hosts_directory().join(host)
    }

    /// What is kept of the hosts, a directory each.
    pub fn hosts_directory(&self) -> PathBuf {
        self.directory.join("hosts")
    }

    /// Forgets all that is kept of a lab of which there is nothing else. The lock goes with its holder.
    pub fn discard(&self) -> Result<()> {
        for name in files::names(&self.directory)?.into_iter().filter(|name| name != "lock") {
            let path = self.directory.join(name);
            let is_directory = path.symlink_metadata().is_ok_and(|found| found.is_dir());
            let removed = if is_directory { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(|error| files::failed("remove", &path, error))?;
        }
        Ok(())
    }

    /// Forgets the lab: nothing of it is left in `/run/vpcns`, nor the directory itself after the last lab.
    pub fn remove(&self, lock: Lock) -> Result<()> {
        let removed = match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::Io { action: "remove", path: self.directory.clone(), source: error })
            }
            _ => Ok(()),
        };
        drop(lock);
        removed
    }

    /// Whether what stands in the lab's directory can be root's word only.
    fn trust(&self) -> Result<()> {
        files::trust(Path::new(ROOT))?;
        files::trust(&self.directory)
    }

    fn journal_file(&self) -> PathBuf {
        self.directory.join("namespaces")
    }

    fn record_file(&self) -> PathBuf {
        self.directory.join("record.json")
    }

    /// Whether the name is one component of a path and nothing special.
    fn has_plain_name(&self) -> bool {
        !self.name.is_empty() && !self.name.starts_with('.') && !self.name.contains('/')
    }
}

#[cfg(test)]
mod tests;
