//! By which address the internet sees each site: its router's, which a customer gateway names.

use super::{
    super::{
        Name,
        assign::Pool,
        diagnostic::Span,
        draft::Draft,
        id,
        internet::{LAPTOP, PACKAGES, PUBLIC_DNS, ROUTER},
    },
    Resolver,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// From where sites get an address if no customer gateway names one: 198.51.100.0/24, kept for documentation.
const SITES: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 0);

impl Resolver<'_> {
    /// Gives each site that has a way to the internet its address there: that of its first customer gateway
    /// whose address is a public one, that which it has already, or another one.
    pub(super) fn site_addresses(&mut self, draft: &Draft) {
        let mut given = self.named_site_addresses(draft);
        let mut pool = Pool::new(256);
        for number in [0, 255].into_iter().chain(given.values().filter_map(|address| number(*address))) {
            pool.take(number);
        }
        let online: Vec<_> =
            self.sites.iter().filter(|(_, site)| site.public_ip.is_some()).map(|(name, _)| name).collect();
        for name in &online {
            let running = self.previous.and_then(|previous| previous.sites.get(*name)?.public_ip);
            if !given.contains_key(*name)
                && let Some(address) = running.filter(|address| number(*address).is_some_and(|it| pool.take(it)))
            {
                given.insert((*name).clone(), address);
            }
        }
        for (name, site) in self.sites.iter_mut().filter(|(_, site)| site.public_ip.is_some()) {
            let mut choose = || pool.choose(id::number(self.lab, "site", name.as_str()));
            let chosen = |number| Ipv4Addr::from(u32::from(SITES) + number);
            site.public_ip = given.get(name).copied().or_else(|| choose().map(chosen));
            if site.public_ip.is_none() {
                let message = "the lab's internet has addresses for 254 sites whose customer gateways name none";
                self.found.push(Span::default(), message);
            }
        }
    }

    fn named_site_addresses(&mut self, draft: &Draft) -> BTreeMap<Name, Ipv4Addr> {
        let mut taken: BTreeSet<Ipv4Addr> = [LAPTOP, PACKAGES, PUBLIC_DNS, ROUTER].into();
        let mut given = BTreeMap::new();
        for gateway in &draft.customer_gateways {
            let site = &gateway.site.value;
            let Some(written) = &gateway.ip_address else { continue };
            let Ok(address) = written.value.parse() else { continue }; // reported with the gateway
            let is_online = self.sites.get(site).is_some_and(|site| site.public_ip.is_some());
            if !is_online || !is_public(address) || given.contains_key(site) {
                continue;
            }
            if taken.insert(address) {
                given.insert(site.clone(), address);
            } else {
                let message = format!("address {address} is that of another host on the lab's internet");
                self.found.push(written.span, message);
            }
        }
        given
    }

    /// No public address of AWS may be a site's.
    pub(super) fn site_addresses_are_their_own(&mut self, draft: &Draft) {
        let public = self.network_interfaces.values().filter_map(|interface| interface.public.as_ref());
        let public: BTreeSet<_> = public.map(|public| public.ip).collect();
        for gateway in &draft.customer_gateways {
            let address = self.sites.get(&gateway.site.value).and_then(|site| site.public_ip);
            if let (Some(written), Some(address)) = (&gateway.ip_address, address)
                && public.contains(&address)
            {
                self.found.push(written.span, format!("address {address} is in use by a network interface"));
            }
        }
    }
}

/// The place of an address among those that sites get.
fn number(address: Ipv4Addr) -> Option<u32> {
    u32::from(address).checked_sub(u32::from(SITES)).filter(|number| *number < 256)
}

/// Whether the internet can lead to an address.
fn is_public(address: Ipv4Addr) -> bool {
    let reserved = u32::from(address) >= 0xe000_0000 || address.octets()[0] == 0;
    !(address.is_private() || address.is_loopback() || address.is_link_local() || reserved)
}
