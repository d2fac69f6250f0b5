//! The services of a lab: DNS, HTTP responders, AWS's services, load balancers' relays and health checks, all in one process; the only async module.
//!
//! ```text
//! commands ─ control ─┐
//! targets ── health ──┼─► event_loop ─► services ─► sockets of dns, httpd, checks (tasks)
//! signals ────────────┘        └──────► dataplane ─► nftables of the routers that balance
//! ```
//!
//! The event loop owns everything that changes; tasks see the services as one immutable value. Sockets are opened
//! inside the namespaces and stay there, so that no task ever enters one. Packets flow without the daemon:
//! killed, it only leaves names unanswered, targets unchecked, and load balancers' TLS unspoken until `up` brings it back.
//!
//! Memory is bounded by the lab's size: queries are answered before the next is read, connections are counted, queues
//! are of fixed length, logs rotate.

mod aws;
mod connections;
mod control;
mod dataplane;
mod dns;
mod event_loop;
mod expiry;
mod flow_log;
mod health;
mod http;
mod httpd;
mod launch;
mod metadata;
mod process;
mod proxy_protocol;
mod relay;
mod rotating;
mod services;
mod sockets;
mod ssh;
mod web;

pub use control::Exposed;
pub use dns::resolve;
pub use launch::{Error, end_flow_log_windows, expose, health, is_running, reload, start, stop};
pub use process::run;
pub use rotating::open as open_log;
pub use sockets::files_needed;
pub use ssh::{Request as SshRequest, ask as ask_ssh, check as check_ssh, serve_connection, serve_files};
pub use web::serve_directory;

#[cfg(test)]
mod tests;
