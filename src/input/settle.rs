//! Reading a template until what it says of its own resources is known.

use super::{Examined, Options, Parsed, cloudformation::Earlier, examine_template};
use crate::model::Topology;
use std::collections::BTreeSet;

/// How often a template is read at most. Once more than one value needs another suffices, and resources cannot need
/// each other in a circle.
const ROUNDS: usize = 64;

/// A template that misses texts which the resolved lab has.
#[derive(Debug)]
pub(super) struct Unsettled {
    pub(super) file: Parsed,
    pub(super) options: Options,
}

/// Examines a template again and again, with what the lab as far as it is known says, until that changes nothing.
/// What runs in the lab, `running`, keeps its addresses. Any other file stays as it is.
pub fn settle(mut examined: Examined, lab: &str, running: Option<&Topology>) -> Examined {
    let Some(Unsettled { file, options }) = examined.unsettled.take() else { return examined };
    let mut places = BTreeSet::new();
    for _ in 0..ROUNDS {
        let Some(draft) = &examined.draft else { return examined };
        places.extend(examined.mistakes.late());
        let topology = Topology::as_far_as_it_goes(draft, lab, running);
        let next = examine_template(&file, &options, Some(Earlier { topology: &topology, places: &places }));
        let settled = next.draft.as_ref() == Some(draft);
        examined = next;
        if settled {
            return examined;
        }
    }
    // AWS gives the one its address and refuses it to the other; here each gives way to the other.
    for place in places {
        let message = "a value that changes what it is taken from (InvalidIPAddress.InUse)";
        examined.mistakes.push_with_hint(place, message, "an address belongs to one interface: leave this one out");
    }
    examined
}
