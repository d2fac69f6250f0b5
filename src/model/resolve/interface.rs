//! Network interfaces: private and public addresses for everything that asked for one (ENI-01, SUB-03).

use super::{
    super::{
        Id, Name, NetworkInterface, Owner, PublicAddress, SecondaryAddress, Subnet, Topology,
        assign::Pool,
        diagnostic::Span,
        draft::{Draft, Text},
        id,
    },
    Resolver,
    public_address::{Public, PublicAddresses},
    text,
};
use std::{collections::BTreeMap, net::Ipv4Addr};

/// An interface that somebody needs.
pub(super) struct Wish {
    /// Its name.
    pub(super) name: Name,
    /// Where it is asked for.
    pub(super) span: Span,
    pub(super) subnet: Name,
    /// The private address that the file wants.
    pub(super) private_ip: Option<Text>,
    pub(super) public: Option<Public>,
    pub(super) security_groups: Vec<Name>,
    pub(super) owner: Owner,
    pub(super) more: More,
}

/// What only instances' interfaces have.
#[derive(Debug, Clone, Default)]
pub(super) struct More {
    /// The secondary private addresses that the file wants.
    pub(super) secondary: Vec<Text>,
    /// How many more it wants.
    pub(super) secondary_count: u32,
    /// Whether the source/destination check is off (ENI-02).
    pub(super) checks_nothing: bool,
    /// The `Name` tag of an interface that is a resource of its own.
    pub(super) tag: Option<String>,
}

impl Wish {
    /// A place for each address, the primary one first: the address that the file wants there, or none.
    fn places(&self) -> Vec<Option<&Text>> {
        let secondary = self.more.secondary.iter().map(Some);
        let open = (0..self.more.secondary_count).map(|_| None);
        std::iter::once(self.private_ip.as_ref()).chain(secondary).chain(open).collect()
    }
}

impl Resolver<'_> {
    /// Gives every wish its interface. Addresses that the file names come first, then those that are in
    /// use in the running lab, then the rest.
    pub(super) fn interfaces(&mut self, draft: &Draft) {
        let mut wishes = std::mem::take(&mut self.wishes);
        let private = self.private_addresses(&wishes);
        let mut public = PublicAddresses::default();
        let secondary = self.elastic_ips(draft, (&mut wishes, &private), &mut public);
        self.reserve_public_addresses(&wishes, &mut public);
        for wish in wishes {
            let Some([private_ip, others @ ..]) = private.get(&wish.name).map(Vec::as_slice) else { continue };
            let others = others.iter().map(|address| SecondaryAddress {
                private_ip: *address,
                public: secondary.get(&(wish.name.clone(), *address)).cloned(),
            });
            let Some(subnet) = self.subnets.get(&wish.subnet) else { continue };
            let interface = NetworkInterface {
                id: Id::derive(self.lab, "eni", wish.name.as_str()),
                mac: id::mac(self.lab, "eni", wish.name.as_str()),
                vpc: subnet.vpc.clone(),
                subnet: wish.subnet.clone(),
                tag: wish.more.tag.clone(),
                private_ip: *private_ip,
                secondary: others.collect(),
                source_dest_check: !wish.more.checks_nothing,
                public: self.public_address(&wish, &mut public),
                security_groups: wish.security_groups,
                owner: wish.owner,
            };
            self.network_interfaces.insert(wish.name, interface);
        }
    }

    /// The private addresses of each interface, the primary one first.
    fn private_addresses(&mut self, wishes: &[Wish]) -> BTreeMap<Name, Vec<Ipv4Addr>> {
        let mut pools: BTreeMap<Name, Pool> =
            self.subnets.iter().map(|(name, subnet)| (name.clone(), pool(subnet))).collect();
        let mut given: BTreeMap<(Name, usize), Ipv4Addr> = BTreeMap::new();
        let mut open = Vec::new();
        for wish in wishes {
            for (place, wanted) in wish.places().into_iter().enumerate() {
                match wanted {
                    Some(wanted) => {
                        let address = self.wanted_address(wish, wanted, &mut pools);
                        given.extend(address.map(|address| ((wish.name.clone(), place), address)));
                    }
                    None => open.push((wish, place)),
                }
            }
        }
        for (wish, place) in &open {
            let running = self.running(wish).and_then(|running| running.private_ips().nth(*place));
            let (Some(address), Some(subnet)) = (running, self.subnets.get(&wish.subnet)) else { continue };
            if pools.get_mut(&wish.subnet).is_some_and(|pool| pool.take(offset(subnet, address))) {
                given.insert((wish.name.clone(), *place), address);
            }
        }
        for (wish, place) in open {
            let (Some(subnet), Some(pool)) = (self.subnets.get(&wish.subnet), pools.get_mut(&wish.subnet)) else {
                continue;
            };
            if given.contains_key(&(wish.name.clone(), place)) {
                continue;
            }
            let seed = if place == 0 { wish.name.to_string() } else { format!("{} {place}", wish.name) };
            match pool.choose(id::number(self.lab, "address", &seed)) {
                Some(number) => _ = given.insert((wish.name.clone(), place), address(subnet, number)),
                None => self.found.push(
                    wish.span,
                    format!("subnet `{}` has no free address (InsufficientFreeAddressesInSubnet)", wish.subnet),
                ),
            }
        }
        let mut all: BTreeMap<Name, Vec<Ipv4Addr>> = BTreeMap::new();
        for ((name, _), address) in given {
            all.entry(name).or_default().push(address);
        }
        all
    }

    /// The address that the file wants, if it can be had (SUB-03, ENI-09).
    fn wanted_address(&mut self, wish: &Wish, wanted: &Text, pools: &mut BTreeMap<Name, Pool>) -> Option<Ipv4Addr> {
        let address = text::address(wanted, &mut self.found)?;
        let subnet = self.subnets.get(&wish.subnet)?;
        if !subnet.cidr.contains(&address) {
            let message = format!("address {address} does not lie in subnet `{}` (InvalidParameterValue)", wish.subnet);
            self.found.push_with_hint(wanted.span, message, format!("the subnet is `{}`", subnet.cidr));
            return None;
        }
        if subnet.is_reserved(address) {
            let message = format!("address {address} is in subnet's reserved address range (InvalidParameterValue)");
            self.found.push_with_hint(wanted.span, message, "AWS keeps the first four addresses and the last");
            return None;
        }
        if !pools.get_mut(&wish.subnet)?.take(offset(subnet, address)) {
            self.found.push(wanted.span, format!("address {address} is in use (InvalidIPAddress.InUse)"));
            return None;
        }
        Some(address)
    }

    /// The interface of the same name in the running lab, if it lies in the same subnet.
    pub(super) fn running(&self, wish: &Wish) -> Option<&NetworkInterface> {
        let previous: &Topology = self.previous?;
        let interface = previous.network_interfaces.get(&wish.name)?;
        let subnet = self.subnets.get(&wish.subnet)?;
        let same =
            previous.subnets.get(&interface.subnet).is_some_and(|old| old.cidr == subnet.cidr && old.vpc == subnet.vpc);
        same.then_some(interface)
    }

    fn public_address(&mut self, wish: &Wish, public: &mut PublicAddresses) -> Option<PublicAddress> {
        match wish.public.as_ref()? {
            Public::Elastic { ip, allocation } => Some(PublicAddress { ip: *ip, allocation: Some(allocation.clone()) }),
            Public::Assigned(kind) => {
                let running = self.running(wish).and_then(|running| running.public.as_ref());
                let region = self.region_of_subnet(&wish.subnet);
                let kept = running.filter(|public| public.allocation.is_none()).map(|public| public.ip);
                let ip =
                    kept.or_else(|| public.choose(&region, *kind, id::number(self.lab, "public", wish.name.as_str())));
                if ip.is_none() {
                    self.found.push(wish.span, "the region has no public address left (InsufficientAddressCapacity)");
                }
                ip.map(|ip| PublicAddress { ip, allocation: None })
            }
        }
    }

    /// Keeps running interfaces' assigned addresses from being given to others.
    fn reserve_public_addresses(&self, wishes: &[Wish], public: &mut PublicAddresses) {
        for wish in wishes {
            if let Some(Public::Assigned(kind)) = wish.public
                && let Some(running) = self.running(wish).and_then(|running| running.public.as_ref())
                && running.allocation.is_none()
            {
                public.take(&self.region_of_subnet(&wish.subnet), kind, running.ip);
            }
        }
    }
}

/// A subnet's addresses without those that AWS keeps (SUB-03).
fn pool(subnet: &Subnet) -> Pool {
    Pool::new((1 << (32 - u32::from(subnet.cidr.prefix_len()))) - 5)
}

fn offset(subnet: &Subnet, address: Ipv4Addr) -> u32 {
    u32::from(address).wrapping_sub(u32::from(subnet.cidr.network())).wrapping_sub(4)
}

fn address(subnet: &Subnet, number: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(subnet.cidr.network()) + 4 + number)
}
