//! `vpcns why` with packets: where they die, by nftables' own trace, and what it leaves behind: nothing.

use super::world::World;
use serde_json::Value;

fn why(world: &World, question: &str) -> Value {
    let done = world.run(&format!("vpcns why -o json {question}"));
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

/// The trace of the first address.
fn trace(world: &World, question: &str) -> [String; 4] {
    let answer = why(world, question);
    let trace = &answer[0]["Probe"]["Trace"];
    ["Namespace", "Packet", "Chain", "Rule"].map(|key| trace[key].as_str().unwrap_or("-").to_owned())
}

#[test]
fn the_rule_that_drops_a_packet_is_named_by_the_kernel() {
    let world = World::up("security-groups");
    let router = "security-groups.vpc.main";
    let question = "client web:8080";
    assert_eq!(trace(&world, question), [router, "request", "outbound_of_main/client", "drop"]);
    assert_eq!(trace(&world, "client web")[..3], [router, "request", "inbound_of_main/pingable.main/web"]);
    // What is answered was dropped by nobody, and what no router sees neither.
    assert_eq!(why(&world, "client web:80")[0]["Probe"].get("Trace"), None);
    assert_eq!(why(&world, "monitor 10.0.0.99")[0]["Probe"]["Trace"]["Seen"], false);
    // Nothing of it stays, and nobody takes it for a change by hand.
    world.ok("vpcns status");
    let changes = world.ok("vpcns up topologies/security-groups.yaml 2>&1");
    assert!(changes.contains("lab `security-groups` is unchanged"), "{changes}");
    assert_eq!(world.ok(&format!("ip netns exec {router} nft list tables")), "table inet vpcns");
    // Neither is it there while somebody else changes the lab: `why` answers all the same.
    world.ok("sh -c 'exec 9<$0 && flock 9 && exec sleep 1000' /run/vpcns/security-groups/lock >/dev/null 2>&1 & echo $! >/run/pid");
    world.eventually("! flock -n /run/vpcns/security-groups/lock true");
    let busy = world.ok(&format!("vpcns why {question}"));
    assert!(busy.contains("nothing came back, as it says\nnft: not traced: "), "{busy}");
    world.ok("kill $(cat /run/pid); rm /run/pid");
    world.finish();
}

#[test]
fn a_rule_by_hand_makes_packet_and_model_disagree_loudly() {
    let world = World::up("security-groups");
    let nft = "ip netns exec security-groups.vpc.main nft";
    world.ok("vpcns why client web:80");
    world.ok(&format!("{nft} insert rule inet vpcns in_main/web tcp dport 80 drop comment '\"by hand\"'"));
    let said = world.fails(1, "vpcns why client web:80");
    for words in [
        "yes: web is reached",
        "a real packet: nothing came back, WHICH IT DOES NOT SAY",
        "chain in_main/web: tcp dport 80 drop comment \"by hand\"",
        "error: the packet and the model disagree",
    ] {
        assert!(said.contains(words), "{words}:\n{said}");
    }
    world.fails(1, "vpcns why -o json client web:80");
    assert_eq!(why(&world, "client web:80")[0]["Probe"]["Agrees"], false);
    // A trace does not hide that somebody changed the lab.
    world.fails(3, "vpcns status");
    world.ok("vpcns up topologies/security-groups.yaml && vpcns status && vpcns why client web:80");
    // What is let in by hand disagrees too.
    world.ok(&format!("{nft} insert rule inet vpcns outbound_of_main/client accept"));
    world.ok(&format!("{nft} insert rule inet vpcns inbound_of_main/pingable.main/web accept"));
    let said = world.fails(1, "vpcns why client web:8080");
    assert!(said.contains("WHICH IT DOES NOT SAY") && !said.contains("nft: "), "{said}");
    world.finish();
}

#[test]
fn answers_and_what_is_lost_without_a_rule_are_told_apart() {
    let world = World::up("network-acls");
    let [netns, packet, ..] = trace(&world, "client deaf:80");
    assert_eq!([netns.as_str(), packet.as_str()], ["network-acls.vpc.main", "answer"]);
    world.finish();
    // A blackhole is a route and no rule. Translated packets are known in every namespace on their way.
    let world = World::up("nat-gateway");
    assert_eq!(trace(&world, "db 203.0.113.80:80"), ["nat-gateway.vpc.main", "request", "-", "-"]);
    assert!(world.ok("vpcns why db 203.0.113.80").contains("no rule drops it, and no route leads on"));
    assert_eq!(trace(&world, "internet 43.201.20.20")[..3], ["nat-gateway.nat.out", "request", "input"]);
    world.finish();
}
