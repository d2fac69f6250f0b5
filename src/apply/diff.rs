//! What must be done to make the observed the desired: the only place that decides.
//!
//! Two passes. First, what cannot stay: namespaces that are not wanted, links whose other end or Ethernet address is
//! another one. With these, the kernel takes away addresses and routes, so they are taken out of what was observed.
//! Then, what is missing or differs in what remains.

mod links;
mod namespace;
mod nft;
mod remaining;

use super::{
    Plan,
    step::{Action, Step},
};
use crate::spec::{Namespace, NetnsName, Spec, nft::Filter};
use remaining::Remaining;
use std::{borrow::Cow, collections::BTreeMap};

/// The plan that makes `observed` into `desired`.
pub fn diff(desired: &Spec, observed: &Spec) -> Plan {
    let Remaining { namespaces: remaining, mut steps } = Remaining::new(&desired.namespaces, &observed.namespaces);
    let nothing = Namespace::default();
    let pairs = desired.namespaces.iter().map(|(name, wanted)| (name, wanted, remaining.get(name).map(Cow::as_ref)));
    let differing: Vec<_> = pairs.filter(|(_, wanted, found)| *found != Some(*wanted)).collect();
    for &(name, wanted, found) in &differing {
        let mut push = |action| steps.push(Step { namespace: name.clone(), action });
        if found.is_none() {
            push(Action::AddNamespace);
        }
        namespace::settings(wanted, found.unwrap_or(&nothing), &mut push);
    }
    links::add(&desired.namespaces, &remaining, &mut steps);
    for (name, wanted, found) in differing {
        let found = found.unwrap_or(&nothing);
        let mut push = |action| steps.push(Step { namespace: name.clone(), action });
        links::set(name, &desired.namespaces, found, &mut push);
        namespace::addressing(wanted, found, &mut push);
    }
    Plan::new(steps)
}

/// The plan that gives those namespaces of which `observed` knows the tables that `desired` says.
pub fn diff_tables(desired: &BTreeMap<NetnsName, Namespace>, observed: &BTreeMap<NetnsName, Filter>) -> Plan {
    let step = |(name, found): (&NetnsName, &Filter)| {
        let action = namespace::table(&desired.get(name)?.nft, found)?;
        Some(Step { namespace: name.clone(), action })
    };
    Plan::new(observed.iter().filter_map(step).collect())
}

#[cfg(test)]
mod tests;
