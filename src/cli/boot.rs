//! The end of `up`: instances that have UserData boot, and what became of it is said.
//!
//! Other instances boot when somebody first enters them. A script may take as long as it likes: after a while `up`
//! goes on without it.

use super::{exit::Exit, print};
use crate::{
    compile,
    model::{Instance, Name, Topology},
    sys::{
        state::Lab,
        view::{self, Outcome, View},
    },
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// How long to wait for scripts.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many instances boot at a time.
const AT_ONCE: usize = 8;
/// How many are named when they are many.
const NAMED: usize = 5;

/// Boots what has not booted, and waits for a while.
pub(super) fn boot<'a>(lab: &Lab, previous: Option<&Topology>, topology: &'a Topology) -> Exit {
    let does_something =
        |instance: &Instance| instance.user_data.is_some() || instance.image.is_some() || !instance.commands.is_empty();
    let instances: Vec<_> = topology.instances.iter().filter(|(_, instance)| does_something(instance)).collect();
    let mut booted = Vec::new();
    let mut exit = replace(lab, previous, topology);
    for some in instances.chunks(AT_ONCE) {
        for (name, opened) in open(lab, topology, some) {
            match opened {
                Ok(true) => booted.push(name),
                Ok(false) => {}
                Err(error) => {
                    print::error(&error);
                    exit = Exit::Refused;
                }
            }
        }
    }
    let deadline = Instant::now() + PATIENCE;
    let outcome = |name: &&Name| Outcome::of(lab, name.as_str());
    while booted.iter().any(|name| outcome(name) == Outcome::Running) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    report(&booted, outcome);
    let machine = |(name, instance): (&Name, &'a Instance)| (compile::machine(topology, name), &instance.commands);
    let commands: Vec<_> = topology.instances.iter().map(machine).collect();
    for error in view::follow(lab, &commands) {
        print::error(&error);
        exit = Exit::Refused;
    }
    exit
}

/// Ends what runs in instances that are to be launched from another image than they were (AWS replaces them).
fn replace(lab: &Lab, previous: Option<&Topology>, topology: &Topology) -> Exit {
    let mut exit = Exit::Right;
    for (name, instance) in &topology.instances {
        let before = previous.and_then(|previous| previous.instances.get(name));
        if before.is_some_and(|before| before.image != instance.image)
            && let Err(error) = view::end(lab, name.as_str())
        {
            print::error(&error);
            exit = Exit::Refused;
        }
    }
    exit
}

/// Makes the views of some instances at once, and says which are new.
fn open<'a>(
    lab: &Lab,
    topology: &Topology,
    instances: &[(&'a Name, &Instance)],
) -> Vec<(&'a Name, Result<bool, view::Error>)> {
    let open = |(name, _): (&'a Name, &Instance)| {
        (name, View::open(lab, &compile::machine(topology, name)).map(|(_, new)| new))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = instances.iter().map(|instance| scope.spawn(move || open(*instance))).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        joined.collect()
    })
}

/// Says what is not as it should be.
fn report(booted: &[&Name], outcome: impl Fn(&&Name) -> Outcome) {
    let running: Vec<_> = booted.iter().filter(|name| outcome(name) == Outcome::Running).collect();
    if let Some(first) = running.first() {
        let names: Vec<_> = running.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        let more = if running.len() > NAMED { format!(" and {} more", running.len() - NAMED) } else { String::new() };
        print::talk(format_args!("UserData still runs in {}{more}", names.join(", ")));
        print::hint(format_args!("`sudo vpcns logs {first} --follow` shows it"));
    }
    for name in booted {
        if let Outcome::Ended(code @ 1..) = outcome(name) {
            print::talk(format_args!("UserData of instance `{name}` ended with exit code {code}"));
            print::hint(format_args!("`sudo vpcns logs {name}` shows what it said"));
        }
    }
}
