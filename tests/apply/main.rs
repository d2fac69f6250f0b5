//! The whole of `apply` against the kernel, on labs written by hand: two hosts and a router between them.
//!
//! Needs root. Each test has a lab of its own, which is removed whatever happens.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests")]

mod drift;
mod killed;
mod lab;
mod refused;
mod scale;
mod update;
