//! `AWS::EC2::NatGateway` (section 6 of the rules).

use super::{
    super::{
        attribute::How,
        lowering::Lowering,
        property::{Resource, Tags, To, properties},
    },
    elastic_ip::Eip,
    vpc::Subnet,
};
use crate::model::draft::{self, Label, Ref, Text};

properties! {
    /// A NAT gateway.
    struct NatGateway = "a NAT gateway" {
        /// Its subnet, by whose route table it sends.
        subnet as "SubnetId": Option<To<Subnet>>,
        /// `public` (default) leads to the internet by an elastic IP; `private` to other networks without one.
        connectivity as "ConnectivityType": Option<Text>,
        /// The elastic IP of a public one: `!GetAtt EIP.AllocationId`.
        allocation as "AllocationId": Option<To<Eip>>,
        /// Its private address. Default: a free one of the subnet.
        private_ip as "PrivateIpAddress": Option<Text>,
        /// Only `zonal`.
        availability as "AvailabilityMode": Option<Text>,
        /// Of the tags, `Name` is shown and can be used as a name.
        tags as "Tags": Tags,
    }
    accepted &["MaxDrainDurationSeconds"];
    unmirrored &[
        "AvailabilityZoneAddresses",
        "SecondaryAllocationIds",
        "SecondaryPrivateIpAddressCount",
        "SecondaryPrivateIpAddresses",
        "VpcId",
    ];
}

impl Resource for NatGateway {
    const TYPE: &'static str = "AWS::EC2::NatGateway";
    const ATTRIBUTES: &'static [(&'static str, How)] = &[("NatGatewayId", How::Itself), ("EniId", How::Later)];

    fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        if let Some(mode) = self.availability.filter(|mode| mode.value != "zonal") {
            let message = format!("the availability mode `{}` is not mirrored yet", mode.value);
            lowering.leave_out(&name, mode.span, message);
            return;
        }
        let Some(subnet) = self.subnet else {
            lowering.notes.push(name.span, "missing key `SubnetId`");
            return;
        };
        lowering.draft.nat_gateways.push(draft::NatGateway {
            label: Label { name, tag: self.tags.0 },
            subnet: subnet.name,
            connectivity: self.connectivity,
            elastic_ip: self.allocation.map(|allocation| allocation.name),
            private_ip: self.private_ip,
        });
    }
}
