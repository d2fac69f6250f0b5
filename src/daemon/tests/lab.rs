//! A lab of a test's own, brought up for real, with its daemon in a thread instead of a process.

use crate::{
    apply, compile,
    daemon::{
        control::{self, Reply, Request},
        event_loop::EventLoop,
        launch,
    },
    input::{self, Options, Source},
    model::Topology,
    spec::{NetnsName, Spec, service::Health},
    sys::{
        netns::Netns,
        state::{Lab, Lock, Record},
    },
};
use std::{
    future::pending,
    path::PathBuf,
    process::{Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::JoinSet};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A lab, removed at the end of the test.
pub(super) struct Scratch {
    pub(super) lab: Lab,
    daemon: Option<JoinHandle<()>>,
}

impl Scratch {
    /// Brings up a lab and its daemon. No other run of the tests has a lab of this name.
    pub(super) fn up(name: &str, text: &str) -> Self {
        let name = format!("t-daemon-{name}-{}", std::process::id());
        let mut scratch = Self { lab: Lab::named(&name), daemon: None };
        drop(scratch.change(text));
        let lab = scratch.lab.clone();
        scratch.daemon = Some(thread::spawn(move || serve(lab)));
        eventually("the daemon listens", || {
            control::ask(&scratch.lab.control_socket(), Request::Ping, PATIENCE).is_ok()
        });
        scratch
    }

    /// Does what `up` does before it asks the daemon for a reload, and goes on holding the lock.
    pub(super) fn change(&self, text: &str) -> Lock {
        let lock = loop {
            if let Ok(lock) = self.lab.lock() {
                break lock;
            }
        };
        let before = self.lab.record().unwrap().map(|record| record.topology);
        let health = self.lab.health();
        let expected = before.as_ref().map_or_else(Spec::default, |topology| compile::compile(topology, &health));
        let source = Source { name: "lab.yaml".into(), text: text.into(), directory: PathBuf::from(".") };
        let resolved = input::topology(&source, &Options::of_lab(self.lab.name()), before.as_ref());
        let topology = resolved.unwrap_or_else(|found| panic!("{}", input::render(&source, found)));
        self.execute(&topology, &health, &expected);
        self.lab.write_record(&Record { source: "lab.yaml".into(), topology }).unwrap();
        lock
    }

    fn execute(&self, topology: &Topology, health: &Health, expected: &Spec) {
        let observed = apply::observe(&self.lab, expected).unwrap();
        let plan = apply::diff(&compile::compile(topology, health), &observed);
        apply::execute(&self.lab, &plan, &mut |_| {}).unwrap();
    }

    /// Has the daemon reload.
    pub(super) fn reload(&self) -> Result<(), String> {
        launch::reload(&self.lab).map_err(|error| error.to_string())
    }

    /// What the daemon knows of the targets.
    pub(super) fn health(&self) -> Health {
        launch::health(&self.lab).unwrap()
    }

    /// A host's namespace.
    pub(super) fn netns(&self, host: &str) -> Netns {
        Netns::open(&NetnsName::new(self.lab.name(), host)).unwrap()
    }

    /// What a command says in a host.
    pub(super) fn run(&self, host: &str, command: &[&str]) -> String {
        let start = || Command::new(command[0]).args(&command[1..]).stdin(Stdio::null()).output();
        let output = self.netns(host).enter(start).unwrap().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let asked = control::ask(&self.lab.control_socket(), Request::Stop, PATIENCE);
        if let (Ok(Reply::Done), Some(daemon)) = (asked, self.daemon.take()) {
            let _ = daemon.join();
        }
        let Ok(lock) = self.lab.lock() else { return };
        let _ = apply::remove(&self.lab, &mut |_| {});
        let _ = self.lab.remove(lock);
    }
}

/// The daemon without a process of its own.
fn serve(lab: Lab) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let record = lab.record().unwrap().unwrap();
        let socket = lab.control_socket();
        let event_loop = EventLoop::start(lab, (record, None)).await.unwrap();
        let (sender, calls) = mpsc::channel(16);
        let mut tasks = JoinSet::new();
        tasks.spawn(control::serve(control::listen(&socket).unwrap(), sender));
        event_loop.run(calls, pending()).await;
    });
}

/// Waits until something is so.
pub(super) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::park_timeout(Duration::from_millis(10));
    }
}
