//! The web servers that can be installed, by the names of their packages, units and programs.

use std::path::{Path, PathBuf};

/// A web server.
#[derive(Debug)]
pub(super) struct Site {
    /// Its package, unit and program.
    pub(super) name: &'static str,
    /// What `systemctl status` calls it.
    pub(super) description: &'static str,
    /// Its access log.
    pub(super) log: &'static str,
    /// The page that comes with it, if it comes with one that is at once served.
    pub(super) page: Option<&'static str>,
}

/// All of them. Apache as Amazon Linux packs it has no page: it answers with its test page until there is one.
static SITES: [Site; 3] = [
    Site { name: "httpd", description: "The Apache HTTP Server", log: "/var/log/httpd/access_log", page: None },
    Site {
        name: "nginx",
        description: "The nginx HTTP and reverse proxy server",
        log: "/var/log/nginx/access.log",
        page: Some("<!DOCTYPE html>\n<title>Welcome to nginx!</title>\n<h1>Welcome to nginx!</h1>\n"),
    },
    Site {
        name: "apache2",
        description: "The Apache HTTP Server",
        log: "/var/log/apache2/access.log",
        page: Some("<!DOCTYPE html>\n<title>Apache2 Default Page: It works</title>\n<h1>It works!</h1>\n"),
    },
];

/// What every one of them serves.
pub(super) const ROOT: &str = "/var/www/html";

/// Every one.
pub(super) fn all() -> impl Iterator<Item = &'static Site> {
    SITES.iter()
}

/// The one of this name.
pub(super) fn named(name: &str) -> Option<&'static Site> {
    SITES.iter().find(|site| site.name == name)
}

impl Site {
    /// Its unit, which is there once it is installed.
    pub(super) fn unit(&self) -> PathBuf {
        Path::new("/usr/lib/systemd/system").join(format!("{}.service", self.name))
    }

    /// Whether it was installed in this instance; what the host has does not count.
    pub(super) fn is_installed(&self) -> bool {
        self.program().read_link().is_ok_and(|target| target == Path::new(crate::sys::view::PROGRAM))
    }

    /// Its program.
    pub(super) fn program(&self) -> PathBuf {
        Path::new("/usr/sbin").join(self.name)
    }

    /// The file in which the one that runs says which process it is.
    pub(super) fn pid_file(&self) -> PathBuf {
        Path::new("/run").join(format!("{}.pid", self.name))
    }
}
