//! The kernel in memory, as far as plans need it: what each step does, and what goes with it unasked.

use crate::{
    apply::{Action, Change, Plan, Step, step::End},
    spec::{
        Address, Hop, Link, LinkKind, LinkName, Namespace, NetnsName, Route, Spec,
        nft::{Chain, Filter, Part, Statement, Table},
    },
};
use std::collections::BTreeSet;

/// Carries a plan out in memory. Panics where the kernel would refuse.
pub(super) fn apply_to(plan: &Plan, machine: &mut Spec) {
    for Step { namespace: name, action } in &plan.steps {
        match action {
            Action::DeleteNamespace => assert!(machine.namespaces.remove(name).is_some()),
            Action::AddNamespace => add_namespace(machine, name),
            Action::DeleteLink(link) => delete_link(machine, name, link),
            Action::AddVeth { near, far_namespace, far } => {
                add_end(machine, (name, near), (far_namespace, far), near.mtu);
                add_end(machine, (far_namespace, far), (name, near), 0);
            }
            action => inside(action, machine.namespaces.get_mut(name).expect("there is such a namespace")),
        }
    }
}

fn inside(action: &Action, inside: &mut Namespace) {
    match action {
        Action::SetSysctl { path, value } => drop(inside.sysctls.insert(path.clone(), value.clone())),
        Action::LoadTable(table) => inside.nft = Filter::Table(table.clone()),
        Action::ChangeTable { changes, table } => {
            let Filter::Table(old) = &mut inside.nft else { panic!("only a known table is changed") };
            for change in changes {
                apply_change(change, old);
            }
            assert_eq!(old, table, "the changes do not make the table");
        }
        Action::DeleteTable => inside.nft = Filter::None,
        Action::SetLink { link, mtu } => inside.links.get_mut(link).expect("there is such a link").mtu = *mtu,
        Action::SetProxyArp { link, on } => {
            let LinkKind::Veth { proxy_arp, .. } = &mut inside.links.get_mut(link).unwrap().kind else { panic!("lo") };
            *proxy_arp = *on;
        }
        Action::DeleteAddress(address) => delete_address(inside, address),
        Action::AddAddress(address) => {
            assert!(inside.links.contains_key(&address.link));
            inside.addresses.insert(address.clone());
        }
        Action::AddRoute(route) => add_route(inside, route),
        Action::DeleteRoute(route) => drop(inside.routes.remove(route)),
        Action::AddRule(rule) => assert!(inside.rules.insert(rule.clone())),
        Action::DeleteRule(rule) => assert!(inside.rules.remove(rule)),
        Action::WriteFile { name, content } => drop(inside.files.insert(name.clone(), content.clone())),
        Action::DeleteFile(name) => assert!(inside.files.remove(name).is_some()),
        Action::DeleteNamespace | Action::AddNamespace | Action::DeleteLink(_) | Action::AddVeth { .. } => {
            unreachable!("these concern more than one namespace")
        }
    }
}

fn add_namespace(machine: &mut Spec, name: &NetnsName) {
    let mut namespace = Namespace::default();
    namespace.links.insert(LinkName::lo(), Link { kind: LinkKind::Loopback, mtu: 0 });
    assert!(machine.namespaces.insert(name.clone(), namespace).is_none());
}

fn add_end(machine: &mut Spec, this: (&NetnsName, &End), other: (&NetnsName, &End), mtu: u32) {
    let (peer_namespace, peer) = (other.0.clone(), other.1.link.clone());
    let kind = LinkKind::Veth { mac: this.1.mac, peer_namespace, peer, proxy_arp: false };
    let namespace = machine.namespaces.get_mut(this.0).expect("there is such a namespace");
    assert!(namespace.links.insert(this.1.link.clone(), Link { kind, mtu }).is_none());
}

/// A link goes with its other end, and with each its addresses and routes.
fn delete_link(machine: &mut Spec, name: &NetnsName, link: &LinkName) {
    let Some(gone) = machine.namespaces.get_mut(name).and_then(|inside| inside.links.remove(link)) else { return };
    let inside = machine.namespaces.get_mut(name).unwrap();
    inside.addresses.retain(|address| address.link != *link);
    inside.routes.retain(|route| !is_over(route, link));
    if let LinkKind::Veth { peer_namespace, peer, .. } = gone.kind {
        delete_link(machine, &peer_namespace, &peer);
    }
}

/// With an address go its secondaries, and with the last one of a link all routes over it.
fn delete_address(inside: &mut Namespace, gone: &Address) {
    let (link, subnet) = (&gone.link, gone.net.trunc());
    inside.addresses.retain(|address| address.link != *link || address.net.trunc() != subnet);
    if inside.addresses.iter().all(|address| address.link != *link) {
        inside.routes.retain(|route| !is_over(route, link));
    }
}

fn add_route(inside: &mut Namespace, route: &Route) {
    if let Hop::Link(link) | Hop::Gateway(_, link) = &route.hop {
        assert!(inside.links[link].mtu > 0, "a route needs a link that is up");
    }
    let same = |other: &&Route| (other.table, other.destination) == (route.table, route.destination);
    let replaced: BTreeSet<_> = inside.routes.iter().filter(same).cloned().collect();
    if let (1, Some(replaced)) = (replaced.len(), replaced.first()) {
        inside.routes.remove(replaced);
    }
    inside.routes.insert(route.clone());
}

fn is_over(route: &Route, over: &LinkName) -> bool {
    matches!(&route.hop, Hop::Link(link) | Hop::Gateway(_, link) if link == over)
}

fn apply_change(change: &Change, table: &mut Table) {
    match change {
        Change::AddCounter(name) => assert!(table.counters.insert(name.clone())),
        Change::DeleteCounter(name) => {
            assert!(table.counters.remove(name));
            let statements = table.chains.values().flat_map(|chain| &chain.rules).flat_map(|rule| &rule.statements);
            assert!(!statements.into_iter().any(|statement| *statement == Statement::Count(name.clone())));
        }
        Change::AddSet(name, set) => assert!(table.sets.insert(name.clone(), set.clone()).is_none()),
        Change::AddChain(name, hook) => {
            assert!(table.chains.insert(name.clone(), Chain { hook: *hook, rules: vec![] }).is_none());
        }
        Change::AddMap(name, map) => {
            map.elements.values().for_each(|value| assert_leads_somewhere(value, table));
            assert!(table.maps.insert(name.clone(), map.clone()).is_none());
        }
        Change::DeleteKeys(name, keys) => {
            for key in keys {
                let in_set = table.sets.get_mut(name).is_some_and(|set| set.elements.remove(key));
                assert!(in_set || table.maps.get_mut(name).is_some_and(|map| map.elements.remove(key).is_some()));
            }
        }
        Change::AddKeys(name, keys) => table.sets.get_mut(name).unwrap().elements.extend(keys.clone()),
        Change::AddPairs(name, pairs) => {
            for value in pairs.values() {
                assert_leads_somewhere(value, table);
            }
            let elements = &mut table.maps.get_mut(name).unwrap().elements;
            for (key, value) in pairs {
                assert!(elements.insert(key.clone(), value.clone()).is_none());
            }
        }
        Change::FlushChain(name) => table.chains.get_mut(name).unwrap().rules.clear(),
        Change::AddRules(name, rules) => table.chains.get_mut(name).unwrap().rules.extend(rules.clone()),
        Change::DeleteMap(name) => assert!(table.maps.remove(name).is_some()),
        Change::DeleteChain(name) => {
            let chain = table.chains.remove(name).expect("there is such a chain");
            assert!(chain.rules.is_empty());
            table
                .maps
                .values()
                .flat_map(|map| map.elements.values())
                .for_each(|value| assert_leads_somewhere(value, table));
        }
        Change::DeleteSet(name) => assert!(table.sets.remove(name).is_some()),
    }
}

/// A verdict must not name a chain that is not there.
fn assert_leads_somewhere(value: &Part, table: &Table) {
    use crate::spec::nft::Verdict;
    if let Part::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain)) = value {
        assert!(table.chains.contains_key(chain), "there is no chain {chain}");
    }
}
