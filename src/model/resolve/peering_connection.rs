//! VPC peering connections (PCX-01 to PCX-04, PCX-09, PCX-10).

use super::{
    super::{
        Id, Name, PeeringConnection, PeeringSide, PeeringState, RouteTarget, Vpc,
        diagnostic::{Span, Spanned},
        draft::{self, Draft},
    },
    Resolver, tag,
};
use ipnet::Ipv4Net;
use std::collections::BTreeMap;

/// How many active peering connections a VPC has at most, once AWS has raised the quota as far as it goes (PCX-10).
const QUOTA: usize = 125;

impl Resolver<'_> {
    pub(super) fn peering_connections(&mut self, draft: &Draft) {
        for connection in &draft.peering_connections {
            let resolved = self.peering_connection(connection);
            self.peering_connections.insert(&connection.label.name, resolved, &mut self.found);
        }
        self.peering_quota(draft);
    }

    fn peering_connection(&mut self, connection: &draft::PeeringConnection) -> Option<PeeringConnection> {
        let label = &connection.label.name;
        let requester = self.vpcs.find(&connection.requester.vpc, &mut self.found).cloned();
        let accepter = self.vpcs.find(&connection.accepter.vpc, &mut self.found).cloned();
        let (requester, accepter) = (requester?, accepter?);
        let vpcs = [&connection.requester.vpc.value, &connection.accepter.vpc.value];
        self.may_peer(&connection.accepter.vpc, vpcs, [&requester, &accepter]).then_some(())?;
        let declared =
            if connection.accepted == Some(true) { PeeringState::Active } else { PeeringState::PendingAcceptance };
        let state = self.decided_of_peering(&label.value, vpcs, declared);
        for side in [&connection.requester, &connection.accepter] {
            self.dns_option(side, &label.value, state, [&requester, &accepter]);
        }
        let side = |side: &draft::PeeringSide| PeeringSide {
            vpc: side.vpc.value.clone(),
            allow_dns_resolution_from_remote_vpc: allows(side).is_some(),
        };
        Some(PeeringConnection {
            id: Id::derive(self.lab, "pcx", label.value.as_str()),
            tag: tag(&connection.label),
            requester: side(&connection.requester),
            accepter: side(&connection.accepter),
            state,
            declared,
        })
    }

    /// Whether AWS would let these two peer (PCX-02, PCX-03).
    fn may_peer(&mut self, at: &Spanned<Name>, [name, other]: [&Name; 2], [requester, accepter]: [&Vpc; 2]) -> bool {
        let (message, hint) = if name == other {
            (format!("VPC `{name}` cannot peer with itself (InvalidParameterValue)"), None)
        } else if let Some((own, far)) = overlap(requester, accepter) {
            let message = "the request goes to `failed`: incorrect VPC-ID, Account ID, or overlapping CIDR range";
            let hint = format!("`{name}` has {own}, `{other}` {far}");
            (message.to_owned(), Some(format!("{hint}; PrivateLink joins VPCs whose CIDRs overlap")))
        } else if let Some((taken, _)) =
            self.peering_connections.iter().find(|(_, one)| one.sides(name).is_some_and(|(_, far)| far.vpc == *other))
        {
            let message = format!("VPC `{name}` and VPC `{other}` peer already (VpcPeeringConnectionAlreadyExists)");
            (message, Some(format!("it is `{taken}`")))
        } else {
            return true;
        };
        match hint {
            Some(hint) => self.found.push_with_hint(at.span, message, hint),
            None => self.found.push(at.span, message),
        }
        false
    }

    /// Options belong to active connections of VPCs that give names and resolve them (PCX-09).
    fn dns_option(&mut self, side: &draft::PeeringSide, name: &Name, state: PeeringState, vpcs: [&Vpc; 2]) {
        let Some(span) = allows(side) else { return };
        if state != PeeringState::Active {
            let message = format!(
                "peering `{name}` is not active: options can be added only to active peerings (OperationNotPermitted)"
            );
            self.found.push_with_hint(span, message, "write `accepted: true`, or add the option after `vpcns accept`");
        } else if let Some(vpc) = vpcs.iter().find(|vpc| !vpc.enable_dns_hostnames || !vpc.enable_dns_support) {
            let code = "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled";
            let message = "DNS hostname support must be enabled for both VPCs of the peering";
            let hint = format!("`{}` needs `enable_dns_support` and `enable_dns_hostnames`", vpc.tag);
            self.found.push_with_hint(span, format!("{message} ({code})"), hint);
        }
    }

    fn peering_quota(&mut self, draft: &Draft) {
        let mut active: BTreeMap<&Name, usize> = BTreeMap::new();
        for connection in &draft.peering_connections {
            let resolved = self.peering_connections.get(&connection.label.name.value);
            if !resolved.is_some_and(PeeringConnection::is_active) {
                continue;
            }
            for vpc in [&connection.requester.vpc, &connection.accepter.vpc] {
                let count = active.entry(&vpc.value).or_default();
                *count += 1;
                if *count == QUOTA + 1 {
                    let message = format!("VPC `{}` has more than {QUOTA} active peering connections", vpc.value);
                    let code = "ActiveVpcPeeringConnectionPerVpcLimitExceeded";
                    self.found.push(vpc.span, format!("{message} ({code})"));
                }
            }
        }
    }

    /// What `accept` or `reject` decided in the running lab, as long as the file says the same as then.
    fn decided_of_peering(&self, name: &Name, vpcs: [&Name; 2], declared: PeeringState) -> PeeringState {
        let running = self.previous.and_then(|previous| previous.peering_connections.get(name));
        let is_same = |running: &&PeeringConnection| {
            running.declared == declared && [&running.requester.vpc, &running.accepter.vpc] == vpcs
        };
        running.filter(is_same).map_or(declared, |running| running.state)
    }

    /// Whether an active peering connection joins two VPCs: only then may a rule name the other's groups (SG-12).
    pub(super) fn are_peers(&self, vpc: &Name, other: &Name) -> bool {
        let joins = |one: &PeeringConnection| one.sides(vpc).is_some_and(|(_, far)| far.vpc == *other);
        self.peering_connections.iter().any(|(_, one)| one.is_active() && joins(one))
    }

    /// A connection of the route table's VPC as a target (PCX-04); one that is not active is a black hole.
    pub(super) fn peering_target(&mut self, vpc: &Name, table: &Name, connection: &draft::Ref) -> Option<RouteTarget> {
        let found = self.peering_connections.find(connection, &mut self.found)?;
        if found.sides(vpc).is_none() {
            let message = format!(
                "route table `{table}` and peering connection `{}` belong to different networks (InvalidParameterValue)",
                connection.value
            );
            let hint = format!("it joins `{}` and `{}`", found.requester.vpc, found.accepter.vpc);
            self.found.push_with_hint(connection.span, message, hint);
            return None;
        }
        Some(RouteTarget::PeeringConnection(connection.value.clone()))
    }

    /// The only connection of a VPC.
    pub(super) fn only_peering(&mut self, vpc: &Name, span: Span) -> Option<RouteTarget> {
        let own = self.peering_connections.iter().filter(|(_, one)| one.sides(vpc).is_some());
        let own: Vec<Name> = own.map(|(name, _)| name.clone()).collect();
        match own.as_slice() {
            [only] => return Some(RouteTarget::PeeringConnection(only.clone())),
            [] => {
                let message = format!("VPC `{vpc}` has no peering connection (InvalidVpcPeeringConnectionID.NotFound)");
                self.found.push(span, message);
            }
            several => {
                let names: Vec<_> = several.iter().map(|name| format!("`peering_connection/{name}`")).collect();
                let message = format!("VPC `{vpc}` has several peering connections");
                self.found.push_with_hint(span, message, super::text::one_of(&names));
            }
        }
        None
    }
}

/// The first CIDRs of two VPCs that overlap: of any two of them (PCX-02).
pub(super) fn overlap(vpc: &Vpc, other: &Vpc) -> Option<(Ipv4Net, Ipv4Net)> {
    let pairs = vpc.cidrs().flat_map(|own| other.cidrs().map(move |far| (own, far)));
    pairs.into_iter().find(|(own, far)| own.contains(far) || far.contains(own))
}

/// Where a side says that it allows resolution.
fn allows(side: &draft::PeeringSide) -> Option<Span> {
    let allow = side.allow_dns_resolution_from_remote_vpc.as_ref();
    allow.filter(|allow| allow.value).map(|allow| allow.span)
}
