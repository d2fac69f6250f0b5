//! What a call is refused with, in the two forms of the query protocol (section 21 of the rules).

use super::{
    service::Service,
    xml::{Dialect, escape, tag},
};

/// A refusal: AWS's code, its words, and the HTTP status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// AWS's code, such as `InvalidVpcID.NotFound`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

impl Error {
    /// A refusal with status 400, as most have.
    pub(super) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400 }
    }

    /// Of a request that cannot come here.
    pub fn unknown() -> Self {
        Self::new("AuthFailure", "AWS was not able to validate the provided access credentials")
    }

    /// ERR-11: a call that was only to be tried.
    pub(super) fn dry_run() -> Self {
        let message = "Request would have succeeded, but DryRun flag is set.";
        Self { status: 412, ..Self::new("DryRunOperation", message) }
    }

    /// ERR-11: a parameter that is needed.
    pub(super) fn missing(parameter: &str) -> Self {
        Self::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
    }

    /// A value that a parameter cannot have.
    pub(super) fn value(service: Service, parameter: &str, value: &str, why: &str) -> Self {
        let code = if service == Service::Ec2 { "InvalidParameterValue" } else { "ValidationError" };
        Self::new(code, format!("Value ({value}) for parameter {parameter} is invalid. {why}"))
    }

    /// The body of the answer.
    pub(super) fn body(&self, service: Service, request_id: &str) -> String {
        let words = tag("Code", &escape(&self.code)) + &tag("Message", &escape(&self.message));
        let id = escape(request_id);
        let document = match service.dialect() {
            Dialect::Ec2 => {
                format!("<Response><Errors><Error>{words}</Error></Errors><RequestID>{id}</RequestID></Response>")
            }
            Dialect::Query => format!(
                "<ErrorResponse xmlns=\"{}\"><Error><Type>Sender</Type>{words}</Error><RequestId>{id}</RequestId></ErrorResponse>",
                service.namespace()
            ),
        };
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}")
    }
}
