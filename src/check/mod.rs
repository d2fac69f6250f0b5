//! Checks of a running lab: what a file expects of it, tried with real packets and commands.
//!
//! ```text
//! Check ─ prepare ─► Case: parts, one per sender and destination ─ runner ─► Results ─ report ─► summary, JUnit, TAP, …
//!   │ names and references looked up          │ by kind
//!   └ or mistakes with their places           └ packets (sys), commands in hosts, and the model's word (reach)
//! ```
//!
//! | file | what |
//! |---|---|
//! | `prepare`, `reference`, `pattern` | from what the file says to what is tried |
//! | `destination` | senders and destinations as people write them; `why` reads them too |
//! | `runner`, `context` | many parts at once, each again until it is as expected |
//! | `connection`, `curl`, `dns`, `source`, `distribution`, `health`, `flow_log`, `traceroute`, `throughput`, `policy`, `run` | one kind each |
//! | `failover` | a check of any kind while something has failed |
//! | `target`, `witness` | who stands behind an address, and what arrives there |
//! | `coverage` | which rules, routes and listeners no packet used while checks were tried |
//! | `report` | what came of it, as people and machines read it |

mod connection;
mod context;
mod coverage;
mod curl;
mod destination;
mod distribution;
mod dns;
mod failover;
mod flow_log;
mod health;
mod pattern;
mod policy;
mod prepare;
mod reference;
pub mod report;
mod run;
mod runner;
mod source;
mod target;
mod throughput;
mod traceroute;
mod witness;

pub use context::{Context, Fail};
pub use coverage::{Coverage, Item};
pub use destination::{Destination, Error as DestinationError, destination, netns, sender};
pub use prepare::{Case, prepare};
pub use runner::{Outcome, Results, Verdict, run};
