//! What a lab's resources would cost in AWS (section 24 of the rules): an estimate by the prices of us-east-1.
//!
//! In go a topology, the bytes that were counted for its resources, and how long each is there; out comes a line for
//! each resource that has a price, or that AWS gives for nothing where one may expect a price. Pure: who counts, and
//! what time it is, is known elsewhere. What has no price here but one in AWS is named, so that nobody takes the sum
//! for the whole bill.

mod hours;
mod notes;
pub mod price;
mod usd;
mod zones;

pub use hours::begun;
pub use usd::Usd;

use crate::model::{Endpoint, Id, Name, Topology};
use std::collections::BTreeMap;
use zones::Crossing;

/// What was used.
pub struct Usage<'a> {
    /// The bytes that were counted, by the id of an endpoint, NAT gateway or peering connection.
    pub bytes: &'a BTreeMap<Id, u64>,
    /// The hours begun of the resource of an id or ARN.
    pub hours: &'a dyn Fn(&str) -> u64,
}

/// What a lab costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// A line for each charge.
    pub items: Vec<Item>,
    /// What the items do not say.
    pub notes: Vec<String>,
}

/// One charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The resource: `endpoint/customer`.
    pub resource: String,
    /// For what.
    pub charge: &'static str,
    /// The rule that says the price.
    pub rule: &'static str,
    /// For how many, such as an endpoint's interfaces.
    pub count: u64,
    /// The price of an hour of one.
    pub each: Usd,
    /// The hours begun.
    pub hours: u64,
    /// The price of a GB; none if bytes cost nothing.
    pub per_gb: Option<Usd>,
    /// The bytes that were counted; none if nobody counted.
    pub bytes: Option<u64>,
}

impl Item {
    /// The price of an hour of all of it.
    pub fn hourly(&self) -> Usd {
        self.each.times(self.count)
    }

    /// The price of the bytes.
    pub fn processed(&self) -> Usd {
        self.per_gb.unwrap_or_default().of_bytes(self.bytes.unwrap_or_default())
    }

    /// The price of hours and bytes.
    pub fn total(&self) -> Usd {
        self.hourly().times(self.hours) + self.processed()
    }
}

impl Estimate {
    /// The price of an hour without any byte.
    pub fn hourly(&self) -> Usd {
        self.items.iter().map(Item::hourly).sum()
    }

    /// The price of all hours begun, and of all bytes.
    pub fn total(&self) -> Usd {
        self.items.iter().map(Item::total).sum()
    }
}

/// Prices a lab.
pub fn estimate(topology: &Topology, usage: &Usage<'_>) -> Estimate {
    let mut items = endpoints(topology, usage);
    items.extend(gateway_endpoints(topology, usage));
    items.extend(nat_gateways(topology, usage));
    items.extend(load_balancers(topology, usage));
    items.extend(peering_connections(topology, usage));
    items.extend(addresses(topology, usage));
    Estimate { items, notes: notes::notes(topology) }
}

/// By the interface, whatever state the endpoint is in (COST-01).
fn endpoints(topology: &Topology, usage: &Usage<'_>) -> Vec<Item> {
    let item = |(name, endpoint): (&Name, &Endpoint)| Item {
        resource: format!("endpoint/{name}"),
        charge: "interface endpoint",
        rule: "COST-01",
        count: endpoint.interfaces.len() as u64,
        each: price::ENDPOINT_INTERFACE_HOUR,
        hours: (usage.hours)(endpoint.id.as_str()),
        per_gb: Some(price::ENDPOINT_GB),
        bytes: usage.bytes.get(&endpoint.id).copied(),
    };
    topology.endpoints.iter().map(item).collect()
}

/// For nothing (COST-02).
fn gateway_endpoints(topology: &Topology, usage: &Usage<'_>) -> Vec<Item> {
    let free = topology.gateway_endpoints.iter().map(|(name, endpoint)| Item {
        resource: format!("gateway_endpoint/{name}"),
        charge: "gateway endpoint",
        rule: "COST-02",
        count: 1,
        each: Usd::default(),
        hours: (usage.hours)(endpoint.id.as_str()),
        per_gb: None,
        bytes: None,
    });
    free.collect()
}

/// COST-03; what also goes from one zone to another costs that too (COST-06).
fn nat_gateways(topology: &Topology, usage: &Usage<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for (name, gateway) in &topology.nat_gateways {
        let own = Item {
            resource: format!("nat_gateway/{name}"),
            charge: "NAT gateway",
            rule: "COST-03",
            count: 1,
            each: price::NAT_GATEWAY_HOUR,
            hours: (usage.hours)(gateway.id.as_str()),
            per_gb: Some(price::NAT_GATEWAY_GB),
            bytes: usage.bytes.get(&gateway.id).copied(),
        };
        let crosses = zones::of_nat_gateway(topology, name) == Crossing::Always;
        let between =
            Item { charge: BETWEEN_ZONES, rule: "COST-06", count: 0, per_gb: Some(price::ZONES_GB), ..own.clone() };
        items.push(own);
        items.extend(crosses.then_some(between));
    }
    items
}

/// The charge for what goes from one zone to another.
const BETWEEN_ZONES: &str = "between zones";

/// COST-04. An NLCU is a GB in an hour, so a GB costs what an NLCU of an hour does; what is counted is what comes by
/// endpoints, the rest is a note.
fn load_balancers(topology: &Topology, usage: &Usage<'_>) -> Vec<Item> {
    let items = topology.load_balancers.iter().map(|(name, balancer)| {
        let its = topology.endpoints.values().filter(|endpoint| endpoint.load_balancer() == Some(name));
        let counted: Vec<_> = its.filter_map(|endpoint| usage.bytes.get(&endpoint.id)).collect();
        Item {
            resource: format!("load_balancer/{name}"),
            charge: "Network Load Balancer",
            rule: "COST-04",
            count: 1,
            each: price::LOAD_BALANCER_HOUR,
            hours: (usage.hours)(&balancer.arn),
            per_gb: Some(price::NLCU_GB),
            bytes: (!counted.is_empty()).then(|| counted.into_iter().sum()),
        }
    });
    items.collect()
}

/// For nothing; only what goes from one zone to another has a price (COST-06).
fn peering_connections(topology: &Topology, usage: &Usage<'_>) -> Vec<Item> {
    let items = topology.peering_connections.iter().map(|(name, connection)| {
        let crosses = zones::of_peering_connection(topology, name) == Crossing::Always;
        Item {
            resource: format!("peering_connection/{name}"),
            charge: if crosses { BETWEEN_ZONES } else { "peering connection" },
            rule: "COST-06",
            count: 1,
            each: Usd::default(),
            hours: (usage.hours)(connection.id.as_str()),
            per_gb: crosses.then_some(price::ZONES_GB),
            bytes: usage.bytes.get(&connection.id).copied(),
        }
    });
    items.collect()
}

/// Each public address of an interface, elastic or not (COST-05).
fn addresses(topology: &Topology, usage: &Usage<'_>) -> Vec<Item> {
    let items = topology.network_interfaces.values().flat_map(|interface| {
        let public = interface.addresses().filter_map(|(_, public)| public);
        public.map(|address| Item {
            resource: format!("address/{}", address.ip),
            charge: "public IPv4 address",
            rule: "COST-05",
            count: 1,
            each: price::PUBLIC_ADDRESS_HOUR,
            hours: (usage.hours)(address.allocation.as_ref().unwrap_or(&interface.id).as_str()),
            per_gb: None,
            bytes: None,
        })
    });
    items.collect()
}
