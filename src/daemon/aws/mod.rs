//! AWS's own services.

pub(super) mod s3;
