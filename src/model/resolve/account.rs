//! Accounts: which zone each of an account's zone names means (SUB-06).

use super::{
    super::{
        Az, Name, Region,
        draft::{self, Draft, Text},
    },
    Resolver,
};
use std::collections::BTreeMap;

/// The zone ids behind an account's zone names, where the file tells them.
pub(super) type ZoneIds = BTreeMap<(String, Az), String>;

impl Resolver<'_> {
    pub(super) fn accounts(&mut self, draft: &Draft) {
        for account in &draft.accounts {
            let id = &account.id;
            if !is_account(&id.value) {
                self.found.push(id.span, format!("`{}` is not an account: twelve digits", id.value));
            }
            let zones = self.zones(account);
            self.zone_ids.extend(zones.into_iter().map(|(az, zone)| ((id.value.clone(), az), zone)));
        }
    }

    /// The id of a zone as the account of a VPC names it.
    pub(super) fn az_id(&self, vpc: &Name, az: &Az) -> String {
        let account = self.vpcs.get(vpc).map(|vpc| vpc.account.clone()).unwrap_or_default();
        let told = self.zone_ids.get(&(account, az.clone()));
        told.cloned().unwrap_or_else(|| self.region_of(vpc).az_id(az))
    }

    /// All zones of the regions of which the account tells some: those that it leaves out mean what is left, in order.
    fn zones(&mut self, account: &draft::Account) -> BTreeMap<Az, String> {
        let mut known = BTreeMap::new();
        let mut regions = Vec::new();
        for (name, id) in &account.zones {
            let Some((region, az)) = self.zone(name, id) else { continue };
            if known.insert(az, id.value.clone()).is_some() {
                self.found.push(name.span, format!("zone `{}` is told twice", name.value));
            } else if known.values().filter(|other| **other == id.value).count() > 1 {
                self.found.push(id.span, format!("zone id `{}` has two names in one account", id.value));
            }
            if !regions.contains(&region) {
                regions.push(region);
            }
        }
        for region in regions {
            let ids = region.azs().into_iter().map(|az| region.az_id(&az));
            let mut left = ids.filter(|id| !known.values().any(|taken| taken == id)).collect::<Vec<_>>().into_iter();
            for az in region.azs() {
                if !known.contains_key(&az)
                    && let Some(id) = left.next()
                {
                    known.insert(az, id);
                }
            }
        }
        known
    }

    /// The region of a zone id, and the zone to which the account gives it.
    fn zone(&mut self, name: &Text, id: &Text) -> Option<(Region, Az)> {
        let has = |region: &Region| region.azs().iter().any(|az| region.az_id(az) == id.value);
        let Some(region) = Region::names().filter_map(Region::parse).find(has) else {
            let example = self.region.azs().first().map(|az| self.region.az_id(az)).unwrap_or_default();
            let message = format!("there is no zone id `{}`", id.value);
            self.found.push_with_hint(id.span, message, format!("write it as in `{example}`"));
            return None;
        };
        let az = region.az(&name.value);
        if az.is_none() {
            let message = format!("there is no availability zone `{}` in {region} (InvalidParameterValue)", name.value);
            self.found.push(name.span, message);
        }
        Some((region.clone(), az?))
    }
}

/// Whether a text is twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
