//! Network interfaces that are resources of their own, and the instances to which they are attached (ENI-01 to ENI-10).

use super::{
    super::{
        Name, Owner,
        diagnostic::{Diagnostics, Spanned},
        draft::{self, Attachment, Draft, Ref},
    },
    Resolver,
    interface::{More, Wish},
    tag,
};
use std::collections::BTreeMap;

/// How many secondary addresses an interface of any type of instance can have.
const MOST_ADDRESSES: i64 = 49;

/// What is known of an interface before it has addresses.
#[derive(Debug, Clone)]
pub(super) struct ElasticInterface {
    pub(super) vpc: Name,
}

impl Resolver<'_> {
    pub(super) fn network_interfaces(&mut self, draft: &Draft) {
        let mut owners = BTreeMap::new();
        for instance in &draft.instances {
            for attachment in &instance.attachments {
                self.attachment(draft, (instance, attachment), &mut owners);
            }
        }
        for interface in &draft.network_interfaces {
            let resolved = self.network_interface(interface, &owners);
            self.elastic_interfaces.insert(&interface.label.name, resolved, &mut self.found);
        }
    }

    /// Notes whose an interface is, if it may be (ENI-10).
    fn attachment(
        &mut self,
        draft: &Draft,
        (instance, attachment): (&draft::Instance, &Attachment),
        owners: &mut BTreeMap<Name, Name>,
    ) {
        let (reference, index) = (&attachment.interface, &attachment.device_index);
        let Some(interface) = draft.network_interfaces.iter().find(|it| it.label.name.value == reference.value) else {
            if self.elastic_interfaces.get(&reference.value).is_some() {
                self.in_use(reference);
            } else {
                let message = format!("there is no network interface `{}`", reference.value);
                self.found.push(reference.span, format!("{message} (InvalidNetworkInterfaceID.NotFound)"));
            }
            return;
        };
        let name = &instance.label.name.value;
        if owners.insert(reference.value.clone(), name.clone()).is_some() {
            self.in_use(reference);
            return;
        }
        let az = |subnet: &Ref| self.subnets.get(&subnet.value).map(|subnet| (subnet.vpc.clone(), subnet.az.clone()));
        let (Some(here), Some(there)) = (az(&instance.subnet), az(&interface.subnet)) else { return };
        if here.0 != there.0 {
            let message = format!("interface `{}` is in VPC `{}`", reference.value, there.0);
            let message = format!("{message}, instance `{name}` in VPC `{}` (InvalidParameterCombination)", here.0);
            self.found.push(reference.span, message);
        } else if here.1 != there.1 {
            let message = "you may not attach a network interface to an instance if they are not in the same \
                           availability zone (InvalidParameterCombination)";
            let hint = format!("instance `{name}` is in {}, interface `{}` in {}", here.1, reference.value, there.1);
            self.found.push_with_hint(reference.span, message, hint);
        }
        let Some(place) = u16::try_from(index.value).ok().filter(|place| (1..=15).contains(place)) else {
            let message =
                format!("{} is no place for a further network interface (InvalidParameterValue)", index.value);
            self.found.push_with_hint(index.span, message, "1 is `eth1`; `eth0` is the instance's own, up to 15");
            return;
        };
        let Some(instance) = self.instances.get_mut(name) else { return };
        if instance.further_interfaces.insert(place, reference.value.clone()).is_some() {
            let message = format!("instance `{name}` already has an interface attached at device index `{place}`");
            self.found.push(index.span, format!("{message} (InvalidParameterValue)"));
        }
    }

    fn in_use(&mut self, reference: &Ref) {
        let message = format!("interface `{}` is in use (InvalidNetworkInterface.InUse)", reference.value);
        self.found.push(reference.span, message);
    }

    fn network_interface(
        &mut self,
        interface: &draft::NetworkInterface,
        owners: &BTreeMap<Name, Name>,
    ) -> Option<ElasticInterface> {
        let name = &interface.label.name;
        let vpc = self.subnets.find(&interface.subnet, &mut self.found)?.vpc.clone();
        if self.elastic_interfaces.get(&name.value).is_some() {
            return None; // said by the caller
        }
        let security_groups = self.groups_of(&vpc, interface.security_groups.as_deref());
        let owner = owners.get(&name.value).map_or(Owner::Nobody, |instance| Owner::Instance(instance.clone()));
        self.wishes.push(Wish {
            name: name.value.clone(),
            span: name.span,
            subnet: interface.subnet.value.clone(),
            private_ip: interface.private_ip.clone(),
            public: None, // an elastic IP, later
            security_groups,
            owner,
            more: More {
                secondary: interface.secondary_private_ips.clone(),
                secondary_count: count(interface.secondary_private_ip_count.as_ref(), &mut self.found),
                checks_nothing: interface.source_dest_check == Some(false),
                tag: Some(tag(&interface.label)),
            },
        });
        Some(ElasticInterface { vpc })
    }
}

/// How many secondary addresses the subnet is to choose.
pub(super) fn count(written: Option<&Spanned<i64>>, found: &mut Diagnostics) -> u32 {
    let Some(written) = written else { return 0 };
    if !(0..=MOST_ADDRESSES).contains(&written.value) {
        let message = format!("an interface cannot have {} secondary addresses", written.value);
        found.push_with_hint(
            written.span,
            format!("{message} (PrivateIpAddressLimitExceeded)"),
            format!("0 to {MOST_ADDRESSES}"),
        );
        return 0;
    }
    u32::try_from(written.value).expect("checked above")
}
