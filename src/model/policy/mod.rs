//! Policies as AWS evaluates them: of VPC endpoints, of resources, of roles (GWE-13 to GWE-15, VPCE-30, VPCE-31). Pure.
//!
//! ```text
//! JSON text ─ json ─► Json ─ read ─► Document     Topology ─► Policies ─ decide(Caller, Call) ─► Decision ─► Denial
//!                        mistakes, each with its way from the root
//! ```
//!
//! A server of one of AWS's services makes a [`Caller`] of each request and a [`Call`] for each action that it asks
//! for, and answers the [`Denial`] of what [`Policies::decide`] says. [`Document::parse`] tells what is wrong with a
//! policy, [`Policies::explain`] why a call is allowed or not.
//!
//! Not here: service control policies, permissions boundaries, session policies, access control lists.

mod arn;
mod caller;
mod condition;
mod context;
mod document;
mod evaluate;
mod json;
mod key;
mod managed;
mod message;
mod mistake;
mod open;
mod pattern;
mod policies;
mod principal;
mod read;
mod read_condition;
mod read_principal;
#[cfg(test)]
mod tests;
mod value;

pub use caller::{Call, Caller, Identity, Via};
pub use document::{Document, Form, Place};
pub use evaluate::{Decision, Layer};
pub use json::Json;
pub use managed::names as managed_policies;
pub use message::Denial;
pub use mistake::{Mistake, Step};
pub use open::{Fill, filled, is_open, open};
pub use policies::Policies;

/// The condition keys that requests of a lab have, and those that they never have, as in AWS without organizations.
pub fn condition_keys() -> [&'static [&'static str]; 2] {
    [key::GIVEN, key::ABSENT]
}

/// The condition operators, without `…IfExists` and `For…Values:`.
pub fn condition_operators() -> impl Iterator<Item = &'static str> {
    condition::OPERATORS.iter().map(|(name, ..)| *name)
}
