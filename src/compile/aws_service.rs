//! AWS's own services, as the daemon serves them in their namespace: which address is which service's, and who comes
//! from which network (VPCE-33, VPCE-34, GWE-09).
//!
//! ```text
//! 52.219.56.90    s3 in ap-northeast-2
//! 240.0.52.17     cloudformation in ap-northeast-2, asked by an endpoint
//! 254.7.0.0/16    10.10.0.0/16 by vpce-0a1b… of vpc-0c2d…
//! ```

use super::{metadata, names, overview::Overview};
use crate::{
    model::{self, AwsService, FIRST_ACCOUNT, Id, Name, Region, Topology, aws_address, dns_name},
    spec::aws::{AwsServices, Clients, Front, Upstream},
};
use ipnet::Ipv4Net;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// What the mirror of Amazon Linux's packages answers: it is a bucket in S3, and who has a way there installs from it
/// (NAT-16).
const MIRROR: &str = "packages\n";

/// All of them.
pub(super) fn served(overview: &Overview<'_>) -> AwsServices {
    let topology = overview.topology;
    let sessions = topology.instances.values().filter_map(|instance| metadata::session(topology, instance));
    AwsServices {
        netns: names::aws_netns(&topology.lab),
        account: topology.vpcs.values().next().map_or(FIRST_ACCOUNT.to_owned(), |vpc| vpc.account.clone()),
        fronts: fronts(overview),
        clients: clients(topology),
        sessions: sessions.collect(),
        upstreams: topology.services.iter().map(|(name, at)| (name.to_string(), upstream(at))).collect(),
    }
}

fn upstream(at: &model::Upstream) -> Upstream {
    Upstream { secure: at.secure, host: at.host.clone(), port: at.port }
}

fn fronts(overview: &Overview<'_>) -> BTreeMap<Ipv4Addr, Front> {
    let topology = overview.topology;
    let regions = topology.regions();
    let mirrors: BTreeSet<_> = regions.iter().map(|region| aws_address::package_mirror(region)).collect();
    let mut fronts = BTreeMap::new();
    for public in aws_address::public_services(&regions) {
        let mut names: BTreeSet<_> = public.names.into_iter().collect();
        let is_mirror = mirrors.contains(&public.address);
        if regions.contains(&public.region) && !is_mirror {
            names.extend(endpoint_names(topology, &public.service, &public.region));
        }
        let page = is_mirror.then(|| MIRROR.to_owned());
        let front = Front { service: public.service.to_string(), region: public.region.to_string(), names, page };
        fronts.insert(public.address, front);
    }
    for endpoint in topology.endpoints.values() {
        let Some(service) = endpoint.aws_service() else { continue };
        let region = topology.region_of(&endpoint.vpc);
        // Those of its public side: one certificate is for both.
        let shown = fronts
            .values()
            .find(|front| front.page.is_none() && front.service == service.as_str() && front.region == region.as_str());
        let shown = shown.expect("every service of the lab's regions has a public side").clone();
        fronts.extend(endpoint.interfaces.values().map(|interface| (overview.links.node(interface), shown.clone())));
    }
    fronts
}

/// The names of a service's endpoints in a region, as its certificate has them: of any endpoint, and those below the
/// lab's own that have names below (VPCE-19).
fn endpoint_names(topology: &Topology, service: &AwsService, region: &Region) -> Vec<String> {
    let all = format!("*.{}.{region}.vpce.amazonaws.com", service.label());
    let of_service = topology
        .endpoints
        .iter()
        .filter(|(_, endpoint)| endpoint.aws_service() == Some(service) && topology.region_of(&endpoint.vpc) == region);
    let below = of_service.flat_map(|(name, endpoint)| {
        let zonal = endpoint.interfaces.keys().map(|az| dns_name::endpoint_zonal(topology, name, az));
        zonal
            .chain([dns_name::endpoint_regional(topology, name)])
            .filter(|name| name.starts_with("*."))
            .collect::<Vec<_>>()
    });
    [all].into_iter().chain(below).collect()
}

/// Who comes by endpoints.
fn clients(topology: &Topology) -> Vec<Clients> {
    let who = |networks: &BTreeMap<Ipv4Net, Ipv4Net>, endpoint: &Id, vpc: &Name| {
        let (endpoint, vpc) = (endpoint.to_string(), topology.vpcs[vpc].id.to_string());
        let clients = networks.iter().map(|(own, seen)| Clients {
            seen: *seen,
            own: *own,
            endpoint: endpoint.clone(),
            vpc: vpc.clone(),
        });
        clients.collect::<Vec<_>>()
    };
    let of_gateways = topology.gateway_endpoints.values();
    let of_gateways = of_gateways.flat_map(|endpoint| who(&endpoint.client_networks, &endpoint.id, &endpoint.vpc));
    let of_interfaces = topology.endpoints.values().filter(|endpoint| endpoint.aws_service().is_some());
    let of_interfaces = of_interfaces.flat_map(|endpoint| who(&endpoint.client_networks, &endpoint.id, &endpoint.vpc));
    of_gateways.chain(of_interfaces).collect()
}
