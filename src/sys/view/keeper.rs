//! The process that a view lives in: it makes the view, runs the instance's UserData in it, and then only waits.
//!
//! It is started twice: the first process ends once the second is there, so that the keeper is nobody's child who
//! might wait for it. Whoever started it reads its output to the end: nothing means that the view is ready.

use super::{
    Error, Machine, accounts, aws, failed, failed_at, files_file, home, keeper_file, mounts, ssh, tools, user_data,
};
use crate::sys::{authority::Authority, etc, netns::Netns, pid_file::PidFile, secret::Secret, state::Lab};
use nix::{
    sched::CloneFlags,
    sys::{
        signal::SigSet,
        stat::{Mode, umask},
    },
};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::{fd::AsRawFd, unix::process::CommandExt},
    process::{Command, Stdio},
};

/// Runs the first process, or with `keeps` the second. Ends only when it failed or was not needed.
pub fn run(lab: &Lab, keeps: bool) -> io::Result<()> {
    let mut settings = Vec::new();
    io::stdin().read_to_end(&mut settings)?;
    if !keeps {
        return hand_over(lab, &settings);
    }
    let machine: Machine = serde_json::from_slice(&settings)?;
    // Who started it may be ended by a key of the terminal; this process is not.
    let _ = nix::unistd::setsid();
    // `up` blocks signals while it works, and a process begins with the mask of its parent.
    SigSet::empty().thread_set_mask()?;
    umask(Mode::from_bits_truncate(0o022));
    match make(lab, &machine) {
        Ok(Some(Made { outcome, _files })) => {
            silence()?;
            user_data::run(&machine, outcome);
            loop {
                nix::unistd::pause();
            }
        }
        Ok(None) => Ok(()),
        Err(error) => {
            let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
            writeln!(io::stdout(), "{error}{source}")
        }
    }
}

/// Starts the second process, which has this one's output.
fn hand_over(lab: &Lab, settings: &[u8]) -> io::Result<()> {
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vpcns").args(["instance", "--keep", "--lab", lab.name()]).stdin(Stdio::piped());
    let mut keeper = program.spawn()?;
    keeper.stdin.take().expect("it was asked for").write_all(settings)
}

/// A view that was made.
struct Made {
    /// For what becomes of the UserData.
    outcome: File,
    /// By this one, others come to what the instance has written.
    _files: File,
}

/// Makes the view; nothing if another made it meanwhile.
fn make(lab: &Lab, machine: &Machine) -> Result<Option<Made>, Error> {
    let path = keeper_file(lab, &machine.host);
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).open(&path).map_err(failed_at("open", &path))?;
    file.lock().map_err(failed_at("lock", &path))?;
    if super::View::find(lab, machine).is_some() {
        return Ok(None);
    }
    // One whose namespace was removed and made anew under its name is nobody's any more.
    super::end(lab, &machine.host).map_err(failed("end what was left of the instance"))?;
    file.set_len(0).map_err(failed_at("write", &path))?;
    let path = user_data::file(lab, &machine.host);
    let outcome = File::create(&path).map_err(failed_at("open", &path))?;
    let path = files_file(lab, &machine.host);
    let mut number = File::create(&path).map_err(failed_at("open", &path))?;
    let files = etc::read(&machine.netns).map_err(failed("read the instance's files"))?;
    let key = Secret::of(lab).map_err(failed("read the lab's secret"))?.host_key(&machine.host);
    let authority = Authority::of(lab).map_err(failed("read the lab's certificate authority"))?;
    let path = ssh::state_file(lab, &machine.host);
    let server = File::create(&path).map_err(failed_at("open", &path))?;
    enter(machine)?;
    let images: Vec<_> = machine.layers.iter().map(|image| lab.image_directory(image)).collect();
    let own = mounts::make(&images)?;
    home::write(&files, &machine.host_name).map_err(failed("write the instance's files"))?;
    // An image has accounts and homes, such as they were.
    if images.is_empty() {
        accounts::write().map_err(failed("write the instance's accounts"))?;
        home::furnish().map_err(failed("write the instance's homes"))?;
    }
    aws::write(authority.certificate(), machine.region.as_deref()).map_err(failed("write the instance's AWS files"))?;
    ssh::write(machine, &key).map_err(failed("write the instance's SSH files"))?;
    ssh::boot(&server).map_err(failed("start the instance's SSH server"))?;
    tools::link().map_err(failed("link the instance's programs"))?;
    nix::unistd::sethostname(&machine.host_name).map_err(failed("set the host name"))?;
    write!(number, "{}", own.as_raw_fd()).map_err(failed("say where the files are"))?;
    PidFile::claim_in(&file).map_err(failed("say which process this is"))?;
    Ok(Some(Made { outcome, _files: own }))
}

/// Takes this process into the network namespace, and into mount and UTS namespaces of its own.
#[expect(clippy::disallowed_methods, reason = "this process is the instance's, for good")]
fn enter(machine: &Machine) -> Result<(), Error> {
    let netns = Netns::open(&machine.netns).map_err(failed(format!("open the namespace `{}`", machine.netns)))?;
    nix::sched::setns(&netns, CloneFlags::CLONE_NEWNET).map_err(failed("enter the namespace"))?;
    // Whoever removes a namespace searches it once more when its name is gone: who comes after that ends by itself.
    let named = Netns::open(&machine.netns).and_then(|named| named.identity());
    if !named.is_ok_and(|named| netns.identity().is_ok_and(|entered| entered == named)) {
        return Err(failed("enter the namespace")(io::Error::other("it has just been removed")));
    }
    let own = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS;
    nix::sched::unshare(own).map_err(failed("make a mount namespace"))
}

/// Lets go of whoever waits for the output.
fn silence() -> io::Result<()> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    Ok(nix::unistd::dup2_stderr(&null)?)
}
