//! A lab without its daemon: the data plane, and a listener on each instance.

use super::model::{OPEN, Verdict};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream},
    thread,
    time::Duration,
};
use vpcns::{
    apply,
    compile::{compile, names},
    model::{Failed, Name, Topology},
    spec::{Spec, service::Health},
    sys::{netns::Netns, state},
};

/// Longer than a connection takes on a busy machine, shorter than the second SYN.
const PATIENCE: Duration = Duration::from_millis(900);

/// A lab, removed when it is dropped.
pub(crate) struct Lab {
    pub(crate) topology: Topology,
    state: state::Lab,
    lock: Option<state::Lock>,
    listeners: Vec<TcpListener>,
}

impl Lab {
    pub(crate) fn up(text: &str) -> Self {
        let topology = super::topology::resolve_as(text, "t-verdicts");
        let spec = compile(&topology, &Health::default());
        let lab = state::Lab::named(&topology.lab);
        let lock = lab.lock().expect("the test's own lab is free");
        let plan = apply::diff(&spec, &apply::observe(&lab, &Spec::default()).expect("the machine can be read"));
        let made = apply::execute(&lab, &plan, &mut |_| ());
        let mut up = Self { topology, state: lab, lock: Some(lock), listeners: Vec::new() };
        made.expect("the lab comes up");
        let instances: Vec<_> = up.topology.instances.keys().cloned().collect();
        up.listeners = instances.iter().map(|instance| up.listen(instance)).collect();
        up
    }

    /// Lets something fail, as a live change.
    pub(crate) fn fail(&mut self, failed: Failed) {
        let before = compile(&self.topology, &Health::default());
        self.topology.failures.insert(failed);
        let observed = apply::observe(&self.state, &before).expect("the machine can be read");
        let plan = apply::diff(&compile(&self.topology, &Health::default()), &observed);
        assert!(!plan.steps.is_empty(), "a failure changes something");
        apply::execute(&self.state, &plan, &mut |_| ()).expect("the lab changes");
    }

    fn netns(&self, instance: &Name) -> Netns {
        Netns::open(&names::host_netns(&self.topology.lab, instance)).expect("the instance is there")
    }

    fn listen(&self, instance: &Name) -> TcpListener {
        let at = SocketAddr::from((Ipv4Addr::UNSPECIFIED, OPEN));
        self.netns(instance).tcp_listener(at).expect("nobody else listens there")
    }

    /// What packets say: from every instance to every destination, side by side.
    pub(crate) fn probe_all(&self, to: &BTreeSet<SocketAddrV4>) -> BTreeMap<Name, BTreeMap<SocketAddrV4, Verdict>> {
        let from = |instance: &Name| self.netns(instance).enter(|| probe(to)).expect("it can be entered");
        thread::scope(|scope| {
            let instances = self.topology.instances.keys();
            let probes: Vec<_> = instances.map(|instance| (instance, scope.spawn(move || from(instance)))).collect();
            probes.into_iter().map(|(instance, probe)| (instance.clone(), probe.join().expect("no panic"))).collect()
        })
    }
}

/// Tries all destinations at once from the calling thread's namespace.
fn probe(to: &BTreeSet<SocketAddrV4>) -> BTreeMap<SocketAddrV4, Verdict> {
    thread::scope(|scope| {
        let probes: Vec<_> = to.iter().map(|to| (*to, scope.spawn(|| connect(*to)))).collect();
        probes.into_iter().map(|(to, probe)| (to, probe.join().expect("a probe does not panic"))).collect()
    })
}

fn connect(to: SocketAddrV4) -> Verdict {
    match TcpStream::connect_timeout(&to.into(), PATIENCE) {
        Ok(_) => Verdict::Connected,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Verdict::Refused,
        Err(error) if error.kind() == ErrorKind::TimedOut => Verdict::Silence,
        Err(error) => panic!("a probe to {to} ended in a way that AWS does not have: {error}"),
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.listeners.clear();
        if let Err(errors) = apply::remove(&self.state, &mut |_| ()) {
            println!("not all was removed: {errors:?}");
        }
        let lock = self.lock.take().expect("it is dropped once");
        self.state.remove(lock).expect("the lab's directory can be removed");
    }
}
