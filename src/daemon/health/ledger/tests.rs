//! What is kept and what is forgotten when the lab changes.

use super::{Groups, Ledger, deregistered};
use crate::{
    model::{self, Name, Target, TargetGroup, TargetType},
    spec::{
        NetnsName,
        service::{CheckId, Draining, Health, HealthCheck, Probe},
    },
};
use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

fn id(last: u8) -> CheckId {
    CheckId { target_group: "tg".into(), target: [10, 0, 0, last].into(), port: 80, node: [10, 0, 1, 1].into() }
}

fn check(interval: u64) -> HealthCheck {
    HealthCheck {
        namespace: NetnsName::new("lab", "vpc.a"),
        port: 80,
        probe: Probe::Tcp,
        proxy_protocol: false,
        interval: Duration::from_secs(interval),
        timeout: Duration::from_secs(2),
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    }
}

fn groups(targets: &[u8], delay: u64) -> Groups {
    let target = |last: &u8| Target {
        id: format!("10.0.0.{last}"),
        instance: None,
        subnet: Name::new("a"),
        ip: Ipv4Addr::new(10, 0, 0, *last),
        port: 80,
    };
    let group = TargetGroup {
        arn: String::new(),
        tag: "tg".into(),
        vpc: Name::new("v"),
        protocol: crate::model::ListenerProtocol::Tcp,
        port: 80,
        target_type: TargetType::Ip,
        targets: targets.iter().map(target).collect(),
        health_check: model::HealthCheck {
            protocol: model::HealthProtocol::Tcp,
            port: None,
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            healthy_threshold: 5,
            unhealthy_threshold: 2,
        },
        preserve_client_ip: true,
        cross_zone: None,
        deregistration_delay: Duration::from_secs(delay),
        terminates_deregistered: false,
        is_sticky: false,
        terminates_unhealthy: true,
        proxy_protocol: false,
    };
    BTreeMap::from([(Name::new("tg"), group)])
}

fn drains(last: u8, until: u64) -> Draining {
    Draining { target_group: "tg".into(), target: [10, 0, 0, last].into(), port: 80, until }
}

#[test]
fn states_survive_the_daemon_but_new_targets_are_initial() {
    let last = Health { healthy: [id(1), id(9)].into(), unhealthy: [id(2)].into(), ..Health::default() };
    let mut ledger = Ledger::new(last);
    ledger.set_checks(&BTreeMap::from([1, 2, 3].map(|last| (id(last), check(30)))));
    let now = ledger.health();
    assert_eq!((now.healthy, now.unhealthy), ([id(1)].into(), [id(2)].into()));
    ledger.set_checks(&BTreeMap::new());
    ledger.set_checks(&BTreeMap::from([(id(1), check(30))]));
    assert_eq!(ledger.health(), Health::default(), "a target that comes back is a new one");
}

#[test]
fn other_settings_keep_the_state_and_begin_the_thresholds_anew() {
    let mut ledger = Ledger::default();
    ledger.set_checks(&BTreeMap::from([(id(1), check(30))]));
    assert!(ledger.record(&id(1), true));
    assert!(!ledger.record(&id(1), false));
    ledger.set_checks(&BTreeMap::from([(id(1), check(30))]));
    assert!(ledger.record(&id(1), false), "the same settings: the second failure in a row");
    assert!(!ledger.record(&id(1), true));
    ledger.set_checks(&BTreeMap::from([(id(1), check(10))]));
    assert!(!ledger.record(&id(1), true), "other settings: the first pass again");
    assert!(ledger.record(&id(1), true));
}

#[test]
fn results_of_checks_that_are_no_more_are_nothing() {
    assert!(!Ledger::default().record(&id(1), true));
}

#[test]
fn what_leaves_its_group_drains_for_the_groups_delay() {
    let gone = deregistered(&groups(&[1, 2], 300), &groups(&[2, 3], 120), 1000);
    assert_eq!(gone, [drains(1, 1120)].into(), "NLB-27");
    assert!(deregistered(&groups(&[1], 300), &groups(&[], 0), 1000).is_empty(), "no delay");
    assert!(deregistered(&groups(&[1], 300), &Groups::new(), 1000).is_empty(), "no group");
}

#[test]
fn what_has_drained_is_forgotten() {
    let mut ledger = Ledger::new(Health { draining: [drains(1, 10), drains(2, 20)].into(), ..Health::default() });
    assert_eq!(ledger.next_expiry(), Some(10));
    assert!(!ledger.expire(9));
    assert!(ledger.expire(10));
    assert_eq!(ledger.health().draining, [drains(2, 20)].into());
}
