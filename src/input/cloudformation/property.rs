//! Types of properties that several resources have, and how they are declared: [`properties!`].

use super::{attribute::How, lowering::Lowering};
use crate::{
    input::{
        decode::Decode,
        mapping::{Mapping, REFUSED},
        tree::{Kind, Node, Part},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{Ref, Text},
    },
};
use std::{collections::BTreeMap, marker::PhantomData};

/// Declares a resource type's properties, or a mapping in them.
macro_rules! properties {
    ($($declaration:tt)*) => {
        crate::input::mapping::mapping! { pub(in crate::input::cloudformation), $($declaration)* }
    };
}
pub(super) use properties;

/// A resource of the type `R`: `!Ref X`, or `!GetAtt X.ID`.
#[derive(Debug, Clone)]
pub(super) struct To<R> {
    /// The resource.
    pub(super) name: Ref,
    kind: PhantomData<R>,
}

impl<R> To<R> {
    fn new(name: impl Into<String>, span: Span) -> Self {
        Self { name: Spanned::new(Name::new(name), span), kind: PhantomData }
    }
}

impl<R: Resource> Decode for To<R> {
    fn what() -> String {
        format!("a reference to an `{}`", R::TYPE)
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { resource, kind, attribute: None }] => {
                    if kind != R::TYPE {
                        let message = format!("expected {}, but `{resource}` is an `{kind}`", Self::what());
                        notes.push(node.span, message);
                    }
                    Self::new(resource, node.span)
                }
                _ => Self::unexpected(node, notes),
            },
            Kind::Scalar { text, .. } => {
                let message = format!("expected {}, found the text `{text}`", Self::what());
                let hint = "a lab has only what its template makes: write `!Ref RESOURCE`";
                let (message, hint) = outside(text).unwrap_or((message, hint));
                notes.push_with_hint(node.span, message, hint);
                Self::placeholder(node.span)
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self::new("", at)
    }
}

/// What is to be said of an id that nothing in the lab has.
fn outside(id: &str) -> Option<(String, &'static str)> {
    if id.starts_with("arn:aws:acm:") {
        let hint =
            "a lab's certificates are signed by its own authority: make an `AWS::CertificateManager::Certificate`";
        return Some((format!("`{id}` is a certificate outside of the template"), hint));
    }
    let by_default = "a lab has only what its template makes; a parameter without a value stands for the default VPC";
    let made = "a lab has only what its template makes: write `!Ref RESOURCE`";
    let (what, hint) = match id.split_once('-')?.0 {
        "vpc" => ("a VPC", by_default),
        "subnet" => ("a subnet", by_default),
        "sg" => ("a security group", by_default),
        "rtb" => ("a route table", made),
        "igw" => ("an internet gateway", made),
        "eipalloc" => ("an elastic IP", made),
        "eni" => ("a network interface", made),
        "acl" => ("a network ACL", made),
        "nat" => ("a NAT gateway", made),
        "vgw" => ("a virtual private gateway", made),
        "i" => ("an instance", made),
        _ => return None,
    };
    Some((format!("`{id}` is {what} outside of the template"), hint))
}

/// The names of references.
pub(super) fn names<R>(references: impl IntoIterator<Item = To<R>>) -> Vec<Ref> {
    references.into_iter().map(|reference| reference.name).collect()
}

/// A resource of the type `R` by name, or a text.
#[derive(Debug, Clone)]
pub(super) struct Named<R> {
    /// The name, or the text.
    pub(super) text: Text,
    kind: PhantomData<R>,
}

impl<R: Resource> Decode for Named<R> {
    fn what() -> String {
        format!("a reference to an `{}`, or text", R::TYPE)
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let text = match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { .. }] => To::<R>::decode(node, notes).name.map(|name| name.to_string()),
                // The name of an endpoint service is made of its id (SVC-01).
                [Part::Text(prefix), Part::Of { resource, kind, attribute: None }]
                    if prefix.starts_with("com.amazonaws.vpce.") && kind == R::TYPE =>
                {
                    Spanned::new(resource.clone(), node.span)
                }
                _ => return Self::unexpected(node, notes),
            },
            _ => Text::decode(node, notes),
        };
        Self { text, kind: PhantomData }
    }

    fn placeholder(at: Span) -> Self {
        Self { text: Text::placeholder(at), kind: PhantomData }
    }
}

/// Text of any kind, which nobody reads: descriptions.
#[derive(Debug, Clone)]
pub(super) struct Words(pub(super) Option<String>);

impl Words {
    /// The text, as said at a place.
    pub(super) fn text(self, at: Span) -> Option<Text> {
        self.0.map(|text| Text::new(text, at))
    }
}

impl Decode for Words {
    fn what() -> String {
        "text".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Scalar { text, .. } => Self(Some(text.trim_end().to_owned())),
            Kind::Later(_) => Self(None),
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(_at: Span) -> Self {
        Self(None)
    }
}

properties! {
    /// A tag.
    struct Tag = "a tag" {
        /// The tag's name.
        key as "Key": Text,
        /// Its value.
        value as "Value": Words,
    }
    accepted &["PropagateAtLaunch"];
}

/// Tags, of which `Name` is read.
#[derive(Debug, Clone)]
pub(super) struct Tags(pub(super) Option<String>);

impl Decode for Tags {
    const REQUIRED: bool = false;

    fn what() -> String {
        "a list of tags".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        let tags = Vec::<Tag>::decode(node, notes);
        Self(tags.into_iter().find(|tag| tag.key.value == "Name").and_then(|tag| tag.value.0))
    }

    fn placeholder(_at: Span) -> Self {
        Self(None)
    }
}

/// The tags of an instance, all of which its metadata can tell.
#[derive(Debug, Clone, Default)]
pub(super) struct AllTags {
    /// The `Name` tag.
    pub(super) name: Option<String>,
    /// The others.
    pub(super) others: BTreeMap<String, String>,
}

impl AllTags {
    /// What a list of tags says; what is known only later is not told.
    pub(super) fn of(tags: impl IntoIterator<Item = (Text, Words)>) -> Self {
        let tags = tags.into_iter().filter_map(|(key, value)| Some((key.value, value.0?)));
        let mut others: BTreeMap<_, _> = tags.collect();
        Self { name: others.remove("Name"), others }
    }
}

impl Decode for AllTags {
    const REQUIRED: bool = false;

    fn what() -> String {
        Tags::what()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        Self::of(Vec::<Tag>::decode(node, notes).into_iter().map(|tag| (tag.key, tag.value)))
    }

    fn placeholder(_at: Span) -> Self {
        Self::default()
    }
}

properties! {
    /// An attribute of a load balancer or a target group.
    struct Setting = "an attribute, `{Key: …, Value: …}`" {
        /// Its name.
        key as "Key": Text,
        /// Its value.
        value as "Value": Text,
    }
}

/// A property that AWS has, and that would change what passes in a lab.
#[derive(Debug, Clone)]
pub(super) struct Unmirrored;

impl Decode for Unmirrored {
    fn what() -> String {
        "not mirrored yet".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        Self::decode_key("this", node, notes)
    }

    fn decode_key(key: &str, node: &Node, notes: &mut Diagnostics) -> Self {
        notes.push_unmirrored(node.owner, format!("`{key}` is not mirrored yet"), REFUSED);
        Self
    }

    fn placeholder(_at: Span) -> Self {
        Self
    }
}

/// A destination, a source or an address of IPv6, which nothing in a lab has: what is said of it changes nothing.
#[derive(Debug, Clone)]
pub(super) struct OfIpv6;

impl Decode for OfIpv6 {
    fn what() -> String {
        "text".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        if let Kind::Scalar { text, .. } = &node.kind
            && text.parse::<ipnet::Ipv6Net>().is_err()
        {
            notes.push(node.span, format!("`{text}` is not a CIDR of IPv6"));
        }
        Self
    }

    fn placeholder(_at: Span) -> Self {
        Self
    }
}

/// A resource type that is mirrored, read from its properties.
pub(super) trait Resource: Mapping {
    /// The type, such as `AWS::EC2::VPC`.
    const TYPE: &'static str;
    /// What `Fn::GetAtt` gives.
    const ATTRIBUTES: &'static [(&'static str, How)] = &[];

    /// Writes the resource.
    fn lower(self, name: Ref, lowering: &mut Lowering<'_>);
}
