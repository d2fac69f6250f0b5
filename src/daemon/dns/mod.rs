//! DNS.
pub(crate) mod answer;
pub(crate) mod message;
