//! What resources are lowered into. What AWS makes a resource of its own, and the draft a part of another one
//! (an attachment, an association, a rule, a listener), waits until all resources are read.

use super::{
    iam,
    property::Resource,
    resource::{launch::Launches, vpn_connection},
    scope::Scope,
};
use crate::{
    input::{mapping::REFUSED, tree::Node},
    model::{
        DEFAULT_VPC, Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{
            Attachment, Draft, ElasticIp, KeyPair, Label, Listener, NetworkAcl, NetworkAclEntry, Peer, RecordSet, Ref,
            SecurityGroup, SecurityGroupRule, Target, Text,
        },
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The draft so far.
pub(super) struct Lowering<'a> {
    pub(super) draft: Draft,
    /// What is wrong with the form of properties.
    pub(super) form: Diagnostics,
    /// What is wrong with what they say.
    pub(super) notes: Diagnostics,
    /// Resources that are not in the lab, because they are not mirrored.
    pub(super) left_out: BTreeSet<String>,
    pub(super) scope: &'a Scope,
    /// Logical ids of security groups of the default VPC, by `GroupName`.
    pub(super) group_names: BTreeMap<String, String>,
    pub(super) joined: Joined,
    pub(super) launches: Launches,
}

/// What belongs to other resources, by their names.
#[derive(Default)]
pub(super) struct Joined {
    /// Internet gateways' VPCs.
    pub(super) vpcs: Uses<Ref>,
    /// VPCs' DHCP options.
    pub(super) dhcp_options: Uses<Ref>,
    /// VPCs' further CIDRs.
    pub(super) secondary_cidrs: Uses<Text>,
    /// Virtual private gateways' VPCs.
    pub(super) vpn_gateway_vpcs: Uses<Ref>,
    /// The virtual private gateways that route tables take routes over from.
    pub(super) propagating_vgws: Uses<Ref>,
    /// VPN connections' static routes.
    pub(super) static_routes: Uses<Text>,
    /// Subnets' route tables.
    pub(super) route_tables: Uses<Ref>,
    /// Subnets' network ACLs.
    pub(super) network_acls: Uses<Ref>,
    /// Network ACLs' entries, inbound and outbound.
    pub(super) entries: [Uses<NetworkAclEntry>; 2],
    pub(super) inbound: Uses<SecurityGroupRule>,
    pub(super) outbound: Uses<SecurityGroupRule>,
    /// Elastic IPs' instances.
    pub(super) instances: Uses<(Ref, Option<Text>)>,
    pub(super) listeners: Uses<Listener>,
    /// Elastic IPs' network interfaces.
    pub(super) interfaces: Uses<(Ref, Option<Text>)>,
    /// Instances' further network interfaces.
    pub(super) attachments: Uses<Attachment>,
    /// Target groups' targets.
    pub(super) targets: Uses<Target>,
    /// Endpoint services' consumers.
    pub(super) principals: Uses<Text>,
    /// Buckets' policies.
    pub(super) bucket_policies: Uses<Text>,
    /// Hosted zones' records.
    pub(super) records: Uses<RecordSet>,
    /// The same, by their zones' domains.
    pub(super) records_by_domain: Vec<(Text, RecordSet)>,
    /// Resolver rules' VPCs.
    pub(super) rule_vpcs: Uses<Ref>,
    /// Roles' policies.
    pub(super) iam: iam::Joined,
}

/// What belongs to resources of one kind.
pub(super) struct Uses<T>(BTreeMap<Name, Vec<(Span, T)>>);

impl<T> Default for Uses<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Uses<T> {
    pub(super) fn add(&mut self, of: Ref, what: T) {
        self.0.entry(of.value).or_default().push((of.span, what));
    }

    fn take(&mut self, name: &Name) -> impl Iterator<Item = T> + use<T> {
        self.0.remove(name).into_iter().flatten().map(|(_, what)| what)
    }

    /// The only one; a second one is a mistake.
    fn take_one(&mut self, name: &Name, what: &str, notes: &mut Diagnostics) -> Option<T> {
        let mut all = self.0.remove(name)?.into_iter();
        let first = all.next().map(|(_, what)| what);
        for (span, _) in all {
            notes.push(span, format!("`{name}` has {what} already (Resource.AlreadyAssociated)"));
        }
        first
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn new(scope: &'a Scope, group_names: BTreeMap<String, String>) -> Self {
        Self {
            draft: Draft::default(),
            form: Diagnostics::default(),
            notes: Diagnostics::default(),
            left_out: BTreeSet::new(),
            scope,
            group_names,
            joined: Joined::default(),
            launches: Launches::default(),
        }
    }

    /// Reads and writes a resource.
    pub(super) fn read<R: Resource>(&mut self, node: &Node, name: Ref) {
        let resource = R::decode(node, &mut self.form);
        resource.lower(name, self);
    }

    /// Refuses a whole resource.
    pub(super) fn leave_out(&mut self, name: &Ref, span: Span, message: impl Into<String>) {
        self.notes.push_unmirrored(span, message, REFUSED);
        self.left_out.insert(name.value.to_string());
    }

    /// Puts everything where it belongs. What belongs nowhere was named by a reference that is a mistake, or to a
    /// resource that is one.
    pub(super) fn join(&mut self) {
        let Self { draft, notes, joined, .. } = self;
        let joined = std::mem::take(joined);
        let Joined { mut vpcs, mut route_tables, mut network_acls, entries, inbound, outbound, .. } = joined;
        let Joined { mut vpn_gateway_vpcs, mut propagating_vgws, mut static_routes, .. } = joined;
        let Joined { mut secondary_cidrs, mut dhcp_options, .. } = joined;
        let Joined { records: zone_records, records_by_domain, mut rule_vpcs, .. } = joined;
        let Joined {
            mut instances, mut interfaces, mut attachments, mut listeners, mut targets, mut principals, ..
        } = joined;
        let Joined { mut bucket_policies, .. } = joined;
        joined.iam.join(draft, notes);
        let own = self.launches.finish(notes, &draft.instances);
        draft.network_interfaces.extend(own);
        for vpc in &mut draft.vpcs {
            vpc.dhcp_options = dhcp_options.take_one(&vpc.label.name.value, "DHCP options", notes);
            vpc.secondary_cidrs = secondary_cidrs.take(&vpc.label.name.value).collect();
        }
        for bucket in &mut draft.buckets {
            bucket.policy = bucket_policies.take_one(&bucket.label.name.value, "a policy", notes);
        }
        for gateway in &mut draft.internet_gateways {
            gateway.vpc = vpcs.take_one(&gateway.label.name.value, "a VPC", notes);
        }
        for gateway in &mut draft.vpn_gateways {
            gateway.vpc = vpn_gateway_vpcs.take_one(&gateway.label.name.value, "a VPC", notes);
        }
        for table in &mut draft.route_tables {
            table.propagating_vgws = propagating_vgws.take(&table.label.name.value).collect();
        }
        for connection in &mut draft.vpn_connections {
            connection.static_routes = Some(static_routes.take(&connection.label.name.value).collect());
        }
        vpn_connection::sites(draft);
        for subnet in &mut draft.subnets {
            subnet.route_table = route_tables.take_one(&subnet.label.name.value, "a route table", notes);
            subnet.network_acl = network_acls.take_one(&subnet.label.name.value, "a network ACL", notes);
        }
        for address in &mut draft.elastic_ips {
            associate(address, &mut instances, &mut interfaces, notes);
        }
        for instance in &mut draft.instances {
            instance.attachments.extend(attachments.take(&instance.label.name.value));
        }
        for group in &mut draft.target_groups {
            group.targets.extend(targets.take(&group.label.name.value));
        }
        for balancer in &mut draft.load_balancers {
            balancer.listeners = listeners.take(&balancer.label.name.value).collect();
        }
        for service in &mut draft.endpoint_services {
            service.allowed_principals = principals.take(&service.label.name.value).collect();
        }
        for rule in &mut draft.resolver_rules {
            rule.vpcs = rule_vpcs.take(&rule.label.name.value).collect();
        }
        acl_entries(draft, entries);
        records(draft, notes, zone_records, records_by_domain);
        rules(draft, inbound, outbound);
        key_pairs(draft);
    }
}

/// Gives an elastic IP the instance or the network interface with which another resource associates it.
fn associate(
    address: &mut ElasticIp,
    instances: &mut Uses<(Ref, Option<Text>)>,
    interfaces: &mut Uses<(Ref, Option<Text>)>,
    notes: &mut Diagnostics,
) {
    let name = &address.label.name.value;
    let instance = instances.take_one(name, "an instance", notes);
    let interface = interfaces.take_one(name, "a network interface", notes);
    address.private_ip = instance.iter().chain(&interface).find_map(|(_, private_ip)| private_ip.clone());
    address.instance = address.instance.take().or(instance.map(|(instance, _)| instance));
    address.interface = interface.map(|(interface, _)| interface);
}

/// Has the instances' keys named as the template names their pairs. Of those that it takes for existing ones, the lab
/// has one of its own.
fn key_pairs(draft: &mut Draft) {
    let Draft { instances, key_pairs, .. } = draft;
    for key in instances.iter_mut().filter_map(|instance| instance.key.as_mut()) {
        let is_it = |pair: &&KeyPair| {
            pair.label.name.value == key.value
                || pair.key_name.as_ref().is_some_and(|name| name.value == key.value.as_str())
        };
        match key_pairs.iter().find(is_it) {
            Some(pair) => key.value = pair.label.name.value.clone(),
            None => key_pairs.push(KeyPair {
                label: Label { name: key.clone(), tag: None },
                key_name: None,
                public_key: None,
            }),
        }
    }
}

/// Adds their records to hosted zones.
fn records(draft: &mut Draft, notes: &mut Diagnostics, mut own: Uses<RecordSet>, by_domain: Vec<(Text, RecordSet)>) {
    for (domain, set) in by_domain {
        let bare = |text: &str| text.trim_end_matches('.').to_lowercase();
        let mut zones = draft.hosted_zones.iter().filter(|zone| bare(&zone.domain.value) == bare(&domain.value));
        match (zones.next(), zones.next()) {
            (Some(zone), None) => own.add(zone.label.name.clone(), set),
            (None, _) => {
                let message = format!("the template has no hosted zone `{}` (NoSuchHostedZone)", domain.value);
                notes.push(domain.span, message);
            }
            (Some(_), Some(_)) => {
                let message = format!("the template has several hosted zones `{}`", domain.value);
                notes.push_with_hint(domain.span, message, "name one by its `HostedZoneId`");
            }
        }
    }
    for zone in &mut draft.hosted_zones {
        zone.records = own.take(&zone.label.name.value).collect();
    }
}

/// Adds their entries to network ACLs, and to what AWS gives VPCs' default ones.
fn acl_entries(draft: &mut Draft, [mut inbound, mut outbound]: [Uses<NetworkAclEntry>; 2]) {
    for vpc in vpcs(draft) {
        let name = Name::new(format!("{}/default", vpc.value));
        let first = [&inbound, &outbound].into_iter().find_map(|entries| entries.0.get(&name)?.first());
        let Some(span) = first.map(|(span, _)| *span) else { continue };
        let own = NetworkAclEntry {
            span,
            number: Spanned::new(100, span),
            protocol: Spanned::new("-1".into(), span),
            from_port: None,
            to_port: None,
            cidr: Spanned::new("0.0.0.0/0".into(), span),
            action: Spanned::new("allow".into(), span),
        };
        draft.network_acls.push(NetworkAcl {
            label: Label { name: Spanned::new(name, span), tag: None },
            vpc,
            inbound: Some(vec![own.clone()]),
            outbound: Some(vec![own]),
        });
    }
    for acl in &mut draft.network_acls {
        let name = &acl.label.name.value;
        acl.inbound.get_or_insert_default().extend(inbound.take(name));
        acl.outbound.get_or_insert_default().extend(outbound.take(name));
    }
}

/// Adds the rules that are resources of their own to what their groups say, or to what AWS gives a group.
fn rules(draft: &mut Draft, mut inbound: Uses<SecurityGroupRule>, mut outbound: Uses<SecurityGroupRule>) {
    // A VPC's default group is in the draft only if something is said of it.
    for label in vpcs(draft) {
        let group = Name::new(format!("{}/default", label.value));
        let Some((span, _)) = inbound.0.get(&group).and_then(|rules| rules.first()).map(|(span, rule)| (*span, rule))
        else {
            continue;
        };
        let own = rule(span, Peer::Group(group.clone()));
        draft.security_groups.push(SecurityGroup {
            label: Label { name: Spanned::new(group, span), tag: None },
            group_name: None,
            description: None,
            vpc: label,
            inbound: Some(vec![own]),
            outbound: None,
        });
    }
    for group in &mut draft.security_groups {
        let name = &group.label.name;
        let more: Vec<_> = inbound.take(&name.value).collect();
        if !more.is_empty() {
            group.inbound.get_or_insert_default().extend(more);
        }
        let more: Vec<_> = outbound.take(&name.value).collect();
        if !more.is_empty() {
            // A group that says nothing of its outbound rules keeps the one that AWS gives it (SG-02).
            let everywhere = || vec![rule(name.span, Peer::Cidr("0.0.0.0/0".into()))];
            group.outbound.get_or_insert_with(everywhere).extend(more);
        }
    }
}

/// The template's VPCs, and the account's default one.
fn vpcs(draft: &Draft) -> Vec<Ref> {
    let own = draft.vpcs.iter().map(|vpc| vpc.label.name.clone());
    own.chain([Spanned::new(Name::new(DEFAULT_VPC), Span::default())]).collect()
}

/// A rule for all traffic.
fn rule(span: Span, peer: Peer) -> SecurityGroupRule {
    SecurityGroupRule {
        span,
        protocol: Spanned::new("-1".into(), span),
        from_port: None,
        to_port: None,
        peer: Spanned::new(peer, span),
        description: None,
    }
}
