//! NAT gateways of the native format.

use super::{
    lower::{Lowering, label},
    mapping,
};
use crate::model::{
    Name,
    diagnostic::Spanned,
    draft::{self, Ref, Text},
};

mapping! {
    /// A NAT gateway.
    struct NatGateway = "a NAT gateway" {
        /// Its subnet, by whose route table it sends: `VPC/SUBNET`.
        subnet: Text,
        /// `public` (default) leads to the internet by an elastic IP; `private` to other networks without one.
        connectivity_type: Option<Text>,
        /// The elastic IP of a public one. Default: one of its own, called as the NAT gateway.
        elastic_ip: Option<Text>,
        /// Its private address. Default: a free one of the subnet.
        private_ip: Option<Text>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

impl NatGateway {
    /// Writes the NAT gateway, and its elastic IP if the file does not name one.
    pub(super) fn lower(self, gateway: Ref, lowering: &mut Lowering<'_>) {
        let is_public = self.connectivity_type.as_ref().is_none_or(|text| text.value.eq_ignore_ascii_case("public"));
        let named = self.elastic_ip.map(|elastic| elastic.map(Name::new));
        let own = (named.is_none() && is_public).then(|| gateway.clone());
        if let Some(Spanned { value, span }) = own.clone() {
            let name = label(Spanned::new(value, span), None);
            lowering.draft.elastic_ips.push(draft::ElasticIp {
                label: name,
                address: None,
                instance: None,
                interface: None,
                private_ip: None,
            });
        }
        lowering.draft.nat_gateways.push(draft::NatGateway {
            label: label(gateway, self.tag),
            subnet: self.subnet.map(Name::new),
            connectivity: self.connectivity_type,
            elastic_ip: named.or(own),
            private_ip: self.private_ip,
        });
    }
}
