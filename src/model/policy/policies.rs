//! All policies of a lab, read once, and the answer to every call.
//!
//! A role that the file does not declare, and whoever is no role, may do everything that no other policy denies: most
//! labs are about networks. A declared role may do what its policies allow, and nothing without any.

use super::{
    caller::{Call, Caller, Identity},
    context::{Context, Known},
    document::{Document, Form, Question},
    evaluate::{Attached, Decision, Finding, Layer, Standing, findings, weigh},
    managed, message,
};
use crate::model::{Role, Topology};
use std::collections::BTreeMap;

/// What a call to this needs no identity's permission for, whatever policies say.
const FREE: &str = "sts:GetCallerIdentity";

/// The policies of a lab.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    lab: String,
    /// Of endpoints that have one, by id, and whether they are gateways'.
    endpoints: BTreeMap<String, (Document, bool)>,
    /// Of roles, by their names.
    roles: BTreeMap<String, Rights>,
    /// The VPC, the private address and the ARN of instances, by id.
    instances: BTreeMap<String, [String; 3]>,
}

/// What a role may do.
#[derive(Debug, Clone)]
struct Rights {
    path: String,
    documents: Vec<(String, Document)>,
}

impl Policies {
    /// Those of a lab, whose documents were found right when it was resolved.
    pub fn of(topology: &Topology) -> Self {
        let read = |text: &Option<String>, gateway: bool| {
            let document = Document::parse(text.as_deref()?, Form::Endpoint).ok()?;
            Some((document, gateway))
        };
        let interface = topology.endpoints.values().map(|endpoint| (&endpoint.id, read(&endpoint.policy, false)));
        let gateway = topology.gateway_endpoints.values().map(|endpoint| (&endpoint.id, read(&endpoint.policy, true)));
        let endpoints = interface.chain(gateway).filter_map(|(id, policy)| Some((id.to_string(), policy?)));
        let instances = topology.instances.values().map(|instance| {
            let interface = &topology.network_interfaces[&instance.interface];
            let vpc = &topology.vpcs[&interface.vpc];
            let arn = format!("arn:aws:ec2:{}:{}:instance/{}", topology.region, vpc.account, instance.id);
            (instance.id.to_string(), [vpc.id.to_string(), interface.private_ip.to_string(), arn])
        });
        Self {
            lab: topology.lab.clone(),
            endpoints: endpoints.collect(),
            roles: topology.roles.values().map(|role| (role.role_name.clone(), Rights::of(role))).collect(),
            instances: instances.collect(),
        }
    }

    /// What becomes of a call.
    pub fn decide(&self, caller: &Caller, call: &Call<'_>) -> Decision {
        self.look(caller, call, |_, decision| decision.clone())
    }

    /// Why that becomes of a call: a line for each statement that has a say, and the decision.
    pub fn explain(&self, caller: &Caller, call: &Call<'_>) -> String {
        self.look(caller, call, message::explain)
    }

    fn look<T>(&self, caller: &Caller, call: &Call<'_>, say: impl FnOnce(&[Finding<'_>], &Decision) -> T) -> T {
        let known = self.known(&caller.identity);
        let context = Context::of(caller, call, &known);
        let attached = self.attached(caller, call);
        let question = Question {
            identity: &caller.identity,
            role_arn: known.role_arn.as_deref(),
            action: call.action,
            resource: call.resource,
            context: &context,
        };
        let findings = findings(&attached, &question);
        let has_endpoint = attached.iter().any(|policy| policy.layer == Layer::Endpoint);
        let foreign = call.resource_account.zip(caller.identity.account()).is_some_and(|(its, own)| its != own);
        let decision = weigh(&findings, has_endpoint, foreign, self.standing(&caller.identity, call));
        say(&findings, &decision)
    }

    fn standing(&self, identity: &Identity, call: &Call<'_>) -> Standing {
        match identity {
            Identity::Anonymous => Standing::Anonymous,
            Identity::Role { role, .. } if self.roles.contains_key(role) && call.action != FREE => Standing::Governed,
            Identity::Role { .. } | Identity::User { .. } | Identity::Root { .. } => Standing::Free,
        }
    }

    /// The policies that have a say.
    fn attached<'a>(&'a self, caller: &Caller, call: &Call<'a>) -> Vec<Attached<'a>> {
        let endpoint = caller.via.as_ref().and_then(|via| self.endpoints.get_key_value(&via.endpoint));
        let endpoint = endpoint.map(|(id, (document, gateway))| Attached {
            layer: Layer::Endpoint,
            name: format!("of `{id}`"),
            document,
            only_root: *gateway,
        });
        let resource = call.resource_policy.map(|document| Attached {
            layer: Layer::Resource,
            name: format!("of `{}`", call.resource.split('/').next().unwrap_or_default()),
            document,
            only_root: false,
        });
        let role = match &caller.identity {
            Identity::Role { role, .. } if call.action != FREE => self.roles.get_key_value(role),
            _ => None,
        };
        let identity = role.into_iter().flat_map(|(role, rights)| {
            rights.documents.iter().map(move |(policy, document)| Attached {
                layer: Layer::Identity,
                name: format!("`{policy}` of role `{role}`"),
                document,
                only_root: false,
            })
        });
        endpoint.into_iter().chain(resource).chain(identity).collect()
    }

    fn known(&self, identity: &Identity) -> Known {
        let Identity::Role { account, role, session } = identity else { return Known::default() };
        let path = self.roles.get(role).map_or("/", |rights| &rights.path);
        Known {
            role_arn: Some(format!("arn:aws:iam::{account}:role{path}{role}")),
            role_id: Some(Role::id(&self.lab, role)),
            instance: self.instances.get(session).cloned(),
        }
    }
}

impl Rights {
    fn of(role: &Role) -> Self {
        let inline = role.policies.iter().map(|(name, text)| (name, text, Form::Inline));
        let customer = role.customer_policies.iter().map(|(name, text)| (name, text, Form::Managed));
        let own = inline.chain(customer).filter_map(|(name, text, form)| {
            let document = Document::parse(text, form).ok()?;
            Some((name.clone(), document))
        });
        let managed = role.managed_policies.iter().filter_map(|name| Some((name.clone(), managed::document(name)?)));
        Self { path: role.path.clone(), documents: own.chain(managed).collect() }
    }
}
