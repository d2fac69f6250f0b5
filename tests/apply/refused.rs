//! What the machine or this program refuses.

use crate::lab::{Scratch, address, two_hosts};
use vpcns::{
    apply::{Error, diff, execute},
    spec::{Hop, LinkName, Route, Spec},
    sys::netns::{self, Netns},
};

#[test]
fn a_namespace_of_somebody_else_is_refused() {
    let scratch = Scratch::new("t-apply-foreign");
    let spec = two_hosts(scratch.name());
    let theirs = scratch.host("b");
    Netns::create(&theirs).unwrap();
    let plan = diff(&spec, &scratch.observe(&spec));
    let error = execute(&scratch.lab, &plan, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, Error::Foreign(name) if *name == theirs), "{error}");
    assert!(error.to_string().contains("hint: "));
    assert!(!netns::is_there(&scratch.host("a")), "nothing was touched");
    scratch.down();
    assert!(netns::is_there(&theirs), "it is not ours to delete");
    netns::delete(&theirs).unwrap();
}

#[test]
fn an_error_names_the_step() {
    let scratch = Scratch::new("t-apply-error");
    let mut spec = two_hosts(scratch.name());
    let unreachable = Hop::Gateway(address("192.0.2.1"), LinkName::new("eth0"));
    let a = spec.namespaces.get_mut(&scratch.host("a")).unwrap();
    a.routes.insert(Route { table: 1000, destination: "0.0.0.0/0".parse().unwrap(), hop: unreachable });
    let error = execute(&scratch.lab, &diff(&spec, &Spec::default()), &mut |_| {}).unwrap_err();
    let expected = "`ip -n t-apply-error.a route replace 0.0.0.0/0 via 192.0.2.1 dev eth0 table 1000` failed";
    assert_eq!(error.to_string(), expected);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.starts_with("Network is unreachable"), "{source}");
}
