//! The state of labs that are only names: no namespace is made.

use super::{Error, Lab};
use crate::spec::{Machine, NetnsName};
use std::{collections::BTreeSet, fs, os::unix::fs::symlink};

/// A lab of the test's own, removed at its end.
struct Scratch(Lab);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(Lab::named(&format!("t-apply-state-{name}")))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0.directory);
        let _ = fs::remove_dir_all(&self.0.directory);
    }
}

#[test]
fn a_lock_that_was_for_nothing_leaves_nothing() {
    let lab = Scratch::new("empty");
    drop(lab.0.lock().unwrap());
    assert!(!lab.0.directory.exists());
    assert!(!lab.0.exists());
}

#[test]
fn the_second_is_told_who_the_first_is() {
    let lab = Scratch::new("busy");
    let first = lab.0.lock().unwrap();
    let Err(Error::Busy { pid, command, .. }) = lab.0.lock() else { panic!("the lab was locked twice") };
    assert_eq!(pid, std::process::id());
    assert!(!command.is_empty());
    drop(first);
    lab.0.lock().unwrap();
}

#[test]
fn the_journal_survives_until_the_lab_is_removed() {
    let lab = Scratch::new("journal");
    let lock = lab.0.lock().unwrap();
    let names = BTreeSet::from([NetnsName::new(lab.0.name(), "a"), NetnsName::new(lab.0.name(), "vpc.b")]);
    lab.0.write_journal(&names).unwrap();
    assert_eq!(lab.0.journal().unwrap(), names);
    assert!(lab.0.exists() && Lab::all().unwrap().contains(&lab.0.name().to_owned()));
    lab.0.remove(lock).unwrap();
    assert!(!lab.0.directory.exists());
    assert!(lab.0.journal().unwrap().is_empty());
}

#[test]
fn a_symlink_in_the_place_of_the_lab_is_refused() {
    let lab = Scratch::new("symlink");
    let keep_root = Scratch::new("symlink-other");
    let _root = keep_root.0.lock().unwrap();
    symlink("/tmp", &lab.0.directory).unwrap();
    assert!(matches!(lab.0.lock(), Err(Error::Place(_))));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["", "..", "a/b", "../etc"] {
        assert!(matches!(Lab::named(name).lock(), Err(Error::Name(_))), "{name}");
    }
}

#[test]
fn health_that_was_never_written_is_empty() {
    assert_eq!(Lab::named("t-apply-state-none").health(), crate::spec::service::Health::default());
}

#[test]
fn a_noted_machine_is_good_for_one_record() {
    let lab = Scratch::new("noted");
    let machine = Machine {
        host: "web".into(),
        netns: NetnsName::new(lab.0.name(), "web"),
        host_name: "ip-10-0-0-4".into(),
        region: None,
        user_data: None,
        public_key: None,
        layers: Vec::new(),
    };
    fs::create_dir_all(lab.0.host_directory("web")).unwrap();
    super::files::write(&lab.0.record_file(), b"one").unwrap();
    assert_eq!(lab.0.noted_machine("web"), None);
    lab.0.note_machine(&machine, lab.0.record_mark().unwrap().unwrap());
    assert_eq!(lab.0.noted_machine("web"), Some(machine.clone()));
    assert_eq!(lab.0.noted_machine("../hosts/web"), None);
    super::files::write(&lab.0.record_file(), b"two").unwrap();
    assert_eq!(lab.0.noted_machine("web"), None, "of another record nothing is known");
    lab.0.note_machine(&machine, lab.0.record_mark().unwrap().unwrap());
    assert_eq!(lab.0.noted_machine("web"), Some(machine));
    lab.0.remove_record().unwrap();
    assert_eq!(lab.0.noted_machine("web"), None);
}
