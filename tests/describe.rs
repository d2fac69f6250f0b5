//! What `show` prints, by golden files in `tests/golden/describe`: every kind of resource of the
//! documents' lab, and the states of targets. Renew them with `scripts/golden`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeSet, path::Path};
use vpcns::{
    describe::{self, Kind, NotFound},
    input::{self, Options},
    model::Topology,
    spec::service::{CheckId, Draining, Health},
};

fn topology(name: &str) -> Topology {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies").join(name).with_extension("yaml");
    let source = input::read(Some(&file)).unwrap();
    let draft = input::draft(&source, &Options::default())
        .unwrap_or_else(|mistakes| panic!("{}", input::render(&source, mistakes)));
    let lab = draft.name.as_ref().map_or(name, |name| &name.value);
    Topology::resolve(&draft, lab, None).unwrap_or_else(|mistakes| panic!("{}", input::render(&source, mistakes)))
}

fn assert_golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden/describe");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_kind_of_the_documents_lab() {
    let topology = topology("privatelink");
    for kind in Kind::all() {
        let resources = describe::resources(kind, &topology, &Health::default());
        assert_golden(kind.name(), &serde_json::to_string_pretty(&resources).unwrap());
    }
    assert_golden("outputs", &serde_json::to_string_pretty(&describe::outputs(&topology)).unwrap());
}

/// Whatever `show` names by an id has a time at which it came, except what AWS itself has.
#[test]
fn every_resource_has_come_at_some_time() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("topologies");
    let mut seen = BTreeSet::new();
    for file in std::fs::read_dir(directory).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut topology = topology(&name);
        describe::stamp(&mut topology, None, "2026-11-22T00:00:00Z");
        for kind in Kind::all().filter(|kind| !matches!(kind, Kind::PrefixLists | Kind::SecurityGroupRules)) {
            let Some(field) = kind.identity().first() else { continue };
            for resource in describe::resources(kind, &topology, &Health::default()) {
                let Some(id) = resource[field].as_str() else { continue };
                assert!(topology.created.contains_key(id), "{name}: {}: {id}", kind.name());
                seen.insert(kind.name());
            }
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[test]
fn what_peering_adds_to_the_kinds_that_it_concerns() {
    let topology = topology("peering");
    for kind in [Kind::PeeringConnections, Kind::RouteTables, Kind::SecurityGroups] {
        let resources = describe::resources(kind, &topology, &Health::default());
        assert_golden(&format!("peering-{}", kind.name()), &serde_json::to_string_pretty(&resources).unwrap());
    }
    let table = describe::table(
        Kind::PeeringConnections,
        &describe::resources(Kind::PeeringConnections, &topology, &Health::default()),
    );
    assert_eq!(table.headers[1..], ["VpcPeeringConnectionId", "Status", "RequesterVpcInfo", "AccepterVpcInfo"]);
}

#[test]
fn what_further_cidrs_prefix_lists_and_dhcp_options_add() {
    let shown = [
        ("secondary-cidrs", &[Kind::Vpcs, Kind::RouteTables, Kind::PeeringConnections][..]),
        ("prefix-lists", &[Kind::PrefixLists, Kind::RouteTables, Kind::SecurityGroups]),
        ("dhcp-options", &[Kind::DhcpOptions, Kind::Vpcs]),
    ];
    for (lab, kinds) in shown {
        let topology = topology(lab);
        for kind in kinds {
            let resources = describe::resources(*kind, &topology, &Health::default());
            assert_golden(&format!("{lab}-{}", kind.name()), &serde_json::to_string_pretty(&resources).unwrap());
        }
    }
}

/// The states of the targets of a lab whose daemon knows this.
fn states(topology: &Topology, health: &Health) -> Vec<String> {
    let word =
        |resource: &serde_json::Value, path| resource.pointer(path).and_then(|word| word.as_str()).map(str::to_owned);
    describe::resources(Kind::TargetHealth, topology, health)
        .iter()
        .map(|target| word(target, "/TargetHealth/State").unwrap())
        .collect()
}

/// Every check of a lab.
fn checks(topology: &Topology) -> Vec<CheckId> {
    vpcns::compile::services(topology, &Health::default()).checks.into_keys().collect()
}

#[test]
fn a_target_is_initial_until_a_node_has_an_answer_nlb_24() {
    let topology = topology("document-004"); // one target, checked by two nodes
    let checks = checks(&topology);
    assert_eq!(checks.len(), 2);
    let of = |healthy: &[usize], unhealthy: &[usize]| {
        let pick = |of: &[usize]| of.iter().map(|at| checks[*at].clone()).collect();
        let health = Health { healthy: pick(healthy), unhealthy: pick(unhealthy), ..Health::default() };
        (states(&topology, &health), describe::is_settled(&topology, &health))
    };
    assert_eq!(of(&[], &[]), (vec!["initial".to_owned()], false));
    assert_eq!(of(&[], &[0]), (vec!["initial".to_owned()], false));
    assert_eq!(of(&[1], &[0]), (vec!["healthy".to_owned()], true));
    assert_eq!(of(&[], &[0, 1]), (vec!["unhealthy".to_owned()], true));
}

#[test]
fn a_target_that_was_taken_out_is_draining_nlb_27() {
    let topology = topology("privatelink");
    let check = checks(&topology).remove(0);
    let gone = Draining { target_group: check.target_group, target: [10, 20, 1, 250].into(), port: 80, until: 0 };
    let health = Health { draining: [gone].into(), ..Health::default() };
    assert_eq!(states(&topology, &health), ["initial", "draining"]);
}

#[test]
fn a_resource_is_found_by_any_of_its_names() {
    let topology = topology("privatelink");
    let (name, endpoint) = topology.endpoints.first_key_value().unwrap();
    let (instance, _) = topology.instances.first_key_value().unwrap();
    let ip = topology.network_interfaces[&topology.instances[instance].interface].private_ip.to_string();
    let regional = vpcns::model::dns_name::endpoint_regional(&topology, name);
    for text in [name.as_str(), endpoint.id.as_str(), &endpoint.id.as_str()[..12], &regional, &format!("{regional}.")] {
        assert_eq!(describe::find(&topology, &[Kind::Endpoints], text).unwrap().name, *name, "{text}");
    }
    assert_eq!(describe::find(&topology, &[Kind::Instances], &ip).unwrap().name, *instance);
}

#[test]
fn what_is_not_found_is_said_with_a_way_out() {
    let topology = topology("privatelink");
    let instances = &[Kind::Instances];
    let (instance, _) = topology.instances.first_key_value().unwrap();
    let typo = format!("{instance}x");
    let Err(NotFound::Unknown { hint, .. }) = describe::find(&topology, instances, &typo) else { panic!("found") };
    assert_eq!(hint, Some(format!("did you mean `{instance}`?")));
    assert!(
        matches!(describe::find(&topology, instances, "i-0"), Err(NotFound::Ambiguous { candidates, .. }) if candidates.len() > 1)
    );
    assert!(matches!(describe::find(&topology, instances, ""), Err(NotFound::Unknown { .. })));
}
