//! Resources named one by one: by ids, and by what else a call can name them. All must be there, else AWS says which is not,
//! and before that which has not even the form of an id (GEN-08, GEN-09).

use super::super::{error::Error, parameters::Parameters};
use serde_json::Value;

/// A parameter that names resources.
pub(super) struct Identity {
    /// The parameter: `VpcId`, for `VpcId.1` …
    pub(super) parameter: &'static str,
    /// The field that it names.
    pub(super) field: &'static str,
    /// How AWS says that there is none.
    pub(super) refusal: Refusal,
}

/// What AWS says of what it cannot find.
pub(super) enum Refusal {
    /// Of an id: its prefix, the stem of the codes, and what AWS calls the thing.
    Id { prefix: &'static str, stem: &'static str, noun: &'static str },
    /// Of a name: the whole code, and the words before it and after it.
    Name { code: &'static str, words: (&'static str, &'static str) },
}

impl Identity {
    /// Those that are named; all if none is.
    pub(super) fn choose(&self, parameters: &Parameters, resources: Vec<Value>) -> Result<Vec<Value>, Error> {
        let named = parameters.list(self.parameter);
        if named.is_empty() {
            return Ok(resources);
        }
        if let Some(malformed) = named.iter().find(|id| !self.refusal.is_well_formed(id)) {
            return Err(self.refusal.malformed(malformed));
        }
        let is = |resource: &Value, id: &str| resource[self.field].as_str() == Some(id);
        let absent: Vec<_> =
            named.iter().filter(|id| !resources.iter().any(|resource| is(resource, id))).copied().collect();
        if !absent.is_empty() {
            return Err(self.refusal.not_found(&absent));
        }
        Ok(resources.into_iter().filter(|resource| named.iter().any(|id| is(resource, id))).collect())
    }
}

impl Refusal {
    fn is_well_formed(&self, id: &str) -> bool {
        let Refusal::Id { prefix, .. } = self else { return true };
        let digits = id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
        digits.is_some_and(|digits| {
            matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    }

    fn malformed(&self, id: &str) -> Error {
        let Refusal::Id { prefix, stem, .. } = self else { return self.not_found(&[id]) };
        // Wire: `ID` where something is not found, `Id` where it is malformed, but for instances and images.
        let stem = match *stem {
            "InvalidInstanceID" | "InvalidAMIID" => (*stem).to_owned(),
            "InvalidGroup" => "InvalidGroupId".to_owned(),
            "NatGateway" => "InvalidNatGatewayId".to_owned(),
            other => other.strip_suffix("ID").map_or_else(|| other.to_owned(), |stem| format!("{stem}Id")),
        };
        Error::new(format!("{stem}.Malformed"), format!("Invalid id: \"{id}\" (expecting \"{prefix}-...\")"))
    }

    fn not_found(&self, ids: &[&str]) -> Error {
        let (first, all) = (ids[0], ids.join(", "));
        match self {
            Refusal::Name { code, words: (before, after) } => Error::new(*code, format!("{before}{first}{after}")),
            Refusal::Id { stem: "NatGateway", .. } => {
                Error::new("NatGatewayNotFound", format!("NatGateway {first} was not found"))
            }
            Refusal::Id { stem: "InvalidGroup", .. } => {
                Error::new("InvalidGroup.NotFound", format!("The security group '{first}' does not exist"))
            }
            Refusal::Id { stem: stem @ "InvalidAMIID", .. } => {
                Error::new(format!("{stem}.NotFound"), format!("The image id '[{all}]' does not exist"))
            }
            Refusal::Id { stem, noun, .. } if ids.len() > 1 => {
                Error::new(format!("{stem}.NotFound"), format!("The {noun}s '{all}' do not exist"))
            }
            Refusal::Id { stem, noun, .. } => {
                Error::new(format!("{stem}.NotFound"), format!("The {noun} '{first}' does not exist"))
            }
        }
    }
}
