//! An instance's commands: what it runs from its first boot to the lab's end, or until the file drops them.
//!
//! ```text
//! /run/vpcns/LAB/hosts/HOST/commands/NAME.pid        which process minds the command
//! /run/vpcns/LAB/hosts/HOST/commands/NAME.settings   what it runs, in which view
//! /run/vpcns/LAB/hosts/HOST/commands/NAME.state      how that goes
//! ```
//!
//! Each command has a process that minds it (`vpcns instance --mind`), in the instance's view and in a session of
//! its own, so that it is ended with all that it started, and nothing else is. `up` ends those whose settings are no
//! longer wanted and starts those that are missing; a command that is wanted as it is goes on.

use super::{
    Error, Machine, View,
    confine::{self, Who},
    failed, failed_at,
    home::Login,
    user_data::Outcome,
};
use crate::{
    model,
    sys::{netns::Netns, pid_file::PidFile, process, state::Lab},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder, File},
    io::{self, Seek, SeekFrom, Write},
    os::unix::{
        fs::DirBuilderExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Where commands' logs lie in the instance.
pub const LOGS: &str = "/var/log/vpcns";

/// How soon a command that failed is started again, at first; then twice as late each time.
const SOON: Duration = Duration::from_millis(200);
/// How late at most.
const LATE: Duration = Duration::from_secs(30);
/// One that ran as long as this has not failed at once.
const LONG: Duration = Duration::from_secs(10);
/// How often a command may fail at once, one time after another.
const TRIES: u32 = 10;

/// What a command's process is started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    machine: Machine,
    name: String,
    command: model::Command,
    /// The keeper of the view: in another view it is another command.
    keeper: i32,
}

impl Settings {
    /// Whether the same command runs in the same view; a name or a key that the machine has now changes nothing for it.
    fn is(&self, other: &Self) -> bool {
        (&self.command, self.keeper) == (&other.command, other.keeper)
    }
}

/// How a command goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// `waiting` for UserData to end, `running`, `restarting`, `ended` by itself, or `failed` too often.
    pub state: String,
    /// How often it was started again.
    pub restarts: u32,
    /// How it ended the last time, as shells count.
    pub exit_code: Option<i32>,
}

/// The log of a command in its instance.
pub fn log(name: &str) -> PathBuf {
    Path::new(LOGS).join(format!("{name}.log"))
}

/// Ends the commands of the lab's hosts that are not wanted as they are, and starts those that do not run.
/// `commands` says what each machine is to run.
pub fn follow(lab: &Lab, commands: &[(Machine, &BTreeMap<String, model::Command>)]) -> Vec<Error> {
    let mut wanted = BTreeMap::new();
    let mut errors = Vec::new();
    for (machine, commands) in commands.iter().filter(|(_, commands)| !commands.is_empty()) {
        match View::open(lab, machine) {
            Ok((view, _)) => {
                for (name, command) in *commands {
                    let (name, keeper) = (name.clone(), view.keeper.pid());
                    let settings = Settings { machine: machine.clone(), command: command.clone(), keeper, name };
                    wanted.insert((machine.host.clone(), settings.name.clone()), settings);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    for (host, name) in known(lab) {
        let settings = wanted.get(&(host.clone(), name.clone()));
        let kept = kept(lab, &host, &name);
        if !settings.zip(kept.as_ref()).is_some_and(|(wanted, kept)| wanted.is(kept))
            && let Err(error) = end(lab, &host, &name)
        {
            errors.push(failed(format!("end command `{name}` of instance `{host}`"))(error));
        }
    }
    for ((host, name), settings) in &wanted {
        if !is_minded(lab, host, name)
            && let Err(error) = start(lab, settings)
        {
            errors.push(failed(format!("start command `{name}` of instance `{host}`"))(error));
        }
    }
    errors
}

/// How a host's command goes; none if nobody minds it.
pub fn state(lab: &Lab, host: &str, name: &str) -> Option<State> {
    let state = || serde_json::from_slice(&fs::read(file(lab, host, name, "state")).ok()?).ok();
    let said: Option<State> = state();
    let over = said.as_ref().is_some_and(|said| matches!(said.state.as_str(), "ended" | "failed"));
    (over || is_minded(lab, host, name)).then(|| said.unwrap_or_default())
}

/// The commands that hosts have or had.
fn known(lab: &Lab) -> Vec<(String, String)> {
    let mut known = Vec::new();
    for host in fs::read_dir(lab.hosts_directory()).into_iter().flatten().flatten() {
        for file in fs::read_dir(host.path().join("commands")).into_iter().flatten().flatten() {
            let (host, name) = (host.file_name(), file.file_name());
            let name = name.to_str().and_then(|name| name.strip_suffix(".settings"));
            known.extend(host.to_str().map(str::to_owned).zip(name.map(str::to_owned)));
        }
    }
    known
}

fn file(lab: &Lab, host: &str, name: &str, ending: &str) -> PathBuf {
    lab.host_directory(host).join("commands").join(format!("{name}.{ending}"))
}

fn kept(lab: &Lab, host: &str, name: &str) -> Option<Settings> {
    serde_json::from_slice(&fs::read(file(lab, host, name, "settings")).ok()?).ok()
}

fn is_minded(lab: &Lab, host: &str, name: &str) -> bool {
    PidFile::at(file(lab, host, name, "pid")).process().is_some()
}

/// Ends a command with all of its session, also if the process that minded it is dead.
fn end(lab: &Lab, host: &str, name: &str) -> io::Result<()> {
    let session = fs::read_to_string(file(lab, host, name, "pid")).unwrap_or_default();
    let session: Option<i32> = session.split(' ').next().and_then(|pid| pid.parse().ok());
    let netns = kept(lab, host, name).and_then(|settings| Netns::open(&settings.machine.netns).ok()?.identity().ok());
    if let Some((session, netns)) = session.zip(netns) {
        process::end_session(&BTreeSet::from([netns]), session)?;
    }
    for ending in ["pid", "state", "settings"] {
        match fs::remove_file(file(lab, host, name, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Starts the process that minds a command, and waits until it does.
fn start(lab: &Lab, settings: &Settings) -> io::Result<()> {
    let (host, name) = (&settings.machine.host, &settings.name);
    // Its process may have been killed, and what it minded be left.
    end(lab, host, name)?;
    let directory = lab.host_directory(host).join("commands");
    DirBuilder::new().mode(0o700).recursive(true).create(&directory)?;
    let settings = serde_json::to_vec(settings)?;
    fs::write(file(lab, host, name, "settings"), &settings)?;
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vpcns").args(["instance", "--mind", "--lab", lab.name()]).current_dir("/");
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let _ = child.stdin.take().expect("it was asked for").write_all(&settings);
    let mut said = String::new();
    io::Read::read_to_string(&mut child.stdout.take().expect("it was asked for"), &mut said)?;
    if said.is_empty() { Ok(()) } else { Err(io::Error::other(said.trim_end().to_owned())) }
}

/// What the process that minds a command needs of the world outside of the view.
pub struct Minder {
    settings: Settings,
    state: File,
    /// How the UserData ended.
    outcome: File,
    _claim: File,
}

impl Minder {
    /// Reads what is to be run, says which process minds it, and enters the view: there it ends with the lab.
    pub fn new(lab: &Lab) -> Result<Self, Error> {
        let settings = serde_json::from_reader(io::stdin()).map_err(failed("read the settings"))?;
        let Settings { machine, name, .. } = &settings;
        // Its session is how it is ended.
        nix::unistd::setsid().map_err(failed("make a session"))?;
        nix::sys::signal::SigSet::empty().thread_set_mask().map_err(failed("receive signals"))?;
        let path = file(lab, &machine.host, name, "state");
        let state = File::create(&path).map_err(failed_at("open", &path))?;
        let path = file(lab, &machine.host, name, "pid");
        let claim = PidFile::at(&path).claim().map_err(failed_at("claim", &path))?;
        let view = View::find(lab, machine);
        let view = view.ok_or_else(|| failed("find the instance")(io::Error::from(io::ErrorKind::NotFound)))?;
        let path = super::user_data::file(lab, &machine.host);
        let outcome = File::open(&path).map_err(failed_at("open", &path))?;
        view.enter()?;
        Ok(Self { settings, state, outcome, _claim: claim })
    }

    /// Waits for the end of UserData, which may bring what is run, and minds the command. `log` makes of a path what the
    /// command's words are written to.
    pub fn mind<W: Write + Send + 'static>(mut self, log: impl FnOnce(&Path) -> io::Result<W>) -> Result<(), Error> {
        self.say("waiting", 0, None);
        while Outcome::read(&self.outcome) == Outcome::Running {
            thread::sleep(Duration::from_millis(50));
        }
        let path = self::log(&self.settings.name);
        let log = log(&path).map_err(failed_at("open", &path))?;
        confine::confine(Who::Command).map_err(failed("confine the command"))?;
        let output = written_to(log).map_err(failed("make a pipe"))?;
        self.run(&output);
        Ok(())
    }

    /// Runs the command again and again, until it ends well, or has failed too often.
    fn run(&mut self, output: &io::PipeWriter) {
        let (mut restarts, mut failures, mut exit_code) = (0, 0, None);
        loop {
            let began = Instant::now();
            let ended = self.spawn(output).and_then(|mut child| {
                self.say("running", restarts, exit_code);
                child.wait()
            });
            let code = ended.as_ref().map_or(126, |status| code_of(*status));
            exit_code = Some(code);
            match ended {
                Ok(_) if code == 0 => return self.say("ended", restarts, exit_code),
                Ok(_) => note(output, &format!("it ended with exit code {code}")),
                Err(error) => note(output, &format!("it cannot be run: {error}")),
            }
            failures = if began.elapsed() < LONG { failures + 1 } else { 1 };
            if failures == TRIES {
                note(output, &format!("it failed {TRIES} times at once, and is not started again"));
                return self.say("failed", restarts, exit_code);
            }
            self.say("restarting", restarts, exit_code);
            thread::sleep(SOON.saturating_mul(1 << (failures - 1)).min(LATE));
            restarts += 1;
        }
    }

    fn spawn(&self, output: &io::PipeWriter) -> io::Result<Child> {
        let model::Command { argv, user } = &self.settings.command;
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).env_clear().env("LANG", "C.UTF-8");
        let login = Login { user: user.clone(), at_home: true };
        login.prepare(&mut command, None)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?).spawn()
    }

    /// Says how it goes to whoever asks; if the lab is gone, nobody does.
    fn say(&mut self, state: &str, restarts: u32, exit_code: Option<i32>) {
        let state = State { state: state.to_owned(), restarts, exit_code };
        let text = serde_json::to_vec(&state).expect("plain data");
        let _ = self.state.seek(SeekFrom::Start(0)).and_then(|_| self.state.write_all(&text));
        let _ = self.state.set_len(text.len() as u64);
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

/// A line of the minder's own in the log.
fn note(mut output: &io::PipeWriter, line: &str) {
    let _ = writeln!(output, "vpcns: {line}");
}

/// A pipe, whatever is written into which comes to the log. It does not end with the command: what that left behind
/// may still write.
fn written_to(mut log: impl Write + Send + 'static) -> io::Result<io::PipeWriter> {
    let (mut reader, writer) = io::pipe()?;
    thread::spawn(move || {
        let mut piece = [0; 8192];
        while let Ok(count @ 1..) = io::Read::read(&mut reader, &mut piece) {
            // A log that cannot be written must not stop the command.
            let _ = log.write_all(&piece[..count]);
        }
    });
    Ok(writer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        let pauses: Vec<_> = (0..TRIES).map(|failures| SOON.saturating_mul(1 << failures).min(LATE)).collect();
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]) && pauses.last() == Some(&LATE));
    }
}
