//! AWS's read API over the query protocol, from the lab's own state: EC2, STS, Elastic Load Balancing, CloudFormation.
//!
//! ```text
//! Action=DescribeVpcs&VpcId.1=vpc-…          parameters
//!   ─► Call::Read(…)                         which call it is: for policies, `Call::action` (`ec2:DescribeVpcs`)
//!   ─► answer: describe → owner → ids → filters → part → XML
//! ```
//!
//! Pure: a form goes in, status and XML come out; who asked is known already, and the caller of this stage asks policies
//! between [`call`] and [`answer`]. What resources look like is `describe`'s to say; here stands what a call may ask
//! (`ec2`, `load_balancing`, `stack`), and how it is written (`xml`).
//!
//! An account sees what is its own, in the region that it asks. Calls that change something are [`Call::Write`]: known by
//! name, and refused until somebody serves them.

mod ec2;
mod ec2_name;
mod error;
mod filter;
mod load_balancing;
mod page;
mod parameters;
mod service;
mod stack;
mod xml;

pub use error::Error;
pub use parameters::Parameters;
pub use service::Service;

use crate::{
    describe,
    model::{FIRST_ACCOUNT, Region, Topology},
    spec::service::Health,
};
use serde_json::{Map, Value, json};

/// Every action of the four services.
const ACTIONS: &str = include_str!("actions.txt");

/// The lab as it is now, and who asks.
#[derive(Debug, Clone, Copy)]
pub struct Lab<'a> {
    /// Its resources.
    pub topology: &'a Topology,
    /// What is known of its targets.
    pub health: &'a Health,
    /// Who asks.
    pub caller: &'a Caller,
    /// The region whose service is asked.
    pub region: &'a Region,
}

/// Who asks, as its credentials say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account, twelve digits.
    pub account: String,
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub arn: String,
    /// `AROA…:SESSION`.
    pub user_id: String,
}

impl Lab<'_> {
    /// Whether a resource is the caller's own, in the region that is asked.
    fn has(&self, resource: &Value) -> bool {
        describe::owner(self.topology, resource) == self.caller.account
            && describe::region(self.topology, resource) == self.region
    }

    /// Whether the stack is the caller's: it is the first account's, in the lab's own region.
    fn has_stack(&self) -> bool {
        self.caller.account == FIRST_ACCOUNT && *self.region == self.topology.region
    }
}

/// An answer: an HTTP status and the body, which is XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The error's code, if it is a refusal.
    pub code: Option<String>,
    /// The body, `text/xml;charset=UTF-8`.
    pub body: String,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Call {
    /// A call that reads, and is served.
    Read(&'static str, Read),
    /// A call that changes something.
    Write(&'static str),
    /// A call that reads what a lab does not have.
    Unserved(&'static str),
}

/// What answers a call: the members of the answer.
type Read = fn(&Lab<'_>, &Parameters) -> Result<Map<String, Value>, Error>;

impl Call {
    /// The call's name: `DescribeVpcs`.
    pub fn name(&self) -> &'static str {
        match self {
            Call::Read(name, _) | Call::Write(name) | Call::Unserved(name) => name,
        }
    }

    /// The action that a policy allows or denies: `ec2:DescribeVpcs`.
    pub fn action(&self, service: Service) -> String {
        format!("{}:{}", service.name(), self.name())
    }

    /// The ARN of what it concerns. Calls that describe concern nothing single, but for those of stacks.
    pub fn resource(&self, service: Service, lab: &Lab<'_>, parameters: &Parameters) -> String {
        let stack = parameters.get("StackName").filter(|_| service == Service::CloudFormation);
        stack.map_or_else(|| "*".into(), |stack| stack::arn(lab, stack))
    }
}

/// Which call the parameters ask for.
pub fn call(service: Service, parameters: &Parameters) -> Result<Call, Error> {
    let Some(action) = parameters.get("Action") else {
        return Err(Error::new("MissingAction", "The request must contain the parameter Action"));
    };
    let known = ACTIONS.lines().filter_map(|line| line.split_once(':')).find(|row| *row == (service.name(), action));
    let Some((_, name)) = known else {
        let message = format!("The action {action} is not valid for this web service.");
        return Err(Error::new("InvalidAction", message));
    };
    let read = match service {
        Service::Ec2 => ec2::find(name),
        Service::Sts => (name == "GetCallerIdentity").then_some(get_caller_identity as Read),
        Service::ElasticLoadBalancing => load_balancing::find(name),
        Service::CloudFormation => stack::find(name),
    };
    let reads = ["Describe", "Get", "List", "Search"].iter().any(|verb| name.starts_with(verb));
    Ok(match read {
        Some(read) => Call::Read(name, read),
        None if reads => Call::Unserved(name),
        None => Call::Write(name),
    })
}

/// The answer to a call.
pub fn answer(service: Service, call: &Call, lab: &Lab<'_>, parameters: &Parameters, request_id: &str) -> Reply {
    let members = match call {
        Call::Read(_, read) => tried(service, parameters).and_then(|()| read(lab, parameters)),
        Call::Write(name) => Err(unsupported(name, "a lab is changed by its file and `vpcns up`")),
        Call::Unserved(name) => Err(unsupported(name, "the lab does not mirror what it describes")),
    };
    match members {
        Ok(members) => Reply { status: 200, code: None, body: document(service, call.name(), &members, request_id) },
        Err(error) => refusal(service, &error, request_id),
    }
}

/// A refusal as an answer.
pub fn refusal(service: Service, error: &Error, request_id: &str) -> Reply {
    Reply { status: error.status, code: Some(error.code.clone()), body: error.body(service, request_id) }
}

fn unsupported(name: &str, why: &str) -> Error {
    Error::new("UnsupportedOperation", format!("{name} is not supported by vpcns: {why}"))
}

/// ERR-11: a call that is only tried ends here. Only EC2 has that.
fn tried(service: Service, parameters: &Parameters) -> Result<(), Error> {
    if service == Service::Ec2 && parameters.flag("DryRun")? { Err(Error::dry_run()) } else { Ok(()) }
}

fn document(service: Service, call: &str, members: &Map<String, Value>, request_id: &str) -> String {
    let content = xml::members(service.dialect(), "", members);
    let id = xml::escape(request_id);
    let content = match service.dialect() {
        xml::Dialect::Ec2 => format!("<requestId>{id}</requestId>{content}"),
        xml::Dialect::Query => {
            let result = xml::tag(&format!("{call}Result"), &content);
            format!("{result}<ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>")
        }
    };
    let namespace = service.namespace();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{call}Response xmlns=\"{namespace}\">{content}</{call}Response>"
    )
}

fn get_caller_identity(lab: &Lab<'_>, parameters: &Parameters) -> Result<Map<String, Value>, Error> {
    only(parameters, &[])?;
    let Caller { account, arn, user_id } = lab.caller;
    Ok(object(json!({ "UserId": user_id, "Account": account, "Arn": arn })))
}

/// A parameter that the call does not have is refused, as what it says would not happen.
fn only(parameters: &Parameters, known: &[&str]) -> Result<(), Error> {
    match parameters.heads().find(|head| !known.contains(head)) {
        None => Ok(()),
        Some(head) => Err(Error::new("UnknownParameter", format!("The parameter {head} is not recognized"))),
    }
}

/// An object's members.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Takes fields out of a resource: those that only `show` has. A path may lead through lists: `DefaultActions/*/Order`.
fn leave_out(resource: &mut Value, path: &str) {
    match (path.split_once('/'), resource) {
        (None, Value::Object(members)) => {
            members.retain(|member, _| member != path);
        }
        (Some(("*", rest)), Value::Array(items)) => items.iter_mut().for_each(|item| leave_out(item, rest)),
        (Some((member, rest)), Value::Object(members)) => {
            if let Some(value) = members.get_mut(member) {
                leave_out(value, rest);
            }
        }
        _ => {}
    }
}
