//! The prices of us-east-1. Other regions have other ones; these are the documents' own.

use super::Usd;

/// An interface endpoint, for each of its interfaces and hour (COST-01).
pub const ENDPOINT_INTERFACE_HOUR: Usd = Usd::micro(10_000);
/// A GB through an interface endpoint, of the first PB of a month (COST-01).
pub const ENDPOINT_GB: Usd = Usd::micro(10_000);
/// A NAT gateway (COST-03).
pub const NAT_GATEWAY_HOUR: Usd = Usd::micro(45_000);
/// A GB through a NAT gateway (COST-03).
pub const NAT_GATEWAY_GB: Usd = Usd::micro(45_000);
/// A Network Load Balancer (COST-04).
pub const LOAD_BALANCER_HOUR: Usd = Usd::micro(22_500);
/// An NLCU of an hour, which a GB uses up (COST-04).
pub const NLCU_GB: Usd = Usd::micro(6_000);
/// A public IPv4 address (COST-05).
pub const PUBLIC_ADDRESS_HOUR: Usd = Usd::micro(5_000);
/// A GB from one zone to another: 0.01 USD where it goes out, and as much where it comes in (COST-06).
pub const ZONES_GB: Usd = Usd::micro(20_000);

/// The region whose prices these are.
pub const REGION: &str = "us-east-1";
/// The hours of a month, as AWS's own calculator has them.
pub const MONTH: u64 = 730;
