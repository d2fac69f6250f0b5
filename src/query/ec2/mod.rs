//! EC2: one row a call, in `calls`; what does not fit into a row stands in `special`.

mod calls;
mod gateways;
mod identity;
mod services;
mod special;

use super::{
    Lab, Read,
    error::Error,
    filter, leave_out, only,
    page::{self, EC2},
    parameters::Parameters,
    service::Service,
};
use crate::describe::{self, Kind};
use identity::Identity;
use serde_json::{Map, Value, json};

/// A call that describes the resources of a kind.
struct Describe {
    /// The member of the answer that lists them.
    member: &'static str,
    /// Their kind.
    kind: Kind,
    /// The parameters by which some of them are named.
    by: &'static [Identity],
    /// The filters, as [`filter`] reads them.
    filters: &'static [&'static str],
    /// Other parameters, which change nothing in a lab.
    accepted: &'static [&'static str],
    /// What `show` says beside AWS.
    leave_out: &'static [&'static str],
}

/// What answers the call of that name.
pub(super) fn find(name: &str) -> Option<Read> {
    calls::find(name).or_else(|| special::find(name))
}

impl Describe {
    /// The part of the resources that is wanted, and the next part's token.
    fn read(&self, lab: &Lab<'_>, parameters: &Parameters) -> Result<(Vec<Value>, Option<String>), Error> {
        let (mut chosen, next) = choose(self, parameters, own(self, lab))?;
        for resource in &mut chosen {
            for path in self.leave_out {
                leave_out(resource, path);
            }
        }
        Ok((chosen, next))
    }

    /// The answer: the list, and the token if there is more.
    fn answer(&self, lab: &Lab<'_>, parameters: &Parameters) -> Result<Map<String, Value>, Error> {
        let (resources, next) = self.read(lab, parameters)?;
        Ok(listed(self.member, resources, next))
    }
}

/// The resources of the call's kind that the caller sees, without the names that only `show` has. An image's name is AWS's.
fn own(call: &Describe, lab: &Lab<'_>) -> Vec<Value> {
    let all = describe::resources(call.kind, lab.topology, lab.health);
    let mut own: Vec<_> = all.into_iter().filter(|resource| is_seen(lab, resource)).collect();
    for resource in &mut own {
        leave_out(resource, "LogicalId");
        if call.kind != Kind::Images {
            leave_out(resource, "Name");
        }
    }
    own
}

/// The resources that the parameters name and the filters admit.
fn choose(
    call: &Describe,
    parameters: &Parameters,
    resources: Vec<Value>,
) -> Result<(Vec<Value>, Option<String>), Error> {
    let mut known = vec!["Filter", EC2.size, EC2.token];
    known.extend(call.by.iter().map(|by| by.parameter));
    known.extend(call.accepted);
    only(parameters, &known)?;
    let mut resources = resources;
    for by in call.by {
        resources = by.choose(parameters, resources)?;
    }
    let filters = filter::read(parameters, call.filters)?;
    resources.retain(|resource| filters.iter().all(|filter| filter.admits(resource)));
    let named = call.by.iter().any(|by| !parameters.list(by.parameter).is_empty());
    if named && parameters.get(EC2.size).is_some() {
        let message = "The parameter maxResults cannot be used with the parameter that names resources";
        return Err(Error::new("InvalidParameterCombination", message));
    }
    page::part(Service::Ec2, EC2, parameters, resources)
}

fn listed(member: &str, resources: Vec<Value>, next: Option<String>) -> Map<String, Value> {
    let mut members = Map::from_iter([(member.to_owned(), Value::Array(resources))]);
    if let Some(next) = next {
        members.insert("NextToken".into(), json!(next));
    }
    members
}

/// An account sees its own resources, and both sides of a peering connection.
fn is_seen(lab: &Lab<'_>, resource: &Value) -> bool {
    let sides = ["RequesterVpcInfo", "AccepterVpcInfo"].map(|side| resource.get(side)).into_iter().flatten();
    let mut sides = sides.peekable();
    if sides.peek().is_none() {
        return lab.has(resource);
    }
    sides.into_iter().any(|side| lab.has(side))
}
