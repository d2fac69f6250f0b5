//! Pseudo terminals: the server's end, its size, and the end that a session's process has.

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    fs::{File, OpenOptions},
    io,
    os::{
        fd::OwnedFd,
        unix::fs::{OpenOptionsExt, chown},
    },
};
use tokio::net::unix::pipe;

/// A terminal.
#[derive(Debug)]
pub(super) struct Terminal {
    server: OwnedFd,
    /// Its file in `/dev/pts`.
    pub(super) path: String,
}

impl Terminal {
    /// A new one of this user's.
    pub(super) fn open(user: u32) -> io::Result<Self> {
        let server = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&server)?;
        unlockpt(&server)?;
        let path = ptsname(&server, Vec::new())?.into_string().map_err(io::Error::other)?;
        chown(&path, Some(user), None)?;
        Ok(Self { server, path })
    }

    /// Changes its size, in characters.
    pub(super) fn resize(&self, columns: u32, rows: u32) -> io::Result<()> {
        let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        let size = Winsize { ws_col: short(columns), ws_row: short(rows), ws_xpixel: 0, ws_ypixel: 0 };
        Ok(tcsetwinsize(&self.server, size)?)
    }

    /// The end for a process, which is not this one's controlling terminal.
    pub(super) fn end(&self) -> io::Result<File> {
        let noctty = i32::try_from(rustix::fs::OFlags::NOCTTY.bits()).expect("it is a small flag");
        OpenOptions::new().read(true).write(true).custom_flags(noctty).open(&self.path)
    }

    /// The server's end, to read and to write.
    pub(super) fn streams(&self) -> io::Result<(pipe::Receiver, pipe::Sender)> {
        rustix::io::ioctl_fionbio(&self.server, true)?;
        // It is no pipe, but as good as one.
        let reader = pipe::Receiver::from_owned_fd_unchecked(self.server.try_clone()?)?;
        let writer = pipe::Sender::from_owned_fd_unchecked(self.server.try_clone()?)?;
        Ok((reader, writer))
    }
}
