//! Network Load Balancers of the native format.
//!
//! A listener `TCP:80` with targets of its own makes a target group called `LB-80`.

use super::{
    lower::{Lowering, label},
    mapping, name,
    target_group::{Seconds, TargetGroup, seconds},
};
use crate::{
    input::{
        decode::{Decode, OneOrMany, Pairs},
        tree::{Kind, Node},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{self, Ref, Text},
    },
};

mapping! {
    /// A Network Load Balancer.
    struct LoadBalancer = "a load balancer" {
        /// `internal` or `internet-facing`. Default: `internet-facing` if its subnets route to an internet gateway.
        scheme: Option<Text>,
        /// One subnet per zone, in each of which it has a node: `VPC/SUBNET` or `{subnet, private_ip, elastic_ip}`.
        subnets: Vec<NodeSubnet>,
        /// From `PROTOCOL:PORT` (`TCP:80`, `UDP:53`, `TCP_UDP:53`, `TLS:443`) to the name of a target group, a list of targets,
        /// a target group, or `{forward, …}`, which a TLS listener needs for its certificate.
        listeners: Pairs<Forward>,
        /// Whether nodes send to targets in other zones too. Default `false`.
        cross_zone: Option<bool>,
        /// Its security groups, of its VPC. Left out: everything passes to the listeners.
        security_groups: Option<Vec<Text>>,
        /// Whether its groups also judge what comes through PrivateLink, by the client's own address. Default `true`.
        enforce_security_groups_on_private_link: Option<bool>,
        /// Its AWS name. Default: the name.
        tag: Option<String>,
    }
}

mapping! {
    /// A subnet with the node's address.
    struct LongSubnet = "a subnet" {
        /// The subnet, `VPC/SUBNET`.
        subnet: Text,
        /// The node's private address. Default: a free one of the subnet.
        private_ip: Option<Text>,
        /// The elastic IP of an internet-facing load balancer's node. Default: a public address that AWS assigns.
        elastic_ip: Option<Text>,
    }
}

/// Where there is a node.
#[derive(Debug, Clone)]
pub(super) struct NodeSubnet(LongSubnet);

impl Decode for NodeSubnet {
    fn what() -> String {
        "`VPC/SUBNET` or `{subnet, private_ip, elastic_ip}`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { .. } => {
                Self(LongSubnet { subnet: Text::decode(node, notes), private_ip: None, elastic_ip: None })
            }
            Kind::Mapping(_) => Self(LongSubnet::decode(node, notes)),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(LongSubnet::placeholder(at))
    }
}

mapping! {
    /// A listener with settings of its own.
    struct Listener = "a listener" {
        /// A target group, or from the names of several to their weights, 0 to 999: `{ blue: 90, green: 10 }`.
        forward: Groups,
        /// After how long without a packet a TCP connection is forgotten, 60 to 6000. Default 350.
        idle_timeout: Option<Spanned<Seconds>>,
        /// With TLS: the name for which it has a certificate of the lab's authority, or a list of names; `*.` stands for one
        /// label.
        certificate: Option<OneOrMany<Text>>,
        /// With TLS: further certificates, each a name or a list of names. A client that asks for none of their names is shown
        /// the first one.
        certificates: Option<Vec<OneOrMany<Text>>>,
        /// With TLS: AWS's name for the versions that it takes. Default `ELBSecurityPolicy-2016-08`.
        ssl_policy: Option<Text>,
    }
}

/// Target groups, each with its weight if it has one.
#[derive(Debug, Clone)]
pub(super) struct Groups(Vec<draft::Share>);

impl Decode for Groups {
    fn what() -> String {
        "the name of a target group, or a mapping from names to weights".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() => {
                let name = Spanned::new(Name::new(text.clone()), node.span);
                Self(vec![draft::Share { target_group: name, weight: None }])
            }
            Kind::Mapping(_) => {
                let Pairs(pairs) = Pairs::<Spanned<i64>>::decode(node, notes);
                let share = |(name, weight): (Text, _)| draft::Share {
                    target_group: name.map(Name::new),
                    weight: Some(weight),
                };
                Self(pairs.into_iter().map(share).collect())
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(vec![draft::Share { target_group: Spanned::new(Name::new(""), at), weight: None }])
    }
}

/// Where a listener forwards.
#[derive(Debug, Clone)]
pub(super) enum Forward {
    /// To a target group by name.
    To(Text),
    /// To target groups by name, with settings of the listener's.
    Set(Box<Listener>),
    /// To a target group of its own.
    Own(Box<TargetGroup>),
}

impl Decode for Forward {
    fn what() -> String {
        "the name of a target group, a list of targets, a target group, or `{forward, idle_timeout}`".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() => Self::To(Spanned::new(text.clone(), node.span)),
            Kind::Sequence(_) => Self::Own(Box::new(TargetGroup::of(Vec::decode(node, notes)))),
            Kind::Mapping(entries) if entries.iter().any(|(key, _)| key.value == "forward") => {
                Self::Set(Box::new(Listener::decode(node, notes)))
            }
            Kind::Mapping(_) => Self::Own(Box::new(TargetGroup::decode(node, notes))),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self::To(Text::placeholder(at))
    }
}

impl LoadBalancer {
    /// Writes the load balancer and the target groups of its listeners.
    pub(super) fn lower(self, balancer: Ref, lowering: &mut Lowering<'_>) {
        let subnet = |NodeSubnet(LongSubnet { subnet, private_ip, elastic_ip })| draft::NodeSubnet {
            subnet: Spanned::map(subnet, Name::new),
            private_ip,
            elastic_ip: elastic_ip.map(|elastic| elastic.map(Name::new)),
        };
        let subnets: Vec<_> = self.subnets.into_iter().map(subnet).collect();
        let vpc = subnets.iter().find_map(|node| name::vpc_of(&node.subnet));
        let groups = self.security_groups.into_iter().flatten();
        let security_groups = match &vpc {
            Some(vpc) => groups.map(|group| name::inside(vpc.value.as_str(), group)).collect(),
            None => Vec::new(),
        };
        let listeners = self.listeners.0.into_iter();
        let listeners =
            listeners.map(|(key, forward)| listener(&balancer, vpc.as_ref(), &key, forward, lowering)).collect();
        lowering.draft.load_balancers.push(draft::LoadBalancer {
            label: label(balancer, self.tag),
            scheme: self.scheme,
            subnets,
            listeners,
            cross_zone: self.cross_zone,
            security_groups,
            enforce_security_groups_on_private_link: self.enforce_security_groups_on_private_link,
        });
    }
}

fn listener(
    balancer: &Ref,
    vpc: Option<&Ref>,
    key: &Text,
    forward: Forward,
    lowering: &mut Lowering<'_>,
) -> draft::Listener {
    let parsed = key.value.split_once(':').and_then(|(protocol, port)| Some((protocol, port.trim().parse().ok()?)));
    let (protocol, port) = parsed.unwrap_or_else(|| {
        let hint = match key.value.parse::<u16>() {
            Ok(port) => format!("write `TCP:{port}`"),
            Err(_) => "write a protocol and a port, such as `TCP:80`".into(),
        };
        lowering.notes.push_with_hint(key.span, format!("`{}` is not a listener", key.value), hint);
        ("TCP", 0)
    });
    let port = Spanned::new(port, key.span);
    let protocol = Spanned::new(protocol.trim().to_owned(), key.span);
    let to = |group| vec![draft::Share { target_group: group, weight: None }];
    let mut lowered = draft::Listener {
        protocol: protocol.clone(),
        port: port.clone(),
        forward: Vec::new(),
        idle_timeout: None,
        certificates: Vec::new(),
        ssl_policy: None,
    };
    lowered.forward = match forward {
        Forward::To(group) => to(group.map(Name::new)),
        Forward::Set(listener) => {
            lowered.idle_timeout = listener.idle_timeout.map(seconds);
            lowered.ssl_policy = listener.ssl_policy;
            let all = listener.certificate.into_iter().chain(listener.certificates.into_iter().flatten());
            lowered.certificates = all.filter_map(|OneOrMany(names)| certificate(names, lowering)).collect();
            listener.forward.0
        }
        Forward::Own(mut group) => {
            let name = Spanned::new(Name::new(format!("{}-{}", balancer.value, port.value)), key.span);
            group.port = group.port.or_else(|| Some(port.clone()));
            group.protocol = group.protocol.or_else(|| Some(protocol.clone()));
            group.vpc = group.vpc.or_else(|| vpc.cloned().map(|vpc| vpc.map(|name| name.to_string())));
            group.lower(name.clone(), lowering);
            to(name)
        }
    };
    lowered
}

/// Writes a certificate, which is called as the first of its names; two listeners may have the same one.
fn certificate(names: Vec<Text>, lowering: &mut Lowering<'_>) -> Option<Ref> {
    let mut names = names.into_iter();
    let domain_name = names.next()?;
    let name = domain_name.clone().map(Name::new);
    let certificate =
        draft::Certificate { label: label(name.clone(), None), domain_name, alternative_names: names.collect() };
    let all = |certificate: &draft::Certificate| -> Vec<String> {
        let names = std::iter::once(&certificate.domain_name).chain(&certificate.alternative_names);
        names.map(|name| name.value.clone()).collect()
    };
    let is_known = lowering.draft.certificates.iter().any(|known| all(known) == all(&certificate));
    if !is_known {
        lowering.draft.certificates.push(certificate);
    }
    Some(name)
}
