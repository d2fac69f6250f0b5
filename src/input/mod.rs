//! Files to drafts: the only place that sees file syntax.
pub mod parse;
pub mod tree;
#[cfg(test)] mod spike;
