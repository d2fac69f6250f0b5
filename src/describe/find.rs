//! Finding a resource by what people call it: its logical name, `Name` tag, id, address, DNS name, or the
//! beginning of one of these if no other resource has it too.

use super::{Kind, resources, table::values_at};
use crate::{
    model::{Name, Topology, diagnostic::did_you_mean},
    spec::service::Health,
};
use serde_json::Value;

/// A resource that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Its kind.
    pub kind: Kind,
    /// Its logical name.
    pub name: Name,
}

/// Why no resource, or no single one, was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// Nothing has that name.
    #[error("there is {what} called `{text}` in lab `{lab}`")]
    Unknown {
        /// `nothing`, or of which kind there is none.
        what: String,
        /// What was asked for.
        text: String,
        /// Where.
        lab: String,
        /// A way out.
        hint: Option<String>,
    },
    /// Several have it.
    #[error("`{text}` may be {}", candidates.join(" or "))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// What it may be: `instance web`, `endpoint web`.
        candidates: Vec<String>,
    },
}

impl NotFound {
    /// A way out.
    pub fn hint(&self) -> String {
        match self {
            NotFound::Unknown { hint, .. } => hint.clone().unwrap_or_else(|| "`vpcns show` lists what there is".into()),
            NotFound::Ambiguous { .. } => "write the whole logical name, or the id".into(),
        }
    }
}

/// The one resource of these kinds that `text` stands for. A logical name counts more than another
/// whole name, and that more than the beginning of one.
pub fn find(topology: &Topology, kinds: &[Kind], text: &str) -> Result<Found, NotFound> {
    let text = text.trim_end_matches('.');
    let known: Vec<(Found, Vec<String>)> = kinds.iter().flat_map(|kind| names(topology, *kind)).collect();
    let closeness =
        |(found, names): &(Found, Vec<String>)| names.iter().filter_map(|name| closeness(found, name, text)).min();
    let Some(best) = known.iter().filter_map(closeness).min() else {
        let hint = did_you_mean(text, known.iter().flat_map(|(_, names)| names).map(String::as_str));
        let what = match kinds {
            [kind] => format!("no {}", kind.singular()),
            _ => "nothing".into(),
        };
        return Err(NotFound::Unknown { what, text: text.to_owned(), lab: topology.lab.clone(), hint });
    };
    let hits = known.iter().filter(|resource| closeness(resource) == Some(best)).map(|(found, _)| found);
    match hits.collect::<Vec<_>>()[..] {
        [found] => Ok(found.clone()),
        ref hits => {
            let candidates = hits.iter().map(|found| format!("{} `{}`", found.kind.singular(), found.name)).collect();
            Err(NotFound::Ambiguous { text: text.to_owned(), candidates })
        }
    }
}

/// How near `text` is to what a resource is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    LogicalName,
    WholeName,
    Beginning,
}

fn closeness(found: &Found, name: &str, text: &str) -> Option<Closeness> {
    if name == text && name == found.name.as_str() {
        Some(Closeness::LogicalName)
    } else if name.eq_ignore_ascii_case(text) {
        Some(Closeness::WholeName)
    } else {
        (!text.is_empty() && name.starts_with(text)).then_some(Closeness::Beginning)
    }
}

/// Each resource of a kind with all that it is called.
fn names(topology: &Topology, kind: Kind) -> Vec<(Found, Vec<String>)> {
    let objects = resources(kind, topology, &Health::default());
    let named = objects.iter().map(|object| {
        let logical = object["LogicalId"].as_str().unwrap_or_default();
        let identity = ["LogicalId", "Name"].iter().chain(kind.identity()).flat_map(|path| values_at(object, path));
        let names = identity.filter_map(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
        (Found { kind, name: Name::new(logical) }, names.collect())
    });
    named.collect()
}
