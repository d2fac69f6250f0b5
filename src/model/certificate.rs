//! Certificates of load balancers, which AWS has in its Certificate Manager. A lab's are signed by its own authority.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// `arn:aws:acm:REGION:ACCOUNT:certificate/UUID`.
    pub arn: String,
    /// The name that it is for; `*.` stands for one label.
    pub domain_name: String,
    /// Other names that it is for.
    pub alternative_names: Vec<String>,
}

impl Certificate {
    /// All its names.
    pub fn names(&self) -> BTreeSet<String> {
        std::iter::once(&self.domain_name).chain(&self.alternative_names).cloned().collect()
    }
}
