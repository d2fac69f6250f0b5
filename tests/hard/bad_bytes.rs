//! Bad bytes on the wire: whatever comes to a lab's DNS servers, instance metadata, AWS services, web and SSH servers, to
//! the Unix socket by which it is told, or in a file that it is given, it neither panics nor hangs, and goes on answering.
//!
//! Each server is sent mutations of what stands in `tests/corpus/SERVER/`: requests as clients send them, and whatever
//! ever did harm. `VPCNS_SEED` begins another series, `VPCNS_CASES` makes it longer. A batch that does harm is kept in
//! `target/tmp/bad-bytes/`.

use crate::{random::Random, world::World};
use nix::sched::{CloneFlags, setns};
use std::{
    env,
    fs::{self, File},
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

const LAB: &str = "tests/corpus/lab.yaml";
/// Inputs that are sent before anybody looks whether the server still lives.
const BATCH: usize = 50;
/// How long an answer may take that tells that a server read to the end.
const PATIENCE: Duration = Duration::from_millis(20);

/// What bad requests are made of.
const WORDS: [&[u8]; 24] = [
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b"\xff\xff\xff\xff",
    b"\xc0\x0c",
    b"%00",
    b"%2e%2e%2f",
    b"../",
    b"//",
    b"?",
    b"&",
    b"=",
    b"GET ",
    b"PUT ",
    b"HTTP/9.9",
    b"Content-Length: 99999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Authorization: AWS4-HMAC-SHA256 Credential=/////\r\n",
    b"Range: bytes=-0,9-,18446744073709551615-\r\n",
    b"x-amz-content-sha256: \r\n",
    b"{\"",
    b"}",
    b"-1",
    b"\xf0\x9f\x98\x80",
];

/// How a server is reached.
#[derive(Clone, Copy)]
enum Way {
    Udp,
    Tcp,
    /// The lab's own socket.
    Control,
}

/// A server and from where it is asked.
struct Target {
    /// The directory of its corpus.
    corpus: &'static str,
    way: Way,
    /// The namespace, and a shell command that prints the address.
    from: &'static str,
    at: &'static str,
    port: u16,
    /// A command that succeeds as long as it answers.
    alive: &'static str,
}

const TARGETS: [Target; 8] = [
    Target { corpus: "dns", way: Way::Udp, from: "web", at: "echo 10.0.0.2", port: 53, alive: DIG },
    Target { corpus: "dns-tcp", way: Way::Tcp, from: "web", at: "echo 10.0.0.2", port: 53, alive: DIG },
    Target { corpus: "metadata", way: Way::Tcp, from: "web", at: "echo 169.254.169.254", port: 80, alive: METADATA },
    Target { corpus: "s3", way: Way::Tcp, from: "web", at: S3, port: 80, alive: BUCKET },
    Target { corpus: "query", way: Way::Tcp, from: "web", at: EC2, port: 80, alive: BUCKET },
    Target {
        corpus: "httpd",
        way: Way::Tcp,
        from: "web",
        at: "output instances.other.private_ip",
        port: 80,
        alive: HTTPD,
    },
    Target { corpus: "ssh", way: Way::Tcp, from: "web", at: "output instances.other.private_ip", port: 22, alive: SSH },
    Target {
        corpus: "control",
        way: Way::Control,
        from: "web",
        at: "echo",
        port: 0,
        alive: "vpcns ls | grep -q running",
    },
];

const DIG: &str = "vpcns exec web dig +time=5 +short s3.ap-northeast-2.amazonaws.com | grep -q '[0-9]'";
const METADATA: &str = "vpcns exec web curl -fsS -m 10 http://169.254.169.254/latest/meta-data/instance-id";
const S3: &str = "vpcns exec web dig +short s3.ap-northeast-2.amazonaws.com | head -1";
const EC2: &str = "vpcns exec web dig +short ec2.ap-northeast-2.amazonaws.com | head -1";
const BUCKET: &str = "vpcns exec web curl -sS -m 10 http://s3.ap-northeast-2.amazonaws.com/corpus/ | grep -q Error";
const HTTPD: &str = "vpcns exec web curl -fsS -m 10 http://$(output instances.other.private_ip) | grep -q hello";
const SSH: &str = "vpcns exec web sh -c 'echo | nc -w 5 10.0.0.20 22' | grep -q SSH-2.0";

/// One to four slips.
fn mutated(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied()).for_each(drop),
            2 => bytes[at..end].iter_mut().for_each(|byte| *byte ^= 1 << random.below(8)),
            3 => {
                let piece = bytes[at..end].repeat(1 + random.below(60));
                bytes.splice(at..at, piece);
            }
            4 => bytes.truncate(at),
            5 => {
                let from = random.below(other.len() + 1);
                let piece = other[from..(from + random.below(100)).min(other.len())].to_vec();
                bytes.splice(at..end, piece);
            }
            _ => bytes[at..end].fill(u8::try_from(random.below(256)).unwrap()),
        }
        bytes.truncate(8192);
    }
    bytes
}

/// The requests of a directory of the corpus.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let mut paths: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", directory.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// Does something in a namespace of the lab's.
#[expect(clippy::disallowed_methods, reason = "the thread ends with it")]
fn inside<T: Send>(world: &World, host: &str, act: impl FnOnce() -> T + Send) -> T {
    let file = File::open(world.path(&format!("/run/netns/corpus.{host}"))).unwrap();
    thread::scope(|scope| {
        let visit = || {
            setns(&file, CloneFlags::CLONE_NEWNET).unwrap();
            act()
        };
        scope.spawn(visit).join().unwrap()
    })
}

/// Sends one input, from the namespace that this thread is in, and reads what comes back for a moment. That a server refuses it, or closes the door, is right.
#[expect(clippy::disallowed_methods, reason = "the namespace is the one that is meant")]
fn send(way: Way, at: SocketAddr, control: &Path, input: &[u8]) -> io::Result<()> {
    let mut answer = [0; 4096];
    match way {
        Way::Udp => {
            let socket = UdpSocket::bind("0.0.0.0:0")?;
            socket.send_to(input, at).map(drop)
        }
        Way::Tcp => {
            let mut stream = TcpStream::connect_timeout(&at, Duration::from_secs(10))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.write_all(input)?;
            stream.read(&mut answer).map(drop)
        }
        Way::Control => {
            let mut stream = UnixStream::connect(control)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(input)?;
            stream.read(&mut answer).map(drop)
        }
    }
}

/// Sends a server its share of inputs; how many there were.
fn attack(world: &World, target: &Target, cases: usize) -> usize {
    let seeds = corpus(target.corpus);
    let at = world.ok(target.at);
    let at = if at.is_empty() { "0.0.0.0".into() } else { at };
    let address = SocketAddr::new(at.parse().unwrap(), target.port);
    let control = world.path("/run/vpcns/corpus/daemon.sock");
    let seed = u64::try_from(number("VPCNS_SEED", 1)).unwrap();
    let mut random =
        Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(target.port) ^ target.corpus.len() as u64);
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bad-bytes").join(target.corpus);
    let mut sent = 0;
    while sent < cases {
        let batch: Vec<_> = (0..BATCH.min(cases - sent))
            .map(|place| match seeds.get(sent + place) {
                // First of all as they are.
                Some(seed) => seed.clone(),
                None => mutated(&seeds[random.below(seeds.len())], &seeds[random.below(seeds.len())], &mut random),
            })
            // The lab is not to be told to end.
            .filter(|input| !matches!(target.way, Way::Control) || !input.windows(4).any(|word| word == b"stop"))
            .collect();
        let _ = fs::remove_dir_all(&kept);
        fs::create_dir_all(&kept).unwrap();
        for (place, input) in batch.iter().enumerate() {
            fs::write(kept.join(format!("{place:02}")), input).unwrap();
        }
        inside(world, target.from, || {
            for input in &batch {
                let _ = send(target.way, address, &control, input);
            }
        });
        world.eventually(target.alive);
        let log = world.ok("cat /run/vpcns/corpus/daemon.log");
        assert!(!log.contains("panicked at"), "see `{}`\n{log}", kept.display());
        sent += batch.len().max(1);
    }
    let _ = fs::remove_dir_all(kept);
    sent
}

#[test]
fn bad_bytes_on_the_wire() {
    let world = World::new();
    world.ok(&format!("vpcns up {LAB}"));
    let daemon = world.ok("cat /run/vpcns/corpus/daemon.pid");
    let cases = number("VPCNS_CASES", 12) * 10;
    let mut sent = 0;
    for target in &TARGETS {
        world.ok(target.alive);
        sent += attack(&world, target, cases);
    }
    assert_eq!(world.ok("cat /run/vpcns/corpus/daemon.pid"), daemon, "it is still the same one");
    world.ok("vpcns status");
    // The output of a test that succeeds is not shown; this is.
    writeln!(io::stderr(), "bad bytes on the wire: {sent} inputs tried, 0 panics").unwrap();
    world.finish();
}
