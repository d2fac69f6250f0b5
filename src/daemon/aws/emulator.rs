//! The emulator that the lab starts by itself, for `DynamoDB`: moto's server, at the loopback address of `LAB.aws`, where
//! only the daemon asks it. It is started when somebody asks for the first time, and ends with the daemon; what is in its
//! tables ends with it.

use super::Context;
use crate::{spec::NetnsName, sys::netns::Netns};
use std::{
    env, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::Mutex,
    task::spawn_blocking,
    time::{Instant, sleep},
};

/// What is started.
pub(super) const PROGRAM: &str = "moto_server";
/// Where it may lie besides the path: where `scripts/setup` puts it.
const PLACES: [&str; 2] = ["/usr/local/bin", "/opt/vpcns/bin"];
/// Its port.
const PORT: u16 = 5000;
/// How long it may take to serve.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often to look whether it does.
const PAUSE: Duration = Duration::from_millis(50);

/// The emulator of a lab.
#[derive(Debug, Default)]
pub(super) struct Emulator(Mutex<Option<Running>>);

/// Why it does not serve.
#[derive(Debug)]
pub(super) enum Failure {
    /// The program is not there.
    Missing,
    /// It is, and does not serve.
    Broken(io::Error),
}

/// A process that ends with this value.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Emulator {
    /// A connection to it, once it serves.
    pub(super) async fn connect(&self, context: &Context) -> Result<TcpStream, Failure> {
        let Some((netns, account)) = context.emulated() else { return Err(Failure::Missing) };
        if let Ok(stream) = connect(&netns).await {
            return Ok(stream);
        }
        let mut running = self.0.lock().await;
        // Another may have started it meanwhile; or a daemon that was killed, whose tables then live on.
        if let Ok(stream) = connect(&netns).await {
            return Ok(stream);
        }
        *running = None;
        let program = program().ok_or(Failure::Missing)?;
        let netns_of_it = netns.clone();
        let started = spawn_blocking(move || start(program, &netns_of_it, &account)).await;
        let started = started.map_err(io::Error::other).and_then(|started| started).map_err(Failure::Broken)?;
        let child = running.insert(Running(started));
        let deadline = Instant::now() + PATIENCE;
        loop {
            match connect(&netns).await {
                Ok(stream) => return Ok(stream),
                Err(error) if Instant::now() > deadline => return Err(Failure::Broken(error)),
                Err(_) => {}
            }
            if let Some(status) = child.0.try_wait().map_err(Failure::Broken)? {
                return Err(Failure::Broken(io::Error::other(format!("it ended at once: {status}"))));
            }
            sleep(PAUSE).await;
        }
    }
}

async fn connect(netns: &NetnsName) -> io::Result<TcpStream> {
    let (netns, here) = (netns.clone(), Ipv4Addr::LOCALHOST);
    let socket = spawn_blocking(move || Netns::open(&netns)?.tcp_socket(here.into())).await??;
    TcpSocket::from_std_stream(socket.into()).connect(SocketAddr::new(here.into(), PORT)).await
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let places = env::split_paths(&path).chain(PLACES.map(PathBuf::from));
    places.map(|place| place.join(PROGRAM)).find(|program| program.is_file())
}

/// Starts it. A child stays in the namespace in which it was started.
fn start(program: PathBuf, netns: &NetnsName, account: &str) -> io::Result<Child> {
    let keep = ["PATH", "HOME", "LANG"].into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &PORT.to_string()]).env_clear().envs(keep);
    command.env("MOTO_ACCOUNT_ID", account).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Netns::open(netns)?.enter(|| command.spawn())?
}
