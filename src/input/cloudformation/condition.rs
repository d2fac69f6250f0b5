//! `Conditions`: Equals, And, Or, Not, Condition, and the choice that `Fn::If` makes by them.

use super::{
    evaluate::{Evaluator, Stop},
    function::{self, Call, Function},
    order::{order, words},
};
use crate::{
    input::tree::{Kind, Node},
    model::{diagnostic::Span, draft::Text},
};
use std::collections::BTreeMap;

impl Evaluator<'_> {
    /// Finds out which conditions hold, each after those that it names.
    pub(super) fn conditions(&mut self, declared: &[(Text, Node)]) {
        let places: BTreeMap<_, _> =
            declared.iter().enumerate().map(|(place, (name, _))| (name.value.as_str(), place)).collect();
        let needs = |(_, node): &(Text, Node)| {
            let mut names = Vec::new();
            condition_names(node, &mut names);
            names.into_iter().filter_map(|name| places.get(name).copied()).collect()
        };
        let found = order(&declared.iter().map(needs).collect::<Vec<_>>());
        for cycle in &found.cycles {
            let names: Vec<_> = cycle.iter().map(|place| declared[*place].0.value.as_str()).collect();
            let message = format!("conditions that need each other: {}", words(&names));
            self.notes.push(declared[cycle[0]].0.span, message);
        }
        // What goes round in a circle is wrong, and known to be.
        for cycle in &found.cycles {
            let span = declared[cycle[0]].0.span;
            for place in cycle {
                self.scope.conditions.insert(declared[*place].0.value.clone(), Err(span));
            }
        }
        self.resources = false;
        for place in found.order {
            let (name, node) = &declared[place];
            if !self.scope.conditions.contains_key(&name.value) {
                let holds = self.holds(node);
                self.scope.conditions.insert(name.value.clone(), holds);
            }
        }
        self.resources = true;
    }

    /// Whether a named condition holds, or where it is said that this is wrong.
    pub(super) fn condition(&mut self, name: &str, span: Span) -> Result<bool, Span> {
        if let Some(holds) = self.scope.conditions.get(name) {
            return *holds;
        }
        let hint = self.near(name, self.scope.conditions.keys().map(String::as_str));
        let message = format!("there is no condition `{name}`");
        match hint {
            Some(hint) => self.notes.push_with_hint(span, message, hint),
            None => self.notes.push_with_hint(span, message, "conditions are declared in `Conditions`"),
        }
        Err(span)
    }

    fn holds(&mut self, node: &Node) -> Result<bool, Span> {
        let call = match function::call(node) {
            Ok(Some(call)) => call,
            Ok(None) => match &node.kind {
                Kind::Mapping(entries) if entries.len() == 1 && entries[0].0.value == "Condition" => {
                    Call { function: Function::Condition, argument: &entries[0].1, short: false }
                }
                _ => return self.no_condition(node),
            },
            Err(none) => {
                self.notes.push_with_hint(none.span, none.message, none.hint);
                return Err(none.span);
            }
        };
        let place = |stop| match stop {
            Stop::Wrong(span) => span,
            Stop::NoValue => node.span,
        };
        match call.function {
            Function::Equals => {
                let arguments = self.arguments(&call, 2..=2, "two values").map_err(place)?;
                let [first, second] = [0, 1].map(|n| self.operand(&arguments[n]).map_err(place));
                Ok(same(&first?, &second?))
            }
            Function::And | Function::Or => {
                let arguments = self.arguments(&call, 2..=10, "a list of 2 to 10 conditions").map_err(place)?;
                let values: Vec<_> = arguments.iter().map(|argument| self.holds(argument)).collect();
                let values: Vec<bool> = values.into_iter().collect::<Result<_, _>>()?;
                Ok(if call.function == Function::And { values.iter().all(|v| *v) } else { values.contains(&true) })
            }
            Function::Not => {
                let arguments = self.arguments(&call, 1..=1, "a list of one condition").map_err(place)?;
                self.holds(&arguments[0]).map(|holds| !holds)
            }
            Function::Condition => match &call.argument.kind {
                Kind::Scalar { text, .. } => self.condition(text, call.argument.span),
                _ => self.no_condition(call.argument),
            },
            _ => self.no_condition(node),
        }
    }

    fn no_condition(&mut self, node: &Node) -> Result<bool, Span> {
        let hint = "conditions are made by `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` and `Condition`";
        self.notes.push_with_hint(node.span, "this is no condition", hint);
        Err(node.span)
    }

    /// The branch that `Fn::If` chooses. The other one is evaluated too, for its mistakes.
    pub(super) fn choose(&mut self, call: &Call<'_>) -> Option<Node> {
        let wrong = |span| Some(Node { span, owner: span, tag: None, kind: Kind::Wrong });
        let Ok(arguments) = self.arguments(call, 3..=3, "a condition and two values: `[CONDITION, THEN, ELSE]`") else {
            return wrong(call.argument.span);
        };
        let holds = match &arguments[0].kind {
            Kind::Scalar { text, .. } => self.condition(text, arguments[0].span),
            _ => self.no_condition(&arguments[0]),
        };
        let holds = match holds {
            Ok(holds) => holds,
            Err(span) => {
                self.skip(&arguments[1]);
                self.skip(&arguments[2]);
                return wrong(span);
            }
        };
        let (taken, left) = if holds { (1, 2) } else { (2, 1) };
        self.skip(&arguments[left]);
        self.value(&arguments[taken])
    }

    /// Evaluates what is not used, for its mistakes.
    pub(super) fn skip(&mut self, node: &Node) {
        self.skipped += 1;
        self.value(node);
        self.skipped -= 1;
    }
}

/// Whether two values are equal, wherever they stand.
fn same(first: &Node, second: &Node) -> bool {
    match (&first.kind, &second.kind) {
        (Kind::Scalar { text: first, .. }, Kind::Scalar { text: second, .. }) => first == second,
        (Kind::Sequence(first), Kind::Sequence(second)) => {
            first.len() == second.len() && first.iter().zip(second).all(|(first, second)| same(first, second))
        }
        (Kind::Mapping(first), Kind::Mapping(second)) => {
            let same = |((key, value), (other_key, other)): (&(Text, Node), &(Text, Node))| {
                key.value == other_key.value && same(value, other)
            };
            first.len() == second.len() && first.iter().zip(second).all(same)
        }
        _ => false,
    }
}

/// The conditions that a condition names.
fn condition_names<'a>(node: &'a Node, names: &mut Vec<&'a str>) {
    let is_condition = node.tag.as_deref() == Some("!Condition");
    match &node.kind {
        Kind::Scalar { text, .. } if is_condition => names.push(text),
        Kind::Sequence(items) => items.iter().for_each(|item| condition_names(item, names)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                match &value.kind {
                    Kind::Scalar { text, .. } if key.value == "Condition" => names.push(text),
                    _ => condition_names(value, names),
                }
            }
        }
        _ => {}
    }
}
