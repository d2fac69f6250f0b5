//! Document 002 as one lab, in both forms: the same kernel state and the same services.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::{collections::BTreeMap, path::Path};
use vpcns::{
    apply::diff,
    compile::{compile, services},
    input::{self, Options},
    model::Topology,
    spec::{Spec, service::Health},
};

fn topology(file: &str) -> Topology {
    let source = input::read(Some(Path::new(file))).unwrap();
    let resolved = input::topology(&source, &Options::of_lab("whole"), None);
    resolved.unwrap_or_else(|found| panic!("{}", input::render(&source, found)))
}

/// The native topology with the names and the ids that the template gives to what lies inside a VPC: `jhVPC/jhPublicSN`
/// is `jhPublicSN` there. The main tables and the groups and ACLs that AWS makes are called the same in both.
fn as_in_the_template(native: &Topology, template: &Topology) -> Topology {
    let text = serde_json::to_string(native).unwrap();
    let inside = regex::Regex::new(r#""jh\w*VPC/(jh\w+)""#).unwrap();
    let mut text = inside.replace_all(&text, "\"$1\"").into_owned();
    let named: Value = serde_json::from_str(&text).unwrap();
    let ids = ids(&named).into_iter().zip(ids(&serde_json::to_value(template).unwrap()));
    for ((of, native), (same, template)) in ids.collect::<Vec<_>>() {
        assert_eq!(of, same, "the labs have the same resources");
        text = text.replace(&format!("\"{native}\""), &format!("\"{template}\""));
    }
    serde_json::from_str(&text).unwrap()
}

/// The kind and name of each resource, and its id.
fn ids(topology: &Value) -> BTreeMap<(String, String), String> {
    let kinds = topology.as_object().unwrap().iter().filter_map(|(kind, of)| Some((kind, of.as_object()?)));
    let all = kinds.flat_map(|(kind, of)| of.iter().map(move |(name, resource)| (kind, name, resource)));
    all.filter_map(|(kind, name, it)| Some(((kind.clone(), name.clone()), it.get("id")?.as_str()?.to_owned())))
        .collect()
}

#[test]
fn the_whole_of_document_002_is_the_same_lab_in_both_forms() {
    let template = topology("tests/cloudformation/whole-document-002.yaml");
    let native = as_in_the_template(&topology("topologies/whole-document-002.yaml"), &template);
    let both = [&native, &template];
    let [native_services, template_services] = both.map(|topology| services(topology, &Health::default()));
    let [native, template] = both.map(|topology| compile(topology, &Health::default()));
    let plan = |spec: &Spec| diff(spec, &Spec::default()).to_string();
    same_lines(&plan(&native), &plan(&template));
    same_lines(&format!("{native_services:#?}"), &format!("{template_services:#?}"));
    assert!(native == template && native_services == template_services);
    assert!(diff(&native, &template).is_empty() && plan(&native).lines().count() > 500);
}

/// Equal, or the first line that differs.
fn same_lines(native: &str, template: &str) {
    let differing = native.lines().zip(template.lines()).find(|(one, other)| one != other);
    assert!(native == template, "{differing:#?}");
}
