//! What somebody changes behind a lab's back: `status` names it, `up` mends just that, and all is as it was.

use crate::world::World;

const LAB: &str = "topologies/privatelink.yaml";

/// Damage, a word by which `status` names it, and the most steps that mending it may take.
const DAMAGES: [(&str, &str, usize); 18] = [
    ("ip -n privatelink.bastion route del default", "route", 1),
    ("ip -n privatelink.bastion route add 192.0.2.0/24 dev eth0", "192.0.2.0/24", 1),
    (
        "ip -n privatelink.vpc.consumer route flush table $(ip -n privatelink.vpc.consumer rule | awk '/fwmark/ {print $NF; exit}')",
        "blackhole",
        12,
    ),
    (
        "ip -n privatelink.vpc.consumer rule del priority $(ip -n privatelink.vpc.consumer rule | grep -om1 '^[1-9][0-9]*')",
        "rule",
        1,
    ),
    ("ip -n privatelink.private address flush dev eth0", "address", 3),
    ("ip -n privatelink.private address add 10.10.1.200/24 dev eth0", "10.10.1.200", 3),
    ("ip -n privatelink.private link set eth0 down", "link set eth0", 3),
    ("ip -n privatelink.private link set eth0 mtu 1400", "mtu", 1),
    ("ip -n privatelink.private link delete eth0", "eth0", 12),
    ("ip netns exec privatelink.vpc.consumer nft flush ruleset", "nft", 1),
    ("ip netns exec privatelink.vpc.consumer nft delete table inet vpcns", "nft", 1),
    ("ip netns exec privatelink.vpc.consumer nft insert rule inet vpcns forward accept", "nft", 1),
    ("ip netns exec privatelink.vpc.provider sh -c 'nft add table ip mine; nft delete table ip mine'", "nft", 1),
    ("ip netns exec privatelink.vpc.consumer sysctl -qw net.ipv4.ip_forward=0", "ip_forward", 1),
    ("echo nameserver 192.0.2.1 > /etc/netns/privatelink.private/resolv.conf", "resolv.conf", 1),
    ("rm -r /etc/netns/privatelink.private", "resolv.conf", 4),
    ("ip netns del privatelink.private", "privatelink.private", 60),
    ("ip netns del privatelink.vpc.consumer", "privatelink.vpc.consumer", 120),
];

/// All that a lab is to Linux, without the numbers that the kernel gives to links, and without the order of elements.
const ALL: &str = "
    for name in $(ip netns list | cut -d' ' -f1 | sort); do
        echo \"== $name\"
        ip -n $name -o link | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/link-netns[a-z]* [^ ]*//; s/qlen [0-9]*//; s/state [A-Z]*//' | sort
        ip -n $name -o address | sed 's/^[0-9]*: //' | sort
        ip -n $name route show table all | sort
        ip -n $name rule
        ip netns exec $name nft list ruleset | tr -s ' ,\\n\\t' '\\n' | sort
        ip netns exec $name sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter
    done
    grep -r . /etc/netns | sort";

/// Nothing is new and nothing is gone.
fn assert_same(now: &str, before: &str, damage: &str) {
    let only = |these: &str, those: &str| {
        let those: Vec<_> = those.lines().collect();
        these.lines().filter(|line| !those.contains(line)).collect::<Vec<_>>().join("\n")
    };
    assert!(now == before, "{damage}: new:\n{}\ngone:\n{}", only(now, before), only(before, now));
}

#[test]
fn what_is_damaged_is_named_and_mended_and_nothing_else() {
    let world = World::up("privatelink");
    world.ok("vpcns exec private true");
    let before = world.ok(ALL);
    for (damage, word, most) in DAMAGES {
        world.ok(damage);
        let said = world.fails(3, "vpcns status");
        assert!(said.contains(word) && said.contains("differs in"), "{damage}\n{said}");
        let count = || said.split_once("differs in ")?.1.split_whitespace().next()?.parse::<usize>().ok();
        assert!(count().unwrap() <= most, "{damage}\n{said}");
        world.ok(&format!("vpcns up {LAB} && vpcns status"));
        assert_same(&world.ok(ALL), &before, damage);
        world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    }
    world.finish();
}

#[test]
fn a_service_that_was_killed_is_named_and_comes_back() {
    let world = World::new();
    let added = "instances:\n  added: { subnet: main/one, command: sleep 1000 }\n";
    let text = World::topology("security-groups").replace("instances:\n", added);
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml && vpcns status");
    let before = world.ok(ALL);
    world.ok("pkill -9 -f '[i]nstance --mind'; pkill -9 -x sleep || true");
    let said = world.fails(3, "vpcns status");
    assert!(said.contains("command `command` of `added`: dead"), "{said}");
    world.ok("vpcns up /run/lab.yaml && vpcns status && pgrep -x sleep");
    world.ok("kill -9 $(cut -d' ' -f1 /run/vpcns/security-groups/daemon.pid)");
    world.eventually("vpcns status 2>&1 | grep 'daemon of lab `security-groups` is dead'");
    // What packets pass by is not touched.
    let said = world.run("vpcns up /run/lab.yaml");
    assert!(said.stderr.contains("unchanged"), "{}", said.stderr);
    assert_same(&world.ok(ALL), &before, "the daemon's death");
    world.ok("vpcns status && rm /run/lab.yaml");
    world.finish();
}
