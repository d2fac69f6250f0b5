//! The functions that look something up: `Ref`, `GetAtt`, `FindInMap`, `GetAZs`, `ImportValue`.

use super::{
    attribute::{self, How},
    evaluate::{Evaluator, Made, Stop, list, scalar},
    function::Call,
    kind::{self, Treatment},
    property::Resource,
    resource::{network_acl::NetworkAcl, security_group::SecurityGroup},
    scope::PSEUDO,
};
use crate::{
    input::tree::{Kind, Node, Part},
    model::{
        Region,
        diagnostic::{Span, Spanned, did_you_mean},
        draft::Text,
    },
};

impl Evaluator<'_> {
    pub(super) fn reference(&mut self, call: &Call<'_>) -> Made {
        let Kind::Scalar { text, .. } = &call.argument.kind else {
            let message = format!("`Ref` takes a name, found {}", call.argument.describe());
            return Err(self.note(call.argument.span, message));
        };
        self.named(&Spanned::new(text.clone(), call.argument.span))
    }

    /// What a name stands for.
    pub(super) fn named(&mut self, name: &Text) -> Made {
        if name.value == "AWS::NoValue" {
            return Err(Stop::NoValue);
        }
        if let Some(kind) = self.scope.pseudo(&name.value, name.span) {
            return Ok(kind);
        }
        if let Some(value) = self.scope.parameters.get(&name.value).cloned() {
            let value = value.map_err(Stop::Wrong)?;
            let size = match &value {
                Kind::Scalar { text, .. } => text.len(),
                Kind::Sequence(items) => 64 * items.len(),
                _ => 0,
            };
            self.make(size, name.span)?;
            return Ok(placed(value, name.span));
        }
        if self.resource(name)? {
            return Ok(self.of(&name.value, None));
        }
        let scope = &self.scope;
        let known = PSEUDO.iter().copied().chain(scope.parameters.keys().map(String::as_str));
        let resources = scope.resources.keys().map(String::as_str);
        let hint = self.near(&name.value, known.chain(resources));
        let message = format!("there is no parameter or resource `{}` (ValidationError)", name.value);
        match hint {
            Some(hint) => Err(self.note_with_hint(name.span, message, hint)),
            None => Err(self.note(name.span, message)),
        }
    }

    pub(super) fn get_att(&mut self, call: &Call<'_>, span: Span) -> Made {
        let usage = "a resource and an attribute: `RESOURCE.ATTRIBUTE`";
        let (resource, attribute) = match &call.argument.kind {
            Kind::Scalar { text, .. } => match text.split_once('.') {
                Some((resource, attribute)) => (resource.to_owned(), attribute.to_owned()),
                None => return Err(self.note(call.argument.span, format!("`Fn::GetAtt` takes {usage}"))),
            },
            Kind::Sequence(items) if items.len() >= 2 => {
                let Kind::Scalar { text, .. } = &items[0].kind else {
                    return Err(self.note(items[0].span, format!("`Fn::GetAtt` takes {usage}")));
                };
                let mut attribute = Vec::new();
                for item in &items[1..] {
                    let Some(word) = self.known(item)? else { return Ok(Kind::Later(Vec::new())) };
                    attribute.push(word);
                }
                (text.clone(), attribute.join("."))
            }
            _ => return Err(self.note(call.argument.span, format!("`Fn::GetAtt` takes {usage}"))),
        };
        self.attribute(&Spanned::new(resource, call.argument.span), &attribute, span)
    }

    /// The value of a resource's attribute.
    pub(super) fn attribute(&mut self, resource: &Text, attribute: &str, span: Span) -> Made {
        if !self.resource(resource)? {
            let hint = self.near(&resource.value, self.scope.resources.keys().map(String::as_str));
            let message = format!("there is no resource `{}` (ValidationError)", resource.value);
            return Err(match hint {
                Some(hint) => self.note_with_hint(resource.span, message, hint),
                None => self.note(resource.span, message),
            });
        }
        let kind = self.scope.resources[&resource.value].kind.clone();
        let Some(Treatment::Mirrored(kind)) = kind::find(&kind) else {
            return Ok(self.of(&resource.value, Some(attribute)));
        };
        let Some((_, how)) = kind.attributes.iter().find(|(name, _)| *name == attribute) else {
            let message = format!("`{}` has no attribute `{attribute}`", kind.name);
            let names = || kind.attributes.iter().map(|(name, _)| *name);
            let hint = did_you_mean(attribute, names()).unwrap_or_else(|| {
                let names: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                if names.is_empty() { "it has none".into() } else { format!("it has {}", names.join(", ")) }
            });
            return Err(self.note_with_hint(span, message, hint));
        };
        match how {
            How::Itself if self.topology.is_none() => Ok(self.of(&resource.value, None)),
            How::DefaultGroup | How::DefaultAcl if self.topology.is_none() => {
                let kind = if matches!(how, How::DefaultGroup) { SecurityGroup::TYPE } else { NetworkAcl::TYPE };
                let (resource, kind) = (format!("{}/default", resource.value), kind.to_owned());
                Ok(Kind::Later(vec![Part::Of { resource, kind, attribute: None }]))
            }
            How::Text(text) => Ok(scalar(*text)),
            How::Property(property) if self.topology.is_none() => self.property(&resource.value, property, attribute),
            _ => Ok(self.of(&resource.value, Some(attribute))),
        }
    }

    /// What another resource's property says; if it says nothing, it is known later.
    fn property(&mut self, resource: &str, property: &str, attribute: &str) -> Made {
        let Some(Node { kind: Kind::Mapping(entries), .. }) = self.evaluated.get(resource) else {
            return Ok(self.of(resource, Some(attribute)));
        };
        let value = entries.iter().find(|(key, _)| key.value == property).map(|(_, value)| value.clone());
        match value {
            Some(Node { kind: Kind::Scalar { text, .. }, span, .. }) => self.text(vec![Part::Text(text)], span),
            Some(Node { kind: Kind::Later(parts), span, .. }) if !parts.is_empty() => self.text(parts, span),
            Some(Node { kind: Kind::Wrong, span, .. }) => Err(Stop::Wrong(span)),
            _ => Ok(self.of(resource, Some(attribute))),
        }
    }

    /// Whether a name is a resource's, which must be created if something that is created needs it.
    fn resource(&mut self, name: &Text) -> Result<bool, Stop> {
        let Some(declared) = self.scope.resources.get(&name.value) else { return Ok(false) };
        if !self.resources {
            let message = format!("a condition cannot look at resource `{}`", name.value);
            return Err(self.note_with_hint(name.span, message, "conditions follow from parameters and mappings"));
        }
        if !declared.exists && self.skipped == 0 {
            let message = format!("resource `{}` is not created: its condition does not hold", name.value);
            return Err(self.note_with_hint(name.span, message, "name it within `Fn::If` with the same condition"));
        }
        Ok(true)
    }

    /// The name of a resource that a lab has not, because nothing would be different with it.
    fn without_effect(&self, kind: &str, resource: &str, attribute: Option<&str>) -> Option<Kind> {
        let is_named = attribute.is_none() && matches!(kind::find(kind), Some(Treatment::WithoutEffect));
        is_named.then(|| scalar(self.scope.physical_name(resource, 255)))
    }

    /// A resource or one of its attributes: what it is in the resolved lab, or a promise of it.
    fn of(&self, resource: &str, attribute: Option<&str>) -> Kind {
        let kind = self.scope.resources.get(resource).map_or("", |declared| &declared.kind);
        match self.topology {
            // Where a signal would go, if there were a server.
            None if kind == "AWS::CloudFormation::WaitConditionHandle" && attribute.is_none() => {
                scalar(self.scope.wait_handle(resource))
            }
            None => {
                let (attribute, kind) = (attribute.map(str::to_owned), kind.to_owned());
                Kind::Later(vec![Part::Of { resource: resource.to_owned(), kind, attribute }])
            }
            Some(_) if kind == "AWS::CloudFormation::WaitConditionHandle" => scalar(self.scope.wait_handle(resource)),
            Some(topology) => attribute::value(topology, kind, resource, attribute)
                .or_else(|| self.without_effect(kind, resource, attribute))
                .unwrap_or(Kind::Later(Vec::new())),
        }
    }

    pub(super) fn find_in_map(&mut self, call: &Call<'_>) -> Made {
        let arguments = self.arguments(call, 3..=3, "a mapping and two keys: `[MAP, KEY, KEY]`")?;
        let [map, top, second] = [0, 1, 2].map(|place| self.known(&arguments[place]));
        let (Some(map), Some(top), Some(second)) = (map?, top?, second?) else {
            return Err(self.note(call.argument.span, "`Fn::FindInMap` takes texts that are known before the lab is"));
        };
        let Some(mut node) = self.scope.mappings.get(&map) else {
            let hint = self.near(&map, self.scope.mappings.keys().map(String::as_str));
            let message = format!("there is no mapping `{map}`");
            return Err(match hint {
                Some(hint) => self.note_with_hint(arguments[0].span, message, hint),
                None => self.note(arguments[0].span, message),
            });
        };
        for (key, argument) in [(&top, &arguments[1]), (&second, &arguments[2])] {
            let Kind::Mapping(entries) = &node.kind else { return Err(Stop::Wrong(argument.span)) };
            let Some((_, value)) = entries.iter().find(|(known, _)| known.value == *key) else {
                // A branch that is not taken may ask for what is not there.
                if self.skipped > 0 {
                    return Err(Stop::Wrong(argument.span));
                }
                let known = || entries.iter().map(|(known, _)| known.value.as_str());
                let hint = self.near(key, known()).or_else(|| self.other_region(key, &known().collect::<Vec<_>>()));
                let message = format!("mapping `{map}` has no key `{key}`");
                return Err(match hint {
                    Some(hint) => self.note_with_hint(argument.span, message, hint),
                    None => self.note(argument.span, message),
                });
            };
            node = value;
        }
        let (value, extent) = (node.kind.clone(), node.extent());
        self.make(64 * extent.nodes, call.argument.span)?;
        Ok(placed(value, call.argument.span))
    }

    /// A mapping by regions that has not the template's: what to do.
    fn other_region(&self, key: &str, known: &[&str]) -> Option<String> {
        let regions: Vec<_> = known.iter().filter(|name| Region::parse(name).is_some()).collect();
        let region = regions.first().filter(|_| key == self.scope.region.as_str())?;
        Some(format!("the template is read for this region: say another, such as `--region {region}`"))
    }

    pub(super) fn get_azs(&mut self, call: &Call<'_>) -> Made {
        let region = if call.argument.is_null() {
            Some(String::new())
        } else {
            let value = self.argument(call)?;
            match self.parts_of(&value)?.as_slice() {
                [Part::Text(text)] => Some(text.clone()),
                _ => None,
            }
        };
        let region = match region {
            Some(name) if name.is_empty() => Some(self.scope.region.clone()),
            Some(name) => Region::parse(&name),
            None => None,
        };
        let Some(region) = region else {
            return Err(self.note(call.argument.span, "`Fn::GetAZs` takes a region"));
        };
        Ok(list(region.azs().iter().map(ToString::to_string), call.argument.span))
    }

    pub(super) fn import_value(&mut self, call: &Call<'_>) -> Made {
        let value = self.argument(call)?;
        let parts = self.parts_of(&value)?;
        let [Part::Text(name)] = parts.as_slice() else {
            return Err(self.note(value.span, "`Fn::ImportValue` takes a name that is known before the lab is"));
        };
        if let Some(value) = self.scope.imports.get(name).cloned() {
            self.make(value.len(), call.argument.span)?;
            return Ok(scalar(value));
        }
        let near = did_you_mean(name, self.scope.imports.keys().map(String::as_str));
        let hint = near.unwrap_or_else(|| {
            let names: Vec<_> = self.scope.imports.keys().take(8).map(|name| format!("`{name}`")).collect();
            let more = if self.scope.imports.len() > names.len() { ", …" } else { "" };
            match names.len() {
                0 => "no lab that is up exports anything: bring up the one that exports it first".into(),
                _ => format!("exported are {}{more}: bring up the lab that exports it first", names.join(", ")),
            }
        });
        Err(self.note_value(value.span, format!("no lab exports `{name}`"), hint))
    }
}

/// A value where it is used.
fn placed(kind: Kind, span: Span) -> Kind {
    match kind {
        Kind::Sequence(items) => {
            let item = |item: Node| Node { span, owner: span, tag: None, kind: placed(item.kind, span) };
            Kind::Sequence(items.into_iter().map(item).collect())
        }
        Kind::Scalar { text, .. } => scalar(text),
        other => other,
    }
}
