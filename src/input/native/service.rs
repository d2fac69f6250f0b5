//! AWS's services as somebody else serves them, of the native format. AWS has no counterpart, and so templates have none.

use super::{lower::Lowering, mapping};
use crate::model::draft::{self, Text};

mapping! {
    /// A service of AWS's own.
    struct Service = "a service" {
        /// Who serves it: `http://HOST:PORT` or `https://HOST:PORT`, as the host of the lab reaches it.
        upstream: Text,
    }
}

impl Service {
    /// Writes the service.
    pub(super) fn lower(self, name: Text, lowering: &mut Lowering<'_>) {
        lowering.draft.services.push(draft::Service { name, upstream: self.upstream });
    }
}
