//! Types of properties that several resources have, and how they are declared: [`properties!`].

use super::{attribute::How, lowering::Lowering};
use crate::{
    input::{
        decode::Decode,
        mapping::Mapping,
        tree::{Kind, Node, Part},
    },
    model::{
        Name,
        diagnostic::{Diagnostics, Span, Spanned},
        draft::{Ref, Text},
    },
};

/// Declares a resource type's properties, or a mapping in them.
macro_rules! properties {
    ($($declaration:tt)*) => {
        crate::input::mapping::mapping! { pub(in crate::input::cloudformation), $($declaration)* }
    };
}
pub(super) use properties;

/// A resource of the template: `!Ref X`, or `!GetAtt X.ID`.
#[derive(Debug, Clone)]
pub(super) struct To(pub(super) Ref);

impl Decode for To {
    fn what() -> String {
        "a resource of the template".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { resource, attribute: None }] => Self(Spanned::new(Name::new(resource), node.span)),
                _ => Self::unexpected(node, notes),
            },
            Kind::Scalar { text, .. } => {
                let message = format!("`{text}` is no resource of this template");
                let hint = "a lab has only what its template makes: write `!Ref RESOURCE`";
                notes.push_with_hint(node.span, message, hint);
                Self::placeholder(node.span)
            }
            _ => Self::unexpected(node, notes),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(Spanned::new(Name::new(""), at))
    }
}

/// A resource by name, or a text: what is a target, or a service.
#[derive(Debug, Clone)]
pub(super) struct Named(pub(super) Text);

impl Decode for Named {
    fn what() -> String {
        "a resource of the template, or text".into()
    }

    fn decode(node: &Node, notes: &mut Diagnostics) -> Self {
        match &node.kind {
            Kind::Later(parts) => match parts.as_slice() {
                [Part::Of { resource, attribute: None }] => Self(Spanned::new(resource.clone(), node.span)),
                // The name of an endpoint service is made of its id (SVC-01).
                [Part::Text(prefix), Part::Of { resource, attribute: None }]
                    if prefix.starts_with("com.amazonaws.vpce.") =>
                {
                    Self(Spanned::new(resource.clone(), node.span))
                }
                _ => Self::unexpected(node, notes),
            },
            _ => Self(Text::decode(node, notes)),
        }
    }

    fn placeholder(at: Span) -> Self {
        Self(Text::placeholder(at))
    }
}

/// Text of any kind, which nobody reads: descriptions.
#[derive(Debug, Clone)]
pub(super) struct Words(pub(super) Option<String>);

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
        notes.push_unmirrored(node.owner, "this property is not mirrored yet", crate::input::mapping::REFUSED);
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
