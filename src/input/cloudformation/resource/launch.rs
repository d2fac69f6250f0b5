//! What instances are launched with, wherever a template says it: at the instance, in a launch template, in a launch
//! configuration; and the interfaces that are resources of their own, of which an instance may have one as its first.

use super::{
    super::{
        iam::{Profile, Roles},
        lowering::Lowering,
        property::{AllTags, Named, To, names, properties},
    },
    key_pair::KeyPair,
    network_interface::{Attached, Eni, PrivateAddress, addresses},
    security_group::{OwnName, SecurityGroup},
    vpc::Subnet,
};
use crate::{
    input::metadata_options::Wanted,
    model::{
        MetadataOptions, Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Attachment, ImageRef, Label, Ref, Text},
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
    pub(super) secondary: Secondary,
    pub(super) source_dest_check: Option<bool>,
    /// The further interfaces that are described with the instance.
    pub(super) further: Vec<Inline>,
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
    /// Notes interfaces that more than one instance has as its first, and gives the others, which are attached later
    /// or not at all.
    pub(in crate::input::cloudformation) fn finish(
        &self,
        notes: &mut Diagnostics,
        instances: &[draft::Instance],
    ) -> Vec<draft::NetworkInterface> {
        let mut others = Vec::new();
        for (name, (span, attached)) in &self.interfaces {
            let users = instances.iter().filter_map(|instance| instance.interface.as_ref());
            let mut users = users.filter(|interface| interface.value == *name);
            match (users.next(), users.next()) {
                (None, _) => others.push(attached.clone().lower(Spanned::new(name.clone(), *span))),
                (Some(_), Some(second)) => {
                    let message = format!("interface `{name}` is in use (InvalidNetworkInterface.InUse)");
                    notes.push(second.span, message);
                }
                (Some(_), None) => {}
            }
        }
        others
    }
}

/// Secondary private addresses.
#[derive(Debug, Clone, Default)]
pub(in crate::input::cloudformation) struct Secondary {
    pub(super) addresses: Vec<Text>,
    pub(super) count: Option<Spanned<i64>>,
}

impl Secondary {
    /// These, or if there are none those of a launch template.
    fn or(self, template: Self) -> Self {
        if self.addresses.is_empty() && self.count.is_none() { template } else { self }
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
            secondary: self.secondary.or(template.secondary),
            source_dest_check: self.source_dest_check.or(template.source_dest_check),
            further: if self.further.is_empty() { template.further } else { self.further },
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
            launch.secondary = attached.secondary.clone();
            launch.source_dest_check = attached.source_dest_check;
        }
        let subnet = launch.subnet.unwrap_or_else(|| lowering.default_subnet(launch.az.as_ref(), name.span));
        let iam_role = launch.profile.and_then(|profile| profile.role(&lowering.launches.roles));
        let further = std::mem::take(&mut launch.further).into_iter();
        let attachments = further.filter_map(|interface| interface.attach((&name, &subnet), lowering)).collect();
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
            secondary_private_ips: launch.secondary.addresses,
            secondary_private_ip_count: launch.secondary.count,
            source_dest_check: launch.source_dest_check,
            attachments,
        });
    }

    /// Takes the interfaces that a list describes. `outside` is where the same is said beside the list.
    pub(super) fn take_interfaces(&mut self, mut interfaces: Vec<Inline>, outside: &[Span], notes: &mut Diagnostics) {
        for span in outside {
            let message = "network interfaces and an instance-level subnet or groups may not be specified on the same \
                           request (InvalidParameterCombination)";
            notes.push_with_hint(*span, message, "put it into `NetworkInterfaces`");
        }
        let is_first = |interface: &Inline| interface.index() == 0;
        let Some(first) = interfaces.iter().position(is_first) else {
            if let Some(interface) = interfaces.first() {
                let at = interface.device_index.as_ref().map_or(interface.at, |index| index.span);
                notes.push(at, "the first network interface has the device index 0");
            }
            return;
        };
        let interface = interfaces.remove(first);
        if let Some(second) = interfaces.iter().find(|interface| is_first(interface)) {
            let message = "the instance already has an interface attached at device index `0` (InvalidParameterValue)";
            notes.push(second.at, message);
            return;
        }
        interface.is_alone(notes);
        let mut public_ip = interface.public_ip;
        if !interfaces.is_empty() {
            // EIP-01
            if let Some(public) = public_ip.filter(|public| public.value) {
                let message = "the associatePublicIPAddress parameter cannot be specified when launching with multiple \
                               network interfaces (InvalidParameterCombination)";
                notes.push(public.span, message);
            }
            public_ip = Some(Spanned::new(false, interface.at));
        }
        (self.private_ip, self.secondary) =
            addresses(interface.private_ip, interface.private_ips, interface.count, notes);
        self.subnet = interface.subnet.map(|subnet| subnet.name);
        self.groups = interface.groups.map(names);
        self.public_ip = public_ip;
        self.interface = interface.existing.map(|interface| interface.name);
        self.further = interfaces;
    }
}

/// One network interface that is described with an instance, in any of the forms.
#[derive(Debug, Clone)]
pub(super) struct Inline {
    pub(super) at: Span,
    pub(super) device_index: Option<Spanned<i64>>,
    pub(super) subnet: Option<To<Subnet>>,
    pub(super) groups: Option<Vec<To<SecurityGroup>>>,
    pub(super) private_ip: Option<Text>,
    pub(super) private_ips: Option<Vec<PrivateAddress>>,
    pub(super) count: Option<Spanned<i64>>,
    pub(super) public_ip: Option<Spanned<bool>>,
    pub(super) existing: Option<To<Eni>>,
}

impl Inline {
    fn index(&self) -> i64 {
        self.device_index.as_ref().map_or(0, |index| index.value)
    }

    /// Notes what is said beside an interface that is a resource of its own.
    fn is_alone(&self, notes: &mut Diagnostics) {
        let Some(existing) = &self.existing else { return };
        let more = [
            self.subnet.as_ref().map(|subnet| subnet.name.span),
            self.private_ip.as_ref().map(|address| address.span),
            self.groups.as_ref().and_then(|groups| Some(groups.first()?.name.span)),
        ];
        for span in more.into_iter().flatten() {
            let message = format!("`{}` has a subnet, an address and groups already", existing.name.value);
            notes.push(span, format!("{message} (InvalidParameterCombination)"));
        }
    }

    /// The attachment of a further interface to its instance. One that is described here is called as the instance and
    /// its place: `Firewall/eth1`.
    fn attach(self, (instance, subnet): (&Ref, &Ref), lowering: &mut Lowering<'_>) -> Option<Attachment> {
        self.is_alone(&mut lowering.notes);
        let device_index = self.device_index?; // without one it would be the first
        if let Some(existing) = self.existing {
            return Some(Attachment { device_index, interface: existing.name });
        }
        let name = Spanned::new(Name::new(format!("{}/eth{}", instance.value, device_index.value)), self.at);
        let (private_ip, secondary) = addresses(self.private_ip, self.private_ips, self.count, &mut lowering.notes);
        lowering.draft.network_interfaces.push(draft::NetworkInterface {
            label: Label { name: name.clone(), tag: None },
            subnet: self.subnet.map_or_else(|| subnet.clone(), |subnet| subnet.name),
            private_ip,
            secondary_private_ips: secondary.addresses,
            secondary_private_ip_count: secondary.count,
            security_groups: self.groups.map(names),
            source_dest_check: None,
        });
        Some(Attachment { device_index, interface: name })
    }
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
