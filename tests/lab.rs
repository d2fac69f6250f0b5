//! Labs from outside, as a user meets them: the program itself, real packets, and nothing left at the end.
//!
//! Each test has a throw-away machine of its own (`lab/world.rs`), so these tests need root but leave the
//! machine's own network alone. `transcripts/` holds the documents' commands with what they print.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "lab/agreement.rs"]
mod agreement;
#[path = "lab/transcript.rs"]
mod transcript;
#[path = "lab/typist.rs"]
mod typist;
#[path = "lab/world.rs"]
mod world;

#[path = "lab/aws_service.rs"]
mod aws_service;
#[path = "lab/checks.rs"]
mod checks;
#[path = "lab/cidrs.rs"]
mod cidrs;
#[path = "lab/cloudformation.rs"]
mod cloudformation;
#[path = "lab/command.rs"]
mod command;
#[path = "lab/commands.rs"]
mod commands;
#[path = "lab/cost.rs"]
mod cost;
#[path = "lab/coverage.rs"]
mod coverage;
#[path = "lab/default_vpc.rs"]
mod default_vpc;
#[path = "lab/direct_connect.rs"]
mod direct_connect;
#[path = "lab/dns.rs"]
mod dns;
#[path = "lab/document_002.rs"]
mod document_002;
#[path = "lab/fail.rs"]
mod fail;
#[path = "lab/flow_log.rs"]
mod flow_log;
#[path = "lab/gateway_endpoint.rs"]
mod gateway_endpoint;
#[path = "lab/image.rs"]
mod image;
#[path = "lab/instance.rs"]
mod instance;
#[path = "lab/interface_endpoint.rs"]
mod interface_endpoint;
#[path = "lab/internet_gateway.rs"]
mod internet_gateway;
#[path = "lab/lifecycle.rs"]
mod lifecycle;
#[path = "lab/listeners.rs"]
mod listeners;
#[path = "lab/live_change.rs"]
mod live_change;
#[path = "lab/load_balancer.rs"]
mod load_balancer;
#[path = "lab/login.rs"]
mod login;
#[path = "lab/metadata.rs"]
mod metadata;
#[path = "lab/middlebox.rs"]
mod middlebox;
#[path = "lab/nat_gateway.rs"]
mod nat_gateway;
#[path = "lab/network_acl.rs"]
mod network_acl;
#[path = "lab/on_premises.rs"]
mod on_premises;
#[path = "lab/peering.rs"]
mod peering;
#[path = "lab/policy.rs"]
mod policy;
#[path = "lab/privatelink.rs"]
mod privatelink;
#[path = "lab/refusals.rs"]
mod refusals;
#[path = "lab/region.rs"]
mod region;
#[path = "lab/relay.rs"]
mod relay;
#[path = "lab/rootless.rs"]
mod rootless;
#[path = "lab/s3.rs"]
mod s3;
#[path = "lab/ssh.rs"]
mod ssh;
#[path = "lab/tracking.rs"]
mod tracking;
#[path = "lab/vpc.rs"]
mod vpc;
#[path = "lab/why.rs"]
mod why;
