//! Instances and elastic IPs of the native format.

use super::{
    command::{Options, Run},
    lower::{Lowering, label},
    mapping,
    name::{self, Named},
};
use crate::{
    input::{
        decode::{Decode, Pairs},
        tree::{Kind, Node},
    },
    model::{
        Command, Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Attachment, Ref, Text},
    },
    spec::service::Content,
};
use std::{collections::BTreeMap, path::Path};

mapping! {
    /// An instance.
    struct Instance = "an instance" {
        /// Its subnet, `VPC/SUBNET`. Default: the default VPC's subnet in the region's first zone.
        subnet: Option<Text>,
        /// Its private address. Default: a free one of the subnet.
        private_ip: Option<Text>,
        /// Whether it gets a public address. Default: as the subnet's `map_public_ip_on_launch` says.
        public_ip: Option<Spanned<bool>>,
        /// `true` gives it an elastic IP, called as the instance.
        elastic_ip: Option<Spanned<bool>>,
        /// Secondary private addresses, each of its subnet.
        secondary_private_ips: Option<Vec<Text>>,
        /// How many more of these the subnet chooses. Default 0.
        secondary_private_ip_count: Option<Spanned<i64>>,
        /// `false` lets it forward for others, as a NAT instance or a firewall does. Default `true`.
        source_dest_check: Option<bool>,
        /// Its further network interfaces by name: the first one is `eth1`.
        network_interfaces: Option<Vec<Text>>,
        /// Its security groups, of its VPC. Default: the VPC's default group.
        security_groups: Option<Vec<Text>>,
        /// What answers HTTP: a text on port 80, or a mapping from ports to a text, `{body: TEXT}` or
        /// `{directory: PATH}`, the path as seen from the file.
        httpd: Option<Httpd>,
        /// A script that begins with `#!`, or a `#cloud-config`, which runs once as root when the instance first boots:
        /// with `up`.
        user_data: Option<Spanned<Body>>,
        /// The key pair with which `ec2-user` logs in by ssh. Default: none.
        key_name: Option<Text>,
        /// What it runs from its first boot to the lab's end: a text for `/bin/sh -c`, a list of a program and its
        /// arguments, or `{run, user}`.
        command: Option<Run>,
        /// Several of these, by name.
        commands: Named<Run>,
        /// The image that it is launched from, by name or id. Default: the lab's own.
        image: Option<Text>,
        /// Its type, which its metadata tells. Default `t2.micro`.
        kind as "instance_type": Option<String>,
        /// The role whose credentials its metadata tells.
        iam_role: Option<Text>,
        /// How its metadata answers.
        metadata_options: Option<Options>,
        /// Its tags other than `Name`.
        tags: Pairs<Body>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// What answers HTTP on a port.
    struct Answer = "an answer" {
        /// The body of every answer. It ends with a newline, which is added if need be.
        body: Option<Body>,
        /// A directory whose files are served, as seen from the file.
        directory: Option<Text>,
        /// Whether connections begin with a header of proxy protocol 2, and the client that it names is the one that counts.
        /// Default `false`.
        proxy_protocol: Option<bool>,
    }
}

mapping! {
    /// An elastic IP.
    struct ElasticIp = "an elastic IP" {
        /// The instance that has it.
        instance: Option<Text>,
        /// Instead: the network interface that has it.
        network_interface: Option<Text>,
        /// For which of the interface's private addresses it stands. Default: the primary one.
        private_ip: Option<Text>,
        /// The address. Default: one of the region's.
        address: Option<Text>,
        /// The `Name` tag. Default: the name.
        tag: Option<String>,
    }
}

/// A text of any characters.
#[derive(Debug, Clone)]
pub(super) struct Body(String);

impl Decode for Body {
    fn what() -> String {
        "text".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { .. } if node.is_null() => Self(String::new()),
            Kind::Scalar { text, .. } => Self(text.clone()),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(String::new())
    }
}

/// What answers HTTP, by port.
#[derive(Debug, Clone)]
pub(super) struct Httpd(Vec<(Spanned<u16>, Spanned<Answer>)>);

impl Decode for Httpd {
    fn what() -> String {
        "text, or a mapping from ports".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let at_80 = |answer| Self(vec![(Spanned::new(80, node.span), Spanned::new(answer, node.span))]);
        match &node.kind {
            Kind::Scalar { .. } => at_80(Answer::of(Body::decode(node, notes))),
            Kind::Mapping(entries)
                if entries
                    .iter()
                    .any(|(key, _)| matches!(key.value.as_str(), "body" | "directory" | "proxy_protocol")) =>
            {
                at_80(Answer::decode(node, notes))
            }
            Kind::Mapping(_) => {
                let Pairs(pairs) = Pairs::<Spanned<PortAnswer>>::decode(node, notes);
                let pairs = pairs.into_iter().map(|(key, answer)| (port(&key, notes), answer.map(|answer| answer.0)));
                Self(pairs.collect())
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(Vec::new())
    }
}

/// An answer, or just its body.
struct PortAnswer(Answer);

impl Decode for PortAnswer {
    fn what() -> String {
        "text, `{body: TEXT}` or `{directory: PATH}`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { .. } => Self(Answer::of(Body::decode(node, notes))),
            Kind::Mapping(_) => Self(Answer::decode(node, notes)),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(Answer::of(Body::placeholder(at)))
    }
}

fn port(key: &Text, notes: &mut Diagnostics) -> Spanned<u16> {
    let port = key.value.parse().ok().filter(|port| *port != 0);
    if port.is_none() {
        notes.push_with_hint(key.span, format!("`{}` is not a port", key.value), "ports are 1 to 65535");
    }
    Spanned::new(port.unwrap_or(80), key.span)
}

impl Instance {
    /// Writes the instance, and its elastic IP if it has one.
    pub(super) fn lower(self, instance: Ref, lowering: &mut Lowering<'_>) {
        let subnet = match self.subnet {
            Some(subnet) => subnet.map(Name::new),
            None => lowering.default_subnet(instance.span),
        };
        let vpc = name::vpc_of(&subnet);
        // Without a VPC the groups mean nothing; what is wrong with the subnet is said where it stands.
        let groups = vpc.and_then(|vpc| {
            let groups = self.security_groups?.into_iter();
            Some(groups.map(|group| name::inside(vpc.value.as_str(), group)).collect())
        });
        if let Some(Spanned { value: true, span }) = self.elastic_ip {
            let name = Spanned::new(instance.value.clone(), span);
            let address = draft::ElasticIp {
                label: label(name, None),
                address: None,
                instance: Some(instance.clone()),
                interface: None,
                private_ip: None,
            };
            lowering.draft.elastic_ips.push(address);
        }
        let httpd = self.httpd.map(|httpd| httpd.lower(lowering)).unwrap_or_default();
        let commands = commands(self.command, self.commands, &mut lowering.notes);
        let options = self.metadata_options.map(|options| options.lower(&mut lowering.notes));
        let metadata_options = options.unwrap_or_default();
        let further = (1..).zip(self.network_interfaces.into_iter().flatten());
        let attachments = further.map(|(index, name)| Attachment {
            device_index: Spanned::new(index, name.span),
            interface: name.map(Name::new),
        });
        let attachments = attachments.collect();
        lowering.draft.instances.push(draft::Instance {
            label: label(instance, self.tag),
            subnet,
            private_ip: self.private_ip,
            public_ip: self.public_ip,
            security_groups: groups,
            httpd,
            user_data: self.user_data.map(|text| text.map(|Body(text)| text)),
            key: self.key_name.map(|name| name.map(Name::new)),
            image: self.image.map(|image| image.map(draft::ImageRef::OfLab)),
            instance_type: self.kind,
            commands,
            iam_role: self.iam_role,
            metadata_options,
            tags: self.tags.0.into_iter().map(|(key, Body(value))| (key.value, value)).collect(),
            interface: None,
            secondary_private_ips: self.secondary_private_ips.unwrap_or_default(),
            secondary_private_ip_count: self.secondary_private_ip_count,
            source_dest_check: self.source_dest_check,
            attachments,
        });
    }
}

impl Httpd {
    /// What answers, by port.
    pub(super) fn lower(self, lowering: &mut Lowering<'_>) -> BTreeMap<u16, Spanned<Content>> {
        let mut httpd = BTreeMap::new();
        for (port, answer) in self.0 {
            if let Some(content) = answer.value.lower(answer.span, lowering.directory, &mut lowering.notes) {
                httpd.insert(port.value, Spanned::new(content, port.span));
            }
        }
        httpd
    }
}

/// The name of the one command that has none.
const COMMAND: &str = "command";

/// All commands by name.
fn commands(one: Option<Run>, Named(several): Named<Run>, notes: &mut Diagnostics) -> BTreeMap<String, Command> {
    let mut commands = BTreeMap::new();
    if let Some(one) = one {
        commands.insert(COMMAND.to_owned(), one.lower(notes));
    }
    for (name, run) in several {
        let command = run.lower(notes);
        if commands.insert(name.value.to_string(), command).is_some() {
            notes.push(name.span, format!("there are two commands called `{}`", name.value));
        }
    }
    commands
}

impl Answer {
    fn of(body: Body) -> Self {
        Self { body: Some(body), directory: None, proxy_protocol: None }
    }

    fn lower(self, span: Span, base: &Path, notes: &mut Diagnostics) -> Option<Content> {
        let proxied = self.proxy_protocol == Some(true);
        let content = self.content(span, base, notes)?;
        Some(if proxied { Content::ProxyProtocol(Box::new(content)) } else { content })
    }

    fn content(self, span: Span, base: &Path, notes: &mut Diagnostics) -> Option<Content> {
        match (self.body, self.directory) {
            (Some(Body(mut body)), None) => {
                if !body.ends_with('\n') {
                    body.push('\n');
                }
                Some(Content::Body(body))
            }
            (None, Some(path)) => directory(&path, base, notes),
            (Some(_), Some(path)) => {
                notes.push_with_hint(
                    path.span,
                    "an answer has either a `body` or a `directory`",
                    "leave one of them out",
                );
                None
            }
            (None, None) => {
                notes.push_with_hint(span, "an answer needs a `body` or a `directory`", "write `body: TEXT`");
                None
            }
        }
    }
}

/// The directory, whole, for whoever serves it has another working directory.
fn directory(path: &Text, base: &Path, notes: &mut Diagnostics) -> Option<Content> {
    let hint = || format!("the path is seen from `{}`", base.display());
    match base.join(&path.value).canonicalize() {
        Ok(directory) if directory.is_dir() => return Some(Content::Directory(directory)),
        Ok(_) => notes.push_with_hint(path.span, format!("`{}` is not a directory", path.value), hint()),
        Err(error) => {
            notes.push_with_hint(path.span, format!("cannot read directory `{}`: {error}", path.value), hint());
        }
    }
    None
}

impl ElasticIp {
    /// Writes the elastic IP.
    pub(super) fn lower(self, name: Ref, lowering: &mut Lowering<'_>) {
        lowering.draft.elastic_ips.push(draft::ElasticIp {
            label: label(name, self.tag),
            address: self.address,
            instance: self.instance.map(|instance| instance.map(Name::new)),
            interface: self.network_interface.map(|interface| interface.map(Name::new)),
            private_ip: self.private_ip,
        });
    }
}
