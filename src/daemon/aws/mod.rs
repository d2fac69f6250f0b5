//! AWS's own services: HTTPS and HTTP at every address of `LAB.aws`, and behind them whoever serves a service's
//! protocol (VPCE-33, VPCE-34, LNX-12).
//!
//! ```text
//! connection ─ tls ─► front ─► caller ─► dispatch ─┬─► s3         its own signatures, streams
//!              (by destination   (by source        ├─► admission ─► read API, …   whole, verified
//!               address)          network)         └─► upstream    proxied
//! ```
//!
//! The seam is [`dispatch`](dispatch::answer): one [`Asked`], which says to which service of which region it goes and who
//! asks, in; one HTTP response out. A service that comes here is one arm there:
//!
//! * S3 takes `Asked<Incoming>`: the body streams, and `Caller::principal` is empty, because the signature is S3's to
//!   verify. It gets an access key's secret and principal by [`Context::key`].
//! * The others take `Asked<Bytes>`: the body is whole and bounded, the signature verified, `Caller::principal` is
//!   there. They find the lab, as it is now, in [`Context::known`].
//!
//! What a service puts into a response's extensions as [`Logged`] goes into its access log; refusals are made by
//! [`Refusal`], which knows the protocols' forms. Policies decide between `dispatch` and a service, and inside S3, by [`Judge`](judge::Judge).
//!
//! Clients are bounded: connections in all and for each address, handshakes, headers and bodies in time, bodies in size.

mod access_log;
mod action;
mod admission;
mod caller;
mod certificate;
mod dispatch;
mod emulator;
mod front;
mod judge;
mod read;
mod refusal;
mod s3;
mod signature;
mod upstream;

pub(super) use caller::{Caller, Principal};
pub(super) use front::{Context, Door, Known, serve};
pub(super) use refusal::Refusal;
pub(super) use signature::Key;

use hyper::{Request, body::Incoming};

/// One request to one service.
#[derive(Debug)]
pub(super) struct Asked<B = Incoming> {
    /// The service, such as `s3`.
    pub(super) service: String,
    /// The region whose service it is: that of the address that was asked, not of the lab.
    pub(super) region: String,
    /// Who asks.
    pub(super) caller: Caller,
    /// The request's id, which the answer tells too.
    pub(super) id: String,
    /// What is asked. `B` is the body, of S3 as it comes, of the others whole.
    pub(super) request: Request<B>,
}

impl<B> Asked<B> {
    /// The same with another body.
    fn map<T>(self, body: impl FnOnce(B) -> T) -> Asked<T> {
        let Self { service, region, caller, id, request } = self;
        Asked { service, region, caller, id, request: request.map(body) }
    }
}

/// What the access log says of an answer besides its status; an extension of the response.
#[derive(Debug, Clone, Default)]
pub(super) struct Logged {
    /// The ARN of who asked, once that is known.
    pub(super) principal: Option<String>,
    /// The action, such as `s3:GetObject`; else the method and the path are logged.
    pub(super) action: Option<String>,
    /// The error's code.
    pub(super) error: Option<String>,
}
