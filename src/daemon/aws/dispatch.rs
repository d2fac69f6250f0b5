//! Which service answers a request: the one whose address was asked. What the file gives to an upstream goes there.
//! Policies decide before: of S3 inside S3, of the services that tell of the lab in `read`, of all others here.

use super::{
    Asked, Context, Logged, Principal, Refusal,
    action::{self, Action},
    admission, judge, read, upstream,
};
use crate::{
    daemon::http::Body,
    model::{FIRST_ACCOUNT, policy::Denial},
    query,
};
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
    let action = action::logged(&asked);
    let response = serve(context, asked).await;
    logged(response, principal, action)
}

/// The services whose requests are whole and verified.
async fn serve(context: &Context, asked: Asked<Bytes>) -> Response<Body> {
    let upstream = context.upstream(&asked.service);
    if upstream.is_none()
        && let Some(service) = query::Service::find(&asked.service)
    {
        return read::answer(context, service, &asked);
    }
    if let Some(denial) = denial(context, &asked) {
        return Refusal::denied(&denial, &asked).answer(&asked);
    }
    if let Some(upstream) = upstream {
        return upstream::forward(&upstream, asked.map(http_body_util::Full::new)).await;
    }
    match asked.service.as_str() {
        // A service's own protocol comes here.
        "dynamodb" => upstream::emulate(context, asked).await,
        _ => Refusal::unserved(&asked).answer(&asked),
    }
}

/// What is said to who may not do all that a request asks for.
fn denial(context: &Context, asked: &Asked<Bytes>) -> Option<Denial> {
    let account = asked.caller.principal.as_ref().map_or(FIRST_ACCOUNT, Principal::account);
    let keys = judge::keys(asked.request.headers());
    action::all(asked, account).iter().find_map(|Action { name, resource }| {
        let call = judge::Call { action: name, resource, bucket: None, region: &asked.region, keys: &keys };
        context.judge().denial(&asked.caller, &call)
    })
}

/// S3, which verifies and streams by itself.
async fn s3(context: &Context, mut asked: Asked<Incoming>) -> Response<Body> {
    let Some(upstream) = context.upstream("s3") else {
        // Of another region there is no more than the address. Our own verifies and streams by itself.
        let s3 = context.s3();
        let is_ours = s3.is_in(&asked.region);
        return if is_ours { s3.answer(asked).await } else { Refusal::unserved(&asked).answer(&asked) };
    };
    // Emulators take any signature.
    match admission::streamed(context, &asked) {
        Ok(principal) => {
            let arn = principal.as_ref().map(Principal::arn);
            asked.caller.principal = principal;
            let keys = judge::keys(asked.request.headers());
            // Which operation it is, only S3 knows.
            let call = judge::Call { action: "s3:*", resource: "*", bucket: None, region: &asked.region, keys: &keys };
            let denied = asked.caller.principal.is_some().then(|| context.judge().denial(&asked.caller, &call));
            let response = match denied.flatten() {
                Some(denial) => Refusal::denied(&denial, &asked).answer(&asked),
                None => upstream::forward(&upstream, asked).await,
            };
            logged(response, arn, None)
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
