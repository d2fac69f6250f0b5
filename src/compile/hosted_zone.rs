//! Zones of DNS servers: hosted zones in the VPCs that they are associated with and in public DNS, and the names that
//! endpoints take over in their VPC, each a zone that nobody sees (DNS-10).

use super::{dns, overview::Overview};
use crate::{
    model::{HostedZone, Name, RecordSets, Topology, dns_name},
    spec::{
        service::ZonedAddress,
        zone::{RecordData, RecordSet, Zone},
    },
};
use std::collections::BTreeMap;

/// Seconds for which names of endpoints may be kept (DNS-21).
const ENDPOINT_TTL: u32 = 60;

/// The names of the servers of a zone that nobody sees.
const AMAZON: [&str; 4] =
    ["ns-1536.awsdns-00.co.uk", "ns-0.awsdns-00.com", "ns-1024.awsdns-00.org", "ns-512.awsdns-00.net"];

/// The zones that a VPC's resolver answers for: none without both DNS attributes (DNS-05), and of other VPCs' none
/// either (DNS-08).
pub(super) fn private(overview: &Overview<'_>, vpc: &Name) -> BTreeMap<String, Zone> {
    let topology = overview.topology;
    let attributes = &topology.vpcs[vpc];
    if !(attributes.enable_dns_support && attributes.enable_dns_hostnames) {
        return BTreeMap::new();
    }
    let own = topology.hosted_zones.values().filter(|zone| zone.vpcs.contains(vpc));
    let mut zones: BTreeMap<_, _> = own.map(|found| (found.domain.clone(), zone(found))).collect();
    for endpoint in overview.endpoints_of(vpc).iter().filter(|endpoint| endpoint.vpc == *vpc) {
        let addresses = dns::interfaces_in_service(topology, endpoint).into_iter().map(|interface| ZonedAddress {
            address: topology.network_interfaces[interface].private_ip,
            zone: Some(topology.zone_id(interface).to_owned()),
        });
        let set = RecordSet { ttl: ENDPOINT_TTL, data: RecordData::A(addresses.collect()) };
        for name in dns_name::endpoint_private(topology, endpoint) {
            let domain = name.strip_prefix("*.").unwrap_or(&name).to_owned();
            let zone = zones.entry(domain).or_insert_with(|| with(AMAZON.map(str::to_owned), RecordSets::new()));
            zone.records.entry(name).or_default().push(set.clone());
        }
    }
    zones
}

/// The zones of public DNS.
pub(super) fn public(topology: &Topology) -> BTreeMap<String, Zone> {
    let public = topology.hosted_zones.values().filter(|zone| !zone.is_private());
    public.map(|found| (found.domain.clone(), zone(found))).collect()
}

fn zone(zone: &HostedZone) -> Zone {
    with(zone.name_servers(), zone.records.clone())
}

/// A zone with these records.
pub(super) fn with(name_servers: impl IntoIterator<Item = String>, records: RecordSets) -> Zone {
    Zone { name_servers: name_servers.into_iter().collect(), records }
}
