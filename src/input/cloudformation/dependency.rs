//! Which resources need which others, by `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`.

use super::{
    function::{self, Call, Function},
    scope::Scope,
    text::{Piece, pieces},
};
use crate::input::tree::{Kind, Node};

/// The resources that a value names, in the branches that are taken.
pub(super) fn names<'a>(node: &'a Node, scope: &Scope, found: &mut Vec<&'a str>) {
    match function::call(node) {
        Ok(Some(call)) => of_call(&call, scope, found),
        _ => inside(node, scope, found),
    }
}

fn of_call<'a>(call: &Call<'a>, scope: &Scope, found: &mut Vec<&'a str>) {
    let argument = call.argument;
    match (call.function, &argument.kind) {
        (Function::Ref, Kind::Scalar { text, .. }) => found.push(text),
        (Function::GetAtt, Kind::Scalar { text, .. }) => found.push(resource(text)),
        (Function::GetAtt, Kind::Sequence(items)) => {
            if let Some(Node { kind: Kind::Scalar { text, .. }, .. }) = items.first() {
                found.push(text);
            }
            inside(argument, scope, found);
        }
        (Function::Sub, Kind::Scalar { text, .. }) => variables(text, &[], found),
        (Function::Sub, Kind::Sequence(items)) => {
            let own: Vec<_> = match items.get(1).map(|own| &own.kind) {
                Some(Kind::Mapping(own)) => own.iter().map(|(name, _)| name.value.as_str()).collect(),
                _ => Vec::new(),
            };
            if let Some(Node { kind: Kind::Scalar { text, .. }, .. }) = items.first() {
                variables(text, &own, found);
            }
            items.iter().skip(1).for_each(|item| inside(item, scope, found));
        }
        (Function::If, Kind::Sequence(items)) if items.len() == 3 => {
            let holds = match &items[0].kind {
                Kind::Scalar { text, .. } => scope.conditions.get(text).and_then(|holds| holds.ok()),
                _ => None,
            };
            if let Some(holds) = holds {
                names(&items[if holds { 1 } else { 2 }], scope, found);
            }
        }
        _ if call.short => match function::long(argument) {
            Ok(Some(inner)) => of_call(&inner, scope, found),
            _ => inside(argument, scope, found),
        },
        _ => names(argument, scope, found),
    }
}

fn inside<'a>(node: &'a Node, scope: &Scope, found: &mut Vec<&'a str>) {
    match &node.kind {
        Kind::Sequence(items) => items.iter().for_each(|item| names(item, scope, found)),
        Kind::Mapping(entries) => entries.iter().for_each(|(_, value)| names(value, scope, found)),
        _ => {}
    }
}

fn variables<'a>(text: &'a str, own: &[&str], found: &mut Vec<&'a str>) {
    for piece in pieces(text) {
        if let Piece::Variable(name) = piece
            && !own.contains(&name)
        {
            found.push(resource(name));
        }
    }
}

fn resource(name: &str) -> &str {
    name.split_once('.').map_or(name, |(resource, _)| resource)
}
