//! The process of one connection: it goes into the instance's view, which is made if there is none, and speaks SSH there.
//!
//! What it is told comes by standard input; the connection is its standard output.

use super::{config, server};
use crate::{
    spec::Machine,
    sys::{
        state::Lab,
        view::{SshdState, View},
    },
};
use anyhow::Context;
use nix::sys::{
    signal::SigSet,
    stat::{Mode, umask},
};
use std::{
    fs::File,
    io::{self, Read},
    net::TcpStream,
    os::fd::AsFd,
};

/// Serves the connection until it ends.
pub fn run(lab: &Lab) -> anyhow::Result<()> {
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    let machine: Machine = serde_json::from_slice(&text)?;
    let stream = TcpStream::from(io::stdout().as_fd().try_clone_to_owned()?);
    stream.set_nonblocking(true)?;
    // Of the programs that are started here, none is to hold the connection.
    let null = File::options().read(true).write(true).open("/dev/null")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    let _ = nix::unistd::setsid();
    SigSet::all().thread_unblock()?;
    umask(Mode::from_bits_truncate(0o022));
    let (view, _) = View::open(lab, &machine)?;
    let state = SshdState::read(lab, &machine.host).context("the server was not started")?;
    view.enter()?;
    std::env::set_current_dir("/")?;
    let config = config::parse(&state.config).map_err(anyhow::Error::msg).context("`sshd_config` is wrong")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream)?;
        server::serve(stream, config).await
    })
}
