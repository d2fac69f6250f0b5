//! What differs between two tables, as the commands of one transaction.
//!
//! The order keeps every reference valid: counters, sets and chains come before the maps and rules that name them, and go after
//! those. A chain that differs is emptied and filled anew; single rules are never looked for.

use crate::{
    apply::Change,
    spec::nft::{Chain, Part, Table},
};
use std::collections::{BTreeMap, BTreeSet};

/// The changes, or none if something is to be redefined that cannot be changed, such as the type of a set.
pub(super) fn changes(found: &Table, wanted: &Table) -> Option<Vec<Change>> {
    if is_redefined(found, wanted) {
        return None;
    }
    let mut changes = Vec::new();
    changes.extend(wanted.counters.difference(&found.counters).cloned().map(Change::AddCounter));
    let gone: Vec<_> = missing(&found.chains, &wanted.chains).cloned().collect();
    changes
        .extend(missing(&wanted.sets, &found.sets).map(|name| Change::AddSet(name.clone(), wanted.sets[name].clone())));
    for name in missing(&wanted.chains, &found.chains) {
        changes.push(Change::AddChain(name.clone(), wanted.chains[name].hook));
    }
    changes
        .extend(missing(&wanted.maps, &found.maps).map(|name| Change::AddMap(name.clone(), wanted.maps[name].clone())));
    set_elements(found, wanted, &mut changes);
    map_elements(found, wanted, &mut changes);
    rules(found, wanted, &mut changes);
    changes.extend(gone.iter().cloned().map(Change::FlushChain));
    changes.extend(missing(&found.maps, &wanted.maps).cloned().map(Change::DeleteMap));
    changes.extend(gone.into_iter().map(Change::DeleteChain));
    changes.extend(missing(&found.sets, &wanted.sets).cloned().map(Change::DeleteSet));
    changes.extend(found.counters.difference(&wanted.counters).cloned().map(Change::DeleteCounter));
    Some(changes)
}

/// The names in one table that are not in the other.
fn missing<'a, T>(here: &'a BTreeMap<String, T>, there: &BTreeMap<String, T>) -> impl Iterator<Item = &'a String> {
    here.keys().filter(|name| !there.contains_key(*name))
}

/// Whether something keeps its name but not what is fixed when it is made.
fn is_redefined(found: &Table, wanted: &Table) -> bool {
    let sets = found
        .sets
        .iter()
        .any(|(name, a)| wanted.sets.get(name).is_some_and(|b| (&a.key, a.interval) != (&b.key, b.interval)));
    let maps = found.maps.iter().any(|(name, a)| {
        wanted.maps.get(name).is_some_and(|b| (&a.key, a.value, a.interval) != (&b.key, b.value, b.interval))
    });
    let chains = found.chains.iter().any(|(name, a)| wanted.chains.get(name).is_some_and(|b| a.hook != b.hook));
    sets || maps || chains
}

fn set_elements(found: &Table, wanted: &Table, changes: &mut Vec<Change>) {
    for (name, set) in &wanted.sets {
        let Some(old) = found.sets.get(name) else { continue };
        let deleted: BTreeSet<_> = old.elements.difference(&set.elements).cloned().collect();
        let added: BTreeSet<_> = set.elements.difference(&old.elements).cloned().collect();
        changes.extend((!deleted.is_empty()).then(|| Change::DeleteKeys(name.clone(), deleted)));
        changes.extend((!added.is_empty()).then(|| Change::AddKeys(name.clone(), added)));
    }
}

fn map_elements(found: &Table, wanted: &Table, changes: &mut Vec<Change>) {
    for (name, map) in &wanted.maps {
        let Some(old) = found.maps.get(name) else { continue };
        let deleted: BTreeSet<_> = keys_not_in(&old.elements, &map.elements).cloned().collect();
        let added: BTreeMap<_, _> =
            keys_not_in(&map.elements, &old.elements).map(|key| (key.clone(), map.elements[key].clone())).collect();
        changes.extend((!deleted.is_empty()).then(|| Change::DeleteKeys(name.clone(), deleted)));
        changes.extend((!added.is_empty()).then(|| Change::AddPairs(name.clone(), added)));
    }
}

/// The keys to which the other map does not give the same value.
fn keys_not_in<'a>(
    here: &'a BTreeMap<Vec<Part>, Part>,
    there: &BTreeMap<Vec<Part>, Part>,
) -> impl Iterator<Item = &'a Vec<Part>> {
    here.iter().filter(|(key, value)| there.get(*key) != Some(value)).map(|(key, _)| key)
}

fn rules(found: &Table, wanted: &Table, changes: &mut Vec<Change>) {
    for (name, Chain { rules, .. }) in &wanted.chains {
        let old = found.chains.get(name).map_or(&[][..], |chain| &chain.rules);
        if old == rules {
            continue;
        }
        changes.extend((!old.is_empty()).then(|| Change::FlushChain(name.clone())));
        changes.extend((!rules.is_empty()).then(|| Change::AddRules(name.clone(), rules.clone())));
    }
}
