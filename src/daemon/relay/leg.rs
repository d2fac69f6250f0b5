//! One of the two connections that a load balancer joins, which notes when something was sent or came, and can be cut.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, sleep_until},
};
use tokio_rustls::TlsStream;

/// When something last passed, in either direction.
#[derive(Debug)]
pub(super) struct Clock {
    begin: Instant,
    milliseconds: AtomicU64,
}

impl Clock {
    /// Now.
    pub(super) fn new() -> Self {
        Self { begin: Instant::now(), milliseconds: AtomicU64::new(0) }
    }

    fn note(&self) {
        let since = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.milliseconds.store(since, Ordering::Relaxed);
    }

    /// Waits until nothing has passed for this time; for ever if none is given.
    pub(super) async fn idle(&self, limit: Option<Duration>) {
        let Some(limit) = limit else { return std::future::pending().await };
        loop {
            let due = self.begin + Duration::from_millis(self.milliseconds.load(Ordering::Relaxed)) + limit;
            if Instant::now() >= due {
                return;
            }
            sleep_until(due).await;
        }
    }
}

/// How bytes go.
pub(super) enum Stream {
    /// As they are.
    Plain(TcpStream),
    /// Over TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// One side of a joined connection.
pub(super) struct Leg {
    stream: Stream,
    clock: Arc<Clock>,
}

impl Leg {
    /// A connection that notes at this clock.
    pub(super) fn new(stream: Stream, clock: Arc<Clock>) -> Self {
        clock.note();
        Self { stream, clock }
    }

    /// Has the connection end with a reset, once it is dropped.
    pub(super) fn reset(&self) {
        let stream = match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        };
        // Without it the connection ends too, only in another way.
        let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
    }
}

impl AsyncRead for Leg {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => match Pin::new(stream).poll_read(cx, buf) {
                // Many close a connection without a word of TLS.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                read => read,
            },
        };
        if read.is_ready() {
            self.clock.note();
        }
        read
    }
}

impl AsyncWrite for Leg {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
        if written.is_ready() {
            self.clock.note();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    #[test]
    fn what_passes_puts_the_end_off_nlb_18() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (clock, limit) = (Clock::new(), Duration::from_millis(40));
            timeout(Duration::from_secs(10), clock.idle(Some(limit))).await.unwrap();
            assert!(clock.begin.elapsed() >= limit);
            // Something passes: the same time again, but for what whole milliseconds lack.
            let again = Instant::now();
            clock.note();
            timeout(Duration::from_secs(10), clock.idle(Some(limit))).await.unwrap();
            assert!(again.elapsed() + Duration::from_millis(1) >= limit);
            assert!(timeout(limit, clock.idle(None)).await.is_err());
        });
    }
}
