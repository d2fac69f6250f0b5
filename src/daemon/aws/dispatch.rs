//! Which service answers a request: the one whose address was asked. What the file gives to an upstream goes there.

use super::{Asked, Context, Logged, Principal, Refusal, admission, upstream};
use crate::daemon::http::Body;
use hyper::{
    Response,
    body::{Bytes, Incoming},
};

/// Answers one request.
pub(super) async fn answer(context: &Context, asked: Asked<Incoming>) -> Response<Body> {
    if asked.service == "s3" {
        return s3(context, asked).await;
    }
    let asked = match admission::admit(context, asked).await {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let principal = asked.caller.principal.as_ref().map(Principal::arn);
    let action = admission::action(&asked);
    let response = serve(context, asked).await;
    logged(response, principal, action)
}

/// The services whose requests are whole and verified.
async fn serve(context: &Context, asked: Asked<Bytes>) -> Response<Body> {
    if let Some(upstream) = context.upstream(&asked.service) {
        return upstream::forward(&upstream, asked.map(http_body_util::Full::new)).await;
    }
    match asked.service.as_str() {
        // A service's own protocol comes here.
        "dynamodb" => upstream::emulate(context, asked).await,
        _ => Refusal::unserved(&asked).answer(&asked),
    }
}

/// S3, which verifies and streams by itself.
async fn s3(context: &Context, asked: Asked<Incoming>) -> Response<Body> {
    let Some(upstream) = context.upstream("s3") else {
        // Of another region there is no more than the address. Our own verifies and streams by itself.
        let s3 = context.s3();
        let is_ours = s3.is_in(&asked.region);
        return if is_ours { s3.answer(asked).await } else { Refusal::unserved(&asked).answer(&asked) };
    };
    // Emulators take any signature.
    match admission::streamed(context, &asked) {
        Ok(principal) => {
            let response = upstream::forward(&upstream, asked).await;
            logged(response, principal.as_ref().map(Principal::arn), None)
        }
        Err(refusal) => refusal.answer(&asked),
    }
}

/// Adds what is known here to what a service says of its answer.
fn logged(mut response: Response<Body>, principal: Option<String>, action: Option<String>) -> Response<Body> {
    let mut logged = response.extensions_mut().remove::<Logged>().unwrap_or_default();
    logged.principal = logged.principal.or(principal);
    logged.action = logged.action.or(action);
    response.extensions_mut().insert(logged);
    response
}
