//! When each resource came into the lab: known from the moment of `up`, and kept as long as the resource is there.

use super::{Kind, described};
use crate::{model::Topology, spec::service::Health};

/// Notes `now` (ISO 8601) as the time of all that was not there in `previous`, and of the lab itself if it is new.
pub fn stamp(topology: &mut Topology, previous: Option<&Topology>, now: &str) {
    let known = |id: &str| previous.and_then(|previous| previous.created.get(id).cloned());
    let kinds = Kind::all().filter(|kind| !matches!(kind, Kind::PrefixLists | Kind::SecurityGroupRules));
    let ids = kinds.filter_map(|kind| Some((kind, *kind.identity().first()?))).flat_map(|(kind, field)| {
        // Tags and the like would take longer than anything else that `up` works out by itself.
        let objects = described(kind, topology, &Health::default());
        objects.into_iter().filter_map(|object| object[field].as_str().map(str::to_owned)).collect::<Vec<_>>()
    });
    let ids: Vec<_> = ids.chain([topology.lab.clone()]).collect();
    topology.created = ids
        .into_iter()
        .map(|id| {
            let time = known(&id).unwrap_or_else(|| now.to_owned());
            (id, time)
        })
        .collect();
}
