//! The services that speak the query protocol here.

use super::xml::Dialect;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are AWS's own names")]
pub enum Service {
    Ec2,
    Sts,
    ElasticLoadBalancing,
    CloudFormation,
}

impl Service {
    /// The service of that name, which is that of its endpoint: `ec2`, `elasticloadbalancing`.
    pub fn find(name: &str) -> Option<Self> {
        let all = [Service::Ec2, Service::Sts, Service::ElasticLoadBalancing, Service::CloudFormation];
        all.into_iter().find(|service| service.name() == name)
    }

    /// Its name, in endpoints and in the actions of policies.
    pub fn name(self) -> &'static str {
        match self {
            Service::Ec2 => "ec2",
            Service::Sts => "sts",
            Service::ElasticLoadBalancing => "elasticloadbalancing",
            Service::CloudFormation => "cloudformation",
        }
    }

    /// The namespace of its answers.
    pub(super) fn namespace(self) -> &'static str {
        match self {
            Service::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Service::ElasticLoadBalancing => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
            Service::CloudFormation => "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        }
    }

    pub(super) fn dialect(self) -> Dialect {
        if self == Service::Ec2 { Dialect::Ec2 } else { Dialect::Query }
    }
}
