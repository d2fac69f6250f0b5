//! Refusals in the protocol of the service that was asked, with AWS's codes and words.
//!
//! | protocol | who | form |
//! |---|---|---|
//! | EC2's query | `ec2` | `<Response><Errors><Error>…` |
//! | query | who is asked by `Action=` | `<ErrorResponse><Error>…` |
//! | JSON 1.0, 1.1 | who is asked by `X-Amz-Target` | `{"__type": …, "message": …}` |
//! | CBOR | who is asked by `smithy-protocol` | the same as a CBOR map |
//! | REST with XML | `s3` | `<Error><Code>…` |
//! | REST with JSON | all others | `{"message": …}` and `x-amzn-errortype` |

use super::{Asked, Logged, signature::Wrong};
use crate::{
    daemon::http::{self, Body},
    model::policy::Denial,
};
use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;

/// Why a request does not even reach its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// Its signature.
    Signature(Wrong),
    /// Its body is longer than any service takes.
    TooLong,
    /// Its body took too long.
    Slow,
    /// Its body was cut off.
    Broken,
}

/// An error as a service answers with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::daemon) struct Refusal {
    /// The status.
    pub(in crate::daemon) status: StatusCode,
    /// The code, as the service's protocol writes it.
    pub(in crate::daemon) code: String,
    /// What is said.
    pub(in crate::daemon) message: String,
}

/// How a service writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Ec2,
    Query,
    Json,
    Cbor,
    RestXml,
    RestJson,
}

/// The services that are asked by `Action=` as long as nothing else is seen of a request.
const QUERY: [&str; 10] = [
    "autoscaling",
    "cloudformation",
    "elasticache",
    "elasticbeanstalk",
    "elasticloadbalancing",
    "monitoring",
    "rds",
    "redshift",
    "sns",
    "sts",
];

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
                        Secret Access Key and signing method. Consult the service documentation for details.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid";

impl Refusal {
    /// An error.
    pub(in crate::daemon) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// Of a service that the lab does not have.
    pub(in crate::daemon) fn unserved<B>(asked: &Asked<B>) -> Self {
        let service = &asked.service;
        let message = format!(
            "vpcns has no {service}: the network leads to it, and nobody serves it. `services: {{ {service}: {{ upstream: \
             http://127.0.0.1:5000 }} }}` in the topology puts an emulator here"
        );
        Self::new(StatusCode::NOT_IMPLEMENTED, code_for(Protocol::of(asked), "NotImplemented"), message)
    }

    /// Of a request that does not say to which service it goes.
    pub(super) fn nameless() -> Self {
        let message = "the request is not signed for a service of the lab, and so nobody knows for which it is";
        Self::new(StatusCode::BAD_REQUEST, "MissingAuthenticationTokenException", message)
    }

    /// Of a service whose server is not there now.
    pub(super) fn unavailable<B>(asked: &Asked<B>, message: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code_for(Protocol::of(asked), "ServiceUnavailable"), message)
    }

    /// Of what policies deny (VPCE-31).
    pub(super) fn denied<B>(denial: &Denial, asked: &Asked<B>) -> Self {
        let status = match Protocol::of(asked) {
            Protocol::Json | Protocol::Cbor => StatusCode::BAD_REQUEST,
            Protocol::Ec2 | Protocol::Query | Protocol::RestXml | Protocol::RestJson => StatusCode::FORBIDDEN,
        };
        Self::new(status, denial.code, denial.message.clone())
    }

    /// Of a request that did not reach its service.
    pub(super) fn of<B>(reason: &Reason, asked: &Asked<B>) -> Self {
        let protocol = Protocol::of(asked);
        let is_json = matches!(protocol, Protocol::Json | Protocol::Cbor | Protocol::RestJson);
        match reason {
            Reason::Signature(wrong) => Self::of_signature(wrong, protocol),
            Reason::TooLong => {
                let code = if is_json { "RequestEntityTooLargeException" } else { "RequestEntityTooLarge" };
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, code, "the request is longer than any service takes")
            }
            Reason::Slow => Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "the request took too long"),
            Reason::Broken => Self::new(StatusCode::BAD_REQUEST, "IncompleteBody", "the request's body was cut off"),
        }
    }

    fn of_signature(wrong: &Wrong, protocol: Protocol) -> Self {
        let new = |status: u16, code: &str, message: &str| {
            Self::new(StatusCode::from_u16(status).unwrap_or_default(), code, message)
        };
        let json = if protocol == Protocol::RestJson { 403 } else { 400 };
        match (protocol, wrong) {
            (Protocol::Ec2, Wrong::Unsigned) => {
                new(400, "MissingParameter", "The request must contain the parameter AWSAccessKeyId")
            }
            (Protocol::Ec2, Wrong::Expired) => new(400, "RequestExpired", "Request has expired."),
            (Protocol::Ec2, Wrong::Skewed(message)) => new(400, "RequestExpired", message),
            (Protocol::Ec2, Wrong::Incomplete(message)) => new(400, "IncompleteSignature", message),
            (Protocol::Ec2, Wrong::Scope(message)) => new(401, "AuthFailure", message.trim_end()),
            (Protocol::Ec2, Wrong::UnknownKey | Wrong::Mismatch) => {
                new(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
            }
            (Protocol::Query | Protocol::RestXml, wrong) => match wrong {
                Wrong::Unsigned => new(403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
                Wrong::Expired => new(403, "ExpiredToken", "The security token included in the request is expired"),
                Wrong::UnknownKey => new(403, "InvalidClientTokenId", &format!("{INVALID_TOKEN}.")),
                Wrong::Incomplete(message) => new(400, "IncompleteSignature", message),
                Wrong::Skewed(message) | Wrong::Scope(message) => new(403, "SignatureDoesNotMatch", message),
                Wrong::Mismatch => new(403, "SignatureDoesNotMatch", MISMATCH),
            },
            (Protocol::Json | Protocol::Cbor | Protocol::RestJson, wrong) => match wrong {
                Wrong::Unsigned => new(json, "MissingAuthenticationTokenException", "Missing Authentication Token"),
                Wrong::Expired => {
                    new(json, "ExpiredTokenException", "The security token included in the request is expired")
                }
                Wrong::UnknownKey => new(json, "UnrecognizedClientException", &format!("{INVALID_TOKEN}.")),
                Wrong::Incomplete(message) => new(json, "IncompleteSignatureException", message),
                Wrong::Skewed(message) | Wrong::Scope(message) => new(json, "InvalidSignatureException", message),
                Wrong::Mismatch => new(json, "InvalidSignatureException", MISMATCH),
            },
        }
    }

    /// The answer, in the form that the request's protocol has.
    pub(in crate::daemon) fn answer<B>(&self, asked: &Asked<B>) -> Response<Body> {
        let Self { code, message, .. } = self;
        let (id, text) = (&asked.id, xml(message));
        let sender = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let (kind, body) = match Protocol::of(asked) {
            Protocol::Ec2 => (
                "text/xml;charset=UTF-8".to_owned(),
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
                     <Message>{text}</Message></Error></Errors><RequestID>{id}</RequestID></Response>"
                )
                .into_bytes(),
            ),
            Protocol::Query => (
                "text/xml".to_owned(),
                format!(
                    "<ErrorResponse><Error><Type>{sender}</Type><Code>{code}</Code><Message>{text}</Message></Error>\
                     <RequestId>{id}</RequestId></ErrorResponse>"
                )
                .into_bytes(),
            ),
            Protocol::RestXml => (
                "application/xml".to_owned(),
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{text}</Message>\
                     <RequestId>{id}</RequestId></Error>"
                )
                .into_bytes(),
            ),
            Protocol::Json => {
                (json_kind(asked), json!({ "__type": code, "message": message }).to_string().into_bytes())
            }
            Protocol::RestJson => {
                ("application/json".to_owned(), json!({ "message": message }).to_string().into_bytes())
            }
            Protocol::Cbor => ("application/cbor".to_owned(), cbor(&[("__type", code), ("message", message)])),
        };
        let mut response = Response::new(http::full(body.into()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("text/plain")));
        if let Ok(code) = HeaderValue::from_str(code) {
            headers.insert("x-amzn-errortype", code);
        }
        if Protocol::of(asked) == Protocol::Cbor {
            headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
        }
        response.extensions_mut().insert(Logged { error: Some(code.clone()), ..Logged::default() });
        response
    }
}

impl Protocol {
    /// As the request shows it, else as the service usually does.
    fn of<B>(asked: &Asked<B>) -> Self {
        let headers = asked.request.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form = text(CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded")
            || asked.request.uri().query().is_some_and(|query| query.contains("Action="));
        match asked.service.as_str() {
            "s3" => Self::RestXml,
            "ec2" => Self::Ec2,
            _ if text("smithy-protocol") == "rpc-v2-cbor" => Self::Cbor,
            _ if headers.contains_key("x-amz-target") => Self::Json,
            service if is_form || QUERY.contains(&service) => Self::Query,
            _ => Self::RestJson,
        }
    }
}

/// A code with the ending that the JSON protocols give it.
fn code_for(protocol: Protocol, code: &'static str) -> &'static str {
    match (protocol, code) {
        (Protocol::Json | Protocol::Cbor | Protocol::RestJson, "NotImplemented") => "NotImplementedException",
        (Protocol::Json | Protocol::Cbor | Protocol::RestJson, "ServiceUnavailable") => "ServiceUnavailableException",
        (Protocol::Ec2, "ServiceUnavailable") => "Unavailable",
        (Protocol::Ec2, "NotImplemented") => "UnsupportedOperation",
        (_, code) => code,
    }
}

/// The version of JSON's protocol that was spoken.
fn json_kind<B>(asked: &Asked<B>) -> String {
    let kind = asked.request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.contains("1.0") { "application/x-amz-json-1.0".into() } else { "application/x-amz-json-1.1".into() }
}

/// A map of texts.
fn cbor(pairs: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        let mut bytes = vec![0x79];
        bytes.extend(length.to_be_bytes());
        bytes.extend(&text.as_bytes()[..usize::from(length)]);
        bytes
    };
    let count = u8::try_from(pairs.len()).unwrap_or(23).min(23);
    let pairs = pairs.iter().take(23).flat_map(|(key, value)| [text(key), text(value)]);
    [0xa0 | count].into_iter().chain(pairs.flatten()).collect()
}

/// Text inside XML.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
