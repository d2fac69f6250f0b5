//! Sites on premises and their hosts: networks and addresses.

use super::{
    super::{
        Id, Name, OnPremisesHost, Site,
        assign::Pool,
        draft::{self, Draft, Text},
        id, router_of,
    },
    Resolver,
    instance::RESERVED,
    text,
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// The largest network of a site.
const LARGEST: u8 = 8;

impl Resolver<'_> {
    pub(super) fn on_premises(&mut self, draft: &Draft) {
        for site in &draft.on_premises {
            let resolved = self.site(site);
            self.sites.insert(&site.name, resolved, &mut self.found);
        }
        for site in &draft.on_premises {
            self.hosts(site, draft);
        }
        self.site_addresses(draft);
    }

    fn site(&mut self, site: &draft::Site) -> Option<Site> {
        let parsed: Option<Vec<_>> = site.cidrs.iter().map(|cidr| self.site_network(cidr)).collect();
        let cidrs = Ipv4Net::aggregate(&parsed?);
        let id = Id::derive(self.lab, "site", site.name.value.as_str());
        // The address is chosen once all customer gateways are read.
        let public_ip = site.internet.unwrap_or(true).then_some(Ipv4Addr::UNSPECIFIED);
        Some(Site { id, cidrs, public_ip, dns: None }) // once all addresses are known
    }

    fn site_network(&mut self, cidr: &Text) -> Option<Ipv4Net> {
        let net = text::cidr(cidr, &mut self.found)?;
        let kept: [Ipv4Net; 4] =
            ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map(|net| net.parse().expect("a CIDR"));
        if net.prefix_len() < LARGEST {
            self.found.push(cidr.span, format!("a site's network is from /{LARGEST} to /32, not `{net}`"));
            return None;
        }
        if let Some(kept) = kept.iter().find(|kept| kept.contains(&net)) {
            self.found.push(cidr.span, format!("`{net}` lies in `{kept}`, which hosts cannot have"));
            return None;
        }
        Some(net)
    }

    /// The hosts of a site: addresses that the file names first, then those that run, then the rest.
    fn hosts(&mut self, site: &draft::Site, draft: &Draft) {
        let Some(resolved) = self.sites.get(&site.name.value) else { return };
        let mut free = Free::new(&resolved.cidrs);
        let mut given = BTreeMap::new();
        for host in &site.hosts {
            if let Some(wanted) = &host.address
                && let Some(address) = self.wanted_host_address(site, wanted, &mut free)
            {
                given.insert(&host.name.value, address);
            }
        }
        let unnamed = || site.hosts.iter().filter(|host| host.address.is_none()).map(|host| &host.name);
        for name in unnamed() {
            let running = self.previous.and_then(|previous| previous.on_premises_hosts.get(&name.value));
            let running = running.filter(|running| running.site == site.name.value && free.chooses(running.address));
            if let Some(address) = running.map(|running| running.address).filter(|address| free.take(*address)) {
                given.insert(&name.value, address);
            }
        }
        for name in unnamed() {
            if given.contains_key(&name.value) {
                continue;
            }
            match free.choose(id::number(self.lab, "address", name.value.as_str())) {
                Some(address) => _ = given.insert(&name.value, address),
                None => self.found.push(name.span, format!("site `{}` has no free address", site.name.value)),
            }
        }
        for host in &site.hosts {
            let resolved = self.host(&site.name.value, host, given.get(&host.name.value).copied(), draft);
            self.on_premises_hosts.insert(&host.name, resolved, &mut self.found);
        }
    }

    fn host(
        &mut self,
        site: &Name,
        host: &draft::OnPremisesHost,
        address: Option<Ipv4Addr>,
        draft: &Draft,
    ) -> Option<OnPremisesHost> {
        let name = &host.name;
        if RESERVED.contains(&name.value.as_str()) {
            let message = format!("a host on premises cannot be called `{}`", name.value);
            self.found.push_with_hint(name.span, message, "each lab has a host of that name already");
            return None;
        }
        if draft.instances.iter().any(|instance| instance.label.name.value == name.value) {
            let message = format!("there are an instance and a host on premises called `{}`", name.value);
            self.found.push_with_hint(name.span, message, "a lab's hosts have names of their own: rename one");
            return None;
        }
        Some(OnPremisesHost {
            id: Id::derive(self.lab, "host", name.value.as_str()),
            site: site.clone(),
            address: address?,
            mac: id::mac(self.lab, "host", name.value.as_str()),
            httpd: host.httpd.iter().map(|(port, content)| (*port, content.value.clone())).collect(),
        })
    }

    fn wanted_host_address(&mut self, site: &draft::Site, wanted: &Text, free: &mut Free) -> Option<Ipv4Addr> {
        let address = text::address(wanted, &mut self.found)?;
        let name = &site.name.value;
        let Some(network) = self.sites.get(name)?.network_of(address) else {
            self.found.push(wanted.span, format!("address {address} does not lie in a network of site `{name}`"));
            return None;
        };
        if is_reserved(network, address) {
            let message = format!("address {address} is no host's: it is the network's, its router's or its broadcast");
            self.found.push(wanted.span, message);
            return None;
        }
        if !free.take(address) {
            self.found.push(wanted.span, format!("address {address} is in use"));
            return None;
        }
        Some(address)
    }
}

/// The free addresses of a site: all that are asked for by name, and those of its first network to choose from.
struct Free {
    first: Option<(Ipv4Net, Pool)>,
    taken: BTreeSet<Ipv4Addr>,
}

impl Free {
    fn new(networks: &[Ipv4Net]) -> Self {
        let first = networks.first().map(|network| {
            let size = 1 << (32 - network.prefix_len());
            let mut pool = Pool::new(size);
            let reserved = if size > 2 { &[0, 1, size - 1][..] } else { &[] };
            for number in reserved {
                pool.take(*number);
            }
            (*network, pool)
        });
        Self { first, taken: BTreeSet::new() }
    }

    fn take(&mut self, address: Ipv4Addr) -> bool {
        if let Some((network, pool)) = &mut self.first
            && network.contains(&address)
        {
            return pool.take(u32::from(address) - u32::from(network.network()));
        }
        self.taken.insert(address)
    }

    /// Whether an address could be chosen by the site.
    fn chooses(&self, address: Ipv4Addr) -> bool {
        self.first.as_ref().is_some_and(|(network, _)| network.contains(&address) && !is_reserved(*network, address))
    }

    fn choose(&mut self, seed: u64) -> Option<Ipv4Addr> {
        let (network, pool) = self.first.as_mut()?;
        pool.choose(seed).map(|number| Ipv4Addr::from(u32::from(network.network()) + number))
    }
}

/// Whether an address is the network itself, its router's, or its broadcast address.
fn is_reserved(network: Ipv4Net, address: Ipv4Addr) -> bool {
    router_of(network).is_some_and(|router| [network.network(), router, network.broadcast()].contains(&address))
}
