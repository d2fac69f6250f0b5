//! The one owner of the lab's tasks: whatever serves or checks runs in [`Running::tasks`] and ends with it.
//!
//! A reload is a set difference: what is no longer wanted is stopped first (an address may have moved from
//! one server to another), then what is new is opened, then the data of all are swapped at once, as one immutable
//! value, so that a query sees one consistent world.

use super::{
    aws::{self, Door, Known},
    dns, expiry,
    flow_log::{self, EndWindows},
    health::{self, CheckResult},
    httpd::{self, AccessLog},
    metadata, relay,
    sockets::{self, Open, Socket},
    ssh,
};
use crate::{
    compile,
    spec::{
        NetnsName,
        service::{At, CheckId, HealthCheck, Services},
    },
    sys::{
        authority::Authority,
        limits,
        netns::{Identity, Netns},
        state::Lab,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::Ipv4Addr,
    sync::Arc,
};
use tokio::{
    net::{TcpListener, UdpSocket, UnixListener},
    sync::{Semaphore, mpsc, oneshot, watch},
    task::{AbortHandle, JoinSet, spawn_blocking},
};

/// The services as they are now, for those who serve.
pub(super) type Shared = watch::Receiver<Arc<Services>>;

/// All that runs.
#[derive(Debug)]
pub(super) struct Running {
    lab: Lab,
    tasks: JoinSet<()>,
    sockets: BTreeMap<Socket, AbortHandle>,
    /// In which namespaces the sockets are.
    homes: BTreeMap<NetnsName, Identity>,
    checks: BTreeMap<CheckId, (HealthCheck, AbortHandle)>,
    logs: BTreeMap<String, AccessLog>,
    services: watch::Sender<Arc<Services>>,
    known: watch::Sender<Arc<Known>>,
    /// What the connections to AWS's services share, once there are such.
    aws: Option<aws::Context>,
    /// What load balancers show their clients, once one ends their connections.
    certificates: Option<Arc<relay::Certificates>>,
    /// Those who count the packets of routers, by namespace.
    flow_logs: BTreeMap<NetnsName, mpsc::Sender<EndWindows>>,
    keys: (metadata::Key, metadata::Issuer),
    /// The host's own way to AWS's services, if somebody asked for it.
    host: Option<(u16, AbortHandle)>,
    /// Of SSH connections, in all instances together.
    ssh_places: Arc<Semaphore>,
    results: mpsc::Sender<CheckResult>,
    /// Ends connections.
    expiry: Option<AbortHandle>,
}

impl Running {
    /// Nothing yet. The checks' results will go to `results`.
    pub(super) fn new(lab: Lab, known: Known, results: mpsc::Sender<CheckResult>) -> Self {
        Self {
            keys: (metadata::Key::random(), metadata::Issuer::of(&lab)),
            lab,
            tasks: JoinSet::new(),
            sockets: BTreeMap::new(),
            homes: BTreeMap::new(),
            checks: BTreeMap::new(),
            logs: BTreeMap::new(),
            services: watch::Sender::default(),
            known: watch::Sender::new(Arc::new(known)),
            aws: None,
            certificates: None,
            host: None,
            flow_logs: BTreeMap::new(),
            ssh_places: Arc::new(Semaphore::new(ssh::ALL_CONNECTIONS)),
            results,
            expiry: None,
        }
    }

    /// Serves these services instead of those before. What could not be opened is returned; the rest is served.
    pub(super) async fn reload(&mut self, services: Services, known: Known) -> Vec<sockets::Error> {
        if let Err(too_few) = limits::enough(sockets::files_needed(&services)) {
            tracing::warn!("{too_few}");
        }
        let wanted = Socket::of(&services);
        let homes = Socket::homes(&wanted);
        // Of a namespace that was made anew, the sockets are in the one before, which lives as long as they do.
        let is_at_home = |socket: &&Socket| self.homes.get(socket.netns()) == homes.get(socket.netns());
        let stay = wanted.iter().filter(is_at_home).cloned().collect();
        self.stop_others(&stay, &services.checks).await;
        self.homes = homes;
        let new = wanted.into_iter().filter(|socket| !self.sockets.contains_key(socket)).collect();
        let (open, mut failed) = match spawn_blocking(|| Socket::open(new)).await {
            Ok(opened) => opened,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        self.swap(services, known);
        for (socket, opened) in open {
            if let Err(source) = self.serve(&socket, opened) {
                failed.push(sockets::Error::new(socket, source));
            }
        }
        self.start_checks();
        if self.expiry.is_none() {
            self.expiry = Some(self.tasks.spawn(expiry::run(self.services.subscribe())));
        }
        failed
    }

    /// Has the servers answer as the health of targets is now.
    pub(super) fn follow(&mut self, known: Known) {
        let services = Services::clone(&self.services.borrow());
        self.swap(compile::following(services, &known.topology, &known.health), known);
    }

    /// Replaces what the servers answer with; the sockets must be the same.
    fn swap(&mut self, services: Services, known: Known) {
        let hosts: BTreeSet<_> = services.responders.values().map(|responder| &responder.host).collect();
        // Without its last user a log is closed.
        self.logs.retain(|host, _| hosts.contains(host));
        if let Some(aws) = &self.aws {
            aws.declare(&known.topology);
        }
        self.known.send_replace(Arc::new(known));
        self.services.send_replace(Arc::new(services));
    }

    /// Stops everything.
    pub(super) async fn stop(&mut self) {
        self.stop_others(&BTreeSet::new(), &BTreeMap::new()).await;
        self.logs.clear();
        self.expiry.iter().for_each(AbortHandle::abort);
        self.aws = None;
        if let Some((_, task)) = self.host.take() {
            task.abort();
        }
        while self.tasks.join_next().await.is_some() {}
    }

    /// Ends the windows of all flow logs, and waits until their lines are written.
    pub(super) async fn end_flow_log_windows(&mut self) {
        let mut written = Vec::new();
        for ends in self.flow_logs.values() {
            let (done, written_one) = oneshot::channel();
            // One that ended counts nothing more.
            if ends.send(done).await.is_ok() {
                written.push(written_one);
            }
        }
        for written in written {
            let _ = written.await;
        }
    }

    /// Waits until a task ends, which none should, and says whether something is no longer served.
    pub(super) async fn ended(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        if let Err(error) = ended
            && error.is_panic()
        {
            tracing::error!(%error, "a service broke");
        }
        let before = self.sockets.len() + self.checks.len();
        self.sockets.retain(|_, task| task.id() != id);
        self.checks.retain(|_, (_, task)| task.id() != id);
        self.sockets.len() + self.checks.len() < before
    }

    /// Stops all sockets and checks but these, and waits until they are closed.
    async fn stop_others(&mut self, sockets: &BTreeSet<Socket>, checks: &BTreeMap<CheckId, HealthCheck>) {
        let mut stopping = Vec::new();
        self.sockets.retain(|socket, task| {
            let stays = sockets.contains(socket);
            stopping.extend((!stays).then(|| task.clone()));
            stays
        });
        self.checks.retain(|id, (check, task)| {
            let stays = checks.get(id) == Some(check);
            stopping.extend((!stays).then(|| task.clone()));
            stays
        });
        stopping.iter().for_each(AbortHandle::abort);
        while stopping.iter().any(|task| !task.is_finished()) && !self.tasks.is_empty() {
            let _ = self.ended().await;
        }
    }

    /// Starts the task of a socket. The socket was opened inside; only tokio comes to it here.
    fn serve(&mut self, socket: &Socket, opened: Open) -> io::Result<()> {
        let services = self.services.subscribe();
        let task = match (socket, opened) {
            (Socket::DnsUdp(netns, _), Open::Udp(udp)) => {
                self.tasks.spawn(dns::serve_udp(UdpSocket::from_std(udp)?, netns.clone(), services))
            }
            (Socket::DnsTcp(netns, _), Open::Tcp(tcp)) => {
                self.tasks.spawn(dns::serve_tcp(TcpListener::from_std(tcp)?, netns.clone(), services))
            }
            (Socket::Metadata(netns, _), Open::Tcp(tcp)) => self.tasks.spawn(metadata::serve(
                TcpListener::from_std(tcp)?,
                netns.clone(),
                services,
                self.keys.clone(),
            )),
            (Socket::Aws(_, port), Open::Tcp(tcp)) => {
                let listener = TcpListener::from_std(tcp)?;
                let context = self.aws()?;
                let door = if *port == 443 { Door::Https } else { Door::Http };
                self.tasks.spawn(aws::serve(listener, door, context))
            }
            (Socket::Http(netns, port), Open::Tcp(tcp)) => {
                let at = (netns.clone(), *port);
                let log = self.log_of(&at);
                self.tasks.spawn(httpd::serve(TcpListener::from_std(tcp)?, at, services, log))
            }
            (Socket::Relay(netns, port), Open::Tcp(tcp)) => {
                let (listener, certificates) = (TcpListener::from_std(tcp)?, self.certificates()?);
                self.tasks.spawn(relay::serve(listener, (netns.clone(), *port), services, certificates))
            }
            (Socket::Ssh(netns), Open::Both(tcp, control)) => {
                let sockets = (TcpListener::from_std(tcp)?, UnixListener::from_std(control)?);
                let (lab, places) = (self.lab.clone(), self.ssh_places.clone());
                self.tasks.spawn(ssh::serve(sockets, lab, netns.clone(), services, places))
            }
            (Socket::PacketLog(netns), Open::PacketLog(log)) => {
                let (ends, calls) = mpsc::channel(1);
                self.flow_logs.insert(netns.clone(), ends);
                let log = flow_log::watched(log)?;
                self.tasks.spawn(flow_log::serve(log, (self.lab.clone(), netns.clone()), services, calls))
            }
            (
                Socket::DnsUdp(..)
                | Socket::Ssh(_)
                | Socket::DnsTcp(..)
                | Socket::Metadata(..)
                | Socket::Aws(..)
                | Socket::Http(..)
                | Socket::Relay(..)
                | Socket::PacketLog(_),
                Open::Udp(_) | Open::Tcp(_) | Open::Both(..) | Open::PacketLog(_),
            ) => unreachable!("`Socket::open` opens the kind that the socket is of"),
        };
        self.sockets.insert(socket.clone(), task);
        Ok(())
    }

    /// Opens the host's own way to AWS's services, and says at which port of its loopback address that is, and the
    /// account's access key: the id and the secret.
    pub(super) fn expose(&mut self) -> io::Result<(u16, String, String)> {
        let account = self.services.borrow().aws.as_ref().map(|aws| aws.account.clone());
        let (id, secret) = self.keys.1.account_key(&account.ok_or(io::ErrorKind::NotFound)?);
        if let Some((port, _)) = self.host.as_ref().filter(|(_, task)| !task.is_finished()) {
            return Ok((*port, id, secret));
        }
        // The daemon runs in the host's network, and so does this thread of it.
        let listener = Netns::current()?.tcp_listener((Ipv4Addr::LOCALHOST, 0).into())?;
        let port = listener.local_addr()?.port();
        let context = self.aws()?;
        let task = self.tasks.spawn(aws::serve(TcpListener::from_std(listener)?, Door::Host, context));
        self.host = Some((port, task));
        Ok((port, id, secret))
    }

    /// What the connections to AWS's services share.
    fn aws(&mut self) -> io::Result<aws::Context> {
        if let Some(context) = &self.aws {
            return Ok(context.clone());
        }
        let (services, known) = (self.services.subscribe(), self.known.subscribe());
        let (context, writing) = aws::Context::new(&self.lab, services, known, self.keys.1.clone())?;
        self.tasks.spawn(writing);
        self.aws = Some(context.clone());
        Ok(context)
    }

    /// The certificates of load balancers' listeners.
    fn certificates(&mut self) -> io::Result<Arc<relay::Certificates>> {
        if let Some(certificates) = &self.certificates {
            return Ok(certificates.clone());
        }
        let certificates = Arc::new(relay::Certificates::new(Authority::of(&self.lab)?)?);
        self.certificates = Some(certificates.clone());
        Ok(certificates)
    }

    /// The access log of the host of a responder; one writer for all of its ports.
    fn log_of(&mut self, at: &At) -> AccessLog {
        let host = self.services.borrow().responders[at].host.clone();
        if let Some(log) = self.logs.get(&host) {
            return log.clone();
        }
        let log = AccessLog::new(self.lab.access_log(&host));
        self.logs.insert(host, log.clone());
        log
    }

    /// Starts the checks that do not run.
    fn start_checks(&mut self) {
        let services = self.services.borrow().clone();
        for (id, check) in &services.checks {
            if !self.checks.contains_key(id) {
                let task = self.tasks.spawn(health::run(id.clone(), check.clone(), self.results.clone()));
                self.checks.insert(id.clone(), (check.clone(), task));
            }
        }
    }
}
