//! Which service answers a request: the one whose address was asked.

use super::{Asked, Context, Logged, Refusal, admission};
use crate::daemon::http::Body;
use hyper::{Response, body::Incoming};

/// Answers one request.
pub(super) async fn answer(context: &Context, asked: Asked<Incoming>) -> Response<Body> {
    if asked.service == "s3" {
        // S3 verifies and streams by itself.
        return Refusal::unserved(&asked).answer(&asked);
    }
    let asked = match admission::admit(context, asked).await {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let mut response = match asked.service.as_str() {
        // A service's own protocol comes here.
        _ => Refusal::unserved(&asked).answer(&asked),
    };
    let principal = asked.caller.principal.as_ref().map(super::Principal::arn);
    let mut logged = response.extensions_mut().remove::<Logged>().unwrap_or_default();
    logged.principal = logged.principal.or(principal);
    logged.action = logged.action.or_else(|| admission::action(&asked));
    response.extensions_mut().insert(logged);
    response
}
