//! vpcns mirrors AWS networks as Linux network namespaces.
//!
//! ```text
//! file ─► input ─► Draft ─► model ─► Topology ─► compile ─► Spec ─► apply ─► kernel
//!          text             AWS, resolved        Linux, pure  │   diff, plan   via sys
//!                                                             └─ daemon: DNS, httpd, health
//! ```
//!
//! * `input`: the only place that sees file syntax; writes a [`model::draft::Draft`].
//! * [`model`]: AWS's nouns, resolved and checked.
//! * [`lint`]: what AWS takes and nobody means, and its quotas; pure.
//! * `compile`: the only module that speaks both AWS and Linux; pure and total.
//! * [`spec`]: Linux's nouns as plain data.
//! * [`apply`]: observe, diff, plan, execute.
//! * [`sys`]: the only module that changes the machine.
//! * [`daemon`]: the services of a lab; the only async module.
//! * [`describe`]: resources with AWS's field names, for `show`.
//! * [`query`]: AWS's read API over them: a form in, XML out.
//! * [`reach`]: what becomes of a connection and why, read from the model, for `why` and `matrix`.
//! * [`cost`]: what a lab would cost in AWS.
//! * [`check`]: checks of a running lab, for `test`.
//! * [`cli`]: one file per command; the only module that prints.

pub mod apply;
pub mod check;
pub mod cli;
pub mod compile;
pub mod cost;
pub mod daemon;
pub mod describe;
pub mod input;
pub mod lint;
pub mod model;
pub mod query;
pub mod reach;
pub mod spec;
pub mod sys;
