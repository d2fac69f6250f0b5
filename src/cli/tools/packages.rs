//! `yum`, `dnf`, `apt` and `apt-get`, as far as they install a web server.
//!
//! An install really fetches from the mirror on the lab's internet: without a way out it fails after a while, as on
//! AWS (IMDS-11). What the host has already is "already installed"; nothing else can be had.

use super::{
    super::{
        exit::{Exit, Failure},
        print,
    },
    is_root,
    site::{self, ROOT, Site},
};
use std::{
    env, fs,
    io::{self, Read, Write},
    net::{IpAddr, TcpStream, ToSocketAddrs},
    os::unix::fs::symlink,
    path::Path,
    time::Duration,
};

/// A program of the package `aws-cfn-bootstrap`, which each instance has.
const BOOTSTRAP: &str = "/opt/aws/bin/cfn-signal";

/// How long the mirror may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The words of one family of programs.
struct Dialect {
    mirror: String,
    /// What is said to others than root.
    no_root: &'static str,
    /// Its web server is called so; the other name is unknown to it.
    apache: &'static str,
    is_yum: bool,
}

impl Dialect {
    fn of(program: &str) -> Self {
        if program.starts_with("apt") {
            let no_root = "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)";
            return Self { mirror: "archive.ubuntu.com".into(), no_root, apache: "apache2", is_yum: false };
        }
        let resolv_conf = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        let region = region(&resolv_conf);
        let mirror = format!("amazonlinux-2-repos-{region}.s3.dualstack.{region}.amazonaws.com");
        let no_root = "You need to be root to perform this command.";
        Self { mirror, no_root, apache: "httpd", is_yum: true }
    }
}

pub(super) fn run(program: &str, words: &[&str]) -> Result<Exit, Failure> {
    let dialect = Dialect::of(program);
    let mut words = words.iter().filter(|word| !word.starts_with('-'));
    let (Some(action), packages) = (words.next(), words.collect::<Vec<_>>()) else {
        print::talk(format_args!("{program}: no command was given"));
        return Ok(Exit::Command(1));
    };
    if !is_root() {
        print::talk(dialect.no_root);
        return Ok(Exit::Command(if dialect.is_yum { 1 } else { 100 }));
    }
    match *action {
        "install" | "reinstall" => install(&dialect, &packages),
        "update" | "upgrade" | "makecache" | "check-update" | "dist-upgrade" => match fetch(&dialect) {
            Ok(()) => {
                print::data(if dialect.is_yum { "No packages marked for update" } else { "Reading package lists..." })?;
                Ok(Exit::Right)
            }
            Err(error) => Ok(unreachable_mirror(&dialect, &error, &[])),
        },
        "clean" | "autoremove" => Ok(Exit::Right),
        other => {
            print::talk(format_args!("{program}: `{other}` is not mirrored in this lab"));
            Ok(Exit::Command(1))
        }
    }
}

fn install(dialect: &Dialect, packages: &[&&str]) -> Result<Exit, Failure> {
    let mut missing = packages.iter().filter(|package| !is_present(package)).peekable();
    if missing.peek().is_some()
        && let Err(error) = fetch(dialect)
    {
        return Ok(unreachable_mirror(dialect, &error, packages));
    }
    let mut unknown = false;
    for package in packages {
        match site::named(package).filter(|site| !site.name.starts_with(['h', 'a']) || site.name == dialect.apache) {
            Some(site) if site.is_installed() => print::data(format_args!("{package} is already the newest version"))?,
            Some(site) => {
                place(site)?;
                print::data(format_args!("Installed:\n  {package}\n\nComplete!"))?;
                // Debian's packages start what they install (S004-020), Amazon Linux's do not.
                if !dialect.is_yum {
                    super::units::systemctl(&["start", site.name])?;
                    super::units::systemctl(&["enable", site.name])?;
                }
            }
            None if is_present(package) => print::data(format_args!("{package} is already the newest version"))?,
            None if dialect.is_yum => {
                print::data(format_args!("No package {package} available."))?;
                unknown = true;
            }
            None => {
                print::talk(format_args!("E: Unable to locate package {package}"));
                unknown = true;
            }
        }
    }
    Ok(match (unknown, dialect.is_yum) {
        (false, _) => Exit::Right,
        (true, true) => Exit::Command(1),
        (true, false) => Exit::Command(100),
    })
}

/// Whether a program of the package's name is there: the host's, or one that was installed.
fn is_present(package: &str) -> bool {
    if let Some(site) = site::named(package) {
        return site.is_installed();
    }
    if package == "aws-cfn-bootstrap" {
        return Path::new(BOOTSTRAP).exists();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(package).exists())
}

/// Puts a web server's files in their places.
fn place(site: &Site) -> io::Result<()> {
    for file in [site.program(), site.unit()] {
        fs::create_dir_all(file.parent().expect("it has a directory"))?;
        // It may be the host's.
        let _ = fs::remove_file(file);
    }
    symlink(crate::sys::view::PROGRAM, site.program())?;
    let unit = format!(
        "[Unit]\nDescription={}\n\n[Service]\nExecStart={}\n\n[Install]\nWantedBy=multi-user.target\n",
        site.description,
        site.program().display()
    );
    fs::write(site.unit(), unit)?;
    let index = Path::new(ROOT).join("index.html");
    match site.page.filter(|_| !index.exists()) {
        Some(page) => fs::write(index, page),
        None => Ok(()),
    }
}

/// Asks the mirror, by the network that the instance has.
fn fetch(dialect: &Dialect) -> io::Result<()> {
    let found = (dialect.mirror.as_str(), 80).to_socket_addrs()?.find(|address| matches!(address.ip(), IpAddr::V4(_)));
    let address = found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no address is known of it"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", dialect.mirror)?;
    let mut answer = String::new();
    stream.take(64 << 10).read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

fn unreachable_mirror(dialect: &Dialect, error: &io::Error, packages: &[&&str]) -> Exit {
    let mirror = &dialect.mirror;
    if dialect.is_yum {
        print::talk(format_args!(
            "Could not retrieve mirrorlist http://{mirror}/2/core/latest/x86_64/mirror.list error was\n\
             12: Timeout on http://{mirror}/2/core/latest/x86_64/mirror.list: ({error})\n\
             Cannot find a valid baseurl for repo: amzn2-core/2/x86_64"
        ));
        return Exit::Command(1);
    }
    print::talk(format_args!(
        "Err:1 http://{mirror}/debian stable InRelease\n  Could not connect to {mirror}:80, {error}"
    ));
    for package in packages {
        print::talk(format_args!("E: Unable to locate package {package}"));
    }
    // `apt update` only warns.
    if packages.is_empty() { Exit::Right } else { Exit::Command(100) }
}

/// The region: as the DHCP client of a VPC with options of its own says it, or by the DNS domain (NAME-01).
fn region(resolv_conf: &str) -> &str {
    let said = resolv_conf.lines().find_map(|line| line.strip_prefix("; generated by dhclient in "));
    if let Some(region) = said {
        return region;
    }
    let domain = resolv_conf.lines().find_map(|line| line.strip_prefix("search "));
    domain.and_then(|domain| domain.trim().strip_suffix(".compute.internal")).unwrap_or("us-east-1")
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn the_domain_says_the_region() {
        assert_eq!(region("nameserver 10.0.0.2\nsearch ap-northeast-2.compute.internal\n"), "ap-northeast-2");
        let own = "; generated by dhclient in eu-west-1\nsearch corp.example\n";
        assert_eq!(region(own), "eu-west-1");
        assert_eq!(region("search ec2.internal\n"), "us-east-1");
    }
}
