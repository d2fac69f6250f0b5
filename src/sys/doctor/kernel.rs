//! The parts of the kernel, each tried in a network namespace that ends with the thread that tries it.
//!
//! What a lab never uses (bridges, dummies, VRFs, IPVS, flow tables) is not asked for.

use super::{Finding, refused, tables, way_out_of_a_ban};
use crate::{
    spec::{Hop, LinkName, MacAddress, Route, Rule, flow_log},
    sys::{
        conntrack,
        netlink::{Netlink, Request, address, link, route, rule},
        netns::{Netns, apart},
        nft::{self, Transaction},
        own_machine, sysctl,
    },
};
use ipnet::Ipv4Net;
use nix::{mount::MsFlags, sched::CloneFlags};
use std::{fs, io, path::Path, time::Duration};

/// Tries all of them.
pub(super) fn examine() -> Vec<Finding> {
    let found = apart(CloneFlags::CLONE_NEWNET, || {
        let mut found = vec![tried("sysctls", "the namespace's own can be written", sysctls())];
        found.extend(links());
        found.extend(nftables());
        found.push(tried(
            "connection tracking",
            "it can be asked by netlink",
            conntrack::marked(Duration::ZERO).map(drop),
        ));
        let log = Netns::current().and_then(|netns| netns.packet_log(flow_log::GROUP, 64));
        found.push(tried("packet log", "it can be read, for flow logs", log.map(drop)));
        found
    });
    let mut found = found.unwrap_or_else(|error| vec![refused("kernel", &error, None)]);
    found.push(ipv6());
    found.push(overlay());
    found
}

fn tried(check: &str, says: &str, result: io::Result<()>) -> Finding {
    match result {
        Ok(()) => Finding::right(check, says),
        Err(error) if error.raw_os_error() == Some(nix::libc::EROFS) => Finding::missing(
            check,
            format!("refused: {error}"),
        )
        .hint(
            "`/proc/sys` is read-only, as in a container: `--privileged`, or `--security-opt systempaths=unconfined`",
        ),
        Err(error) => refused(check, &error, None),
    }
}

/// What a new lab begins with, all in one: namespaces, a mount, a setting. It takes a millisecond or two.
#[expect(clippy::disallowed_methods, reason = "this thread has a mount namespace of its own, which ends with it")]
pub fn try_namespaces() -> io::Result<()> {
    let none = None::<&str>;
    apart(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS, || {
        nix::mount::mount(none, "/", none, MsFlags::MS_SLAVE | MsFlags::MS_REC, none)?;
        sysctls()
    })?
}

/// The settings of every router.
fn sysctls() -> io::Result<()> {
    sysctl::write("ipv4/ip_forward", "1")?;
    sysctl::write("ipv4/conf/all/rp_filter", "0")
}

/// A pair of links with an address, routes in two tables, and rules that choose between them.
fn links() -> Vec<Finding> {
    let veth = || -> io::Result<Netlink> {
        let (near, far) = (LinkName::new("near"), LinkName::new("far"));
        let here = Netns::current()?;
        let mut netlink = Netlink::open()?;
        let ends = [(&near, 1), (&far, 2)].map(|(name, last)| link::End {
            name,
            mac: MacAddress([2, 0, 0, 0, 0, last]),
            mtu: 9001,
        });
        use_of(&mut netlink, &[link::add_veth(ends[0], ends[1], std::os::fd::AsFd::as_fd(&here))])?;
        use_of(&mut netlink, &[link::set(&LinkName::lo(), 65536), link::set(&far, 9001)])?;
        Ok(netlink)
    };
    let mut netlink = match veth() {
        Ok(netlink) => netlink,
        Err(error) => {
            return vec![refused("veth links", &error, None).hint("load the kernel's module, `modprobe veth`")];
        }
    };
    let routing = policy_routing(&mut netlink);
    vec![
        Finding::right("veth links", "a pair was made"),
        tried("policy routing", "routes in several tables, and rules that choose one", routing),
    ]
}

fn policy_routing(netlink: &mut Netlink) -> io::Result<()> {
    let indexes = netlink.indexes()?;
    let near = LinkName::new("near");
    let net: Ipv4Net = "192.0.2.1/24".parse().expect("this is a network");
    use_of(netlink, &[address::add(net, indexes[&near])])?;
    let hops = [Hop::Link(near), Hop::Blackhole, Hop::Local];
    let routes = hops.into_iter().zip(1000..).map(|(hop, table)| Route { table, destination: net.trunc(), hop });
    let mut requests: Vec<_> = routes.filter_map(|made| route::add(&made, &indexes)).collect();
    let rules = [(None, Some(7)), (Some(net.trunc()), None)].into_iter().zip(1000..);
    let rules = rules.map(|((from, fwmark), table)| Rule { priority: table, from, to: None, fwmark, table });
    requests.extend(rules.map(|made| rule::add(&made)));
    use_of(netlink, &requests)
}

fn use_of(netlink: &mut Netlink, requests: &[Request]) -> io::Result<()> {
    netlink.send(requests)?.into_iter().next().map_or(Ok(()), |refusal| Err(refusal.source))
}

/// Each kind of expression that the tables of labs have, in a table of its own.
fn nftables() -> Vec<Finding> {
    let load = |part: tables::Part| {
        let check = format!("nftables: {}", part.name);
        let mut transaction = Transaction::new();
        transaction.replace_table(&part.table);
        match transaction.commit() {
            Ok(_) => Finding::right(check, "a table was loaded"),
            Err(error @ nft::Error::Refused(_)) if error.to_string().contains("Operation not permitted") => {
                Finding::failed(check, &error).hint(way_out_of_a_ban())
            }
            Err(error @ nft::Error::Refused(_)) => Finding::failed(check, &error).hint(format!(
                "the kernel may lack a part: `modprobe -a {}` loads it as a module; or `nft` is too old",
                part.modules
            )),
            Err(error) => Finding::failed(check, &error),
        }
    };
    tables::parts().into_iter().map(load).collect()
}

/// Labs switch it off where there is one.
fn ipv6() -> Finding {
    let says = if !Path::new("/proc/sys/net/ipv6/conf").exists() {
        "the kernel has none; labs need none"
    } else if sysctl::read("ipv6/conf/all/disable_ipv6").ok().flatten().as_deref() == Some("1") {
        "switched off; labs need none"
    } else {
        "there; labs switch it off in their namespaces"
    };
    Finding::right("IPv6", says)
}

/// An overlay over the root, as an instance's own files are.
fn overlay() -> Finding {
    let check = "overlayfs";
    match apart(CloneFlags::CLONE_NEWNS, lay) {
        Ok(Ok(())) => Finding::right(check, "laid over the host's files"),
        Ok(Err(error)) | Err(error) => {
            let found = refused(check, &error, None);
            let hint = "without it `vpcns exec` runs nothing, and `ip netns exec LAB.HOST` only with the host's files; load \
                        the kernel's module, `modprobe overlay`; in a container, give it a root that is no overlay";
            if error.kind() == io::ErrorKind::PermissionDenied { found } else { found.hint(hint) }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this thread has a mount namespace of its own, which ends with it")]
fn lay() -> io::Result<()> {
    let none = None::<&str>;
    // In a user's own machine only what nothing is mounted in can be laid over.
    let lower = if own_machine::is_own() { "/run/lower,userxattr" } else { "/" };
    nix::mount::mount(none, "/", none, MsFlags::MS_SLAVE | MsFlags::MS_REC, none)?;
    nix::mount::mount(Some("doctor"), "/run", Some("tmpfs"), MsFlags::empty(), none)?;
    for directory in ["/run/lower", "/run/upper", "/run/work", "/run/root"] {
        fs::create_dir(directory)?;
    }
    let layers = format!("upperdir=/run/upper,workdir=/run/work,lowerdir={lower}");
    nix::mount::mount(Some("overlay"), "/run/root", Some("overlay"), MsFlags::empty(), Some(layers.as_str()))?;
    fs::write("/run/root/written", "")
}
