//! The side of the commands: one request, one reply, within a deadline.

use super::{Reply, Request};
use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

/// Asks the daemon that listens at `path`.
pub(in crate::daemon) fn ask(path: &Path, request: Request, patience: Duration) -> io::Result<Reply> {
    let deadline = Instant::now() + patience;
    let mut stream = UnixStream::connect(path)?;
    stream.set_write_timeout(Some(patience))?;
    let mut line = serde_json::to_vec(&request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = Vec::new();
    let mut reader = BufReader::new(stream);
    while answer.last() != Some(&b'\n') {
        // The timeout is that of one read: what is left of the deadline, again for each.
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        reader.get_ref().set_read_timeout(Some(left))?;
        let read = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = read.iter().position(|byte| *byte == b'\n').map_or(read.len(), |end| end + 1);
        answer.extend_from_slice(&read[..length]);
        reader.consume(length);
    }
    Ok(serde_json::from_slice(&answer)?)
}
