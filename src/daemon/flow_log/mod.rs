//! Flow logs (FL-01 to FL-11): the packets of which a router tells, counted by flow, and a line a flow at the end of each
//! window, in a file a log. One task a router.
//!
//! A window ends when its log's interval is over, or when somebody asks for it: AWS's records come minutes later, these
//! at once. Packets are never delayed. What comes faster than it can be counted is lost, and said (`SKIPDATA`, FL-03).

mod book;
mod packet;
mod record;

use super::services::Shared;
use crate::{
    spec::{NetnsName, flow_log::Seen},
    sys::{packet_log::PacketLog, state::Lab},
};
use book::Book;
use std::{collections::BTreeMap, io, time::Duration};
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout_at},
};

/// A wish that all windows end now, and the way back for the news that their lines are written.
pub(super) type EndWindows = oneshot::Sender<()>;

/// How long a packet may be on its way from the kernel.
const ON_THE_WAY: Duration = Duration::from_millis(250);
/// How soon to try again when the kernel's log cannot be read.
const MEND: Duration = Duration::from_secs(1);

/// The packet log, known to the runtime.
#[expect(deprecated, reason = "the way in its place is unsafe; the log owns its socket and never lets another have it")]
pub(super) fn watched(log: PacketLog) -> io::Result<AsyncFd<PacketLog>> {
    AsyncFd::with_interest(log, Interest::READABLE)
}

/// Counts what the packet log of a router tells, and writes its logs.
pub(super) async fn serve(
    mut log: AsyncFd<PacketLog>,
    (lab, netns): (Lab, NetnsName),
    mut services: Shared,
    mut calls: mpsc::Receiver<EndWindows>,
) {
    let mut books = BTreeMap::new();
    follow(&mut books, &lab, &netns, &services);
    loop {
        let due = books.values().map(Book::ends).min();
        tokio::select! {
            () = read(&mut log, &mut books) => {}
            changed = services.changed() => match changed {
                Ok(()) => follow(&mut books, &lab, &netns, &services),
                Err(_) => return,
            },
            Some(done) = calls.recv() => {
                let deadline = Instant::now() + ON_THE_WAY;
                while timeout_at(deadline, read(&mut log, &mut books)).await.is_ok() {}
                books.values_mut().for_each(Book::end);
                // Who asked may have gone.
                let _ = done.send(());
            }
            () = until(due) => {
                let now = Instant::now();
                books.values_mut().filter(|book| book.ends() <= now).for_each(Book::end);
            }
        }
    }
}

/// Keeps a book for each log that there is now. One that is gone is closed with what it has.
fn follow(books: &mut BTreeMap<String, Book>, lab: &Lab, netns: &NetnsName, services: &Shared) {
    let services = services.borrow();
    let Some(tap) = services.flow_logs.get(netns) else { return };
    for (name, mut book) in std::mem::take(books) {
        if tap.logs.contains_key(&name) {
            books.insert(name, book);
        } else {
            book.end();
        }
    }
    for (name, log) in &tap.logs {
        let book = books.entry(name.clone()).or_insert_with(|| Book::open(lab.flow_log(name), log));
        book.follow(log, tap);
    }
}

/// Takes what has come, and waits for it if nothing has.
async fn read(log: &mut AsyncFd<PacketLog>, books: &mut BTreeMap<String, Book>) {
    let received = match log.readable_mut().await {
        Ok(mut guard) => match guard.try_io(|log| log.get_mut().receive()) {
            Ok(received) => received,
            Err(_nothing) => return,
        },
        Err(error) => Err(error),
    };
    match received {
        Ok((packets, lost)) => {
            for packet in &packets {
                if let (Some(seen), Some(headers)) = (Seen::parse(&packet.prefix), packet::read(&packet.bytes)) {
                    for book in books.values_mut() {
                        book.add(&seen, &headers);
                    }
                }
            }
            if lost {
                books.values_mut().for_each(Book::lost);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
        Err(error) => {
            tracing::warn!(%error, "cannot read the kernel's packet log");
            tokio::time::sleep(MEND).await;
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
