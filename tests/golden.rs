//! What each lab of `topologies/` becomes: the whole plan, as `ip` and `nft` take it, and the services.
//!
//! `UPDATE_GOLDEN=1` writes the files of `tests/golden` anew; their difference is part of the review.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use vpcns::{
    apply::{Action, Step, diff},
    compile::{self, compile},
    input::{self, Options},
    model::Topology,
    spec::{
        Spec,
        nft::{Filter, Rule, Statement, Table, Verdict},
        service::Health,
    },
};

#[test]
fn every_topology_becomes_what_it_became_before() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for file in topologies(root) {
        let topology = topology(&file);
        let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let plan = diff(&compile(&topology, &Health::default()), &Spec::default()).to_string();
        let services = format!("{:#?}\n", compile::services(&topology, &Health::default()));
        for (ending, text) in [("plan", plan), ("services", services)] {
            let golden = root.join("tests/golden").join(format!("{name}.{ending}"));
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&golden, text).expect("the golden file can be written");
            } else if fs::read_to_string(&golden).unwrap_or_default() != text {
                wrong.push(golden.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "not as before; if it is right, renew with UPDATE_GOLDEN=1: {}", wrong.join(", "));
}

#[test]
fn nothing_is_left_to_do_after_all_is_done() {
    for file in topologies(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let spec = spec(&file);
        assert!(diff(&spec, &spec).is_empty(), "{}", file.display());
    }
}

/// What `test --coverage` adds to a lab that runs, and takes away again.
#[test]
fn counting_is_a_change_of_chains() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["network-acls", "prefix-lists"] {
        let mut topology = topology(&root.join(format!("topologies/{name}.yaml")));
        let plain = compile(&topology, &Health::default());
        topology.is_counted = true;
        let text = diff(&compile(&topology, &Health::default()), &plain).to_string();
        let golden = root.join("tests/golden").join(format!("{name}.counting"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, text).expect("the golden file can be written");
        } else {
            assert_eq!(fs::read_to_string(&golden).unwrap_or_default(), text, "renew with UPDATE_GOLDEN=1");
        }
    }
}

#[test]
fn counting_judges_nothing() {
    for file in topologies(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let mut topology = topology(&file);
        let plain = compile(&topology, &Health::default());
        topology.is_counted = true;
        let counted = compile(&topology, &Health::default());
        for plan in [diff(&counted, &plain), diff(&plain, &counted)] {
            // Connections go on, because no table is put in another's place.
            let is_change = |step: &Step| matches!(step.action, Action::ChangeTable { .. });
            assert!(plan.steps.iter().all(is_change), "{}", file.display());
        }
        for (name, namespace) in &plain.namespaces {
            let (Filter::Table(plain), Filter::Table(counted)) = (&namespace.nft, &counted.namespaces[name].nft) else {
                continue;
            };
            let chains = without_counting(counted);
            for (chain, rules) in &plain.chains {
                assert_eq!(&rules.rules, &chains[chain], "{}: {name}: {chain}", file.display());
            }
            let others = chains.keys().filter(|chain| !plain.chains.contains_key(chain.as_str()));
            // Those of network ACLs that let everything pass, and say so.
            assert!(others.into_iter().all(|chain| chain.starts_with("acl_")), "{}: {name}", file.display());
        }
    }
}

/// The rules of a table's chains, but for those that only count.
fn without_counting(table: &Table) -> BTreeMap<&String, Vec<Rule>> {
    let is_counting = |name: &str| name.starts_with("count_") || name.starts_with("uncounted_");
    let leads_to_counting = |rule: &Rule| {
        rule.statements.iter().any(|statement| match statement {
            Statement::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain)) => is_counting(chain),
            _ => false,
        })
    };
    let judging = |rule: &Rule| {
        let mut rule = rule.clone();
        rule.statements.retain(|statement| !matches!(statement, Statement::Count(_)));
        (!rule.statements.is_empty() && !leads_to_counting(&rule)).then_some(rule)
    };
    let chains = table.chains.iter().filter(|(name, _)| !is_counting(name));
    chains.map(|(name, chain)| (name, chain.rules.iter().filter_map(judging).collect())).collect()
}

fn spec(file: &Path) -> Spec {
    compile(&topology(file), &Health::default())
}

fn topology(file: &Path) -> Topology {
    let source = input::read(Some(file)).expect("a topology can be read");
    let resolved = input::topology(&source, &Options::of_lab("lab"), None);
    resolved.unwrap_or_else(|found| panic!("{}", input::render(&source, found)))
}

fn topologies(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("topologies")).expect("the topologies are there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.sort();
    files
}
