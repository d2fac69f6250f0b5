//! `vpcns up`: creates a lab, or changes a running one into what the file says.

use super::{
    boot,
    exit::{Exit, Failure},
    fail,
    interrupt::Interrupt,
    keys, lab, load, own_machine,
    print::{self, Format},
    progress, show, validate,
};
use crate::{
    apply,
    compile::{self, compile},
    daemon, describe,
    model::{ConnectionState, PeeringState, Topology, dns_name},
    sys::{
        self,
        state::{Lab, Lock, Record},
    },
};
use anyhow::Context;
use clap::{Args, builder::BoolishValueParser};
use std::{
    borrow::Cow,
    collections::BTreeSet,
    fs, io, thread,
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const EXAMPLES: &str = "\
Examples:
  sudo vpcns up                               the PrivateLink lab that comes with vpcns
  sudo vpcns up topology.yaml
  sudo vpcns up topology.yaml --lab second    the same file as another lab
  sudo vpcns up topology.yaml                 again after an edit: only what differs is touched
  sudo vpcns up -o json | jq .                the outputs as one object
  vpcns up topology.yaml                      without root: in a machine of your own, where the kernel allows it
                                              (docs/rootless.md); all other commands find it again";

/// How long to wait for the first health checks.
const PATIENCE: Duration = Duration::from_secs(3);

/// Create a lab, or change a running one into what the file says
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: load::Choice,

    /// Take over a lab of this name that is up from another file
    #[arg(long, env = "VPCNS_REPLACE", value_parser = BoolishValueParser::new())]
    replace: bool,

    /// The form of the outputs
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let loaded = load::load(&arguments.choice)?;
    let (lab, path) = (loaded.lab.clone(), loaded.path.clone());
    if lab.exists() { sys::privilege::check_for_up() } else { sys::privilege::check_for_new() }?;
    // The file's own mistakes come before anything is made, the lock's directory among it.
    let lock = lab.exists().then(|| lab::lock(&lab)).transpose()?;
    let previous = lab.record()?;
    if let Some(other) = previous.as_ref().filter(|record| !arguments.replace && !is_same(&record.source, &path)) {
        return Err(taken(&lab, &other.source, &path));
    }
    let mut topology = loaded.resolve(previous.as_ref().map(|record| &record.topology))?;
    if let Some(previous) = &previous {
        keep_full_buckets(&lab, &previous.topology, &topology)?;
    }
    enough_files(&lab, &topology)?;
    let lock = lock.map_or_else(|| lab::lock(&lab), Ok)?;
    describe::stamp(&mut topology, previous.as_ref().map(|record| &record.topology), &now());
    keys::make(&lab, &mut topology).context("cannot write the lab's keys")?;
    let forgotten = previous.as_ref().map_or(Vec::new(), |record| fail::forgotten(&record.topology, &topology));
    let record = Record { source: path, topology };
    let Some(exit) = bring_up(&lab, lock, (previous, &record), Interrupt::watch)? else {
        return Ok(stopped(&lab, &record));
    };
    for words in forgotten {
        print::talk(format_args!("note: {words}, which had failed, is not in the lab any more"));
    }
    fail::note(&record.topology);
    own_machine::note(&record.topology);
    show::outputs(arguments.output, &record.topology)?;
    if arguments.output == Format::Table {
        suggest(&record.topology);
    }
    Ok(exit)
}

/// Refuses what the daemon could not serve. With more than this no lab is too large.
fn enough_files(lab: &Lab, topology: &Topology) -> Result<(), sys::limits::TooFew> {
    const PLENTY: u64 = 1 << 16;
    if sys::limits::enough(PLENTY).is_ok() {
        return Ok(());
    }
    sys::limits::enough(daemon::files_needed(&compile::services(topology, &lab.health())))
}

/// The time, in ISO 8601 to the second.
fn now() -> String {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).ok();
    now.and_then(|now| now.format(&Rfc3339).ok()).unwrap_or_default()
}

/// Makes a lab what the record says, and waits until it is at work; none if the user stopped it.
pub(super) fn bring_up(
    lab: &Lab,
    lock: Lock,
    (previous, record): (Option<Record>, &Record),
    watch: impl FnOnce() -> io::Result<Interrupt>,
) -> Result<Option<Exit>, Failure> {
    sys::trust::write(lab).context("cannot write the lab's certificate authority")?;
    let began = Instant::now();
    match change(lab, previous.as_ref(), record, watch)? {
        Change::Stopped => return Ok(None),
        Change::Steps(0) if previous.as_ref() == Some(record) => {
            print::talk(format_args!("lab `{}` is unchanged", lab.name()));
        }
        Change::Steps(steps) => {
            let (seconds, what) = (began.elapsed().as_secs_f32(), validate::summary(&record.topology));
            print::talk(format_args!("lab `{}` is up: {what}; {steps} steps in {seconds:.1} s", lab.name()));
        }
    }
    drop(lock);
    let exit = boot::boot(lab, previous.as_ref().map(|record| &record.topology), &record.topology);
    settle(lab, &record.topology);
    Ok(Some(exit))
}

/// What became of a change.
enum Change {
    /// It was made, in so many steps.
    Steps(usize),
    /// The user stopped it.
    Stopped,
}

/// Makes what runs what the record says, and keeps the record.
fn change(
    lab: &Lab,
    previous: Option<&Record>,
    record: &Record,
    watch: impl FnOnce() -> io::Result<Interrupt>,
) -> Result<Change, Failure> {
    let health = lab.health();
    let observed = apply::observe(lab, &lab::expected(previous, &health))?;
    let plan = apply::diff(&compile(&record.topology, &health), &observed);
    let interrupt = watch()?;
    let bar = progress::bar(plan.steps.len());
    let executed = apply::execute(lab, &plan, &mut |progress| {
        bar.set_position(progress.done as u64);
        if interrupt.came() {
            progress.stop();
        }
    });
    bar.finish_and_clear();
    if executed.is_err() && interrupt.came() {
        return Ok(Change::Stopped);
    }
    if let Err(error) = executed {
        // Refused before anything was made: of a new lab nothing stays.
        if previous.is_none() && lab.journal()?.is_empty() {
            lab.discard()?;
            return Err(error.into());
        }
        return Err(left(error.into(), record));
    }
    lab.write_record(record).map_err(|error| left(error.into(), record))?;
    let told = if daemon::is_running(lab) { daemon::reload(lab) } else { daemon::start(lab) };
    told.map_err(|error| left(anyhow::Error::from(error).context("the lab's daemon does not serve"), record))?;
    Ok(Change::Steps(plan.steps.len()))
}

/// An error in the middle, with how to go on.
fn left(error: anyhow::Error, record: &Record) -> Failure {
    let lab = &record.topology.lab;
    let hint =
        format!("what was made so far stays; {}, `sudo vpcns down --lab {lab}` removes it", again(&record.source, lab));
    error.context(format!("lab `{lab}` is not wholly up\nhint: {hint}")).into()
}

/// A path as a shell reads it.
fn quoted(path: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@%".contains(letter);
    if path.chars().all(is_plain) { path.into() } else { format!("'{}'", path.replace('\'', r"'\''")).into() }
}

fn stopped(lab: &Lab, record: &Record) -> Exit {
    let name = lab.name();
    print::talk(format_args!("stopped: what was made of lab `{name}` so far stays"));
    print::hint(format_args!("{}, `sudo vpcns down --lab {name}` removes it", again(&record.source, name)));
    Exit::Interrupted
}

/// The command that repairs a lab.
pub(super) fn again(source: &str, lab: &str) -> String {
    match source {
        "embedded" => format!("`sudo vpcns up --lab {lab}` goes on"),
        "-" => "`vpcns up -` with the same input goes on".to_owned(),
        path => format!("`sudo vpcns up {} --lab {lab}` goes on", quoted(path)),
    }
}

/// Whether two paths, as given, lead to the same file.
fn is_same(one: &str, other: &str) -> bool {
    one == other || fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// Refuses to take away a bucket in which something is, as `CloudFormation` does.
fn keep_full_buckets(lab: &Lab, before: &Topology, after: &Topology) -> Result<(), Failure> {
    let names = |topology: &Topology| -> BTreeSet<String> {
        topology.buckets.values().map(|bucket| bucket.bucket_name.clone()).collect()
    };
    for bucket in names(before).difference(&names(after)) {
        if !lab.is_bucket_empty(bucket)? {
            let error = anyhow::anyhow!(
                "the bucket `{bucket}`, which is not in this file any more, is not empty (BucketNotEmpty)\nhint: take \
                 out what is in it, `aws s3 rm s3://{bucket} --recursive`, or leave it in the file"
            );
            return Err(error.into());
        }
    }
    Ok(())
}

/// The lab's name is in use for something else.
fn taken(lab: &Lab, other: &str, path: &str) -> Failure {
    let name = lab.name();
    let hint = format!(
        "`--lab NAME` makes a second lab, `--replace` turns the running one into `{path}`, `vpcns down --lab {name}` \
         removes it"
    );
    anyhow::anyhow!("lab `{name}` is already up from `{other}`\nhint: {hint}").into()
}

/// Waits until every target has had its first health check, so that the first `curl` finds its way.
fn settle(lab: &Lab, topology: &Topology) {
    let deadline = Instant::now() + PATIENCE;
    // Not what the daemon has just heard, but what it has put into the tables.
    while !describe::is_settled(topology, &lab.health()) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Commands to try, of those that show something in this lab.
fn suggest(topology: &Topology) {
    let mut commands = Vec::new();
    for (name, connection) in &topology.peering_connections {
        if connection.state == PeeringState::PendingAcceptance {
            commands.push(format!("sudo vpcns accept {name}"));
        }
    }
    for (name, endpoint) in &topology.endpoints {
        if endpoint.state == ConnectionState::PendingAcceptance {
            commands.push(format!("sudo vpcns accept {name}"));
        }
        let client = topology
            .instances
            .iter()
            .find(|(_, instance)| topology.network_interfaces[&instance.interface].vpc == endpoint.vpc);
        let balancer = endpoint.load_balancer().map(|name| &topology.load_balancers[name]);
        let listener = balancer.and_then(|balancer| balancer.listeners.iter().find(|listener| listener.tls.is_none()));
        let port = listener.map(|listener| listener.port);
        if let (Some((client, _)), Some(port)) = (client, port) {
            let host = dns_name::endpoint_regional(topology, name);
            let port = if port == 80 { String::new() } else { format!(":{port}") };
            commands.push(format!("sudo vpcns exec {client} curl -sS http://{host}{port}"));
        }
    }
    commands.extend(login(topology));
    if commands.is_empty()
        && let Some(host) = topology.instances.keys().next()
    {
        commands.push(format!("sudo vpcns exec {host} ip addr"));
    }
    commands.truncate(4);
    commands.push("sudo vpcns show".to_owned());
    commands.push(format!("sudo vpcns down --lab {}", topology.lab));
    print::talk(format_args!("\ntry:\n  {}", commands.join("\n  ")));
}

/// How somebody on the internet logs in, if somebody can.
fn login(topology: &Topology) -> Option<String> {
    topology.instances.values().find_map(|instance| {
        let pair = topology.key_pairs.get(instance.key_pair.as_ref()?).filter(|pair| pair.generated)?;
        let address = topology.network_interfaces[&instance.interface].public.as_ref()?.ip;
        Some(format!("sudo vpcns exec laptop ssh -i {} ec2-user@{address}", quoted(&format!("{}.pem", pair.key_name))))
    })
}
