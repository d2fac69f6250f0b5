//! A running lab that counts its packets while checks are tried, and is as it was before when they are over.
//!
//! Counting is a part of the lab's record, so it begins and ends as the difference between two specs like any other: chains
//! are filled anew, connections go on.

use super::{exit::Failure, lab, print};
use crate::{
    compile::names,
    model::Topology,
    sys::{netns::Netns, nft, state::Lab},
};
use std::collections::BTreeMap;

/// Ends the counting with this value, whatever happens.
pub(super) struct Counting<'a> {
    lab: &'a Lab,
    is_over: bool,
}

impl<'a> Counting<'a> {
    /// From now on each packet counts. What another left that was killed begins anew.
    pub(super) fn begin(lab: &'a Lab) -> Result<Self, Failure> {
        set(lab, false)?;
        let counting = Self { lab, is_over: false };
        set(lab, true)?;
        Ok(counting)
    }

    /// What was counted until now, by the counters' names, and no more.
    pub(super) fn end(mut self) -> Result<BTreeMap<String, u64>, Failure> {
        let counted = counted(self.lab);
        self.is_over = true;
        set(self.lab, false)?;
        counted
    }
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        if !self.is_over
            && let Err(error) = set(self.lab, false)
        {
            print::talk(format_args!("lab `{}` still counts packets: {}", self.lab.name(), error.words()));
        }
    }
}

fn set(lab: &Lab, is_counted: bool) -> Result<(), Failure> {
    let _lock = lab::lock(lab)?;
    let mut record = lab::record(lab)?;
    if record.topology.is_counted == is_counted {
        return Ok(());
    }
    record.topology.is_counted = is_counted;
    lab::bring_about(lab, &record)
}

/// The counters of all routers of VPCs. None has a name that another one's has.
fn counted(lab: &Lab) -> Result<BTreeMap<String, u64>, Failure> {
    let topology = lab::record(lab)?.topology;
    if !topology.is_counted {
        let hint = "no other command may change it while its coverage is measured";
        return Err(anyhow::anyhow!("lab `{}` was changed, and counts no more\nhint: {hint}", lab.name()).into());
    }
    let mut all = BTreeMap::new();
    for vpc in topology.vpcs.keys() {
        let router = Netns::open(&names::router_netns(&topology.lab, vpc))?;
        all.extend(router.enter(nft::counters)??);
    }
    Ok(all)
}

/// Says that a lab counts its packets: checks are under way, or were killed.
pub(super) fn note(topology: &Topology) {
    if topology.is_counted {
        print::talk(
            "note: packets are counted for `vpcns test --coverage`; if none is under way, `vpcns up` ends that",
        );
    }
}
