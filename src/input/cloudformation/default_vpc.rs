//! The account's default VPC in templates (VPC-17): what belongs to it because no VPC is named, what parameters stand
//! for that are to name an existing VPC and have no value, and its ids as texts.
//!
//! ```text
//! parameter without a value ─► id as text ─ functions ─► id ─ `identified` ─► reference to `default-vpc`
//! ```

use super::{
    lowering::Lowering,
    property::Resource,
    resource::{
        security_group::SecurityGroup,
        vpc::{Subnet, Vpc},
    },
    scope::Scope,
};
use crate::{
    input::tree::{Kind, Node, Part},
    model::{
        DEFAULT_VPC, Name, Region, default_group, default_ids, default_subnet, default_subnet_id,
        diagnostic::{Span, Spanned},
        draft::{Ref, Text},
    },
};
use std::collections::BTreeMap;

/// What of the default VPC, or of the region, stands for a parameter of this type that has no value, and how that is
/// called. The first parameter of a type, of `place` 0, is given the first zone, the next one another; a list begins with it.
pub(super) fn stand_in(kind: &str, place: usize, stack: &str, region: &Region) -> Option<(String, &'static str)> {
    let item = kind.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>'));
    let azs = region.azs();
    let (vpc, group) = default_ids(stack);
    let (mut values, what) = match item.unwrap_or(kind) {
        "AWS::EC2::VPC::Id" => (vec![vpc.to_string()], "the default VPC"),
        "AWS::EC2::SecurityGroup::Id" => (vec![group.to_string()], "the default VPC's default security group"),
        "AWS::EC2::SecurityGroup::GroupName" => {
            (vec!["default".to_owned()], "the default VPC's default security group")
        }
        "AWS::EC2::Subnet::Id" => {
            let ids = azs.iter().map(|az| default_subnet_id(stack, az).to_string());
            (ids.collect(), if item.is_some() { "the default VPC's subnets" } else { "a subnet of the default VPC" })
        }
        "AWS::EC2::AvailabilityZone::Name" => {
            let names = azs.iter().map(ToString::to_string);
            (names.collect(), if item.is_some() { "the region's zones" } else { "a zone of the region" })
        }
        _ => return None,
    };
    let place = place % values.len();
    values.rotate_left(place);
    Some((if item.is_some() { values.join(",") } else { values.swap_remove(0) }, what))
}

/// The ids of what is in the default VPC.
pub(super) struct Ids(BTreeMap<String, (Name, &'static str)>);

impl Ids {
    pub(super) fn new(scope: &Scope) -> Self {
        let (vpc, group) = default_ids(&scope.stack);
        let mut ids = BTreeMap::from([
            (vpc.to_string(), (Name::new(DEFAULT_VPC), Vpc::TYPE)),
            (group.to_string(), (default_group(), SecurityGroup::TYPE)),
        ]);
        for az in scope.region.azs() {
            ids.insert(default_subnet_id(&scope.stack, &az).to_string(), (default_subnet(&az), Subnet::TYPE));
        }
        Self(ids)
    }

    /// The value with references where it has these ids.
    pub(super) fn identified(&self, node: &Node) -> Node {
        let kind = match &node.kind {
            Kind::Scalar { text, .. } => match self.0.get(text) {
                Some((name, kind)) => {
                    let (resource, kind) = (name.to_string(), (*kind).to_owned());
                    Kind::Later(vec![Part::Of { resource, kind, attribute: None }])
                }
                None => return node.clone(),
            },
            Kind::Sequence(items) => Kind::Sequence(items.iter().map(|item| self.identified(item)).collect()),
            Kind::Mapping(entries) => {
                Kind::Mapping(entries.iter().map(|(key, value)| (key.clone(), self.identified(value))).collect())
            }
            Kind::Later(_) | Kind::Wrong => return node.clone(),
        };
        Node { kind, ..node.clone() }
    }
}

/// Whether a value names something in the default VPC.
pub(super) fn is_in(node: &Node) -> bool {
    match &node.kind {
        Kind::Sequence(items) => items.iter().any(is_in),
        Kind::Mapping(entries) => entries.iter().any(|(_, value)| is_in(value)),
        Kind::Later(parts) => parts.iter().any(|part| match part {
            Part::Of { resource, .. } => resource.split('/').next() == Some(DEFAULT_VPC),
            Part::Text(_) => false,
        }),
        Kind::Scalar { .. } | Kind::Wrong => false,
    }
}

impl Lowering<'_> {
    /// The VPC of what names none.
    pub(super) fn default_vpc(&mut self, span: Span) -> Ref {
        self.draft.default_vpc = true;
        Spanned::new(Name::new(DEFAULT_VPC), span)
    }

    /// The subnet of an instance that names none: that of its zone, or of the region's first.
    pub(super) fn default_subnet(&mut self, zone: Option<&Text>, span: Span) -> Ref {
        self.draft.default_vpc = true;
        let region = &self.scope.region;
        let first = region.azs().swap_remove(0);
        let Some(zone) = zone else { return Spanned::new(default_subnet(&first), span) };
        let az = region.azs().into_iter().find(|az| az.as_str() == zone.value).unwrap_or_else(|| {
            let message = format!("there is no availability zone `{}` (InvalidParameterValue)", zone.value);
            let azs: Vec<_> = region.azs().iter().map(|az| format!("`{az}`")).collect();
            self.notes.push_with_hint(zone.span, message, format!("one of {}", azs.join(", ")));
            first
        });
        Spanned::new(default_subnet(&az), zone.span)
    }

    /// A group of the default VPC by its `GroupName`.
    pub(super) fn group_named(&mut self, name: &Text) -> Option<Ref> {
        self.draft.default_vpc = true;
        if name.value == "default" {
            return Some(Spanned::new(default_group(), name.span));
        }
        let group = self.group_names.get(&name.value);
        if group.is_none() {
            let message = format!("there is no security group `{}` in the default VPC", name.value);
            let hint = "a lab has only the groups that its template makes, and the one called `default`";
            self.notes.push_with_hint(name.span, format!("{message} (InvalidGroup.NotFound)"), hint);
        }
        group.map(|group| Spanned::new(Name::new(group), name.span))
    }
}
