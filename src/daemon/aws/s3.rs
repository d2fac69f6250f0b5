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
mod list;
mod multipart;
mod object;
mod operations;
mod refusal;
mod response;
mod store;

pub(in crate::daemon) use access::{Allows, Call};
pub(in crate::daemon) use credentials::{Key, Keys};
pub(in crate::daemon) use store::Store;

use crate::{daemon::http, model::bucket::is_bucket_name};
use credentials::Secrets;
use hyper::{Request, Response};
use s3s::{
    Body,
    config::{S3Config, StaticConfigProvider},
    service::{S3Service, S3ServiceBuilder},
    validation::NameValidation,
};
use std::sync::Arc;

/// The longest document of a request.
const MAX_XML: usize = 4 << 20;
/// The longest file of a form, which is held in memory.
const MAX_FORM: u64 = 8 << 20;

/// What is served.
#[derive(Clone)]
pub(in crate::daemon) struct S3 {
    service: S3Service,
    region: String,
    keys: Arc<Keys>,
}

/// The policy of a bucket, if it has one.
pub(in crate::daemon) type PolicyOf = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the operations work on.
struct Operations {
    store: Arc<Store>,
    region: String,
    allows: Arc<Allows>,
    policy_of: Arc<PolicyOf>,
}

impl S3 {
    /// S3 of a region over a store. Who holds an access key, `keys` says; what a caller may do, `allows`.
    pub(in crate::daemon) fn new(
        store: Arc<Store>,
        region: &str,
        keys: Arc<Keys>,
        allows: Arc<Allows>,
        policy_of: Arc<PolicyOf>,
    ) -> Self {
        let region = region.to_owned();
        let operations = Operations { store, region: region.clone(), allows: allows.clone(), policy_of };
        let mut builder = S3ServiceBuilder::new(operations);
        let mut config = S3Config::default();
        config.xml_max_body_size = MAX_XML;
        config.post_object_max_file_size = MAX_FORM;
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        builder.set_host(host::Names { region: region.clone() });
        builder.set_auth(Secrets(keys.clone()));
        builder.set_access(access::Access(allows));
        builder.set_validation(Names);
        Self { service: builder.build(), region, keys }
    }

    /// Answers a request. What is known of its caller stands in its extensions, for `allows`.
    pub(in crate::daemon) async fn answer(&self, request: Request<Body>) -> Response<http::Body> {
        if let Err(refused) = credentials::check(&request, &self.region, self.keys.as_ref()) {
            return refused;
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

/// AWS's rules of buckets' names.
struct Names;

impl NameValidation for Names {
    fn validate_bucket_name(&self, name: &str) -> bool {
        is_bucket_name(name)
    }
}

#[cfg(test)]
mod tests;
