//! The commands' side of the daemon: starting it, asking it, stopping it. Nothing here is async.
//!
//! `daemon.pid` holds the process id and the time at which the kernel started that process. A process is signalled only
//! through a handle (pidfd) that was opened before its start time was compared: a number that was given to another
//! process meanwhile is never hit.

mod child;

use super::control::{self, Exposed, Reply, Request};
use crate::{
    spec::service::Health,
    sys::{pid_file::PidFile, state::Lab},
};
use rustix::process::Signal;
use std::{fs, io, os::unix::process::CommandExt, process::Command, time::Duration};

/// How long the daemon may take to serve everything.
const READY: Duration = Duration::from_mins(1);
/// How long it may take to answer, for a reload with a thousand sockets too.
const ANSWER: Duration = Duration::from_mins(1);
/// How long it may take to end, each time it is told to.
const END: Duration = Duration::from_secs(5);

/// The daemon does not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It could not even be started.
    #[error("cannot start the daemon")]
    Start(#[source] io::Error),
    /// It ended, or said nothing, before it was ready.
    #[error("the daemon did not start\nhint: see `{log}`")]
    NotReady {
        /// Its log.
        log: String,
        /// What happened instead.
        source: io::Error,
    },
    /// It said why it cannot do what was asked.
    #[error("the daemon refused: {0}")]
    Refused(String),
    /// It is not there, or does not answer.
    #[error("the daemon does not answer\nhint: see `{log}`")]
    Silent {
        /// Its log.
        log: String,
        /// Why not.
        source: io::Error,
    },
    /// It does not end, even when it is killed.
    #[error("the daemon, process {0}, does not end")]
    Immortal(i32),
}

/// Starts the daemon of a lab, and waits until everything is served.
pub fn start(lab: &Lab) -> Result<(), Error> {
    // By this path even a program whose file was replaced starts itself.
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vpcns").args(["daemon", "--lab", lab.name()]);
    match child::start(program, &lab.daemon_log(), READY).map_err(Error::Start)? {
        Ok(Reply::Done | Reply::Health(_) | Reply::Exposed(_)) => Ok(()),
        Ok(Reply::Failed(reason)) => Err(Error::Refused(reason)),
        Err(source) => Err(Error::NotReady { log: log_of(lab), source }),
    }
}

/// Ends the daemon of a lab, if there is one: it is asked, then told, then killed.
pub fn stop(lab: &Lab) -> Result<(), Error> {
    let process = PidFile::at(lab.daemon_pid()).process();
    // Also if the file cannot be understood: whoever listens there is the daemon. If it does not, the signals follow.
    let asked = control::ask(&lab.control_socket(), Request::Stop, END).is_ok();
    if let Some(process) = process {
        let ended = (asked && process.ends_within(END))
            || process.ends_by(Signal::TERM, END)
            || process.ends_by(Signal::KILL, END);
        if !ended {
            return Err(Error::Immortal(process.pid()));
        }
    }
    // What a killed daemon leaves; not to find it is right.
    for path in [lab.control_socket(), lab.daemon_pid()] {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

/// Has the daemon take over the lab's record, and waits until that is served.
pub fn reload(lab: &Lab) -> Result<(), Error> {
    ask(lab, Request::Reload).map(drop)
}

/// What the daemon knows of its targets.
pub fn health(lab: &Lab) -> Result<Health, Error> {
    match ask(lab, Request::Health)? {
        Reply::Health(health) => Ok(health),
        other @ (Reply::Done | Reply::Exposed(_) | Reply::Failed(_)) => {
            Err(Error::Refused(format!("it answered {other:?}")))
        }
    }
}

/// Lets the host ask AWS's services, at its loopback address, as long as the daemon lives.
pub fn expose(lab: &Lab) -> Result<Exposed, Error> {
    match ask(lab, Request::Expose)? {
        Reply::Exposed(exposed) => Ok(exposed),
        other @ (Reply::Done | Reply::Health(_) | Reply::Failed(_)) => {
            Err(Error::Refused(format!("it answered {other:?}")))
        }
    }
}

/// Whether the lab's daemon lives.
pub fn is_running(lab: &Lab) -> bool {
    PidFile::at(lab.daemon_pid()).process().is_some() || control::ask(&lab.control_socket(), Request::Ping, END).is_ok()
}

fn ask(lab: &Lab, request: Request) -> Result<Reply, Error> {
    match control::ask(&lab.control_socket(), request, ANSWER) {
        Ok(Reply::Failed(reason)) => Err(Error::Refused(reason)),
        Ok(reply) => Ok(reply),
        Err(source) => Err(Error::Silent { log: log_of(lab), source }),
    }
}

fn log_of(lab: &Lab) -> String {
    lab.daemon_log().display().to_string()
}
