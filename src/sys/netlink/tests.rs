//! Two namespaces and a veth pair; what was asked for is found again.

use super::{Netlink, Request, address, link, route, rule};
use crate::{
    spec::{Address, Hop, LinkName, MAIN_TABLE, MacAddress, NetnsName, Route, Rule},
    sys::netns::{self, Netns},
};
use ipnet::Ipv4Net;
use std::{collections::BTreeMap, os::fd::AsFd};

/// Two namespaces, deleted at the end of the test.
struct Pair([NetnsName; 2]);

impl Drop for Pair {
    fn drop(&mut self) {
        self.0.iter().for_each(|name| netns::delete(name).unwrap());
    }
}

fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

fn accepted(netlink: &mut Netlink, requests: &[Request]) {
    let refused = netlink.send(requests).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn what_was_made_is_found() {
    let names = Pair(["a", "b"].map(|host| NetnsName::new("t-apply-netlink", host)));
    let [a, b] = names.0.each_ref().map(|name| Netns::create(name).unwrap());
    let [mut in_a, mut in_b] = [&a, &b].map(|netns| netns.enter(Netlink::open).unwrap().unwrap());

    let (near, far) = (LinkName::new("eni-0a1b2c3d4e5"), LinkName::new("eth0"));
    let end = |name, last| link::End { name, mac: MacAddress([2, 0, 0, 0, 0, last]), mtu: 9001 };
    accepted(&mut in_a, &[link::set(&LinkName::lo(), 65536), link::add_veth(end(&near, 1), end(&far, 2), b.as_fd())]);
    accepted(&mut in_b, &[link::set(&far, 1500)]);

    let links = in_a.links().unwrap();
    let here = links.iter().find(|link| link.name == near).unwrap();
    let there = in_b.links().unwrap().into_iter().find(|link| link.name == far).unwrap();
    assert_eq!((here.mtu, there.mtu), (9001, 1500));
    assert!(here.up && there.up && !here.proxy_arp);
    assert_eq!(there.mac, Some(MacAddress([2, 0, 0, 0, 0, 2])));
    let id = in_a.namespace_ids(&[b.as_fd()]).unwrap()[0];
    assert!(id.is_some());
    assert_eq!(here.kind, link::Kind::Veth { peer: there.index, namespace: id });

    let indexes = in_a.indexes().unwrap();
    let names: BTreeMap<_, _> = indexes.iter().map(|(name, index)| (*index, name.clone())).collect();
    let addresses = [
        Address { link: near.clone(), net: net("10.0.0.1/24") },
        Address { link: LinkName::lo(), net: net("10.9.9.9/32") },
    ];
    accepted(&mut in_a, &addresses.clone().map(|address| address::add(address.net, indexes[&address.link])));
    accepted(&mut in_a, &addresses.clone().map(|address| address::add(address.net, indexes[&address.link])));
    let mut found = in_a.addresses(&names).unwrap();
    found.sort();
    assert_eq!(found, {
        let mut all = addresses.to_vec();
        all.sort();
        all
    });

    let routes = [
        Route { table: MAIN_TABLE, destination: net("10.1.0.0/16"), hop: Hop::Link(near.clone()) },
        Route { table: 1000, destination: net("0.0.0.0/0"), hop: Hop::Gateway([10, 0, 0, 2].into(), near.clone()) },
        Route { table: 1000, destination: net("10.2.0.0/16"), hop: Hop::Blackhole },
    ];
    accepted(&mut in_a, &routes.clone().map(|route| route::add(&route, &indexes).unwrap()));
    let mut found = in_a.routes(&names).unwrap();
    found.sort();
    assert_eq!(found, routes);

    let rules = [
        Rule { priority: 10, from: None, to: Some(net("240.0.0.0/4")), fwmark: None, table: MAIN_TABLE },
        Rule { priority: 15, from: Some(net("10.0.0.9/32")), to: None, fwmark: None, table: 1000 },
        Rule { priority: 20, from: None, to: None, fwmark: Some(0x1001), table: 1000 },
    ];
    accepted(&mut in_a, &rules.clone().map(|rule| rule::add(&rule)));
    assert_eq!(in_a.rules().unwrap(), rules);

    accepted(&mut in_a, &routes.map(|route| route::delete(&route, &indexes).unwrap()));
    accepted(&mut in_a, &rules.map(|rule| rule::delete(&rule)));
    assert!(in_a.routes(&names).unwrap().is_empty() && in_a.rules().unwrap().is_empty());
    accepted(&mut in_a, &[link::delete(&near)]);
    assert!(!in_b.indexes().unwrap().contains_key(&far), "the other end goes with it");
}

#[test]
fn a_refusal_names_its_place_and_the_rest_is_done() {
    let names = Pair(["c", "d"].map(|host| NetnsName::new("t-apply-netlink", host)));
    let netns = Netns::create(&names.0[0]).unwrap();
    let mut netlink = netns.enter(Netlink::open).unwrap().unwrap();
    let bad = Route {
        table: 1000,
        destination: net("10.9.0.0/16"),
        hop: Hop::Gateway([192, 0, 2, 1].into(), LinkName::lo()),
    };
    let mut requests = vec![link::set(&LinkName::lo(), 65536)];
    let links = netlink.indexes().unwrap();
    let blackhole = |third| Route { table: 1000, destination: net(&format!("10.0.{third}.0/24")), hop: Hop::Blackhole };
    requests.extend((0..=255).map(|third| route::add(&blackhole(third), &links).unwrap()));
    requests.insert(200, route::add(&bad, &links).unwrap());
    let refused = netlink.send(&requests).unwrap();
    assert_eq!(refused.iter().map(|refusal| refusal.index).collect::<Vec<_>>(), [200]);
    assert_eq!(netlink.routes(&BTreeMap::new()).unwrap().len(), 256);
}
