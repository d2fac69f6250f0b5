//! The daemon as a process: on its own, logging to its file, ready only when everything is served, ended by a signal or
//! on request.
//!
//! What started it reads one line from its standard output: `"done"`, or why not. After that nothing of the terminal
//! is held, and a closed one (SIGHUP) is nothing to it.

use super::{
    control::{self, Reply},
    event_loop::EventLoop,
    rotating::RotatingFile,
};
use crate::sys::{
    pid_file::PidFile,
    state::{Lab, Mark, Record},
};
use anyhow::{Context, bail};
use nix::sys::{
    signal::SigSet,
    stat::{Mode, umask},
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    error::Error,
    fs::{self, File},
    io::{self, Write},
    sync::Mutex,
    time::Duration,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep},
};
use tracing_subscriber::EnvFilter;

/// The most threads that serve. On a machine of few cores a second one only takes its core from whom they serve: each
/// time that one wakes, it wakes the other to take its place.
const WORKERS: usize = 2;
/// Threads for what blocks: opening sockets, files of directories, the data plane.
const BLOCKING: usize = 16;
/// How long blocking work may take to end.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a daemon that was killed may take to end.
const ENDING: Duration = Duration::from_secs(1);
/// Requests that may wait.
const CALLS: usize = 16;

/// Runs the daemon of a lab until it is asked to end.
pub fn run(lab: &Lab) -> anyhow::Result<()> {
    // Before anything is written: of a lab that is not there, nothing may be.
    let ended = record(lab).and_then(|_| {
        detach(lab)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = (cores / 2).clamp(1, WORKERS);
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(workers).max_blocking_threads(BLOCKING).enable_all().build()?;
        let ended = runtime.block_on(serve(lab));
        runtime.shutdown_timeout(PATIENCE);
        ended
    });
    if let Err(error) = &ended {
        tracing::error!("{error:#}");
        say(&Reply::Failed(format!("{error:#}")));
    }
    ended
}

/// What the lab is.
fn record(lab: &Lab) -> anyhow::Result<(Record, Option<Mark>)> {
    lab.marked_record()?.with_context(|| format!("there is no lab `{}`", lab.name()))
}

/// Becomes a process of its own.
fn detach(lab: &Lab) -> anyhow::Result<()> {
    // Who leads a process group already, as in a shell, cannot have a session of its own and needs none.
    let _ = nix::unistd::setsid();
    // A program inherits the signals that were blocked where it was started.
    SigSet::all().thread_unblock()?;
    std::env::set_current_dir("/")?;
    umask(Mode::from_bits_truncate(0o077));
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .context("cannot raise the limit of open files")?;
    let path = lab.daemon_log();
    let log = RotatingFile::open(&path).with_context(|| format!("cannot open `{}`", path.display()))?;
    let filter = EnvFilter::try_from_env("VPCNS_LOG").unwrap_or_else(|_| EnvFilter::new("info,s3s=off"));
    // A log that cannot be written is no reason to end; by default it would be told to stderr, which is that same file,
    // and a panic about it would wait for the lock that this thread holds.
    let subscriber = tracing_subscriber::fmt().with_ansi(false).log_internal_errors(false);
    // In a test there may already be one.
    let _ = subscriber.with_env_filter(filter).with_writer(Mutex::new(log)).try_init();
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    Ok(())
}

/// Serves the lab from its record on to the end.
async fn serve(lab: &Lab) -> anyhow::Result<()> {
    let stop = stopped()?;
    // Neither ends it; and what it starts ignores neither, though `up` may have been started in the background.
    let _caught = [signal(SignalKind::hangup())?, signal(SignalKind::quit())?];
    let _claim = claim(lab).await?;
    // `down` removes the record and then looks for this process: it finds this one, or this one finds no record.
    let record = record(lab)?;
    let path = lab.control_socket();
    let listener = control::listen(&path).with_context(|| format!("cannot listen at `{}`", path.display()))?;
    let started = EventLoop::start(lab.clone(), record).await;
    let ended = match started {
        Ok(event_loop) => {
            tracing::info!(lab = lab.name(), "ready");
            say(&Reply::Done);
            let (sender, calls) = mpsc::channel(CALLS);
            let mut tasks = JoinSet::new();
            tasks.spawn(control::serve(listener, sender));
            event_loop.run(calls, stop).await;
            tracing::info!("ended");
            Ok(())
        }
        Err(failed) => Err(anyhow::Error::msg(all(&failed))),
    };
    for path in [path, lab.daemon_pid()] {
        let _ = fs::remove_file(path);
    }
    ended
}

/// Becomes the lab's only daemon. One that was just killed, and has not quite ended, is waited for.
async fn claim(lab: &Lab) -> anyhow::Result<File> {
    let deadline = Instant::now() + ENDING;
    loop {
        match PidFile::at(lab.daemon_pid()).claim() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                return Err(error).context("cannot say which process this is");
            }
            Err(_) if Instant::now() > deadline => bail!("the lab's daemon already runs"),
            Err(_) => sleep(Duration::from_millis(10)).await,
            Ok(claim) => return Ok(claim),
        }
    }
}

/// Ends when a signal says so.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    Ok(async move {
        let [terminate, interrupt]: &mut [Signal; 2] = &mut signals;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Tells who started this process how it went, and lets go of the terminal.
fn say(reply: &Reply) {
    let mut line = serde_json::to_vec(reply).expect("a reply is JSON");
    line.push(b'\n');
    let mut output = io::stdout().lock();
    // Who started it may have been killed; the daemon is as good without.
    let _ = output.write_all(&line).and_then(|()| output.flush());
    if let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdin(&null);
        let _ = nix::unistd::dup2_stdout(&null);
        let _ = nix::unistd::dup2_stderr(&null);
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Errors with their causes, a line each.
pub(super) fn all(errors: &[impl Error]) -> String {
    errors.iter().map(|error| chain(error)).collect::<Vec<_>>().join("\n")
}
