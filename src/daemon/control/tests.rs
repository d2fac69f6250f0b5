//! Client and server over a socket in a directory of the test's own.

use super::{Reply, Request, ask, listen, serve};
use crate::spec::service::{CheckId, Health};
use std::{
    fs, io,
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::PathBuf,
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinSet};

const PATIENCE: Duration = Duration::from_secs(10);

/// A server that answers health requests with thousands of targets and everything else with `Done`, but no reloads.
async fn serving(work: impl FnOnce(PathBuf) + Send + 'static) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("daemon.sock");
    let listener = listen(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let (calls, mut called) = mpsc::channel(1);
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, calls));
    let mut kept = Vec::new();
    tasks.spawn(async move {
        while let Some((request, reply)) = called.recv().await {
            match request {
                Request::Reload => kept.push(reply),
                Request::Health => reply.send(Reply::Health(many())).unwrap(),
                Request::Ping | Request::EndFlowLogWindows | Request::Expose | Request::Stop => {
                    reply.send(Reply::Done).unwrap();
                }
            }
        }
    });
    tokio::task::spawn_blocking(move || work(path)).await.unwrap();
}

fn many() -> Health {
    let id =
        |port| CheckId { target_group: "tg".into(), target: [10, 0, 0, 1].into(), port, node: [10, 0, 0, 2].into() };
    Health { healthy: (0..5000).map(id).collect(), ..Health::default() }
}

#[tokio::test]
async fn requests_are_answered() {
    serving(|path| {
        assert_eq!(ask(&path, Request::Ping, PATIENCE).unwrap(), Reply::Done);
        assert_eq!(ask(&path, Request::Health, PATIENCE).unwrap(), Reply::Health(many()));
    })
    .await;
}

#[tokio::test]
async fn a_daemon_that_does_not_answer_is_given_up() {
    serving(|path| {
        let error = ask(&path, Request::Reload, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let nobody = ask(&path.with_extension("gone"), Request::Ping, PATIENCE).unwrap_err();
        assert_eq!(nobody.kind(), io::ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn nonsense_is_refused_and_its_length_bounded() {
    serving(|path| {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"{]\n\"ping\"\n").unwrap();
        stream.write_all(&vec![b'x'; 1024]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut got = String::new();
        stream.read_to_string(&mut got).unwrap();
        let lines: Vec<_> = got.lines().collect();
        assert!(lines[0].contains("this is no request") && lines[2].contains("this is no request"), "{got}");
        assert_eq!((lines[1], lines.len()), ("\"done\"", 3));
    })
    .await;
}
