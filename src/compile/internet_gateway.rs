//! Internet gateways: a link to the internet, and 1:1 translation between private and public addresses in
//! the router's own table (IGW-01). Who has no public address does not leave (IGW-02); what comes for an
//! unknown one is dropped (IGW-04).
//!
//! ```text
//! map public_to_private { 43.201.7.7 : 10.10.0.49 }
//! oifname "igw" snat ip to ip saddr map @private_to_public
//! ```

use super::{names, router::Router, rules::oif_link};
use crate::spec::nft::{Field, Part, Statement, Translation};

/// The MTU through an internet gateway (IGW-11).
pub(super) const INTERNET_MTU: u32 = 1500;

pub(super) fn add(router: &mut Router<'_>) {
    let topology = router.topology;
    let Some((_, gateway)) = topology.gateway_of(router.name) else { return };
    let link = names::gateway_link();
    let internet = names::internet_netns(&topology.lab);
    router.veth(link.clone(), INTERNET_MTU, (internet, names::vpc_link(router.vpc)), false);
    router.address(link.clone(), router.links.near(&gateway.id));
    for (_, interface) in router.interfaces {
        for (private, public) in interface.addresses() {
            let Some(public) = public else { continue };
            let (public, private) = (Part::address(public.ip), Part::address(private));
            router.map("public_to_private", vec![public.clone()], private.clone());
            router.map("private_to_public", vec![private.clone()], public);
            router.put("public_sources", vec![private]);
        }
    }
    let to = Translation::Map { key: Field::IpSaddr, map: "private_to_public".into() };
    router.source_nat([oif_link(&link), Statement::Snat(to)]);
}
