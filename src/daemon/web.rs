//! A web server of an instance's own: the daemon's responder, in a process that runs inside the instance.

use super::httpd::{self, AccessLog};
use crate::{
    spec::{
        NetnsName,
        service::{Content, Responder, Services, port_of},
    },
    sys::netns::Netns,
};
use std::{collections::BTreeMap, io, net::Ipv4Addr, path::Path, sync::Arc};
use tokio::{net::TcpListener, sync::watch};

/// Serves the files of a directory on port 80 of this process's network namespace. `ready` is called when it listens;
/// what that returns lives as long as the server, which is as long as the process.
pub fn serve_directory<T>(directory: &Path, log: &Path, ready: impl FnOnce() -> io::Result<T>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = Netns::current()?.tcp_listener((Ipv4Addr::UNSPECIFIED, 80).into())?;
        let listener = TcpListener::from_std(listener)?;
        let at = port_of(NetnsName::new("instance", "web"), 80);
        let responder = Responder { host: "web".into(), content: Content::Directory(directory.into()) };
        let responders = Arc::new(BTreeMap::from([(at.clone(), responder)]));
        let (_keep, services) = watch::channel(Arc::new(Services { responders, ..Services::default() }));
        let log = AccessLog::new(log.into());
        let _claim = ready()?;
        httpd::serve(listener, at, services, log).await;
        Ok(())
    })
}
