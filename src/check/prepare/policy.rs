//! A `policy` as it is asked: the service that has the action, the endpoint that is meant, and whose denial counts.

use super::Preparing;
use crate::{
    check::policy::{Question, REASONS},
    model::{AwsService, check::PolicyQuestion, diagnostic::did_you_mean, draft::Text, policy::Layer},
    reach::Sender,
};

/// Services whose actions begin with another word than their names.
const PREFIXES: [(&str, &str); 2] = [("cloudwatch", "monitoring"), ("ses", "email")];

impl Preparing<'_> {
    pub(super) fn question(&mut self, from: Option<&Sender>, asked: &PolicyQuestion) -> Option<Question> {
        let service = self.service(&asked.action)?;
        let resource = asked.resource.as_ref().map_or("*".into(), |resource| {
            let text = self.expand(resource);
            if text != "*" && !text.starts_with("arn:") {
                let hint = "write `arn:aws:s3:::BUCKET/KEY`, or `*` for what concerns no single resource";
                self.notes.push_with_hint(resource.span, format!("`{text}` is no ARN"), hint);
            }
            text
        });
        let by = asked.by.as_ref().and_then(|by| self.endpoint(by));
        let allowed = self.allowed(&asked.expect);
        let reason = asked.reason.as_ref().and_then(|reason| self.layer(reason, allowed));
        let region = match from {
            Some(Sender::Instance(name)) => {
                let interface = &self.topology.instances[name].interface;
                self.topology.region_of(&self.topology.network_interfaces[interface].vpc)
            }
            _ => &self.topology.region,
        };
        let name = service.names(region).swap_remove(0);
        Some(Question { action: asked.action.value.clone(), resource, to: format!("{name}:443"), by, allowed, reason })
    }

    /// The service of an action.
    fn service(&mut self, action: &Text) -> Option<AwsService> {
        let parts = action.value.split_once(':');
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let Some((prefix, _)) = parts.filter(|(prefix, name)| !prefix.is_empty() && is_name(name)) else {
            let message = format!("`{}` is no action of IAM's", action.value);
            self.notes.push_with_hint(action.span, message, "write one, such as `s3:GetObject`, without `*`");
            return None;
        };
        let name = PREFIXES.iter().find(|(known, _)| *known == prefix).map_or(prefix, |(_, name)| name);
        let found = AwsService::signed_as(name);
        if found.is_none() {
            let message = format!("a lab has no service whose actions begin with `{prefix}:`");
            let all: Vec<_> = AwsService::all().collect();
            let near = did_you_mean(prefix, all.iter().map(AwsService::as_str));
            let hint = near.unwrap_or_else(|| "such as `s3:`, `dynamodb:` or `ec2:`".into());
            self.notes.push_with_hint(action.span, message, hint);
        }
        found
    }

    /// The id of the endpoint by which a call must come.
    fn endpoint(&mut self, by: &Text) -> Option<String> {
        let name = self.expand(by);
        let interface = self.topology.endpoints.get(name.as_str()).map(|endpoint| &endpoint.id);
        let gateway = self.topology.gateway_endpoints.get(name.as_str()).map(|endpoint| &endpoint.id);
        let found = interface.or(gateway).map(ToString::to_string);
        if found.is_none() {
            let all: Vec<_> = self.topology.endpoints.keys().chain(self.topology.gateway_endpoints.keys()).collect();
            let near = did_you_mean(&name, all.iter().map(|name| name.as_str()));
            let hint = near.unwrap_or_else(|| "an endpoint or a gateway endpoint of the file".into());
            self.notes.push_with_hint(by.span, format!("there is no endpoint `{name}`"), hint);
        }
        found
    }

    fn allowed(&mut self, expect: &Text) -> bool {
        if !["allowed", "denied"].contains(&expect.value.as_str()) {
            let message = format!("a call is `allowed` or `denied`, not `{}`", expect.value);
            self.notes.push(expect.span, message);
        }
        expect.value == "allowed"
    }

    fn layer(&mut self, reason: &Text, allowed: bool) -> Option<Layer> {
        let found = REASONS.iter().find(|(word, _)| *word == reason.value).map(|(_, layer)| *layer);
        if found.is_none() {
            let words = REASONS.map(|(word, _)| format!("`{word}`")).join(", ");
            let message = format!("`{}` is no reason for which a call is denied", reason.value);
            self.notes.push_with_hint(reason.span, message, format!("it is a policy of one of {words}"));
        } else if allowed {
            self.notes.push(reason.span, "a call that is allowed has no reason to be denied");
        }
        found
    }
}
