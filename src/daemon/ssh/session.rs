//! A session: a shell, a command, or sftp, in a process of the account's own (`sshd(8)`, login process).
//!
//! The process is this program, which becomes the account and then what was asked for. When the client goes, its
//! processes get SIGHUP.

use super::{server::Login, terminal::Terminal};
use crate::sys::trust;
use nix::{sys::signal, unistd::Pid};
use russh::{
    Channel, ChannelId, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig,
    server::{Handle, Msg},
};
use std::{
    collections::BTreeMap,
    io,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    process::{Child, Command},
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::timeout,
};

/// The instance's directories of commands.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
/// Variables that a client may set.
const VARIABLES: usize = 64;
/// Bytes of input that may wait for the process. With more the connection waits, which it must not do at once: a
/// process that waits for its output to be taken takes no input.
const INPUT: usize = 16 << 20;
/// How long the rest of a terminal's output is waited for, once the process has ended.
const REST: Duration = Duration::from_millis(100);

/// What a client asks for before its process runs, and what then runs.
struct Session {
    login: Arc<Login>,
    id: ChannelId,
    handle: Handle,
    variables: BTreeMap<String, String>,
    terminal: Option<Terminal>,
}

/// What is to run.
enum Wanted {
    Shell,
    Command(String),
    Sftp,
}

/// Serves a session until its process or its client ends.
pub(super) async fn serve(channel: Channel<Msg>, handle: Handle, login: Arc<Login>) {
    let mut session = Session { login, id: channel.id(), handle, variables: BTreeMap::new(), terminal: None };
    let (mut reading, writing) = channel.split();
    while let Some(message) = reading.wait().await {
        let Some(wanted) = session.prepare(message).await else { continue };
        match session.start(&wanted) {
            Ok(child) => {
                let _ = session.handle.channel_success(session.id).await;
                session.run(child, reading, writing).await;
            }
            Err(_) => {
                let _ = session.handle.channel_failure(session.id).await;
            }
        }
        let _ = session.handle.close(session.id).await;
        return;
    }
}

impl Session {
    /// Does what comes before the process; what is to run, once that is said.
    async fn prepare(&mut self, message: ChannelMsg) -> Option<Wanted> {
        let done = match message {
            ChannelMsg::RequestPty { term, col_width, row_height, .. } => {
                self.open_terminal(term, col_width, row_height)
            }
            ChannelMsg::SetEnv { variable_name, variable_value, .. } => self.set(variable_name, variable_value),
            ChannelMsg::WindowChange { col_width, row_height, .. } => {
                self.resize(col_width, row_height);
                return None;
            }
            ChannelMsg::RequestShell { .. } => return Some(Wanted::Shell),
            ChannelMsg::Exec { command, .. } => match String::from_utf8(command) {
                Ok(command) => return Some(Wanted::Command(command)),
                Err(_) => false,
            },
            ChannelMsg::RequestSubsystem { name, .. } => match name.as_str() {
                "sftp" if self.login.config.sftp => return Some(Wanted::Sftp),
                _ => false,
            },
            ChannelMsg::AgentForward { .. } | ChannelMsg::RequestX11 { .. } => false,
            _ => return None,
        };
        // A client that has gone needs no answer.
        let handle = &self.handle;
        let _ = if done { handle.channel_success(self.id).await } else { handle.channel_failure(self.id).await };
        None
    }

    fn open_terminal(&mut self, term: String, columns: u32, rows: u32) -> bool {
        if !(self.login.config.terminals && self.login.authorized.terminal) || self.terminal.is_some() {
            return false;
        }
        self.terminal = Terminal::open(self.login.account.id).ok();
        self.variables.insert("TERM".into(), term);
        self.resize(columns, rows);
        self.terminal.is_some()
    }

    fn resize(&self, columns: u32, rows: u32) {
        // One that has gone needs no size.
        let _ = self.terminal.as_ref().map(|terminal| terminal.resize(columns, rows));
    }

    fn set(&mut self, name: String, value: String) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => *pattern == name,
        };
        let may = self.login.config.accepted_variables.iter().any(fits) && self.variables.len() < VARIABLES;
        let may = may && !name.contains(['=', '\0']) && !value.contains('\0');
        if may {
            self.variables.insert(name, value);
        }
        may
    }

    /// Starts the process.
    fn start(&self, wanted: &Wanted) -> io::Result<Child> {
        let Login { account, authorized, addresses: (client, server), .. } = &*self.login;
        let mut command = Command::new("/proc/self/exe");
        command.arg0("vpcns").args(["instance", "--user", &account.name]);
        command.args(self.terminal.as_ref().map(|_| "--terminal")).arg("--").env_clear();
        let shell = account.shell.as_os_str();
        match (&authorized.command, wanted) {
            (Some(forced), _) => _ = command.arg(shell).arg("-c").arg(forced),
            (None, Wanted::Shell) => _ = command.arg(shell),
            (None, Wanted::Command(text)) => _ = command.arg(shell).arg("-c").arg(text),
            (None, Wanted::Sftp) => _ = command.args([crate::sys::view::PROGRAM, "instance", "--sftp"]),
        }
        if let (Some(_), Wanted::Command(text)) = (&authorized.command, wanted) {
            command.env("SSH_ORIGINAL_COMMAND", text);
        }
        command.envs(trust::environment(std::path::Path::new(trust::BUNDLE)));
        command.env("PATH", PATH).env("SHELL", shell).env("HOME", &account.home);
        command.env("USER", &account.name).env("LOGNAME", &account.name).envs(&self.variables);
        command.env("SSH_CLIENT", format!("{} {} {}", client.ip(), client.port(), server.port()));
        let connection = format!("{} {} {} {}", client.ip(), client.port(), server.ip(), server.port());
        command.env("SSH_CONNECTION", connection);
        match &self.terminal {
            Some(terminal) => {
                let end = terminal.end()?;
                command.env("SSH_TTY", &terminal.path);
                command.stdin(end.try_clone()?).stdout(end.try_clone()?).stderr(end);
            }
            None => _ = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()),
        }
        command.spawn()
    }

    /// Carries what is said from one to the other, until either goes.
    async fn run(&mut self, mut child: Child, mut reading: ChannelReadHalf, writing: ChannelWriteHalf<Msg>) {
        let group = Group(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw));
        let (input, waiting) = Input::new();
        let (mut feeding, mut output) = (JoinSet::new(), JoinSet::new());
        if let Some(terminal) = &self.terminal {
            let Ok((from, to)) = terminal.streams() else { return };
            feeding.spawn(feed(waiting, to));
            output.spawn(carry(from, writing.make_writer()));
        } else {
            let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
            let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else { return };
            feeding.spawn(feed(waiting, stdin));
            output.spawn(carry(stdout, writing.make_writer()));
            output.spawn(carry(stderr, writing.make_writer_ext(Some(1))));
        }
        let status = tokio::select! {
            status = child.wait() => status,
            () = self.listen(&mut reading, &input, &group) => return,
        };
        let has_terminal = self.terminal.is_some();
        let rest = async {
            let all = async { while output.join_next().await.is_some() {} };
            // A terminal may be held by what goes on in the background; of pipes the end is waited for, as OpenSSH does.
            if has_terminal { drop(timeout(REST, all).await) } else { all.await }
        };
        tokio::select! {
            () = rest => {}
            () = self.listen(&mut reading, &input, &group) => return,
        }
        group.forget();
        if let Ok(status) = status {
            self.report(status).await;
        }
        let _ = self.handle.eof(self.id).await;
    }

    /// Takes what the client says until it goes.
    async fn listen(&self, reading: &mut ChannelReadHalf, input: &Input, group: &Group) {
        while let Some(message) = reading.wait().await {
            match message {
                ChannelMsg::Data { data } => input.push(Some(data.to_vec())).await,
                ChannelMsg::Eof => input.push(None).await,
                ChannelMsg::WindowChange { col_width, row_height, .. } => self.resize(col_width, row_height),
                ChannelMsg::Signal { signal } => group.signal(&signal),
                ChannelMsg::Close => return,
                _ => {}
            }
        }
    }

    /// Says how the process ended.
    async fn report(&self, status: ExitStatus) {
        let _ = match (status.code(), status.signal().and_then(|number| signal::Signal::try_from(number).ok())) {
            (Some(code), _) => self.handle.exit_status_request(self.id, code.cast_unsigned()).await,
            (None, Some(killed)) => {
                let name = Sig::Custom(killed.as_str().trim_start_matches("SIG").to_owned());
                let dumped = status.core_dumped();
                self.handle.exit_signal_request(self.id, name, dumped, String::new(), String::new()).await
            }
            (None, None) => self.handle.exit_status_request(self.id, 255).await,
        };
    }
}

/// The processes of a session.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, wanted: &Sig) {
        let signal = match wanted {
            Sig::ABRT => signal::Signal::SIGABRT,
            Sig::ALRM => signal::Signal::SIGALRM,
            Sig::HUP => signal::Signal::SIGHUP,
            Sig::INT => signal::Signal::SIGINT,
            Sig::KILL => signal::Signal::SIGKILL,
            Sig::QUIT => signal::Signal::SIGQUIT,
            Sig::TERM => signal::Signal::SIGTERM,
            Sig::USR1 => signal::Signal::SIGUSR1,
            _ => return,
        };
        // One that has ended cannot be signalled, and need not.
        let _ = self.0.map(|group| signal::killpg(group, signal));
    }

    /// The process has ended by itself; what it left goes on.
    fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(&Sig::HUP);
    }
}

/// The way of a client's input to the process.
struct Input {
    queue: mpsc::UnboundedSender<Option<(Vec<u8>, tokio::sync::OwnedSemaphorePermit)>>,
    room: Arc<Semaphore>,
}

type Waiting = mpsc::UnboundedReceiver<Option<(Vec<u8>, tokio::sync::OwnedSemaphorePermit)>>;

impl Input {
    fn new() -> (Self, Waiting) {
        let (queue, waiting) = mpsc::unbounded_channel();
        (Self { queue, room: Arc::new(Semaphore::new(INPUT)) }, waiting)
    }

    /// More of it, or its end. Waits while too much waits already.
    async fn push(&self, data: Option<Vec<u8>>) {
        let Some(data) = data else { return drop(self.queue.send(None)) };
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        if let Ok(room) = self.room.clone().acquire_many_owned(length).await {
            let _ = self.queue.send(Some((data, room)));
        }
    }
}

/// Gives the process its input. A process that reads no more, and one that has no terminal, has its input closed.
async fn feed(mut waiting: Waiting, mut to: impl AsyncWrite + Unpin) {
    let mut open = true;
    while let Some(data) = waiting.recv().await {
        match data {
            Some((data, _room)) if open => open = to.write_all(&data).await.is_ok(),
            Some(_) => {}
            None => break,
        }
    }
}

/// Brings output to the client; a terminal without its process cannot be read.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut buffer = vec![0; 32 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    let _ = to.flush().await;
}
