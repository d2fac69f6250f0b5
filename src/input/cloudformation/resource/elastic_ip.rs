//! `AWS::EC2::EIP` and its association (section 5 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, properties},
    },
    instance::Instance,
    network_interface::Eni,
};
use crate::model::draft::{self, Label, Ref, Text};

properties! {
    /// An elastic IP.
    struct Eip = "an elastic IP" {
        /// The instance that has it.
        instance as "InstanceId": Option<To<Instance>>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["Domain", "NetworkBorderGroup", "PublicIpv4Pool"];
    unmirrored &["Address", "IpamPoolId", "TransferAddress"];
}

properties! {
    /// What gives an instance its elastic IP.
    struct EipAssociation = "an association" {
        /// The elastic IP: `!GetAtt EIP.AllocationId`.
        allocation as "AllocationId": Option<To<Eip>>,
        /// The same by another name: `!Ref EIP`.
        address as "EIP": Option<To<Eip>>,
        /// The instance.
        instance as "InstanceId": Option<To<Instance>>,
        /// Instead of the instance: its network interface, a resource of its own.
        interface as "NetworkInterfaceId": Option<To<Eni>>,
        /// For which of the interface's private addresses it stands. Default: the primary one.
        private_ip as "PrivateIpAddress": Option<Text>,
    }
}

impl Resource for Eip {
    const TYPE: &'static str = "AWS::EC2::EIP";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("AllocationId", How::Itself), ("PublicIp", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let label = Label { name, tag: self.tags.0 };
        let instance = self.instance.map(|instance| instance.name);
        lowering.draft.elastic_ips.push(draft::ElasticIp {
            label,
            address: None,
            instance,
            interface: None,
            private_ip: None,
        });
    }
}

impl Resource for EipAssociation {
    const TYPE: &'static str = "AWS::EC2::EIPAssociation";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("Id", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        match (self.allocation.or(self.address), self.instance, self.interface) {
            (Some(_), Some(_), Some(interface)) => {
                let message = "an association names an instance or an interface (InvalidParameterCombination)";
                lowering.notes.push(interface.name.span, message);
            }
            (Some(address), Some(instance), None) => {
                lowering.joined.instances.add(address.name, (instance.name, self.private_ip));
            }
            (Some(address), None, Some(interface)) => {
                lowering.joined.interfaces.add(address.name, (interface.name, self.private_ip));
            }
            (None, _, _) => lowering.notes.push(name.span, "missing key `AllocationId`"),
            (_, None, None) => lowering.notes.push(name.span, "missing key `InstanceId`"),
        }
    }
}
