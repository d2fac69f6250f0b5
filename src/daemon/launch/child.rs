//! A child that says in one line on its standard output that it is ready, or why it is not, and then goes on alone.

use crate::daemon::control::Reply;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    fs::OpenOptions,
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// The longest line that a child may say.
const LONGEST: usize = 64 << 10;

/// Starts a program whose complaints go to `log`. The outer result is that of the start, the inner one its answer.
pub(super) fn start(mut program: Command, log: &Path, patience: Duration) -> io::Result<io::Result<Reply>> {
    let log = OpenOptions::new().append(true).create(true).mode(0o600).open(log)?;
    let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
    let mut output = child.stdout.take().expect("it was asked for");
    let answer = first_line(&mut output, patience).and_then(|line| Ok(serde_json::from_slice(&line)?));
    if !matches!(answer, Ok(Reply::Done)) {
        // It has nothing more to do; and if it has not ended, it never became what it should.
        let _ = child.kill();
        let _ = child.wait();
    }
    Ok(answer)
}

/// What comes until the end of the line, which must come in time.
fn first_line(output: &mut ChildStdout, patience: Duration) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + patience;
    let mut line = Vec::new();
    let mut chunk = [0; 4096];
    while !line.contains(&b'\n') {
        wait(output, deadline)?;
        let length = output.read(&mut chunk)?;
        if length == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended without a word"));
        }
        line.extend_from_slice(&chunk[..length]);
        if line.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it says too much"));
        }
    }
    Ok(line)
}

fn wait(output: &ChildStdout, deadline: Instant) -> io::Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(output, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::TimedOut, "it said nothing in time")),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> io::Result<Reply> {
        let directory = tempfile::tempdir().unwrap();
        let mut program = Command::new("sh");
        program.args(["-c", script]);
        start(program, &directory.path().join("log"), patience).unwrap()
    }

    #[test]
    fn a_child_says_whether_it_is_ready() {
        let patience = Duration::from_secs(20);
        assert_eq!(shell("printf '\"do'; printf 'ne\"\\n'", patience).unwrap(), Reply::Done);
        let failed = shell(r#"echo '{"failed":"port 80"}'; sleep 1000"#, patience).unwrap();
        assert_eq!(failed, Reply::Failed("port 80".into()));
        assert_eq!(shell("exit 1", patience).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(shell("exec sleep 1000", Duration::from_millis(20)).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn what_cannot_be_started_is_another_error() {
        let directory = tempfile::tempdir().unwrap();
        let nothing = Command::new(directory.path().join("nothing"));
        assert!(start(nothing, &directory.path().join("log"), Duration::ZERO).is_err());
    }
}
