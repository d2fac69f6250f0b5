//! A throw-away machine: network, mounts and processes of its own, so that not even the "host" of a lab is
//! the host of the test. It ends with the value, and everything in it too, whatever a test did.
//!
//! To look at a test that hangs: `nsenter --all --target PID`, PID being the child of its `unshare`.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// How long a machine waits for something to become true.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first process is bash, which buries its orphans; it ends with the input that the test holds.
/// `/run` and `/etc` are empty and a copy, so that nothing of the real ones is seen or changed.
const INIT: &str = "
    umount -lR /run/netns 2>/dev/null || true
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /mnt
    find /etc -mindepth 1 -maxdepth 1 ! -name netns -exec cp -a -t /mnt {} +
    mount --bind /mnt /etc
    umount /mnt
    ip link set lo up
    echo ready
    read -r end
";

/// Shell functions for tests: `output NAME` prints an output of the lab.
const PRELUDE: &str = r#"output() { vpcns show outputs -o json | sed -n "s/^ *\"$1\": \"\([^\"]*\)\".*/\1/p"; }"#;

/// A machine.
pub(crate) struct World {
    init: Child,
    /// The first process in it.
    pid: u32,
    before: BTreeMap<&'static str, String>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on("")
    }

    /// A machine in which this was done first.
    pub(crate) fn on(preparation: &str) -> Self {
        assert!(nix::unistd::geteuid().is_root(), "these tests need root; `scripts/test` runs them with sudo");
        let mut init = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"])
            .args(["bash", "-e", "-c", INIT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`unshare` can be run");
        let mut line = String::new();
        BufReader::new(init.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the machine did not start");
        let children = format!("/proc/{0}/task/{0}/children", init.id());
        let pid = fs::read_to_string(children).unwrap().trim().parse().unwrap();
        let mut world = Self { init, pid, before: BTreeMap::new() };
        world.ok(preparation);
        world.before = world.snapshot();
        world
    }

    /// A machine in which the lab of this topology is up.
    pub(crate) fn up(topology: &str) -> Self {
        let world = Self::new();
        world.ok(&format!("vpcns up topologies/{topology}.yaml"));
        world
    }

    /// A shell command, not yet started.
    pub(crate) fn command(&self, script: &str) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_vpcns")).parent().unwrap();
        let path = format!("{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", bin.display());
        let mut command = Command::new("nsenter");
        command
            .args(["--net", "--mount", "--pid", "--wd=.", "--target", &self.pid.to_string()])
            // Whoever runs the tests in the background has them ignore Ctrl-C, and all that they start.
            .args(["env", "--default-signal", "sh", "-c", &format!("{PRELUDE}\n{script}")])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .envs([("PATH", path.as_str()), ("HOME", "/root"), ("TERM", "dumb"), ("LANG", "C.UTF-8")])
            .stdin(Stdio::null());
        command
    }

    /// Runs a shell command to its end.
    pub(crate) fn run(&self, script: &str) -> Done {
        let Output { status, stdout, stderr } = self.command(script).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Done { stdout: text(stdout), stderr: text(stderr), code: status.code().unwrap_or(-1) }
    }

    /// Runs a shell command that must succeed; what it printed, without the last line's end.
    pub(crate) fn ok(&self, script: &str) -> String {
        let done = self.run(script);
        assert_eq!(done.code, 0, "`{script}`\n{}{}", done.stdout, done.stderr);
        done.stdout.trim_end().to_owned()
    }

    /// Runs a shell command that must end with this code; all that it printed.
    pub(crate) fn fails(&self, code: i32, script: &str) -> String {
        let done = self.run(script);
        assert_eq!(done.code, code, "`{script}`\n{}{}", done.stdout, done.stderr);
        done.stdout + &done.stderr
    }

    /// Waits until a shell command succeeds.
    pub(crate) fn eventually(&self, script: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let done = self.run(script);
            if done.code == 0 {
                return done.stdout.trim_end().to_owned();
            }
            assert!(Instant::now() < deadline, "never: `{script}`\n{}{}", done.stdout, done.stderr);
        }
    }

    /// Writes a file that the machine sees.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let mut child = self.command(&format!("cat > {path}")).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Where a path of the machine's is seen from outside.
    #[allow(dead_code, reason = "for tests that do more than run commands")]
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.pid))
    }

    /// A topology of the project as text.
    pub(crate) fn topology(name: &str) -> String {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies").join(name).with_extension("yaml");
        fs::read_to_string(file).unwrap()
    }

    /// Takes all labs down, and checks that the machine is as it was before the first.
    pub(crate) fn finish(self) {
        self.ok("vpcns down --all");
        self.assert_untouched();
    }

    /// Checks that the machine is as it was at the beginning, byte for byte.
    pub(crate) fn assert_untouched(&self) {
        let leaks = self.leaks();
        assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    }

    /// What is not as it was at the beginning.
    pub(crate) fn leaks(&self) -> Vec<String> {
        let mut leaks = Vec::new();
        for (what, now) in self.snapshot() {
            let (now, before): (Vec<_>, Vec<_>) = (now.lines().collect(), self.before[what].lines().collect());
            let only = |these: &[&str], those: &[&str]| {
                these.iter().copied().filter(|line| !those.contains(line)).collect::<Vec<_>>().join("\n")
            };
            if now != before {
                let (new, gone) = (only(&now, &before), only(&before, &now));
                leaks.push(format!("`{what}` is not as before; new:\n{new}\ngone:\n{gone}"));
            }
        }
        leaks
    }

    /// All that a lab could have left on the machine.
    fn snapshot(&self) -> BTreeMap<&'static str, String> {
        const LOOKS: [&str; 10] = [
            "ip -d link",
            "ip address",
            "ip route show table all",
            "ip rule",
            "nft list ruleset",
            "sysctl net 2>/dev/null | grep -v conntrack_count",
            "cut -d' ' -f4- /proc/1/mountinfo",
            "find /run -mindepth 1",
            "find /etc | sort",
            "ps -e -o stat= -o comm= | awk '$1 !~ /^Z/ {print $2}' | grep -vxE 'sh|ps|awk|grep|nsenter'",
        ];
        // In one shell, as there are many.
        const AND_THEN: &str = "\necho '=== seen'\n";
        let seen = self.run(&LOOKS.join(AND_THEN)).stdout;
        let seen: Vec<_> = seen.split("=== seen\n").map(str::to_owned).collect();
        assert_eq!(seen.len(), LOOKS.len(), "{seen:?}");
        LOOKS.into_iter().zip(seen).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The end of its first process is the end of all others, and of its namespaces.
        let _ = self.init.kill();
        let _ = self.init.wait();
    }
}
