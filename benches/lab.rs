//! Labs, brought up by the program itself, and what is needed to reach into them.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};
use vpcns::{
    compile::{self, names},
    model::{Name, Topology},
    spec::{NetnsName, Spec, service::Health},
    sys::{netns::Netns, state},
};

/// How long a condition is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A lab that is up; it goes with the value.
pub(crate) struct Lab {
    name: String,
    pub(crate) file: PathBuf,
}

impl Lab {
    /// The lab of this text, up.
    pub(crate) fn up(name: &str, topology: &str) -> Self {
        let lab = Self::of(name, topology);
        lab.bring_up();
        lab
    }

    /// The lab of this text, not yet up.
    pub(crate) fn of(name: &str, topology: &str) -> Self {
        let file = Path::new("/run").join(name).with_extension("yaml");
        fs::write(&file, topology).unwrap();
        Self { name: name.into(), file }
    }

    /// Makes it what its file says.
    pub(crate) fn bring_up(&self) {
        vpcns(&["up", self.file.to_str().unwrap(), "--lab", &self.name]);
    }

    /// What the state directory knows of it.
    pub(crate) fn state(&self) -> state::Lab {
        state::Lab::named(&self.name)
    }

    pub(crate) fn topology(&self) -> Topology {
        self.state().record().unwrap().unwrap().topology
    }

    pub(crate) fn spec(&self) -> Spec {
        compile::compile(&self.topology(), &Health::default())
    }

    /// The namespace of an instance.
    pub(crate) fn host(&self, instance: &str) -> NetnsName {
        names::host_netns(&self.name, &Name::new(instance))
    }

    /// The namespace of a VPC's router.
    pub(crate) fn router(&self, vpc: &str) -> NetnsName {
        names::router_netns(&self.name, &Name::new(vpc))
    }

    /// An open namespace of an instance.
    pub(crate) fn netns(&self, instance: &str) -> Netns {
        Netns::open(&self.host(instance)).unwrap()
    }

    /// The private address of an instance.
    pub(crate) fn address(&self, instance: &str) -> Ipv4Addr {
        let topology = self.topology();
        topology.network_interfaces[&topology.instances[instance].interface].private_ip
    }

    /// Removes it.
    pub(crate) fn down(&self) {
        if self.state().exists() {
            vpcns(&["down", "--lab", &self.name]);
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.down();
        let _ = fs::remove_file(&self.file);
        wait_for_kernel();
    }
}

/// A topology of `scripts/generate-topology`.
pub(crate) fn generated(numbers: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/generate-topology");
    String::from_utf8(done(Command::new(script).args(numbers)).stdout).unwrap()
}

/// Runs the program, which must succeed.
pub(crate) fn vpcns(arguments: &[&str]) -> Output {
    done(Command::new(env!("CARGO_BIN_EXE_vpcns")).args(arguments))
}

/// Runs a shell command, which must succeed; what it printed.
pub(crate) fn sh(script: &str) -> String {
    String::from_utf8(done(Command::new("sh").args(["-ec", script])).stdout).unwrap()
}

/// Runs a command in a namespace.
pub(crate) fn inside(netns: &NetnsName, command: &[&str]) -> Command {
    let mut inside = Command::new("ip");
    inside.args(["netns", "exec", netns.as_str()]).args(command);
    inside
}

/// Runs a command, which must succeed.
pub(crate) fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}{}", String::from_utf8_lossy(&output.stdout));
    output
}

/// Asks a responder from inside a namespace until it answers with this.
pub(crate) fn first_right_answer(from: &Netns, at: SocketAddr, wanted: &str) {
    eventually(wanted, || {
        let asked = from.enter(|| -> std::io::Result<String> {
            #[expect(clippy::disallowed_methods, reason = "this thread is in the namespace")]
            let mut stream = TcpStream::connect(at)?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        });
        asked.unwrap().is_ok_and(|answer| answer.contains(wanted))
    });
}

/// Waits until something is true.
pub(crate) fn eventually(what: &str, is_true: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_true() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the kernel has let go of every namespace that was deleted. It removes them in the background, one batch
/// after another: a batch that came after this call is only begun when all before it are done.
pub(crate) fn wait_for_kernel() {
    for _ in 0..2 {
        sh(
            "ip netns add sentinel; ip link add sentinel0 type veth peer name eth0 netns sentinel; ip netns delete sentinel",
        );
        eventually("the sentinel is gone", || {
            !fs::read_to_string("/proc/thread-self/net/dev").unwrap().contains("sentinel0")
        });
    }
}

/// Many namespaces and connections are many open files.
pub(crate) fn raise_limits() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
