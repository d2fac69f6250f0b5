//! Public addresses: those that AWS assigns, and elastic IPs (section 5 of the rules).

use super::{
    super::{
        Id, Name, Owner, PublicAddress, Region,
        assign::Pool,
        aws_address,
        diagnostic::{Span, did_you_mean},
        draft::{self, Draft, Ref},
        id,
    },
    Resolver,
    interface::Wish,
    text,
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// The public address that an interface is to have.
#[derive(Debug, Clone)]
pub(super) enum Public {
    /// One that AWS assigns (EIP-01).
    Assigned(Kind),
    /// An elastic IP.
    Elastic { ip: Ipv4Addr, allocation: Id },
}

/// For whom AWS assigns an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Instance,
    LoadBalancer,
}

/// An interface of what AWS runs that is to have an elastic IP.
struct OwnersPlace<'d> {
    interface: Name,
    elastic_ip: &'d Ref,
    errors: &'static Errors,
}

/// What AWS calls a mistake with an elastic IP.
struct Errors {
    not_found: &'static str,
    in_use: &'static str,
}

const OF_NAT_GATEWAY: Errors =
    Errors { not_found: "InvalidAllocationID.NotFound", in_use: "Resource.AlreadyAssociated" };
const OF_LOAD_BALANCER: Errors = Errors { not_found: "AllocationIdNotFound", in_use: "ResourceInUse" };

/// All regions' public addresses.
#[derive(Default)]
pub(super) struct PublicAddresses {
    regions: BTreeMap<Region, Blocks>,
    /// Elastic addresses that the file names, from wherever.
    named: BTreeSet<Ipv4Addr>,
}

/// A region's public addresses.
struct Blocks {
    instances: Block,
    load_balancers: Block,
    elastic: Block,
}

impl PublicAddresses {
    pub(super) fn take(&mut self, region: &Region, kind: Kind, address: Ipv4Addr) {
        self.of(region).block(kind).take(address);
    }

    pub(super) fn choose(&mut self, region: &Region, kind: Kind, seed: u64) -> Option<Ipv4Addr> {
        self.of(region).block(kind).choose(seed)
    }

    /// The addresses of a region, without those that the file names.
    fn of(&mut self, region: &Region) -> &mut Blocks {
        self.regions.entry(region.clone()).or_insert_with(|| {
            let mut blocks = Blocks::new(region);
            for address in &self.named {
                blocks.take(*address);
            }
            blocks
        })
    }

    /// An address that the file names; false if it is taken.
    fn take_named(&mut self, address: Ipv4Addr) -> bool {
        self.named.insert(address) && self.regions.values_mut().all(|blocks| blocks.take(address))
    }
}

impl Blocks {
    fn new(region: &Region) -> Self {
        let pools = region.public_pools();
        Self {
            instances: Block::new(pools.instances),
            load_balancers: Block::new(pools.load_balancers),
            elastic: Block::new(pools.elastic),
        }
    }

    fn block(&mut self, kind: Kind) -> &mut Block {
        match kind {
            Kind::Instance => &mut self.instances,
            Kind::LoadBalancer => &mut self.load_balancers,
        }
    }

    /// Whether an address was free, if it is one of these.
    fn take(&mut self, address: Ipv4Addr) -> bool {
        let blocks = [&mut self.instances, &mut self.load_balancers, &mut self.elastic];
        blocks.into_iter().filter(|block| block.net.contains(&address)).all(|block| block.take(address))
    }
}

/// A /16 network of public addresses.
struct Block {
    net: Ipv4Net,
    pool: Pool,
}

impl Block {
    fn new(net: Ipv4Net) -> Self {
        let mut pool = Pool::new(1 << 16);
        for unfit in (0..=255).flat_map(|third| [third << 8, (third << 8) + 255]) {
            pool.take(unfit);
        }
        Self { net, pool }
    }

    fn take(&mut self, address: Ipv4Addr) -> bool {
        self.pool.take(u32::from(address).wrapping_sub(u32::from(self.net.network())))
    }

    fn choose(&mut self, seed: u64) -> Option<Ipv4Addr> {
        self.pool.choose(seed).map(|number| Ipv4Addr::from(u32::from(self.net.network()) + number))
    }
}

impl Resolver<'_> {
    /// Gives each elastic IP its address and puts it on its interface (EIP-02, EIP-03). Those of secondary private
    /// addresses are the answer.
    pub(super) fn elastic_ips(
        &mut self,
        draft: &Draft,
        (wishes, private): (&mut [Wish], &BTreeMap<Name, Vec<Ipv4Addr>>),
        public: &mut PublicAddresses,
    ) -> BTreeMap<(Name, Ipv4Addr), PublicAddress> {
        let mut addresses = BTreeMap::new();
        for elastic in draft.elastic_ips.iter().filter(|elastic| elastic.address.is_some()) {
            if let Some(address) = self.named_address(elastic, public) {
                addresses.insert(&elastic.label.name.value, address);
            }
        }
        let unnamed = || draft.elastic_ips.iter().filter(|elastic| elastic.address.is_none());
        for elastic in unnamed() {
            let region = self.region_of_elastic(draft, elastic, wishes);
            let running = self.running_elastic(elastic);
            if let Some(address) = running.filter(|address| public.of(&region).elastic.take(*address)) {
                addresses.insert(&elastic.label.name.value, address);
            }
        }
        for elastic in unnamed() {
            let name = &elastic.label.name.value;
            let region = self.region_of_elastic(draft, elastic, wishes);
            if !addresses.contains_key(name)
                && let Some(address) =
                    public.of(&region).elastic.choose(id::number(self.lab, "eipalloc", name.as_str()))
            {
                addresses.insert(name, address);
            }
        }
        let mut secondary = BTreeMap::new();
        for elastic in &draft.elastic_ips {
            let Some(ip) = addresses.get(&elastic.label.name.value) else { continue };
            let public = PublicAddress { ip: *ip, allocation: Some(self.allocation(elastic)) };
            if let Some((place, span)) = self.place_of(elastic, private) {
                self.associate((place, span), public, wishes, &mut secondary);
            }
        }
        for at in self.places_by_owner(draft) {
            self.associate_with_owner(draft, &at, &addresses, wishes);
        }
        secondary
    }

    /// The address that an elastic IP has in the running lab.
    fn running_elastic(&self, elastic: &draft::ElasticIp) -> Option<Ipv4Addr> {
        let allocation = self.allocation(elastic);
        let interfaces = self.previous?.network_interfaces.values();
        let addresses = interfaces.flat_map(|interface| interface.addresses().filter_map(|(_, public)| public));
        addresses.filter(|public| public.allocation.as_ref() == Some(&allocation)).map(|public| public.ip).next()
    }

    /// The region of what has an elastic IP; the lab's own, if nothing has it.
    fn region_of_elastic(&self, draft: &Draft, elastic: &draft::ElasticIp, wishes: &[Wish]) -> Region {
        let name = &elastic.label.name.value;
        let instance = elastic.instance.as_ref().and_then(|instance| self.instances.get(&instance.value));
        let of_owner = || self.places_by_owner(draft).into_iter().find(|at| at.elastic_ip.value == *name);
        let interface =
            instance.map(|instance| instance.interface.clone()).or_else(|| of_owner().map(|at| at.interface));
        let wish = wishes.iter().find(|wish| Some(&wish.name) == interface.as_ref());
        wish.map_or_else(|| self.region.clone(), |wish| self.region_of_subnet(&wish.subnet))
    }

    fn allocation(&self, elastic: &draft::ElasticIp) -> Id {
        Id::derive(self.lab, "eipalloc", elastic.label.name.value.as_str())
    }

    fn named_address(&mut self, elastic: &draft::ElasticIp, public: &mut PublicAddresses) -> Option<Ipv4Addr> {
        let written = elastic.address.as_ref()?;
        let address = text::address(written, &mut self.found)?;
        let reserved = u32::from(address) >= 0xe000_0000 || address.octets()[0] == 0;
        if address.is_private() || address.is_loopback() || address.is_link_local() || reserved {
            self.found.push(written.span, format!("{address} is not a public address (InvalidAddress.NotFound)"));
            return None;
        }
        if aws_address::networks().iter().any(|net| net.contains(&address)) {
            let message = format!("address {address} is of AWS's own services (InvalidAddress.NotFound)");
            self.found.push(written.span, message);
            return None;
        }
        if !public.take_named(address) {
            self.found.push(written.span, format!("address {address} is in use (InvalidIPAddress.InUse)"));
            return None;
        }
        Some(address)
    }

    /// The interface and the private address that an elastic IP stands for, if it has any, and where the file says it.
    fn place_of(
        &mut self,
        elastic: &draft::ElasticIp,
        private: &BTreeMap<Name, Vec<Ipv4Addr>>,
    ) -> Option<((Name, Option<Ipv4Addr>), Span)> {
        let (interface, span) = match (&elastic.interface, &elastic.instance) {
            (Some(interface), instance) => {
                if instance.is_some() {
                    let message = "an association names an instance or an interface (InvalidParameterCombination)";
                    self.found.push(interface.span, message);
                }
                self.elastic_interfaces.find(interface, &mut self.found)?;
                (interface.value.clone(), interface.span)
            }
            (None, Some(instance)) => {
                (self.instances.find(instance, &mut self.found)?.interface.clone(), instance.span)
            }
            (None, None) => return None,
        };
        let Some(wanted) = &elastic.private_ip else { return Some(((interface, None), span)) };
        let address = text::address(wanted, &mut self.found)?;
        let own = private.get(&interface)?;
        let Some(place) = own.iter().position(|own| *own == address) else {
            let message = format!("{address} is no private address of interface `{interface}` (InvalidParameterValue)");
            let own: Vec<_> = own.iter().map(ToString::to_string).collect();
            self.found.push_with_hint(wanted.span, message, text::one_of(&own));
            return None;
        };
        Some(((interface, (place > 0).then_some(address)), wanted.span))
    }

    /// Puts an elastic IP on an interface's primary private address, or on a secondary one (EIP-03).
    fn associate(
        &mut self,
        ((interface, address), span): ((Name, Option<Ipv4Addr>), Span),
        elastic: PublicAddress,
        wishes: &mut [Wish],
        secondary: &mut BTreeMap<(Name, Ipv4Addr), PublicAddress>,
    ) {
        let wish = wishes.iter_mut().find(|wish| wish.name == interface).expect("every interface is wished for");
        let is_taken = match address {
            None => matches!(wish.public, Some(Public::Elastic { .. })),
            Some(address) => secondary.contains_key(&(interface.clone(), address)),
        };
        if is_taken {
            let of = match (&wish.owner, address) {
                (Owner::Instance(instance), None) => format!("instance `{instance}`"),
                (_, None) => format!("interface `{interface}`"),
                (_, Some(address)) => format!("{address}"),
            };
            self.found.push(span, format!("{of} has an elastic IP already (Resource.AlreadyAssociated)"));
            return;
        }
        let vpc = self.subnets.get(&wish.subnet).map(|subnet| &subnet.vpc).expect("interfaces lie in right subnets");
        if !self.has_gateway(vpc) {
            let message = format!("network `{vpc}` is not attached to any internet gateway (Gateway.NotAttached)");
            self.found.push_with_hint(span, message, format!("give VPC `{vpc}` an `internet_gateway: true`"));
        }
        match (address, elastic) {
            (Some(address), elastic) => _ = secondary.insert((interface, address), elastic),
            (None, PublicAddress { ip, allocation: Some(allocation) }) => {
                wish.public = Some(Public::Elastic { ip, allocation });
            }
            (None, PublicAddress { allocation: None, .. }) => {}
        }
    }

    /// Where NAT gateways and load balancers say which elastic IPs their interfaces have (NAT-10, NLB-03).
    fn places_by_owner<'d>(&self, draft: &'d Draft) -> Vec<OwnersPlace<'d>> {
        let gateways = draft.nat_gateways.iter().filter_map(|gateway| {
            let interface = super::nat_gateway::interface_name(&gateway.label.name.value);
            Some(OwnersPlace { interface, elastic_ip: gateway.elastic_ip.as_ref()?, errors: &OF_NAT_GATEWAY })
        });
        let nodes = draft.load_balancers.iter().flat_map(|balancer| {
            balancer.subnets.iter().filter_map(|node| {
                let az = &self.subnets.get(&node.subnet.value)?.az;
                let interface = super::load_balancer::interface_name(&balancer.label.name.value, az);
                Some(OwnersPlace { interface, elastic_ip: node.elastic_ip.as_ref()?, errors: &OF_LOAD_BALANCER })
            })
        });
        gateways.chain(nodes).collect()
    }

    /// Gives what AWS runs its elastic IP, which nobody else may have.
    fn associate_with_owner(
        &mut self,
        draft: &Draft,
        OwnersPlace { interface, elastic_ip: reference, errors }: &OwnersPlace<'_>,
        addresses: &BTreeMap<&Name, Ipv4Addr>,
        wishes: &mut [Wish],
    ) {
        if wishes.iter().all(|wish| wish.name != *interface) {
            return;
        }
        let Some(elastic) = draft.elastic_ips.iter().find(|elastic| elastic.label.name.value == reference.value) else {
            if self.is_released(reference) {
                return;
            }
            let message = format!("there is no elastic IP `{}` ({})", reference.value, errors.not_found);
            match did_you_mean(
                reference.value.as_str(),
                draft.elastic_ips.iter().map(|elastic| elastic.label.name.value.as_str()),
            ) {
                Some(hint) => self.found.push_with_hint(reference.span, message, hint),
                None => self.found.push(reference.span, message),
            }
            return;
        };
        let allocation = self.allocation(elastic);
        let has = |wish: &Wish| matches!(&wish.public, Some(Public::Elastic { allocation: other, .. }) if *other == allocation);
        if elastic.instance.is_some() || elastic.interface.is_some() || wishes.iter().any(has) {
            let message = format!("elastic IP address `{}` is already associated", reference.value);
            self.found.push(reference.span, format!("{message} ({})", errors.in_use));
            return;
        }
        let Some(ip) = addresses.get(&reference.value).copied() else { return };
        let wish = wishes.iter_mut().find(|wish| wish.name == *interface).expect("it was looked for above");
        wish.public = Some(Public::Elastic { ip, allocation });
    }

    /// Whether an internet gateway is attached to the VPC.
    pub(super) fn has_gateway(&self, vpc: &Name) -> bool {
        self.internet_gateways.iter().any(|(_, gateway)| gateway.vpc.as_ref() == Some(vpc))
    }
}
