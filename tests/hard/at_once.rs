//! Commands at once: one lab is changed by one command at a time, and labs do not get into each other's way.

use crate::world::World;

const LAB: &str = "topologies/privatelink.yaml";

/// Runs shell commands at the same time; the exit codes, and all that they said.
fn at_once(world: &World, commands: &[String]) -> (Vec<i32>, String) {
    let running: Vec<_> = commands
        .iter()
        .map(|command| {
            let mut command = world.command(&format!("{command} 2>&1"));
            command.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let done = running.into_iter().map(|child| child.wait_with_output().unwrap());
    done.map(|done| (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&done.stdout).into_owned())).unzip()
}

fn assert_works(world: &World, lab: &str) {
    let export = format!("export VPCNS_LAB={lab}; ");
    world.ok(&format!("{export} vpcns status"));
    world.ok(&format!("{export} vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)"));
}

#[test]
fn two_commands_of_one_lab() {
    let world = World::new();
    let up = "vpcns up topologies/privatelink.yaml";
    for pair in [[up, up], [up, "vpcns down --all"], ["vpcns accept customer", up], ["vpcns reject customer", up]] {
        for _ in 0..3 {
            if pair != [up, up] {
                world.ok(up);
            }
            let (codes, said) = at_once(&world, &pair.map(str::to_owned));
            let refused = codes.iter().filter(|code| **code != 0).count();
            // One may have been faster than the other, but at least one does its work, and the other says why not.
            assert!(refused < 2, "{pair:?} {codes:?}\n{said}");
            let reasons = ["is being changed by another command", "is not up", "no lab is up"];
            assert!(refused == 0 || reasons.iter().any(|reason| said.contains(reason)), "{pair:?}\n{said}");
            world.ok(&format!("{up} && vpcns accept customer"));
            assert_works(&world, "privatelink");
            world.ok("vpcns down");
            world.assert_untouched();
        }
    }
}

#[test]
fn five_labs_side_by_side() {
    let world = World::new();
    let labs: Vec<_> = (1..=5).map(|number| format!("lab-{number}")).collect();
    let each = |command: &str| labs.iter().map(|lab| format!("{command} --lab {lab}")).collect::<Vec<_>>();
    let all_right = |commands: &[String]| {
        let (codes, said) = at_once(&world, commands);
        assert!(codes.iter().all(|code| *code == 0), "{codes:?}\n{said}");
    };
    for _ in 0..3 {
        all_right(&each(&format!("vpcns up {LAB}")));
        for lab in &labs {
            assert_works(&world, lab);
        }
        all_right(&each("vpcns down"));
        world.assert_untouched();
        // The last lab that goes, while another comes.
        world.ok(&format!("vpcns up {LAB} --lab lab-1"));
        all_right(&["vpcns down --lab lab-1".into(), format!("vpcns up {LAB} --lab lab-2")]);
        assert_works(&world, "lab-2");
        world.ok("vpcns down");
        world.assert_untouched();
    }
}

/// The keeper of the last instance waits for a lock that the script holds, and comes when the first names are gone:
/// after `down` has searched for processes, and before it has come to this name.
#[test]
fn twenty_labs_with_the_same_hosts_and_networks() {
    let world = World::new();
    let sizes = [("small", "3"), ("large", "12")];
    for (name, instances) in sizes {
        let generate = format!("scripts/generate-topology --name {name} --instances {instances} --vpcs 1");
        world.ok(&format!("{generate} > /run/{name}.yaml"));
    }
    let labs: Vec<_> = (1..=20).map(|number| (format!("lab-{number}"), sizes[number % 2])).collect();
    for round in labs.chunks(5) {
        let ups: Vec<_> =
            round.iter().map(|(lab, (name, _))| format!("vpcns up /run/{name}.yaml --lab {lab}")).collect();
        let (codes, said) = at_once(&world, &ups);
        assert!(codes.iter().all(|code| *code == 0), "{codes:?}\n{said}");
    }
    assert_eq!(world.ok("vpcns ls -o json | grep -c '\"State\": \"up\"'"), "20");
    // Each has an instance of this name and address, and each its own: what is written in one is in no other.
    for (lab, _) in &labs {
        world.ok(&format!("vpcns exec --lab {lab} v0i1 -- sh -c 'echo {lab} > /var/www/html/index.html'"));
    }
    for (lab, _) in &labs {
        assert_eq!(world.ok(&format!("vpcns exec --lab {lab} v0i1 cat /var/www/html/index.html")), *lab);
        let name = world.ok(&format!("ip netns exec {lab}.v0i1 hostname -I"));
        assert_eq!(world.ok(&format!("vpcns exec --lab {lab} v0i0 curl -sS -m 10 http://{name}")), "I am v0i1");
    }
    world.ok("vpcns down --lab lab-7 && vpcns status --lab lab-8");
    for (lab, _) in labs.iter().filter(|(lab, _)| lab != "lab-7") {
        world.ok(&format!("vpcns status --lab {lab}"));
    }
    world.ok("rm /run/small.yaml /run/large.yaml");
    world.finish();
}

#[test]
fn an_instance_that_boots_while_its_lab_goes() {
    let world = World::new();
    world.ok("scripts/generate-topology --name going --instances 300 > /run/going.yaml");
    let last = "v0i299";
    let boots_late = format!(
        "hosts=/run/vpcns/going/hosts; mkdir -p -m 700 $hosts/{last}
        names() {{ ls /run/netns | wc -l; }}
        before=$(names)
        flock $hosts/{last}/keeper sh -c 'echo; while [ -e /run/wait ]; do :; done' & flocked=$!
        vpcns exec {last} true & exec=$!
        until ps -e -o args= | grep -q '[i]nstance --keep'; do :; done
        vpcns down & down=$!
        while [ $(names) = $before ]; do :; done
        rm /run/wait
        wait $down && wait $flocked; wait $exec; rm -f /run/going.yaml"
    );
    for _ in 0..3 {
        world.ok("vpcns up /run/going.yaml && touch /run/wait");
        world.run(&boots_late);
        world.assert_untouched();
        world.ok("scripts/generate-topology --name going --instances 300 > /run/going.yaml");
    }
}
