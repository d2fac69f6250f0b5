//! Port 22 of an instance, in the lab's daemon: a process for each connection, so many at a time, and what `systemctl`
//! says.
//!
//! A thousand instances cost a thousand sockets; their views, and the processes that speak SSH, are made when somebody
//! connects.

use super::{
    PORT,
    control::{self, PATIENCE, Request},
};
use crate::{
    daemon::services::Shared,
    spec::{Machine, NetnsName},
    sys::{netns::Netns, state::Lab, view::SshdState as State},
};
use std::{io, net::Ipv4Addr, process::Stdio, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    process::Command,
    sync::Semaphore,
    task::{JoinSet, spawn_blocking},
    time::{sleep, timeout},
};

/// Connections to one instance at a time; the rest wait in the kernel's queue.
const CONNECTIONS: usize = 32;
/// Connections to all instances of a lab at a time.
pub(in crate::daemon) const ALL_CONNECTIONS: usize = 1024;
/// How long to wait when the kernel refuses, for example because the process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// The server of one instance.
struct Server {
    lab: Lab,
    netns: NetnsName,
    services: Shared,
    connections: JoinSet<()>,
    all: Arc<Semaphore>,
    /// None while it is stopped.
    listener: Option<TcpListener>,
}

/// Serves an instance until it is dropped.
pub(in crate::daemon) async fn serve(
    (listener, control): (TcpListener, UnixListener),
    lab: Lab,
    netns: NetnsName,
    services: Shared,
    all: Arc<Semaphore>,
) {
    let mut server = Server { lab, netns, services, connections: JoinSet::new(), all, listener: Some(listener) };
    if server.machine().and_then(|machine| State::read(&server.lab, &machine.host)).is_some_and(|state| !state.running)
    {
        server.listener = None;
    }
    loop {
        tokio::select! {
            accepted = accept(server.listener.as_ref()), if server.connections.len() < CONNECTIONS => match accepted {
                Ok(stream) => server.connect(stream),
                Err(error) => {
                    tracing::warn!(netns = %server.netns, %error, "cannot accept an SSH connection");
                    sleep(PAUSE).await;
                }
            },
            Ok((socket, _)) = control.accept() => match timeout(PATIENCE, server.obey(socket)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(netns = %server.netns, %error, "sshd was asked nonsense"),
                Err(_) => tracing::debug!(netns = %server.netns, "sshd was asked nothing"),
            },
            Some(ended) = server.connections.join_next() => if let Err(error) = ended {
                tracing::error!(%error, "an SSH connection was given up");
            },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

impl Server {
    fn machine(&self) -> Option<Machine> {
        self.services.borrow().ssh.get(&self.netns).cloned()
    }

    /// Starts the process of a connection. Without a free place it waits, and so does its client.
    fn connect(&mut self, stream: TcpStream) {
        let Some(machine) = self.machine() else { return };
        let (lab, all, netns) = (self.lab.clone(), self.all.clone(), self.netns.clone());
        self.connections.spawn(async move {
            let _place = all.acquire().await;
            if let Err(error) = converse(&lab, stream, &machine).await {
                tracing::warn!(%netns, %error, "an SSH connection broke");
            }
        });
    }

    /// Does what the instance's root asks.
    async fn obey(&mut self, mut socket: UnixStream) -> io::Result<()> {
        let request = control::read(&mut socket).await?;
        let done = match request {
            Request::Status => Ok(()),
            Request::Stop => self.stop(),
            Request::Start(config) => self.start(config).await,
        };
        control::reply(socket, done.map(|()| self.listener.is_some()).map_err(|error| error.to_string())).await
    }

    fn stop(&mut self) -> io::Result<()> {
        self.listener = None;
        let Some(machine) = self.machine() else { return Ok(()) };
        // Before the instance's boot nothing is there to stop.
        let Some(state) = State::read(&self.lab, &machine.host) else { return Ok(()) };
        State { running: false, ..state }.write(&self.lab, &machine.host)
    }

    async fn start(&mut self, config: String) -> io::Result<()> {
        control::check(&config).map_err(io::Error::other)?;
        if self.listener.is_none() {
            let netns = self.netns.clone();
            let listen = move || Netns::open(&netns)?.tcp_listener((Ipv4Addr::UNSPECIFIED, PORT).into());
            let listener = spawn_blocking(listen).await.map_err(io::Error::other)??;
            self.listener = Some(TcpListener::from_std(listener)?);
        }
        let Some(machine) = self.machine() else { return Ok(()) };
        State { running: true, config }.write(&self.lab, &machine.host)
    }
}

/// Hands the connection to a process of its own, and waits for its end.
async fn converse(lab: &Lab, stream: TcpStream, machine: &Machine) -> io::Result<()> {
    let stream = stream.into_std()?;
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vpcns").args(["instance", "--sshd", "--lab", lab.name()]).current_dir("/").kill_on_drop(true);
    program.stdin(Stdio::piped()).stdout(std::os::fd::OwnedFd::from(stream));
    let mut child = program.spawn()?;
    // It has the connection now, and nobody else does.
    drop(program);
    let settings = serde_json::to_vec(machine)?;
    let mut stdin = child.stdin.take().expect("it was asked for");
    // One that has ended already says why.
    let _ = stdin.write_all(&settings).await;
    drop(stdin);
    child.wait().await.map(drop)
}
