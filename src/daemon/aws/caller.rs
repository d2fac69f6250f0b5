//! Who asks a service: by which endpoint, from which VPC and address (VPCE-34, GWE-09), and with whose credentials.
//!
//! Place and principal are known by different ways: the place by the source address, which nobody can forge, the
//! principal by the signature.

use crate::spec::aws::{AwsServices, Session};
use std::net::Ipv4Addr;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::daemon) struct Caller {
    /// With whose credentials; none before a signature is verified, and of who has none.
    pub(in crate::daemon) principal: Option<Principal>,
    /// The endpoint by which the call came (`aws:SourceVpce`).
    pub(in crate::daemon) endpoint: Option<String>,
    /// The endpoint's VPC (`aws:SourceVpc`).
    pub(in crate::daemon) vpc: Option<String>,
    /// The client's private address, if it came by an endpoint (`aws:VpcSourceIp`).
    pub(in crate::daemon) vpc_source_ip: Option<Ipv4Addr>,
    /// The client's address: the private one by an endpoint, else the public one.
    pub(in crate::daemon) source_ip: Ipv4Addr,
    /// Whether it came by HTTPS (`aws:SecureTransport`).
    pub(in crate::daemon) secure: bool,
}

/// Whose credentials a call is signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::daemon) enum Principal {
    /// The account itself, its root user.
    Account(String),
    /// An instance with a role.
    Role(Session),
}

impl Caller {
    /// Who stands behind a source address, as the services see it.
    pub(super) fn at(services: &AwsServices, seen: Ipv4Addr, secure: bool) -> Self {
        let found = services.clients.iter().find_map(|clients| Some((clients, clients.own_address(seen)?)));
        let (clients, own) = found.unzip();
        Self {
            principal: None,
            endpoint: clients.map(|clients| clients.endpoint.clone()),
            vpc: clients.map(|clients| clients.vpc.clone()),
            vpc_source_ip: own,
            source_ip: own.unwrap_or(seen),
            secure,
        }
    }
}

impl Principal {
    /// Its account.
    #[allow(dead_code, reason = "for services and policies")]
    pub(in crate::daemon) fn account(&self) -> &str {
        match self {
            Self::Account(account) => account,
            Self::Role(session) => &session.account,
        }
    }

    /// Its ARN, as `aws sts get-caller-identity` says it.
    pub(in crate::daemon) fn arn(&self) -> String {
        match self {
            Self::Account(account) => format!("arn:aws:iam::{account}:root"),
            Self::Role(Session { account, role, name }) => {
                format!("arn:aws:sts::{account}:assumed-role/{role}/{name}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{NetnsName, aws::Clients};
    use std::collections::BTreeMap;

    #[test]
    fn two_vpcs_of_one_cidr_are_told_apart_gwe_09_vpce_34() {
        let own = "10.0.0.0/16".parse().unwrap();
        let clients = [("254.7.0.0/16", "1"), ("254.9.0.0/16", "2")].map(|(seen, number)| Clients {
            seen: seen.parse().unwrap(),
            own,
            endpoint: format!("vpce-{number}"),
            vpc: format!("vpc-{number}"),
        });
        let services = AwsServices {
            netns: NetnsName::new("lab", "aws"),
            account: "1".into(),
            fronts: BTreeMap::new(),
            clients: clients.into(),
            sessions: Vec::new(),
            upstreams: BTreeMap::new(),
        };
        let private = Some(Ipv4Addr::new(10, 0, 1, 9));
        for (seen, number) in [([254, 7, 1, 9], "1"), ([254, 9, 1, 9], "2")] {
            let caller = Caller::at(&services, seen.into(), true);
            assert_eq!(caller.endpoint, Some(format!("vpce-{number}")));
            assert_eq!(caller.vpc, Some(format!("vpc-{number}")));
            assert_eq!((caller.vpc_source_ip, Some(caller.source_ip)), (private, private));
        }
        let public = Caller::at(&services, [3, 38, 0, 1].into(), false);
        assert_eq!((public.endpoint, public.vpc_source_ip), (None, None));
        assert_eq!(public.source_ip, Ipv4Addr::new(3, 38, 0, 1));
    }
}
