//! Real namespaces, removed whatever happens.

use super::{Identity, Netns, delete, is_there, names, spread};
use crate::spec::NetnsName;
use std::{fs, io, net::Ipv4Addr};

/// Names of this test's own, deleted at its end.
struct Scratch(Vec<NetnsName>);

impl Scratch {
    fn new(lab: &str, hosts: usize) -> Self {
        Self((0..hosts).map(|host| NetnsName::new(lab, &format!("h{host}"))).collect())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.0.iter().for_each(|name| delete(name).unwrap());
    }
}

#[test]
fn made_entered_and_deleted() {
    let scratch = Scratch::new("t-apply-netns-one", 1);
    let name = &scratch.0[0];
    let before = Netns::current().unwrap().identity().unwrap();
    let netns = Netns::create(name).unwrap();
    assert!(names().unwrap().contains(&name.to_string()));
    assert_eq!(netns.identity().unwrap(), Netns::open(name).unwrap().identity().unwrap());

    let inside = netns.enter(|| Netns::current()?.identity()).unwrap().unwrap();
    assert_eq!(inside, netns.identity().unwrap());
    assert_eq!(before, Netns::current().unwrap().identity().unwrap(), "the caller stays where it is");
    assert_eq!(before, Identity::of_process(std::process::id().cast_signed()).unwrap());

    assert_eq!(Netns::create(name).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    delete(name).unwrap();
    delete(name).unwrap();
    assert_eq!(Netns::open(name).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn many_are_made_on_few_threads() {
    let scratch = Scratch::new("t-apply-netns-many", 20);
    let made = spread(&scratch.0, |traveller, name| traveller.create(name)?.identity()).unwrap();
    let found = spread(&scratch.0, |traveller, name| {
        traveller.enter(&Netns::open(name)?)?;
        Netns::current()?.identity()
    });
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made, found.unwrap().into_iter().map(Result::unwrap).collect::<Vec<_>>());
}

#[test]
fn a_file_without_a_mount_is_no_namespace() {
    let scratch = Scratch::new("t-apply-netns-half", 2);
    Netns::create(&scratch.0[0]).unwrap();
    let half = &scratch.0[1];
    fs::write(super::mounts::path(half), "").unwrap();
    assert_eq!(Netns::open(half).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(is_there(half));
    delete(half).unwrap();
    Netns::create(half).unwrap();
}

#[test]
fn a_panic_inside_reaches_the_caller_and_nothing_else() {
    let scratch = Scratch::new("t-apply-netns-panic", 1);
    let netns = Netns::create(&scratch.0[0]).unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| netns.enter(|| panic!("inside"))));
    assert!(caught.is_err());
    netns.enter(|| ()).unwrap();
}

#[test]
fn sockets_stay_inside() {
    let scratch = Scratch::new("t-apply-netns-socket", 1);
    let netns = Netns::create(&scratch.0[0]).unwrap();
    let listener = netns.tcp_listener((Ipv4Addr::UNSPECIFIED, 80).into()).unwrap();
    assert_eq!(listener.local_addr().unwrap().port(), 80);
    netns.udp_socket((Ipv4Addr::UNSPECIFIED, 53).into()).unwrap();
    netns.tcp_socket(Ipv4Addr::UNSPECIFIED.into()).unwrap();
    let listening = netns.enter(|| fs::read_to_string("/proc/thread-self/net/tcp")).unwrap().unwrap();
    assert!(listening.contains("00000000:0050"), "{listening}");
}
