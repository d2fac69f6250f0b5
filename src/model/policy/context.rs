//! The request context: the condition keys of a request and their values (VPCE-34, GWE-09).
//!
//! By a VPC endpoint `aws:SourceVpce`, `aws:SourceVpc` and `aws:VpcSourceIp` are there and `aws:SourceIp` is not; by any
//! other way it is the other way round. Keys are the same whatever their case.

use super::{
    caller::{Call, Caller, Identity},
    value,
};
use std::collections::BTreeMap;

/// Keys, in lower case, and their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Context(BTreeMap<String, Vec<String>>);

/// What a lab knows of a caller beside what the request says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// `arn:aws:iam::…:role/…`: the role of a session, with its path.
    pub(super) role_arn: Option<String>,
    /// `AROA…`.
    pub(super) role_id: Option<String>,
    /// The VPC, the private address and the ARN of the instance to which the credentials were told.
    pub(super) instance: Option<[String; 3]>,
}

impl Context {
    /// That of a request.
    pub(super) fn of(caller: &Caller, call: &Call<'_>, known: &Known) -> Self {
        let mut context = Self(call.keys.clone());
        context.principal(&caller.identity, known);
        context.put("aws:SecureTransport", caller.secure.to_string());
        context.put("aws:RequestedRegion", &caller.region);
        context.put("aws:CurrentTime", value::date(caller.time));
        context.put("aws:EpochTime", caller.time.to_string());
        context.put("aws:ViaAWSService", "false");
        if let Some(via) = &caller.via {
            context.put("aws:SourceVpce", &via.endpoint);
            context.put("aws:SourceVpc", &via.vpc);
            context.put("aws:VpcSourceIp", via.source_ip.to_string());
        } else {
            context.put("aws:SourceIp", caller.source_ip.to_string());
        }
        if let Some(account) = call.resource_account.or(caller.identity.account()) {
            context.put("aws:ResourceAccount", account);
            if call.action.starts_with("s3:") {
                context.put("s3:ResourceAccount", account);
            }
        }
        context
    }

    fn principal(&mut self, identity: &Identity, known: &Known) {
        let kind = match identity {
            Identity::Anonymous => "Anonymous",
            Identity::Role { .. } => "AssumedRole",
            Identity::User { .. } => "User",
            Identity::Root { .. } => "Account",
        };
        self.put("aws:PrincipalType", kind);
        match identity {
            Identity::Anonymous => return self.put("aws:userid", "anonymous"),
            Identity::Role { session, .. } => {
                self.put("aws:PrincipalArn", known.role_arn.as_deref().unwrap_or_default());
                let id = known.role_id.as_deref().unwrap_or_default();
                self.put("aws:userid", format!("{id}:{session}"));
            }
            Identity::User { user, .. } => {
                self.put("aws:PrincipalArn", identity.arn());
                self.put("aws:username", user);
            }
            Identity::Root { account } => {
                self.put("aws:PrincipalArn", identity.arn());
                self.put("aws:userid", account);
            }
        }
        self.put("aws:PrincipalAccount", identity.account().unwrap_or_default());
        self.put("aws:PrincipalIsAWSService", "false");
        if let Some([vpc, private_ip, arn]) = &known.instance {
            self.put("aws:Ec2InstanceSourceVpc", vpc);
            self.put("aws:Ec2InstanceSourcePrivateIPv4", private_ip);
            self.put("ec2:SourceInstanceARN", arn);
        }
    }

    fn put(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_lowercase(), vec![value.into()]);
    }

    /// The values of a key, given in lower case; none if the request has not the key.
    pub(super) fn all(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// The value of a key that has one.
    pub(super) fn one(&self, key: &str) -> Option<&str> {
        match self.all(key) {
            [value] => Some(value),
            _ => None,
        }
    }
}
