//! ssh into instances: port 22 of each, as OpenSSH serves it on Amazon Linux.
//!
//! ```text
//! daemon      listener   port 22 in the instance's namespace; a process for each connection
//! that        entrance   goes into the instance's view, then speaks SSH (russh) on its one connection
//!             server     who may log in, which channels there are
//!             session    a shell, a command or sftp: a process of the account's own
//!             forward    connections from inside the instance (`-J`, `-W`, `-L`)
//! ```
//!
//! What speaks with a client is a process of the instance, as with OpenSSH: it reads the instance's own accounts, keys
//! and settings, its connections pass the instance's security groups, and a client that breaks it breaks nothing else.
//! There are no agents, no X11, and no ports that the server opens for a client.

mod account;
mod authorized_keys;
mod config;
mod control;
mod entrance;
mod forward;
mod listener;
mod server;
mod session;
mod sftp;
mod terminal;

pub use control::{Request, ask, check};
pub use entrance::run as serve_connection;
pub use sftp::run as serve_files;

pub(super) use control::SOCKET;
pub(super) use listener::{ALL_CONNECTIONS, serve};

/// The port.
pub(super) const PORT: u16 = 22;
