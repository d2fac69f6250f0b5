//! What AWS's answers have beside what the protocol needs: ids of requests, and words for errors.

use super::refusal::message;
use crate::daemon::http::{self, full};
use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt, Limited};
use hyper::{
    HeaderMap, Response, StatusCode,
    body::Bytes,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue},
};
use s3s::{Body, S3ErrorCode};
use std::{fmt::Write, io};

/// The longest error.
const MAX_ERROR: usize = 64 << 10;

/// An error's code, an extension of its answer.
#[derive(Debug, Clone)]
pub(super) struct Code(pub(super) String);

/// An answer with what AWS adds.
pub(super) async fn completed(answer: Response<Body>, region: &str) -> Response<http::Body> {
    let ids = Ids::new();
    let (mut parts, body) = answer.into_parts();
    ids.write(&mut parts.headers);
    if let Ok(region) = HeaderValue::try_from(region) {
        parts.headers.entry("x-amz-bucket-region").or_insert(region);
    }
    let is_error = parts.status.is_client_error() || parts.status.is_server_error();
    if !is_error {
        return Response::from_parts(parts, body.map_err(io::Error::other).boxed_unsync());
    }
    let text = Limited::new(body, MAX_ERROR).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let code = between(&text, "<Code>", "</Code>").unwrap_or_default().to_owned();
    let mut more = String::new();
    if !text.contains("<Message>")
        && let Some(words) = message(&code)
    {
        element(&mut more, "Message", words);
    }
    ids.elements(&mut more);
    // Answers to HEAD have no body.
    let text = text.replacen("</Error>", &format!("{more}</Error>"), 1);
    parts.headers.remove(CONTENT_LENGTH);
    parts.extensions.insert(Code(code));
    Response::from_parts(parts, full(text.into()))
}

/// A refusal before the service was asked.
pub(super) fn refused(code: &str, elements: &[(&str, &str)]) -> Response<http::Body> {
    let ids = Ids::new();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    element(&mut text, "Code", code);
    if !elements.iter().any(|(name, _)| *name == "Message") {
        element(&mut text, "Message", message(code).unwrap_or_default());
    }
    elements.iter().for_each(|(name, value)| element(&mut text, name, value));
    ids.elements(&mut text);
    text.push_str("</Error>");
    let mut response = Response::new(full(Bytes::from(text)));
    let status = S3ErrorCode::from_bytes(code.as_bytes()).and_then(|code| code.status_code());
    *response.status_mut() = status.unwrap_or(StatusCode::BAD_REQUEST);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    ids.write(response.headers_mut());
    response.extensions_mut().insert(Code(code.to_owned()));
    response
}

/// By what AWS would find a request again.
struct Ids {
    request: String,
    host: String,
}

impl Ids {
    fn new() -> Self {
        let mut bytes = [0; 56];
        getrandom::fill(&mut bytes).expect("Linux has random numbers");
        let request = super::store::hex(&bytes[..8]).to_uppercase();
        Self { request, host: STANDARD.encode(&bytes[8..]) }
    }

    fn write(&self, headers: &mut HeaderMap) {
        for (name, value) in [("x-amz-request-id", &self.request), ("x-amz-id-2", &self.host)] {
            headers.extend(
                HeaderValue::try_from(value).map(|value| (hyper::header::HeaderName::from_static(name), value)),
            );
        }
        headers.insert(hyper::header::SERVER, HeaderValue::from_static("AmazonS3"));
    }

    fn elements(&self, text: &mut String) {
        element(text, "RequestId", &self.request);
        element(text, "HostId", &self.host);
    }
}

fn element(text: &mut String, name: &str, value: &str) {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = write!(text, "<{name}>{value}</{name}>");
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(between, _)| between)
}
