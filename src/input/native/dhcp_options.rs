//! DHCP options of VPCs of the native format.

use super::{
    hosted_zone,
    lower::{Lowering, label},
    mapping,
};
use crate::model::draft::{self, Ref, Text};

mapping! {
    /// What instances of a VPC are told of DNS and time. What is left out they are not told.
    struct DhcpOptions = "DHCP options" {
        /// The domain in which they look for names, or several with spaces between them.
        domain_name: Option<Text>,
        /// Whom they ask, four at most: `AmazonProvidedDNS`, addresses, `instance/NAME`, `resolver_endpoint/NAME`.
        domain_name_servers: Option<Vec<Text>>,
        /// Addresses of time servers, four at most. They are shown; nothing in a lab asks them.
        ntp_servers: Option<Vec<Text>>,
        /// The `Name` tag. Default: the VPC's name.
        tag: Option<String>,
    }
}

impl DhcpOptions {
    /// Writes the set of a VPC, which is called as the VPC is.
    pub(super) fn lower(self, vpc: &Ref, lowering: &mut Lowering<'_>) -> Ref {
        let values = |texts: Option<Vec<Text>>| texts.into_iter().flatten().map(hosted_zone::value).collect();
        lowering.draft.dhcp_options.push(draft::DhcpOptions {
            label: label(vpc.clone(), self.tag),
            domain_name: self.domain_name,
            domain_name_servers: values(self.domain_name_servers),
            ntp_servers: values(self.ntp_servers),
        });
        vpc.clone()
    }
}
