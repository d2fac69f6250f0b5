//! The steps of one stage in one namespace: one `match`, an arm a step.

use super::{
    batch::{Batch, failed},
    fault,
};
use crate::{
    apply::{Action, Change, Error, Step},
    spec::nft::Table,
    sys::{
        etc,
        netlink::{address, link, route, rule},
        netns::{self, Netns, Traveller},
        nft::{self, Transaction},
        state::Loaded,
        sysctl,
    },
};
use sha2::{Digest, Sha256};
use std::{fmt::Write, io};

/// Does these steps, all in the same namespace, and returns how its table was left if one of them changed it.
pub(super) fn visit(traveller: &mut Traveller, steps: &[Step]) -> Result<Option<Loaded>, Error> {
    let (mut loaded, mut batch) = (None, Batch::new());
    if !matches!(steps[0].action, Action::AddNamespace | Action::DeleteNamespace) {
        let mut enter = || traveller.enter(&Netns::open(&steps[0].namespace)?);
        enter().map_err(failed(&steps[0]))?;
    }
    for step in steps {
        fault::step();
        match &step.action {
            Action::AddNamespace => add_namespace(traveller, step).map_err(failed(step))?,
            Action::DeleteNamespace => delete_namespace(step).map_err(failed(step))?,
            Action::SetSysctl { path, value } => sysctl::write(path, value).map_err(failed(step))?,
            Action::LoadTable(table) => loaded = Some(load(table).map_err(refused(step))?),
            Action::ChangeTable { changes, table } => loaded = Some(change(changes, table).map_err(refused(step))?),
            Action::DeleteTable => delete_table().map_err(refused(step))?,
            Action::AddVeth { near, far_namespace, far } => {
                let netns = Netns::open(far_namespace).map_err(failed(step))?;
                batch.add_veth(
                    step,
                    [near, far].map(|end| link::End { name: &end.link, mac: end.mac, mtu: end.mtu }),
                    netns,
                )?;
            }
            Action::SetLink { link, mtu } => batch.push(step, link::set(link, *mtu))?,
            Action::SetProxyArp { link, on } => {
                batch.send()?;
                sysctl::set_proxy_arp(link, *on).map_err(failed(step))?;
            }
            Action::DeleteLink(link) => batch.push(step, link::delete(link))?,
            Action::DeleteAddress(address) => {
                let index = batch.index(step, &address.link)?;
                batch.push(step, address::delete(address.net, index))?;
            }
            Action::AddAddress(address) => {
                let index = batch.index(step, &address.link)?;
                batch.push(step, address::add(address.net, index))?;
            }
            Action::AddRoute(route) => {
                let request = route::add(route, batch.links(step)?);
                batch.push_if_some(step, request)?;
            }
            Action::DeleteRoute(route) => {
                let request = route::delete(route, batch.links(step)?);
                batch.push_if_some(step, request)?;
            }
            Action::AddRule(rule) => batch.push(step, rule::add(rule))?,
            Action::DeleteRule(rule) => batch.push(step, rule::delete(rule))?,
            Action::WriteFile { name, content } => {
                etc::write(&step.namespace, name, content).map_err(failed(step))?;
            }
            Action::DeleteFile(name) => etc::delete(&step.namespace, name).map_err(failed(step))?,
        }
    }
    batch.send()?;
    Ok(loaded)
}

/// The mark by which a table is known again.
pub(in crate::apply) fn hash(table: &Table) -> String {
    let digest = Sha256::digest(table.to_string());
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

fn add_namespace(traveller: &mut Traveller, step: &Step) -> io::Result<()> {
    // The name may be taken by what was left of it when this program was killed.
    if netns::is_there(&step.namespace) && Netns::open(&step.namespace).is_err() {
        netns::delete(&step.namespace)?;
    }
    traveller.create(&step.namespace).map(drop)
}

fn delete_namespace(step: &Step) -> io::Result<()> {
    let (files, netns) = (etc::delete_all(&step.namespace), netns::delete(&step.namespace));
    files.and(netns)
}

fn load(table: &Table) -> Result<Loaded, nft::Error> {
    let mut transaction = Transaction::new();
    if nft::has_table().map_err(nft::Error::Generation)? {
        transaction.replace_table(table);
    } else {
        transaction.add_table(table);
    }
    Ok(Loaded { generation: transaction.commit()?, hash: hash(table) })
}

fn change(changes: &[Change], table: &Table) -> Result<Loaded, nft::Error> {
    let mut transaction = Transaction::new();
    for change in changes {
        match change {
            Change::AddCounter(name) => transaction.add_counter(name),
            Change::AddSet(name, set) => transaction.add_set(name, set),
            Change::AddChain(name, hook) => transaction.add_chain(name, hook.as_ref()),
            Change::AddMap(name, map) => transaction.add_map(name, map),
            Change::DeleteKeys(name, keys) => transaction.delete_keys(name, keys),
            Change::AddKeys(name, keys) => transaction.add_keys(name, keys),
            Change::AddPairs(name, pairs) => transaction.add_pairs(name, pairs),
            Change::FlushChain(name) => transaction.flush_chain(name),
            Change::AddRules(name, rules) => transaction.add_rules(name, rules),
            Change::DeleteMap(name) => transaction.delete_map(name),
            Change::DeleteChain(name) => transaction.delete_chain(name),
            Change::DeleteSet(name) => transaction.delete_set(name),
            Change::DeleteCounter(name) => transaction.delete_counter(name),
        }
    }
    Ok(Loaded { generation: transaction.commit()?, hash: hash(table) })
}

fn delete_table() -> Result<(), nft::Error> {
    let mut transaction = Transaction::new();
    transaction.delete_table();
    transaction.commit().map(drop)
}

fn refused(step: &Step) -> impl FnOnce(nft::Error) -> Error {
    |source| Error::Nft { step: step.summary(), source }
}
