//! What of the lab is there: the namespaces of its journal, read from the kernel into the type that `compile` writes.
//!
//! Links that are no veth (an instance may make its own), and routes over them, are not ours and not seen. A link that
//! is down shows an MTU of 0, one whose other end is nowhere in the lab a peer that cannot be. A name without a
//! namespace (its maker was killed) shows as a namespace without even `lo`. A table is the expected one if the kernel
//! counts no change since it was loaded.

mod peers;

use super::{Error, execute};
use crate::{
    spec::{Link, LinkKind, LinkName, Namespace, NetnsName, Spec, nft::Filter},
    sys::{
        etc,
        limits::OpenFiles,
        netlink::{
            Netlink,
            link::{Found, Kind},
        },
        netns::{self, Netns, Traveller, spread},
        nft,
        state::{Lab, Loaded},
        sysctl,
    },
};
use peers::Peers;
use std::{collections::BTreeMap, io};

/// Reads the lab's part of the machine. `expected` is what is believed to be there: it says which sysctls to read, and
/// which table one that was not touched is.
pub fn observe(lab: &Lab, expected: &Spec) -> Result<Spec, Error> {
    let _files = OpenFiles::raise();
    let is_there = |name: &NetnsName| netns::is_there(name) || etc::is_there(name);
    let names: Vec<_> = lab.journal()?.into_iter().filter(is_there).collect();
    let loaded = lab.loaded();
    let nothing = Namespace::default();
    let seen = spread(&names, |traveller, name| {
        let expected = expected.namespaces.get(name).unwrap_or(&nothing);
        look(traveller, name, expected, loaded.get(name))
    });
    let seen = seen.map_err(Error::Thread)?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (mut namespaces, mut links) = (BTreeMap::new(), BTreeMap::new());
    for (name, (namespace, found)) in names.into_iter().zip(seen) {
        namespaces.insert(name.clone(), namespace);
        links.insert(name, found);
    }
    let peers = Peers::find(&links)?;
    for (name, namespace) in &mut namespaces {
        for found in &links[name] {
            if let Some(link) = link(name, found, &peers) {
                namespace.links.insert(found.name.clone(), link);
            }
        }
    }
    Ok(Spec { namespaces })
}

/// Of that, only the tables of some namespaces, which are those of `expected` that are there.
pub fn observe_tables(
    lab: &Lab,
    expected: &BTreeMap<NetnsName, Namespace>,
) -> Result<BTreeMap<NetnsName, Filter>, Error> {
    let own = lab.journal()?;
    let names: Vec<_> = expected.keys().filter(|name| own.contains(*name)).collect();
    let loaded = lab.loaded();
    let seen = spread(&names, |traveller, name| {
        let failed = |what| move |source| Error::Observe { what, namespace: (*name).clone(), source };
        let Some(netns) = open(name)? else { return Ok(None) };
        traveller.enter(&netns).map_err(failed("the inside"))?;
        let filter = filter(&expected[*name], loaded.get(*name)).map_err(failed("nftables"))?;
        Ok(Some(((*name).clone(), filter)))
    });
    seen.map_err(Error::Thread)?.into_iter().filter_map(Result::transpose).collect()
}

/// A namespace, if there is one of this name.
fn open(name: &NetnsName) -> Result<Option<Netns>, Error> {
    match Netns::open(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Observe { what: "the file", namespace: name.clone(), source }),
        Ok(netns) => Ok(Some(netns)),
    }
}

/// Reads one namespace; its links come apart, because what they lead to is known only after all were read.
fn look(
    traveller: &mut Traveller,
    name: &NetnsName,
    expected: &Namespace,
    loaded: Option<&Loaded>,
) -> Result<(Namespace, Vec<Found>), Error> {
    let failed = |what| move |source| Error::Observe { what, namespace: name.clone(), source };
    let files = etc::read(name).map_err(failed("the files"))?;
    let Some(netns) = open(name)? else { return Ok((Namespace { files, ..Namespace::default() }, Vec::new())) };
    traveller.enter(&netns).map_err(failed("the inside"))?;
    let mut netlink = Netlink::open().map_err(failed("the links"))?;
    let mut links = netlink.links().map_err(failed("the links"))?;
    links.retain(|link| link.kind != Kind::Other);
    for link in links.iter_mut().filter(|link| link.proxy_arp) {
        link.proxy_arp = sysctl::answers_at_once(&link.name).map_err(failed("the sysctls"))?;
    }
    let names: BTreeMap<_, _> = links.iter().map(|link| (link.index, link.name.clone())).collect();
    let namespace = Namespace {
        sysctls: sysctls(expected).map_err(failed("the sysctls"))?,
        links: BTreeMap::new(),
        addresses: netlink.addresses(&names).map_err(failed("the addresses"))?.into_iter().collect(),
        routes: netlink.routes(&names).map_err(failed("the routes"))?.into_iter().collect(),
        rules: netlink.rules().map_err(failed("the rules"))?.into_iter().collect(),
        nft: filter(expected, loaded).map_err(failed("nftables"))?,
        files,
    };
    Ok((namespace, links))
}

/// The values of the expected sysctls. One that this host lacks, and for good reason, counts as it should be.
fn sysctls(expected: &Namespace) -> io::Result<BTreeMap<String, String>> {
    let read = |(path, wanted): (&String, &String)| {
        let value = sysctl::read(path)?.unwrap_or_else(|| wanted.clone());
        Ok((path.clone(), value))
    };
    expected.sysctls.iter().map(read).collect()
}

/// The table, if it is as it was left and that was the expected one.
fn filter(expected: &Namespace, loaded: Option<&Loaded>) -> io::Result<Filter> {
    if !nft::has_table()? {
        return Ok(Filter::None);
    }
    let generation = nft::generation()?;
    match (&expected.nft, loaded) {
        (Filter::Table(table), Some(loaded))
            if loaded.generation == generation && loaded.hash == execute::hash(table) =>
        {
            Ok(expected.nft.clone())
        }
        _ => Ok(Filter::Unknown),
    }
}

/// A link as the spec has it.
fn link(namespace: &NetnsName, found: &Found, peers: &Peers) -> Option<Link> {
    let mtu = if found.up { found.mtu } else { 0 };
    let kind = match found.kind {
        Kind::Loopback => LinkKind::Loopback,
        Kind::Other => return None,
        Kind::Veth { .. } => {
            let unknown = || (namespace.clone(), LinkName::new("?"));
            let (peer_namespace, peer) = peers.of(namespace, found.index).unwrap_or_else(unknown);
            LinkKind::Veth { mac: found.mac?, peer_namespace, peer, proxy_arp: found.proxy_arp }
        }
    };
    Some(Link { kind, mtu })
}
