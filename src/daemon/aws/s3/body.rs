//! Bytes on their way in and out of the store: a piece at a time, never a whole object.

use super::{
    checksum::{Digest, Sums},
    refusal::{error, io},
    store::{Blob, Store},
};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use s3s::{Body, S3ErrorCode, S3Result, TrailingHeaders, dto::StreamingBlob};
use std::{
    collections::VecDeque,
    future::Future,
    io::{self, SeekFrom},
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    fs::File,
    io::{AsyncRead, AsyncSeekExt, ReadBuf},
};

/// The largest object that comes in one request, and the largest part.
pub(super) const MAX_SIZE: u64 = 5 << 30;
/// How much is read at a time.
const PIECE: usize = 128 << 10;

/// Writes a body into the store, where it belongs to nothing yet.
pub(super) async fn receive(
    store: &Store,
    bucket: &str,
    body: Option<StreamingBlob>,
    mut digest: Digest,
    trailers: Option<TrailingHeaders>,
) -> S3Result<(Arc<Blob>, Sums)> {
    let mut writing = store.write(bucket).await?;
    let mut body = body.map_or_else(Body::empty, Body::from);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(error(S3ErrorCode::IncompleteBody)) };
        let Ok(bytes) = frame.into_data() else { continue };
        if writing.size() + bytes.len() as u64 > MAX_SIZE {
            return Err(error(S3ErrorCode::EntityTooLarge));
        }
        digest.update(&bytes);
        writing.write(&bytes).await.map_err(io)?;
    }
    let trailers = trailers.and_then(|trailers| trailers.take());
    let sums = digest.end(trailers.as_ref())?;
    Ok((writing.end().await.map_err(io)?, sums))
}

/// A range of the bytes of blobs, as a body.
pub(super) fn send(blobs: &[Arc<Blob>], range: Range<u64>) -> StreamingBlob {
    let mut pieces = VecDeque::new();
    let mut start = 0;
    for blob in blobs {
        let of_blob = range.start.saturating_sub(start)..range.end.saturating_sub(start).min(blob.size());
        if !of_blob.is_empty() {
            pieces.push_back((blob.clone(), of_blob));
        }
        start += blob.size();
    }
    let sending = Sending { left: range.end - range.start, pieces, reading: Reading::Between };
    StreamingBlob::from(Body::http_body_unsync(sending))
}

/// Blobs that are being sent.
struct Sending {
    left: u64,
    pieces: VecDeque<(Arc<Blob>, Range<u64>)>,
    reading: Reading,
}

type Opening = Pin<Box<dyn Future<Output = io::Result<(File, u64, Arc<Blob>)>> + Send>>;

/// Where it is.
enum Reading {
    Between,
    Opening(Opening),
    /// The file, and how much of it is left; and the blob, with which the file goes.
    Open(File, u64, #[expect(dead_code, reason = "held, not read")] Arc<Blob>),
}

async fn open(blob: Arc<Blob>, range: Range<u64>) -> io::Result<(File, u64, Arc<Blob>)> {
    let mut file = File::open(blob.path()).await?;
    file.seek(SeekFrom::Start(range.start)).await?;
    Ok((file, range.end - range.start, blob))
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            match &mut self.reading {
                Reading::Between => match self.pieces.pop_front() {
                    None => return Poll::Ready(None),
                    Some((blob, range)) => self.reading = Reading::Opening(Box::pin(open(blob, range))),
                },
                Reading::Opening(opening) => {
                    let (file, left, blob) = ready!(opening.as_mut().poll(cx))?;
                    self.reading = Reading::Open(file, left, blob);
                }
                Reading::Open(file, left, _) => {
                    let mut piece = vec![0; usize::try_from(*left).unwrap_or(PIECE).min(PIECE)];
                    let mut buffer = ReadBuf::new(&mut piece);
                    ready!(Pin::new(file).poll_read(cx, &mut buffer))?;
                    let read = buffer.filled().len();
                    if read == 0 {
                        return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
                    }
                    piece.truncate(read);
                    *left -= read as u64;
                    if *left == 0 {
                        self.reading = Reading::Between;
                    }
                    self.left -= read as u64;
                    return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
