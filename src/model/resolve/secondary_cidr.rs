//! Secondary CIDRs of VPCs (VPC-09 to VPC-14): which may be added to which, and what stands in the way of one that
//! comes or goes while the lab runs.

use super::{
    super::{
        Name, PeeringConnection, PeeringState,
        diagnostic::{Diagnostics, Spanned},
        draft::{self, Draft, Text},
    },
    Resolver,
};
use ipnet::Ipv4Net;

/// How many CIDRs a VPC has at most, once AWS has raised the quota as far as it goes (VPC-09).
const QUOTA: usize = 50;

/// The private ranges that AWS keeps apart.
const TEN: &str = "10.0.0.0/8";
const TWELVE: &str = "172.16.0.0/12";
const SIXTEEN: &str = "192.168.0.0/16";
const BENCHMARK: &str = "198.19.0.0/16";

/// By the range of a VPC's primary CIDR, the ranges of which no secondary one may be (VPC-11). The last row is of all
/// others: public ranges and 100.64.0.0/10.
const RESTRICTED: [(&str, &[&str]); 5] = [
    (TEN, &[TWELVE, SIXTEEN, BENCHMARK]),
    (TWELVE, &[TEN, SIXTEEN, "172.31.0.0/16", BENCHMARK]),
    (SIXTEEN, &[TEN, TWELVE, BENCHMARK]),
    (BENCHMARK, &[TEN, TWELVE, SIXTEEN]),
    ("0.0.0.0/0", &[TEN, TWELVE, SIXTEEN, BENCHMARK]),
];

impl Resolver<'_> {
    /// The secondary CIDRs of a VPC, as far as they are right.
    pub(super) fn secondary_cidrs(&mut self, vpc: &draft::Vpc, primary: Ipv4Net) -> Vec<Ipv4Net> {
        let mut all = vec![primary];
        for text in &vpc.secondary_cidrs {
            let Some(net) = super::vpc::cidr(text, &mut self.found) else { continue };
            if all.len() == QUOTA {
                let name = &vpc.label.name.value;
                let message = format!("the network `{name}` has met its maximum number of allowed CIDRs: {QUOTA}");
                self.found.push(text.span, format!("{message} (CidrLimitExceeded)"));
                break;
            }
            if may_join(text, net, &all, &mut self.found) {
                all.push(net);
            }
        }
        all.split_off(1)
    }

    /// What lies in none of its VPC's CIDRs (SUB-01). A CIDR that goes leaves no subnets behind (VPC-13).
    pub(super) fn subnet_outside(&mut self, vpc: &Name, net: &Spanned<Ipv4Net>, cidrs: &[String]) {
        let running = self.previous.and_then(|previous| {
            let cidr = previous.vpcs.get(vpc)?.cidr_of(net.value)?;
            previous.subnets.values().find(|subnet| subnet.vpc == *vpc && subnet.cidr == net.value)?;
            Some(cidr)
        });
        if let Some(cidr) = running.filter(|cidr| self.vpcs.get(vpc).is_some_and(|vpc| vpc.cidr != *cidr)) {
            let message =
                format!("the vpc `{vpc}` currently has a subnet within CIDR block `{cidr}`, which this takes away");
            let hint = format!("take the subnet, `{}`, out first, or with it", net.value);
            self.found.push_with_hint(net.span, format!("{message} (InvalidCidrBlock.InUse)"), hint);
            return;
        }
        let message = format!("the CIDR `{}` is invalid (InvalidSubnet.Range)", net.value);
        let hint = format!("it must lie inside the VPC's {}", cidrs.join(" or "));
        self.found.push_with_hint(net.span, message, hint);
    }

    /// While a request to peer waits, who asked gets no further CIDRs (VPC-14). What comes to the one who is asked
    /// may overlap only at the price of the request, which is refused as any whose VPCs overlap.
    pub(super) fn peers_bear_new_cidrs(&mut self, draft: &Draft) {
        let Some(previous) = self.previous else { return };
        for vpc in &draft.vpcs {
            let name = &vpc.label.name.value;
            let (Some(old), Some(new)) = (previous.vpcs.get(name), self.vpcs.get(name)) else { continue };
            let is_pending = |one: &PeeringConnection| one.state == PeeringState::PendingAcceptance;
            let waiting = self.peering_connections.iter().find(|(connection, one)| {
                let before = previous.peering_connections.get(*connection);
                one.requester.vpc == *name && is_pending(one) && before.is_some_and(is_pending)
            });
            let Some((connection, _)) = waiting else { continue };
            let Some(added) = new.secondary_cidrs.iter().find(|cidr| !old.secondary_cidrs.contains(cidr)) else {
                continue;
            };
            let message = format!(
                "`{added}` cannot be added: VPC `{name}` has asked for the peering connection `{connection}`, which is \
                 pending acceptance (OperationNotPermitted)"
            );
            let span = vpc.secondary_cidrs.iter().find(|text| text.value == added.to_string());
            let span = span.map_or(vpc.label.name.span, |text| text.span);
            self.found.push_with_hint(span, message, format!("`vpcns accept {connection}` first, or reject it"));
        }
    }
}

/// Whether a CIDR may join those that a VPC has (VPC-10, VPC-11).
fn may_join(text: &Text, net: Ipv4Net, all: &[Ipv4Net], found: &mut Diagnostics) -> bool {
    if let Some(other) = all.iter().find(|other| other.contains(&net) || net.contains(*other)) {
        let message = format!("the CIDR `{net}` overlaps `{other}`, which the VPC has (InvalidVpc.Range)");
        found.push(text.span, message);
        return false;
    }
    let Some(range) = restricted(net, all) else { return true };
    let message = format!("the CIDR `{net}` is restricted: a VPC with `{}` takes none of `{range}`", all[0]);
    let hint = "use a CIDR of the same private range as the VPC's, a public one, or one of 100.64.0.0/10";
    found.push_with_hint(text.span, format!("{message} (InvalidVpc.Range)"), hint);
    false
}

/// The range for whose sake a CIDR may not join those of a VPC, the primary one first (VPC-11).
fn restricted(net: Ipv4Net, all: &[Ipv4Net]) -> Option<Ipv4Net> {
    let parse = |range: &str| range.parse::<Ipv4Net>().expect("the table has CIDRs");
    let (low, low_pair) = (parse("10.0.0.0/16"), parse("10.0.0.0/15"));
    if low.contains(&net) && all.iter().any(|other| low_pair.contains(other)) {
        return Some(low);
    }
    let (_, ranges) = RESTRICTED.iter().find(|(of, _)| parse(of).contains(&all[0]))?;
    ranges.iter().map(|range| parse(range)).find(|range| range.contains(&net))
}

#[cfg(test)]
mod tests {
    use super::restricted;

    #[test]
    fn secondary_cidrs_keep_to_the_primary_one_s_range_vpc_11() {
        let is_restricted = |net: &str, primary: &str| restricted(net.parse().unwrap(), &[primary.parse().unwrap()]);
        for (net, primary) in [
            ("172.16.0.0/16", "10.5.0.0/16"),
            ("192.168.0.0/24", "10.5.0.0/16"),
            ("198.19.0.0/24", "10.5.0.0/16"),
            ("10.0.128.0/24", "10.1.0.0/16"),
            ("10.0.128.0/24", "10.0.0.0/24"),
            ("172.31.0.0/16", "172.16.0.0/16"),
            ("10.0.0.0/16", "192.168.0.0/16"),
            ("10.0.0.0/16", "198.19.0.0/16"),
            ("10.0.0.0/16", "100.64.0.0/16"),
            ("198.19.0.0/16", "11.0.0.0/16"),
        ] {
            assert!(is_restricted(net, primary).is_some(), "{net} to {primary}");
        }
        for (net, primary) in [
            ("10.6.0.0/16", "10.5.0.0/16"),
            ("10.1.0.0/16", "10.0.0.0/16"),
            ("10.0.0.0/16", "10.2.0.0/16"),
            ("100.64.0.0/16", "10.0.0.0/16"),
            ("20.20.0.0/16", "192.168.0.0/16"),
            ("172.30.0.0/16", "172.16.0.0/16"),
            ("198.19.4.0/24", "198.19.0.0/24"),
            ("21.0.0.0/16", "100.64.0.0/16"),
        ] {
            assert_eq!(is_restricted(net, primary), None, "{net} to {primary}");
        }
    }
}
