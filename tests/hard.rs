//! Hard moments: processes killed anywhere, a thousand instances, commands at once, a machine that refuses.
//!
//! Needs root; each test has a throw-away machine of its own (`lab/world.rs`). `VPCNS_CASES` says at how many points
//! of each kind something is killed (default 12), `VPCNS_SEED` which moments those are that are left to chance.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says how long it took")]

#[path = "random/mod.rs"]
mod random;
#[path = "lab/world.rs"]
mod world;

#[path = "hard/at_once.rs"]
mod at_once;
#[path = "hard/bad_bytes.rs"]
mod bad_bytes;
#[path = "hard/drift.rs"]
mod drift;
#[path = "hard/intruder.rs"]
mod intruder;
#[path = "hard/killed.rs"]
mod killed;
#[path = "hard/load.rs"]
mod load;
#[path = "hard/machine.rs"]
mod machine;
#[path = "hard/refusals.rs"]
mod refusals;
#[path = "hard/thousand.rs"]
mod thousand;
#[path = "hard/user.rs"]
mod user;
