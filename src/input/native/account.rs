//! Accounts of the native format.

use super::{lower::Lowering, mapping};
use crate::{
    input::decode::Pairs,
    model::draft::{self, Ref, Text},
};

mapping! {
    /// An account that owns VPCs of the lab.
    struct Account = "an account" {
        /// Which zone its names for zones mean: `a: apne2-az3`. Zones that are left out take the ids that are left, in
        /// order. Default: the first name means the first id, as for all accounts.
        zones: Pairs<Text>,
    }
}

impl Account {
    /// Writes the account.
    pub(super) fn lower(self, name: &Ref, lowering: &mut Lowering<'_>) {
        let id = Text { value: name.value.to_string(), span: name.span };
        lowering.draft.accounts.push(draft::Account { id, zones: self.zones.0 });
    }
}
