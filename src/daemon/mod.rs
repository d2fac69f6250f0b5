//! The daemon.
mod dns;
