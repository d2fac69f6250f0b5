//! Before a service sees a request: its body is read whole, within bounds, and its signature is verified.

use super::{Asked, Context, Principal, Refusal, refusal::Reason, signature};
use crate::daemon::http::Body;
use http_body_util::BodyExt;
use hyper::{
    Request, Response,
    body::{Body as _, Bytes, Incoming},
};
use std::time::Duration;
use tokio::time::timeout;

/// The longest body: `DynamoDB`'s, which is AWS's longest but for S3's.
const LONGEST: usize = 16 << 20;
/// How long a client may take to send it.
const PATIENCE: Duration = Duration::from_mins(1);
/// Of what the places for bodies are.
const MEBIBYTE: usize = 1 << 20;

/// Takes a request in, or refuses it in the service's protocol.
pub(super) async fn admit(context: &Context, asked: Asked<Incoming>) -> Result<Asked<Bytes>, Box<Response<Body>>> {
    let Asked { service, region, caller, id, request } = asked;
    let (parts, body) = request.into_parts();
    let whole = match timeout(PATIENCE, whole(context, body)).await {
        Ok(whole) => whole,
        Err(_) => Err(Reason::Slow),
    };
    let (body, mut reason) = match whole {
        Ok(body) => (body, None),
        Err(reason) => (Bytes::new(), Some(reason)),
    };
    let mut asked = Asked { service, region, caller, id, request: Request::from_parts(parts, body) };
    if reason.is_none() {
        let keys = |access_key: &str| context.key(access_key);
        let body = signature::Payload::Whole(asked.request.body());
        match signature::verify(&asked.request, &asked.region, body, keys) {
            Ok(principal) => asked.caller.principal = Some(principal),
            Err(wrong) => reason = Some(Reason::Signature(wrong)),
        }
    }
    match reason {
        Some(reason) => Err(Box::new(Refusal::of(&reason, &asked).answer(&asked))),
        None => Ok(asked),
    }
}

/// Whose request to S3 this is: verified by what its header says of the body, which is not there yet. Nobody's is one
/// that is not signed.
pub(super) fn streamed(context: &Context, asked: &Asked<Incoming>) -> Result<Option<Principal>, Refusal> {
    let keys = |access_key: &str| context.key(access_key);
    match signature::verify(&asked.request, &asked.region, signature::Payload::Streamed, keys) {
        Ok(principal) => Ok(Some(principal)),
        Err(signature::Wrong::Unsigned) => Ok(None),
        Err(wrong) => Err(Refusal::of(&Reason::Signature(wrong), asked)),
    }
}

/// The body, if it is not too long.
async fn whole(context: &Context, mut body: Incoming) -> Result<Bytes, Reason> {
    if body.size_hint().lower() > LONGEST as u64 {
        return Err(Reason::TooLong);
    }
    let (mut whole, mut places, bodies) = (Vec::new(), Vec::new(), context.bodies());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Reason::Broken)?.into_data() else { continue };
        if whole.len() + data.len() > LONGEST {
            return Err(Reason::TooLong);
        }
        while places.len() * MEBIBYTE < whole.len() + data.len() {
            // Nobody closes it.
            places.push(bodies.clone().acquire_owned().await.map_err(|_| Reason::Broken)?);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.into())
}
