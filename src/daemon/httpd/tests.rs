//! The responder over loopback, with `curl` and with clients that do not behave.

use super::{AccessLog, serve};
use crate::{
    spec::{
        NetnsName,
        service::{Content, Responder, Services, port_of},
    },
    sys::netns::Netns,
};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};

/// Serves `content` while `work` is done.
fn serving(content: Content, work: impl FnOnce(SocketAddr)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _inside = runtime.enter();
    let listener: TcpListener = Netns::current().unwrap().tcp_listener((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let at = port_of(NetnsName::new("lab", "web"), 80);
    let responders = Arc::new(BTreeMap::from([(at.clone(), Responder { host: "web".into(), content })]));
    let (_keep, services) = watch::channel(Arc::new(Services { responders, ..Services::default() }));
    let directory = tempfile::tempdir().unwrap();
    let log = AccessLog::new(directory.path().join("access_log"));
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(tokio::net::TcpListener::from_std(listener).unwrap(), at, services, log));
    work(address);
}

fn curl(words: &[&str], address: SocketAddr, path: &str) -> String {
    let url = format!("http://{address}{path}");
    let output = Command::new("curl").args(["-s", "--max-time", "10"]).args(words).arg(url).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Everything that comes in answer to these bytes until the connection is closed.
fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    #[expect(clippy::disallowed_methods, reason = "loopback, as the client of a test")]
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // What is closed with bytes unread is reset; what came before counts.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_is_the_answer_to_every_path() {
    serving(Content::Body("<h1>CloudNeta</h1>\n".into()), |address| {
        for path in ["/", "/any?thing=1", "/%ff/../x"] {
            assert_eq!(curl(&[], address, path), "<h1>CloudNeta</h1>\n", "{path}");
        }
        let head = curl(&["-I"], address, "/").to_lowercase();
        assert!(head.starts_with("http/1.1 200 ok\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(head.contains("content-length: 19\r\n") && head.contains("content-type: text/html"), "{head}");
        assert_eq!(curl(&["-d", "form=1"], address, "/"), "<h1>CloudNeta</h1>\n");
        assert_eq!(curl(&["-X", "DELETE", "-o", "/dev/null", "-w", "%{http_code}"], address, "/"), "405");
    });
    serving(Content::Body("plain".into()), |address| {
        assert!(curl(&["-i"], address, "/").to_lowercase().contains("content-type: text/plain"));
    });
}

#[test]
fn connections_are_kept() {
    serving(Content::Body("x".into()), |address| {
        let again = format!("http://{address}/2");
        assert_eq!(curl(&["-w", "%{num_connects}", &again], address, "/1"), "x1x0");
    });
}

#[test]
fn files_lie_in_the_directory_and_nowhere_else() {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("html");
    fs::create_dir_all(inside.join("sub")).unwrap();
    fs::write(inside.join("index.html"), "front").unwrap();
    fs::write(inside.join("sub/a.txt"), "file").unwrap();
    fs::write(directory.path().join("secret"), "secret").unwrap();
    serving(Content::Directory(inside), |address| {
        assert_eq!(curl(&[], address, "/"), "front");
        assert_eq!(curl(&[], address, "/sub/a.txt"), "file");
        let status = |path| curl(&["--path-as-is", "-o", "/dev/null", "-w", "%{http_code}"], address, path);
        assert_eq!(status("/none"), "404");
        for path in ["/../secret", "/%2e%2e/secret", "/sub/../../secret", "//etc/passwd"] {
            assert_ne!(status(path), "200", "{path}");
        }
    });
}

#[test]
fn garbage_and_sloth_end_with_the_connection_only() {
    serving(Content::Body("x".into()), |address| {
        assert!(exchange(address, b"\x16\x03\x01\x00garbage\r\n\r\n").starts_with("HTTP/1.1 400"));
        let long = [b"GET /".as_slice(), &vec![b'a'; 64 << 10], b" HTTP/1.1\r\n\r\n"].concat();
        assert!(!exchange(address, &long).contains(" 200 "));
        // Never says the rest: closed when the time for headers is over.
        assert!(!exchange(address, b"GET / HTTP/1.1\r\nHost:").contains(" 200 "));
        assert_eq!(curl(&[], address, "/"), "x");
    });
}
