//! Network interfaces of the native format, other than instances' first ones.

use super::{
    lower::{Lowering, label},
    mapping, name,
};
use crate::model::{
    Name,
    diagnostic::Spanned,
    draft::{self, Ref, Text},
};

mapping! {
    /// A network interface.
    struct NetworkInterface = "a network interface" {
        /// Its subnet, `VPC/SUBNET`.
        subnet: Text,
        /// Its private address. Default: a free one of the subnet.
        private_ip: Option<Text>,
        /// Secondary private addresses, each of its subnet.
        secondary_private_ips: Option<Vec<Text>>,
        /// How many more of these the subnet chooses. Default 0.
        secondary_private_ip_count: Option<Spanned<i64>>,
        /// `true` gives it an elastic IP, called as the interface.
        elastic_ip: Option<Spanned<bool>>,
        /// Its security groups, of its VPC. Default: the VPC's default group.
        security_groups: Option<Vec<Text>>,
        /// `false` lets it take and send what is not its own. Default `true`.
        source_dest_check: Option<bool>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

impl NetworkInterface {
    /// Writes the interface, and its elastic IP if it has one.
    pub(super) fn lower(self, interface: Ref, lowering: &mut Lowering<'_>) {
        let subnet = self.subnet.map(Name::new);
        let groups = name::vpc_of(&subnet).and_then(|vpc| {
            let groups = self.security_groups?.into_iter();
            Some(groups.map(|group| name::inside(vpc.value.as_str(), group)).collect())
        });
        if let Some(Spanned { value: true, span }) = self.elastic_ip {
            lowering.draft.elastic_ips.push(draft::ElasticIp {
                label: label(Spanned::new(interface.value.clone(), span), None),
                address: None,
                instance: None,
                interface: Some(interface.clone()),
                private_ip: None,
            });
        }
        lowering.draft.network_interfaces.push(draft::NetworkInterface {
            label: label(interface, self.tag),
            subnet,
            private_ip: self.private_ip,
            secondary_private_ips: self.secondary_private_ips.unwrap_or_default(),
            secondary_private_ip_count: self.secondary_private_ip_count,
            security_groups: groups,
            source_dest_check: self.source_dest_check,
        });
    }
}
