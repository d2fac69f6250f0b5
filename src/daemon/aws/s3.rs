//! S3: buckets and objects that live as long as the lab, at the names of the lab's region (GWE-01, GWE-06, OUT-06).
//!
//! ```text
//! request ─► signature, host, XML (s3s) ─► access: action, resource ─► operation ─► store (files)
//! ```
//!
//! The protocol is s3s's; what it leaves open is here: whose access key it is, which bucket a host name means, which
//! action an operation is, AWS's words for errors, and a store of our own.

mod access;
mod body;
mod bucket;
mod checksum;
mod condition;
mod credentials;
mod host;
mod key;
mod lab;
mod list;
mod multipart;
mod object;
mod operations;
mod refusal;
mod response;
mod store;

use super::{Asked, Caller, Logged};
use crate::{daemon::http, model::bucket::is_bucket_name};
use access::{Allows, Asking};
use credentials::Keys;
use credentials::Secrets;
use hyper::{Request, Response};
use s3s::{
    Body,
    config::{S3Config, StaticConfigProvider},
    service::{S3Service, S3ServiceBuilder},
    validation::NameValidation,
};
use std::sync::{Arc, Mutex, PoisonError};
use store::Store;

/// The longest document of a request.
const MAX_XML: usize = 4 << 20;
/// The longest file of a form, which is held in memory.
const MAX_FORM: u64 = 8 << 20;

/// What is served.
#[derive(Clone)]
pub(super) struct S3 {
    store: Arc<Store>,
    service: S3Service,
    region: String,
    keys: Arc<Keys>,
}

/// The policy of a bucket, if it has one.
type PolicyOf = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the operations work on.
struct Operations {
    store: Arc<Store>,
    region: String,
    allows: Arc<Allows>,
    policy_of: Arc<PolicyOf>,
}

impl S3 {
    /// S3 of a region over a store. Who holds an access key, `keys` says; what a caller may do, `allows`.
    fn new(store: Arc<Store>, region: &str, keys: Arc<Keys>, allows: Arc<Allows>, policy_of: Arc<PolicyOf>) -> Self {
        let region = region.to_owned();
        let operations = Operations { store: store.clone(), region: region.clone(), allows: allows.clone(), policy_of };
        let mut builder = S3ServiceBuilder::new(operations);
        let mut config = S3Config::default();
        config.xml_max_body_size = MAX_XML;
        config.post_object_max_file_size = MAX_FORM;
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        builder.set_host(host::Names { region: region.clone() });
        builder.set_auth(Secrets(keys.clone()));
        builder.set_access(access::Access { allows, keys: keys.clone() });
        builder.set_validation(Names);
        Self { store, service: builder.build(), region, keys }
    }

    /// Whether it is the S3 of a region.
    pub(super) fn is_in(&self, region: &str) -> bool {
        self.region == region
    }

    /// Answers a request, whose signature is verified here.
    pub(super) async fn answer(&self, asked: Asked) -> Response<http::Body> {
        self.answer_to(asked.caller, asked.request.map(Body::from)).await
    }

    async fn answer_to(&self, caller: Caller, mut request: Request<Body>) -> Response<http::Body> {
        let logged = Arc::new(Mutex::new(Logged::default()));
        request.extensions_mut().insert(Asking { caller, keys: Vec::new(), logged: logged.clone() });
        let mut response = self.answered(request).await;
        let logged = logged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let error = response.extensions_mut().remove::<response::Code>().map(|code| code.0);
        response.extensions_mut().insert(Logged { error, ..logged });
        response
    }

    async fn answered(&self, request: Request<Body>) -> Response<http::Body> {
        if let Err(refused) = credentials::check(&request, &self.region, self.keys.as_ref()) {
            return *refused;
        }
        match self.service.call(request).await {
            Ok(answer) => response::completed(answer, &self.region).await,
            Err(error) => {
                tracing::error!(?error, "S3");
                response::refused("InternalError", &[])
            }
        }
    }
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "S3({:?})", self.store)
    }
}

/// AWS's rules of buckets' names.
struct Names;

impl NameValidation for Names {
    fn validate_bucket_name(&self, name: &str) -> bool {
        is_bucket_name(name)
    }
}

#[cfg(test)]
mod tests;
