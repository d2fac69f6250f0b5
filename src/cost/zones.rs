//! Whether what a resource carries goes from one zone to another (COST-06): told by where those are who can use it,
//! and only where that leaves no doubt.

use crate::model::{Name, RouteTarget, Topology};
use std::collections::BTreeSet;

/// Whether bytes go from one zone to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crossing {
    /// All do.
    Always,
    /// None does.
    Never,
    /// Some may; which, no counter tells.
    Unknown,
}

/// Between a NAT gateway and those whose route tables lead to it.
pub(super) fn of_nat_gateway(topology: &Topology, name: &Name) -> Crossing {
    let gateway = &topology.nat_gateways[name];
    let own = BTreeSet::from([topology.subnets[&gateway.subnet].az_id.as_str()]);
    crossing(&own, &senders(topology, &gateway.vpc, &RouteTarget::NatGateway(name.clone())))
}

/// Between the two sides of a peering connection.
pub(super) fn of_peering_connection(topology: &Topology, name: &Name) -> Crossing {
    let connection = &topology.peering_connections[name];
    let sides = [&connection.requester.vpc, &connection.accepter.vpc];
    let [one, other] = sides.map(|vpc| topology.region_of(vpc));
    if one != other || !connection.is_active() {
        return Crossing::Never; // between regions other prices hold
    }
    let target = RouteTarget::PeeringConnection(name.clone());
    let [one, other] = sides.map(|vpc| senders(topology, vpc, &target));
    crossing(&one, &other)
}

/// The ids of the zones of a VPC in which there are interfaces whose route tables lead to a target.
fn senders<'a>(topology: &'a Topology, vpc: &Name, target: &RouteTarget) -> BTreeSet<&'a str> {
    let subnets = topology.interfaces_of(vpc).map(|(_, interface)| &topology.subnets[&interface.subnet]);
    let leads = |table: &Name| topology.static_routes(table).iter().any(|route| route.target == *target);
    subnets.filter(|subnet| leads(&subnet.route_table)).map(|subnet| subnet.az_id.as_str()).collect()
}

/// Nobody at one of the ends sends nothing.
fn crossing(one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> Crossing {
    if one.is_empty() || other.is_empty() || (one == other && one.len() == 1) {
        Crossing::Never
    } else if one.is_disjoint(other) {
        Crossing::Always
    } else {
        Crossing::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::{Crossing, crossing};
    use std::collections::BTreeSet;

    #[test]
    fn only_what_is_certain_is_said() {
        let rows: [(&[&str], &[&str], Crossing); 6] = [
            (&["az1"], &["az1"], Crossing::Never),
            (&["az1"], &["az2"], Crossing::Always),
            (&["az1"], &["az2", "az3"], Crossing::Always),
            (&["az1"], &["az1", "az2"], Crossing::Unknown),
            (&["az1", "az2"], &["az1", "az2"], Crossing::Unknown),
            (&["az1"], &[], Crossing::Never),
        ];
        for (one, other, expected) in rows {
            let set = |zones: &[&'static str]| zones.iter().copied().collect::<BTreeSet<_>>();
            assert_eq!(crossing(&set(one), &set(other)), expected, "{one:?} {other:?}");
            assert_eq!(crossing(&set(other), &set(one)), expected, "{other:?} {one:?}");
        }
    }
}
