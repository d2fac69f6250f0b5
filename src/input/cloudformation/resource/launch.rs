//! What instances are launched with, wherever a template says it: at the instance, in a launch template, in a launch
//! configuration; and the interfaces that are resources of their own, of which an instance may have one as its first.

use super::{
    super::{
        iam::{Profile, Roles},
        lowering::Lowering,
        property::{AllTags, Named, To, names, properties},
    },
    key_pair::KeyPair,
    network_interface::{Attached, Eni},
    security_group::{OwnName, SecurityGroup},
    vpc::Subnet,
};
use crate::{
    input::{mapping::REFUSED, metadata_options::Wanted},
    model::{
        MetadataOptions, Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, ImageRef, Label, Ref, Text},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::BTreeMap;

properties! {
    /// How an instance's metadata answers.
    struct Options = "metadata options" {
        /// `required` or `optional` (default): whether each question needs a token.
        tokens as "HttpTokens": Option<Text>,
        /// `enabled` (default) or `disabled`: whether it answers at all.
        endpoint as "HttpEndpoint": Option<Text>,
        /// How many routers a token may pass, 1 to 64. Default 1.
        hop_limit as "HttpPutResponseHopLimit": Option<Spanned<i64>>,
        /// `enabled` or `disabled` (default): whether `tags/instance` tells the instance's tags.
        tags as "InstanceMetadataTags": Option<Text>,
    }
    accepted &["HttpProtocolIpv6"];
}

/// What an instance is launched with.
#[derive(Debug, Clone, Default)]
pub(in crate::input::cloudformation) struct Launch {
    pub(super) image: Option<Text>,
    pub(super) instance_type: Option<String>,
    pub(super) profile: Option<Profile>,
    pub(super) key: Option<Ref>,
    pub(super) metadata_options: Option<MetadataOptions>,
    pub(super) user_data: Option<Text>,
    pub(super) subnet: Option<Ref>,
    /// Without a subnet: the zone of its default subnet.
    pub(super) az: Option<Text>,
    pub(super) private_ip: Option<Text>,
    pub(super) public_ip: Option<Spanned<bool>>,
    pub(super) groups: Option<Vec<Ref>>,
    /// The interface that is a resource of its own.
    pub(super) interface: Option<Ref>,
    pub(super) tags: AllTags,
}

/// What the template launches with, by logical id.
#[derive(Default)]
pub(in crate::input::cloudformation) struct Launches {
    /// Launch templates, with the name that they have.
    pub(super) templates: BTreeMap<Name, (String, Launch)>,
    /// Launch configurations.
    pub(super) configurations: BTreeMap<Name, Launch>,
    /// Network interfaces.
    pub(super) interfaces: BTreeMap<Name, (Span, Attached)>,
    /// Roles.
    pub(in crate::input::cloudformation) roles: Roles,
}

impl Launches {
    /// Notes interfaces that no instance, or more than one, has.
    pub(in crate::input::cloudformation) fn finish(&self, notes: &mut Diagnostics, instances: &[draft::Instance]) {
        for (name, (span, _)) in &self.interfaces {
            let mut users = instances.iter().filter_map(|instance| instance.interface.as_ref());
            let mut users = users.by_ref().filter(|interface| interface.value == *name);
            match (users.next(), users.next()) {
                (None, _) => {
                    let message =
                        format!("`{name}`: an interface that no instance has as its first is not mirrored yet");
                    notes.push_unmirrored(*span, message, REFUSED);
                }
                (Some(_), Some(second)) => {
                    let message = format!("interface `{name}` is in use (InvalidNetworkInterface.InUse)");
                    notes.push(second.span, message);
                }
                (Some(_), None) => {}
            }
        }
    }
}

impl Launch {
    /// This, and where it says nothing what a launch template says.
    pub(super) fn or(self, template: Self) -> Self {
        let mut others = template.tags.others;
        others.extend(self.tags.others);
        Self {
            image: self.image.or(template.image),
            instance_type: self.instance_type.or(template.instance_type),
            profile: self.profile.or(template.profile),
            key: self.key.or(template.key),
            metadata_options: self.metadata_options.or(template.metadata_options),
            user_data: self.user_data.or(template.user_data),
            subnet: self.subnet.or(template.subnet),
            az: self.az.or(template.az),
            private_ip: self.private_ip.or(template.private_ip),
            public_ip: self.public_ip.or(template.public_ip),
            groups: self.groups.or(template.groups),
            interface: self.interface.or(template.interface),
            tags: AllTags { name: self.tags.name.or(template.tags.name), others },
        }
    }

    /// The instance: in the default VPC, if nothing says where.
    pub(super) fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        let mut launch = self;
        if let Some(interface) = &launch.interface {
            // What is no interface was noted where it stands.
            let Some((_, attached)) = lowering.launches.interfaces.get(&interface.value) else {
                lowering.left_out.insert(name.value.to_string());
                return;
            };
            launch.subnet = Some(attached.subnet.clone());
            launch.private_ip.clone_from(&attached.private_ip);
            launch.groups.clone_from(&attached.groups);
        }
        let subnet = launch.subnet.unwrap_or_else(|| lowering.default_subnet(launch.az.as_ref(), name.span));
        let iam_role = launch.profile.and_then(|profile| profile.role(&lowering.launches.roles));
        lowering.draft.instances.push(draft::Instance {
            label: Label { name, tag: launch.tags.name },
            subnet,
            private_ip: launch.private_ip,
            public_ip: launch.public_ip,
            security_groups: launch.groups,
            httpd: BTreeMap::new(),
            user_data: launch.user_data,
            key: launch.key,
            image: launch.image.map(|image| image.map(ImageRef::Any)),
            instance_type: launch.instance_type,
            commands: BTreeMap::new(),
            iam_role,
            metadata_options: launch.metadata_options.unwrap_or_default(),
            tags: launch.tags.others,
            interface: launch.interface,
        });
    }

    /// Takes the one interface that a list describes. `outside` is where the same is said beside the list.
    pub(super) fn take_interface(&mut self, interfaces: Vec<Inline>, outside: &[Span], notes: &mut Diagnostics) {
        if let Some(second) = interfaces.get(1) {
            let message = "an instance with several network interfaces is not mirrored yet";
            notes.push_unmirrored(second.at, message, REFUSED);
        }
        let Some(interface) = interfaces.into_iter().next() else { return };
        for span in outside {
            let message = "network interfaces and an instance-level subnet or groups may not be specified on the same \
                           request (InvalidParameterCombination)";
            notes.push_with_hint(*span, message, "put it into `NetworkInterfaces`");
        }
        if let Some(index) = interface.device_index.filter(|index| index.value != 0) {
            notes.push(index.span, "the first network interface has the device index 0");
        }
        if let Some(existing) = &interface.existing {
            let more = [
                interface.subnet.as_ref().map(|subnet| subnet.name.span),
                interface.private_ip.as_ref().map(|address| address.span),
                interface.groups.as_ref().and_then(|groups| Some(groups.first()?.name.span)),
            ];
            for span in more.into_iter().flatten() {
                let message = format!("`{}` has a subnet, an address and groups already", existing.name.value);
                notes.push(span, format!("{message} (InvalidParameterCombination)"));
            }
        }
        self.subnet = interface.subnet.map(|subnet| subnet.name);
        self.groups = interface.groups.map(names);
        self.private_ip = interface.private_ip;
        self.public_ip = interface.public_ip;
        self.interface = interface.existing.map(|interface| interface.name);
    }
}

/// One network interface that is described with an instance, in any of the forms.
pub(super) struct Inline {
    pub(super) at: Span,
    pub(super) device_index: Option<Spanned<i64>>,
    pub(super) subnet: Option<To<Subnet>>,
    pub(super) groups: Option<Vec<To<SecurityGroup>>>,
    pub(super) private_ip: Option<Text>,
    pub(super) public_ip: Option<Spanned<bool>>,
    pub(super) existing: Option<To<Eni>>,
}

impl Options {
    /// The options, as far as they are right.
    pub(super) fn lower(self, notes: &mut Diagnostics) -> MetadataOptions {
        let Self { tokens, endpoint, hop_limit, tags } = self;
        Wanted { tokens, endpoint, hop_limit, tags }.lower(notes)
    }
}

/// Groups by reference, or else those of the default VPC by name.
pub(super) fn groups(
    references: Option<Vec<To<SecurityGroup>>>,
    named: Option<Vec<OwnName>>,
    lowering: &mut Lowering<'_>,
) -> Option<Vec<Ref>> {
    let named = named.map(|named| named.into_iter().filter_map(|group| group.find(lowering)).collect());
    references.map(names).or(named)
}

/// The key pair that a `KeyName` names.
pub(super) fn key(named: Named<KeyPair>) -> Ref {
    named.text.map(Name::new)
}

/// What a property in Base64 says.
pub(super) fn decoded(text: &Text, notes: &mut Diagnostics) -> Option<Text> {
    let bytes = STANDARD.decode(&text.value).ok();
    if bytes.as_ref().is_some_and(|bytes| bytes.starts_with(&[0x1f, 0x8b])) {
        notes.push_unmirrored(text.span, "user data packed with gzip is not mirrored", "leave it unpacked");
        return None;
    }
    let bytes = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    if bytes.is_none() {
        let message = "invalid BASE64 encoding of user data (InvalidUserData.Malformed)";
        notes.push_with_hint(text.span, message, "put it into `Fn::Base64`");
    }
    Some(Text::new(bytes?, text.span))
}
