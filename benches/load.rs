//! Load of TCP: a server and clients, threads with blocking sockets, the same on both sides of a ratio.
//!
//! A connection of the rate's port is answered with a few bytes and closed by the server, as HTTP's without keep-alive
//! are: so the server has the `TIME_WAIT`, and the client's ports are free again at once. The other port takes whatever
//! is sent.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use vpcns::sys::netns::Netns;

/// Where bytes go.
pub(crate) const SINK: u16 = 5001;
/// Where connections go.
pub(crate) const GREETER: u16 = 5002;

/// Threads that connect, and threads that accept.
const CLIENTS: usize = 4;
const ACCEPTORS: usize = 2;
const BLOCK: usize = 256 << 10;
/// After this, something is broken.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server in a namespace, until it is dropped.
pub(crate) struct Server {
    ends: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(netns: &Netns) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let listen = |port| netns.tcp_listener(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port)).unwrap();
        let sink = listen(SINK);
        let greeter = listen(GREETER);
        serve(sink, &ends, |stream| drop(thread::spawn(|| swallow(stream))));
        for _ in 0..ACCEPTORS {
            serve(greeter.try_clone().unwrap(), &ends, |mut stream| {
                let _ = stream.write_all(b"here you are\n");
            });
        }
        Self { ends }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

/// Accepts until it is told to end; it looks every tenth of a second.
fn serve(listener: TcpListener, ends: &Arc<AtomicBool>, each: impl Fn(TcpStream) + Send + 'static) {
    let ends = ends.clone();
    listener.set_nonblocking(false).unwrap();
    socket2::SockRef::from(&listener).set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    thread::spawn(move || {
        while !ends.load(Ordering::Relaxed) {
            if let Ok((stream, _)) = listener.accept() {
                each(stream);
            }
        }
    });
}

fn swallow(mut stream: TcpStream) {
    let mut block = vec![0; BLOCK];
    while stream.read(&mut block).is_ok_and(|length| length > 0) {}
}

/// Bytes a second of one connection.
pub(crate) fn throughput(from: &Netns, to: IpAddr, time: Duration) -> f64 {
    let send = || {
        let mut stream = connect(SocketAddr::new(to, SINK)).unwrap();
        let block = vec![0; BLOCK];
        let (began, mut sent) = (Instant::now(), 0.0);
        while began.elapsed() < time {
            sent += count(stream.write(&block).unwrap());
        }
        // The server closes when it has read all.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = stream.read(&mut [0]);
        sent / began.elapsed().as_secs_f64()
    };
    from.enter(send).unwrap()
}

/// New connections a second.
pub(crate) fn connections(from: &Netns, to: IpAddr, time: Duration) -> f64 {
    let total: u64 = connections_by_second(from, to, time).iter().sum();
    count(usize::try_from(total).unwrap()) / time.as_secs_f64()
}

/// New connections in each second. One that fails counts as none.
pub(crate) fn connections_by_second(from: &Netns, to: IpAddr, time: Duration) -> Vec<u64> {
    let counts: Vec<_> = (0..time.as_secs().max(1)).map(|_| AtomicU64::new(0)).collect();
    let began = Instant::now();
    let ask = || {
        loop {
            let second = usize::try_from(began.elapsed().as_secs()).unwrap();
            let Some(counter) = counts.get(second) else { return };
            let asked =
                connect(SocketAddr::new(to, GREETER)).and_then(|mut stream| stream.read_to_end(&mut Vec::new()));
            if asked.is_ok() {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| from.enter(ask).unwrap());
        }
    });
    counts.into_iter().map(AtomicU64::into_inner).collect()
}

/// Waits until a server answers.
pub(crate) fn wait_for(from: &Netns, to: IpAddr) {
    for port in [SINK, GREETER] {
        crate::lab::eventually("a server answers", || {
            from.enter(|| connect(SocketAddr::new(to, port)).is_ok()).unwrap()
        });
    }
}

fn connect(to: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn count(number: usize) -> f64 {
    number as f64
}
