//! Who logs in to an instance: its own `/etc/passwd`, `/etc/shadow` and authorized keys, read at each login, so that what
//! UserData or a person changed there counts.

use super::{
    authorized_keys::{self, Authorized},
    config::{Config, RootLogin},
};
use russh::keys::PublicKey;
use sha_crypt::{PasswordVerifier, ShaCrypt};
use std::{
    fs, io,
    net::IpAddr,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The largest file of keys that is read.
const LARGEST: u64 = 1 << 20;

/// What nobody's password is, to take as long for somebody who is not there as for somebody who is.
const NOBODY: &str = "$6$0123456789abcdef$";

/// An account of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) id: u32,
    pub(super) group: u32,
    pub(super) home: PathBuf,
    pub(super) shell: PathBuf,
}

impl Account {
    /// The account of this name.
    pub(super) fn find(name: &str) -> Option<Self> {
        let passwd = fs::read_to_string("/etc/passwd").ok()?;
        passwd.lines().filter_map(Self::parse_line).find(|account| account.name == name)
    }

    fn parse_line(line: &str) -> Option<Self> {
        let [name, _, id, group, _, home, shell] = line.split(':').collect::<Vec<_>>()[..] else { return None };
        let shell = if shell.is_empty() { "/bin/sh" } else { shell };
        let (id, group) = (id.parse().ok()?, group.parse().ok()?);
        Some(Self { name: name.into(), id, group, home: home.into(), shell: shell.into() })
    }

    /// Whether it may use this way in, if the password or the key is right. `forced` is a key's own command.
    fn may(&self, config: &Config, by_password: bool, forced: bool) -> bool {
        match config.root_login {
            _ if self.id != 0 => true,
            RootLogin::Yes => true,
            RootLogin::WithoutPassword => !by_password,
            RootLogin::ForcedCommandsOnly => !by_password && forced,
            RootLogin::No => false,
        }
    }

    /// What lets it in with this key, from this address.
    pub(super) fn authorized(&self, config: &Config, key: &PublicKey, from: IpAddr) -> Option<Authorized> {
        let files = config.key_files.iter().filter(|_| config.keys).map(|file| self.file(file));
        let mut texts = files.filter_map(|file| self.trusted(&file, config.strict_modes).ok());
        let found = texts.find_map(|text| authorized_keys::find(&text, key, from));
        found.filter(|found| self.may(config, false, found.command.is_some()))
    }

    /// A file of authorized keys, with what stands for the home and the name.
    fn file(&self, pattern: &str) -> PathBuf {
        let home = self.home.display().to_string();
        self.home.join(pattern.replace("%h", &home).replace("%u", &self.name).replace("%%", "%"))
    }

    /// What a file says, if nobody else can have written it.
    fn trusted(&self, path: &Path, strict: bool) -> io::Result<String> {
        let path = path.canonicalize()?;
        let refused = || io::Error::from(io::ErrorKind::PermissionDenied);
        let found = fs::metadata(&path)?;
        if !found.is_file() || found.len() > LARGEST {
            return Err(refused());
        }
        for place in path.ancestors().filter(|_| strict) {
            let found = fs::metadata(place)?;
            if found.mode() & 0o022 != 0 || ![0, self.id].contains(&found.uid()) {
                return Err(refused());
            }
            if place == self.home {
                break;
            }
        }
        fs::read_to_string(path)
    }
}

/// Whether an account has this password and may use it. Takes a while.
pub(super) fn password_is_right(config: &Config, name: &str, password: &str) -> bool {
    let account = Account::find(name).filter(|account| config.passwords && account.may(config, true, false));
    let shadow = fs::read_to_string("/etc/shadow").unwrap_or_default();
    let hash = shadow.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.split(':').next());
    let Some(hash) = hash.filter(|_| account.is_some()) else {
        let _ = ShaCrypt::default().verify_password(password.as_bytes(), NOBODY);
        return false;
    };
    if hash.is_empty() {
        return config.empty_passwords && password.is_empty();
    }
    ShaCrypt::default().verify_password(password.as_bytes(), hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_s_ways_in() {
        let root = Account::parse_line("root:x:0:0:root:/root:/bin/bash").unwrap();
        let user = Account::parse_line("ec2-user:x:1000:1000::/home/ec2-user:").unwrap();
        assert_eq!(user.shell, Path::new("/bin/sh"));
        let with = |root_login| Config { root_login, ..Config::default() };
        let ways = |login| {
            [(true, false), (false, false), (false, true)]
                .map(|(password, forced)| root.may(&with(login), password, forced))
        };
        assert_eq!(ways(RootLogin::Yes), [true, true, true]);
        assert_eq!(ways(RootLogin::WithoutPassword), [false, true, true]);
        assert_eq!(ways(RootLogin::ForcedCommandsOnly), [false, false, true]);
        assert_eq!(ways(RootLogin::No), [false, false, false]);
        assert!(user.may(&with(RootLogin::No), true, false));
    }

    #[test]
    fn hashes_of_shadow_are_understood() {
        // As `openssl passwd -6 -salt saltstring` prints it.
        let hash =
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
        let verify =
            |password: &str, hash: &str| ShaCrypt::default().verify_password(password.as_bytes(), hash).is_ok();
        assert!(verify("Hello world!", hash));
        assert!(!verify("hello world!", hash) && !verify("", "!!") && !verify("", "*"));
    }
}
