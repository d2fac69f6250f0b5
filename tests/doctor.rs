//! `vpcns doctor` tries what the tables of labs have: whatever kind of expression any topology needs is in what it loads.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeSet, fs, path::Path};
use vpcns::{
    compile::compile,
    input::{self, Options},
    spec::{
        nft::{Field, Filter, MarkSource, Statement, Table, Translation, Value},
        service::Health,
    },
    sys::doctor::tables,
};

/// The kinds of what is in a table.
fn kinds(table: &Table) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    for chain in table.chains.values() {
        kinds.extend(chain.hook.map(|hook| format!("chain {:?} {:?}", hook.kind, hook.at)));
        for statement in chain.rules.iter().flat_map(|rule| &rule.statements) {
            kinds.extend(of_statement(statement));
        }
    }
    kinds.extend(table.sets.values().flat_map(|set| set.key.iter().map(|part| format!("type {part:?}"))));
    kinds.extend(table.maps.values().map(|map| format!("map to {:?}", map.value)));
    kinds.extend(table.sets.values().filter(|set| set.interval).map(|_| "intervals".to_owned()));
    kinds
}

fn of_statement(statement: &Statement) -> Vec<String> {
    let fields = |what: &str, fields: &[Field]| {
        let of = fields.iter().map(|field| format!("field {field:?}"));
        of.chain([what.to_owned()]).collect::<Vec<_>>()
    };
    let translation = |which: &str, to: &Translation| {
        let text = format!("{to:?}");
        vec![format!("{which} {}", text.split([' ', '(']).next().unwrap())]
    };
    match statement {
        Statement::Match { field, value, .. } => {
            let value = match value {
                Value::Link(_) => "link",
                Value::Net(_) => "net",
                Value::Number(_) => "number",
                Value::Range(..) => "range",
                Value::Words(_) => "words",
            };
            fields(&format!("match {value}"), &[*field])
        }
        Statement::In { key, .. } => fields("in", key),
        Statement::Vmap { key, .. } => fields("vmap", key),
        Statement::Spread { .. } => vec!["spread".into()],
        Statement::SetMark { mark, to } => {
            let from = match to {
                MarkSource::Number(_) => "number",
                MarkSource::Field(_) => "field",
                MarkSource::Map { .. } => "map",
            };
            vec![format!("set {mark:?} from {from}")]
        }
        Statement::MatchBits { byte, .. } => vec![format!("bits of {byte:?}")],
        Statement::FlipBits { byte, .. } => vec![format!("flip {byte:?}")],
        Statement::SetZone { .. } => vec!["zone".into()],
        Statement::SetTtl(_) => vec!["time to live".into()],
        Statement::Dnat(to) => translation("dnat", to),
        Statement::Snat(to) => translation("snat", to),
        Statement::Log { .. } => vec!["log".into()],
        Statement::Count(_) => vec!["count".into()],
        Statement::RejectWithReset => vec!["reset".into()],
        Statement::Verdict(_) => vec!["verdict".into()],
    }
}

#[test]
fn whatever_a_lab_loads_is_tried() {
    let tried: BTreeSet<_> = tables::parts().iter().flat_map(|part| kinds(&part.table)).collect();
    let mut used = BTreeSet::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies")).unwrap() {
        let source = input::read(Some(&entry.unwrap().path())).unwrap();
        let mut topology = input::topology(&source, &Options::of_lab("lab"), None).unwrap();
        topology.is_counted = true;
        let spec = compile(&topology, &Health::default());
        for namespace in spec.namespaces.values() {
            if let Filter::Table(table) = &namespace.nft {
                used.extend(kinds(table));
            }
        }
    }
    let untried: Vec<_> = used.difference(&tried).collect();
    assert!(!used.is_empty() && untried.is_empty(), "not tried: {untried:#?}");
}
