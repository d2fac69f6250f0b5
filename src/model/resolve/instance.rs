//! Instances (EIP-01, SG-03).

use super::{
    super::{
        Id, Instance, Name, Owner,
        draft::{self, Draft},
    },
    Resolver,
    interface::{More, Wish},
    network_interface::{ElasticInterface, count},
    public_address::{Kind, Public},
    tag,
    user_data::user_data,
};
use std::collections::BTreeMap;

/// Host names that stand for something else in every lab.
pub(super) const RESERVED: [&str; 3] = ["aws", "internet", "laptop"];

/// The name of an instance's network interface, if it has none of its own.
fn interface_name(instance: &Name) -> Name {
    Name::new(format!("{instance}/eth0"))
}

impl Resolver<'_> {
    pub(super) fn instances(&mut self, draft: &Draft) {
        for instance in &draft.instances {
            let resolved = self.instance(instance);
            self.instances.insert(&instance.label.name, resolved, &mut self.found);
        }
    }

    fn instance(&mut self, instance: &draft::Instance) -> Option<Instance> {
        let name = &instance.label.name;
        if RESERVED.contains(&name.value.as_str()) {
            let message = format!("an instance cannot be called `{}`", name.value);
            self.found.push_with_hint(name.span, message, "each lab has a host of that name already");
            return None;
        }
        let subnet = self.subnets.find(&instance.subnet, &mut self.found)?;
        let (vpc, assigns) = (subnet.vpc.clone(), subnet.map_public_ip_on_launch);
        let public = instance.public_ip.as_ref().map_or(assigns, |wanted| wanted.value);
        let security_groups = self.groups_of(&vpc, instance.security_groups.as_deref());
        let interface = match &instance.interface {
            Some(interface) => interface.value.clone(),
            None => interface_name(&name.value),
        };
        let own = ElasticInterface { vpc: vpc.clone() };
        self.elastic_interfaces.insert_own(interface.clone(), own);
        self.wishes.push(Wish {
            name: interface.clone(),
            span: name.span,
            subnet: instance.subnet.value.clone(),
            private_ip: instance.private_ip.clone(),
            public: public.then_some(Public::Assigned(Kind::Instance)),
            security_groups,
            owner: Owner::Instance(name.value.clone()),
            more: More {
                secondary: instance.secondary_private_ips.clone(),
                secondary_count: count(instance.secondary_private_ip_count.as_ref(), &mut self.found),
                checks_nothing: instance.source_dest_check == Some(false),
                tag: None,
            },
        });
        let user_data = instance.user_data.as_ref().and_then(|text| user_data(text, &mut self.found));
        let (image, ami) = self.image(instance.image.as_ref())?;
        self.check_names(instance)?;
        let key_pair = instance.key.as_ref();
        let key_pair = key_pair.filter(|key| self.key_pairs.find(key, &mut self.found).is_some());
        Some(Instance {
            id: Id::derive(self.lab, "i", name.value.as_str()),
            tag: tag(&instance.label),
            tags: instance.tags.clone(),
            interface,
            further_interfaces: BTreeMap::new(), // later
            image,
            ami,
            instance_type: instance.instance_type.clone(),
            httpd: instance.httpd.iter().map(|(port, content)| (*port, content.value.clone())).collect(),
            user_data,
            commands: instance.commands.clone(),
            iam_role: instance.iam_role.as_ref().map(|role| role.value.clone()),
            metadata_options: instance.metadata_options.clone(),
            key_pair: key_pair.map(|key| key.value.clone()),
        })
    }

    /// Whether what becomes a part of a path or of a line can be one.
    fn check_names(&mut self, instance: &draft::Instance) -> Option<()> {
        instance.iam_role.as_ref().map_or(Some(()), |role| self.is_role_name(role).then_some(()))
    }
}
