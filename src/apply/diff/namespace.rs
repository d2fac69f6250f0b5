//! What is in one namespace beside its links.

use super::nft;
use crate::{
    apply::step::Action,
    spec::{Address, Hop, LinkName, Namespace, Route, nft::Filter},
};
use std::collections::BTreeSet;

/// Settings and the filter. A setting that is no longer wanted stays as it is: what it was before is not known.
pub(super) fn settings(wanted: &Namespace, found: &Namespace, push: &mut impl FnMut(Action)) {
    let differing = wanted.sysctls.iter().filter(|(path, value)| found.sysctls.get(*path) != Some(value));
    // Those of connection tracking are there as soon as a table is that asks for it.
    let (after, before): (Vec<_>, Vec<_>) = differing.partition(|(path, _)| path.starts_with("netfilter/"));
    let set = |(path, value): (&String, &String)| Action::SetSysctl { path: path.clone(), value: value.clone() };
    before.into_iter().map(set).for_each(&mut *push);
    table(&wanted.nft, &found.nft).into_iter().for_each(&mut *push);
    after.into_iter().map(set).for_each(push);
}

/// What makes one filter the other.
pub(super) fn table(wanted: &Filter, found: &Filter) -> Option<Action> {
    match (wanted, found) {
        (Filter::Table(wanted), Filter::Table(found)) if wanted == found => None,
        (Filter::Table(wanted), Filter::Table(found)) => Some(match nft::changes(found, wanted) {
            Some(changes) => Action::ChangeTable { changes, table: wanted.clone() },
            None => Action::LoadTable(wanted.clone()),
        }),
        (Filter::Table(wanted), Filter::None | Filter::Unknown) => Some(Action::LoadTable(wanted.clone())),
        (Filter::None | Filter::Unknown, Filter::Table(_) | Filter::Unknown) => Some(Action::DeleteTable),
        (Filter::None | Filter::Unknown, Filter::None) => None,
    }
}

/// Addresses, routes, rules and files. New before old, so that nothing that stays is interrupted.
pub(super) fn addressing(wanted: &Namespace, found: &Namespace, push: &mut impl FnMut(Action)) {
    let removed: Vec<_> = found.addresses.difference(&wanted.addresses).collect();
    for &address in &removed {
        push(Action::DeleteAddress(address.clone()));
    }
    for address in &wanted.addresses {
        if !found.addresses.contains(address) || removed.iter().any(|removed| is_second(removed, address)) {
            push(Action::AddAddress(address.clone()));
        }
    }
    let bereft: BTreeSet<_> = removed.iter().map(|address| &address.link).collect();
    let mut routes: Vec<_> = wanted.routes.iter().filter(|route| needs_adding(route, found, &bereft)).collect();
    // A gateway must be reachable by another route when its own is added.
    routes.sort_by_key(|route| matches!(route.hop, Hop::Gateway(..)));
    for route in routes {
        push(Action::AddRoute(route.clone()));
    }
    wanted.rules.difference(&found.rules).for_each(|rule| push(Action::AddRule(rule.clone())));
    found.rules.difference(&wanted.rules).for_each(|rule| push(Action::DeleteRule(rule.clone())));
    for route in found.routes.difference(&wanted.routes).filter(|route| !is_replaced(route, wanted, found)) {
        push(Action::DeleteRoute(route.clone()));
    }
    for (name, content) in wanted.files.iter().filter(|(name, content)| found.files.get(*name) != Some(content)) {
        push(Action::WriteFile { name: name.clone(), content: content.clone() });
    }
    for name in found.files.keys().filter(|name| !wanted.files.contains_key(*name)) {
        push(Action::DeleteFile(name.clone()));
    }
}

/// Whether the kernel counts `address` as a secondary of the removed one, and so removes it too.
fn is_second(removed: &Address, address: &Address) -> bool {
    removed.link == address.link && removed.net.trunc() == address.net.trunc()
}

/// Whether a wanted route is missing, or may have gone with its link's last address.
fn needs_adding(route: &Route, found: &Namespace, bereft: &BTreeSet<&LinkName>) -> bool {
    let may_be_gone = match &route.hop {
        Hop::Link(link) | Hop::Gateway(_, link) => bereft.contains(link),
        Hop::Blackhole | Hop::Local => false,
    };
    may_be_gone || !found.routes.contains(route)
}

/// Whether adding another route to the same destination takes the place of this one: there is exactly one such.
fn is_replaced(route: &Route, wanted: &Namespace, found: &Namespace) -> bool {
    let key = |route: &Route| (route.table, route.destination);
    let same = |routes: &BTreeSet<Route>| routes.iter().filter(|other| key(other) == key(route)).count();
    same(&found.routes) == 1 && same(&wanted.routes) > 0
}
