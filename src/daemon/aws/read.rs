//! The services that tell of the lab: EC2, STS, Elastic Load Balancing, CloudFormation. What they answer is `query`'s to
//! say; policies decide before it is asked.

use super::{Asked, Context, Logged, Principal, judge};
use crate::{
    daemon::http::{self, Body},
    model::{Region, Role},
    query::{self, Error, Parameters, Reply, Service},
    spec::aws::Session,
};
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};

/// Answers a request whose signature is verified.
pub(super) fn answer(context: &Context, service: Service, asked: &Asked<Bytes>) -> Response<Body> {
    let reply = match replied(context, service, asked) {
        Ok(reply) => reply,
        Err(error) => query::refusal(service, &error, &asked.id),
    };
    let Reply { status, code, body } = reply;
    let mut response = Response::new(http::full(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml;charset=UTF-8"));
    response.extensions_mut().insert(Logged { error: code, ..Logged::default() });
    response
}

fn replied(context: &Context, service: Service, asked: &Asked<Bytes>) -> Result<Reply, Error> {
    let form = match asked.request.body() {
        empty if empty.is_empty() => asked.request.uri().query().unwrap_or_default(),
        body => std::str::from_utf8(body).unwrap_or("%"),
    };
    let parameters = Parameters::parse(form)?;
    let call = query::call(service, &parameters)?;
    let known = context.known();
    let topology = &known.topology;
    let principal = asked.caller.principal.as_ref();
    let caller = principal.map(|principal| caller(&topology.lab, principal)).ok_or_else(Error::unknown)?;
    // No front has the address of a region that there is not.
    let region = Region::parse(&asked.region).ok_or_else(Error::unknown)?;
    let lab = query::Lab { topology, health: &known.health, caller: &caller, region: &region };
    let (action, resource) = (call.action(service), call.resource(service, &lab, &parameters));
    let keys = judge::keys(asked.request.headers());
    let wanted = judge::Call { action: &action, resource: &resource, bucket: None, region: &asked.region, keys: &keys };
    if let Some(denial) = context.judge().denial(&asked.caller, &wanted) {
        return Err(Error { code: denial.code.into(), message: denial.message, status: 403 });
    }
    Ok(query::answer(service, &call, &lab, &parameters, &asked.id))
}

/// Who asks, as `get-caller-identity` says it.
fn caller(lab: &str, principal: &Principal) -> query::Caller {
    let account = principal.account().to_owned();
    let user_id = match principal {
        Principal::Account(account) => account.clone(),
        Principal::Role(Session { role, name, .. }) => format!("{}:{name}", Role::id(lab, role)),
    };
    query::Caller { account, arn: principal.arn(), user_id }
}
