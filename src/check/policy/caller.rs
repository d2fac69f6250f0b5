//! Who calls, as a service in the lab would know it (VPCE-34, GWE-09): by the way to it, and by the sender's role.

use crate::{
    check::context::Context,
    compile,
    model::policy::{Caller, Identity, Via},
    reach::{Atlas, Path, Sender, Verdict},
};
use time::OffsetDateTime;

/// The sender as a caller of the service at `to`; or why the service does not hear of it.
pub(super) fn caller(context: &Context<'_>, from: &Sender, to: &str) -> Result<Caller, String> {
    let health = context.health();
    let destination = context.destination(&health, from, to)?;
    let (address, path) = destination.paths(&Atlas::new(context.topology, &health), from).swap_remove(0);
    let Verdict::Reached { source, .. } = path.verdict else {
        let mut lines = vec![format!("the call does not come to {to} ({address}):")];
        lines.extend(path.steps(context.source));
        lines.extend(path.verdict.lines());
        return Err(lines.join("\n"));
    };
    let topology = context.topology;
    let (identity, region, own) = match from {
        Sender::Instance(name) => {
            let instance = &topology.instances[name];
            let interface = &topology.network_interfaces[&instance.interface];
            let identity = compile::session(topology, instance).map_or(Identity::Anonymous, |session| Identity::Role {
                account: session.account,
                role: session.role,
                session: session.name,
            });
            (identity, topology.region_of(&interface.vpc), interface.private_ip)
        }
        Sender::OnPremises(name) => (Identity::Anonymous, &topology.region, topology.on_premises_hosts[name].address),
        Sender::Internet(address) => (Identity::Anonymous, &topology.region, *address),
    };
    let via = endpoint(context, &path).map(|(endpoint, vpc)| Via { endpoint, vpc, source_ip: own });
    Ok(Caller {
        identity,
        source_ip: if via.is_some() { own } else { source },
        via,
        secure: true,
        region: region.to_string(),
        time: OffsetDateTime::now_utc().unix_timestamp(),
    })
}

/// The ids of the endpoint on the way, and of its VPC.
fn endpoint(context: &Context<'_>, path: &Path) -> Option<(String, String)> {
    let topology = context.topology;
    let interfaces = topology.endpoints.values().map(|endpoint| (&endpoint.id, &endpoint.vpc));
    let gateways = topology.gateway_endpoints.values().map(|endpoint| (&endpoint.id, &endpoint.vpc));
    let all: Vec<_> = interfaces.chain(gateways).collect();
    let (id, vpc) = path.hops.iter().find_map(|hop| all.iter().find(|(id, _)| id.as_str() == hop.component.id))?;
    Some((id.to_string(), topology.vpcs[*vpc].id.to_string()))
}
