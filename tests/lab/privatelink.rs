//! What PrivateLink promises beyond the documents' own commands.

use super::world::World;

#[test]
fn rejecting_cuts_what_is_open_open_08() {
    let world = World::up("privatelink");
    world.ok("vpcns exec service -- sh -c 'nohup nc -lkp 8080 >/dev/null 2>&1 &'");
    // A connection that is open and idle: the service's own httpd keeps it for the next request.
    let script = "{ printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; cat /tmp/second; } \
                  | vpcns exec private nc -w 5 $(output endpoints.customer.dns_name) 80 >/tmp/answers";
    world.ok("mkfifo /tmp/second");
    let mut client = world.command(script).spawn().unwrap();
    world.eventually("grep -q PRIVATELINK /tmp/answers");
    world.ok("vpcns reject customer");
    world.ok("printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' > /tmp/second");
    client.wait().unwrap();
    assert_eq!(world.ok("grep -c PRIVATELINK /tmp/answers"), "1");
    world.ok("rm /tmp/second /tmp/answers");
    world.finish();
}

#[test]
fn the_target_sees_the_load_balancer_on_the_wire_svc_24() {
    let world = World::up("privatelink");
    let capture = "vpcns exec service -- timeout 20 tcpdump -lnni eth0 -c 1 'tcp dst port 80 and src net 10.20.0.0/24' \
                   >/tmp/packet 2>/tmp/ready";
    let mut tcpdump = world.command(capture).spawn().unwrap();
    world.eventually("grep -q listening /tmp/ready");
    world.ok("vpcns exec private curl -sS -m 10 $(output endpoints.customer.dns_name)");
    assert!(tcpdump.wait().unwrap().success());
    assert!(world.ok("cat /tmp/packet").contains("IP 10.20.0."));
    world.ok("rm /tmp/packet /tmp/ready");
    world.finish();
}

#[test]
fn a_zone_without_a_target_answers_nobody_svc_13() {
    let world = World::new();
    // A page that is there from the beginning: health checks take minutes to change their mind.
    let script = "user_data: |\n      #!/bin/sh\n      apt-get update && apt-get install -y apache2\n";
    let text = World::topology("document-004").replace("cross_zone: true", "cross_zone: false");
    assert!(text.contains(script));
    world.write("/run/lab.yaml", &text.replace(script, "httpd: hello\n"));
    world.ok("vpcns up /run/lab.yaml && vpcns accept consumer");
    let curl = |az: &str, limit: u8| {
        format!(
            "vpcns exec consumer-private curl -sS -m {limit} $(output endpoints.consumer.dns_names.ap-northeast-2{az})"
        )
    };
    world.ok(&curl("a", 10));
    world.fails(28, &curl("c", 1));
    // The regional name gives the zone in service only (VPCE-20).
    assert_eq!(world.ok("vpcns exec consumer-private dig +short $(output endpoints.consumer.dns_name) | wc -l"), "1");
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn the_load_balancers_group_judges_the_client_itself_nlb_41() {
    let world = World::new();
    let text = World::topology("document-004");
    let (before, after) = text.split_once("        # It judges").unwrap();
    let after = after.replacen("source: 0.0.0.0/0", "source: 11.0.0.0/16", 1);
    world.write("/run/lab.yaml", &format!("{before}        # It judges{after}"));
    world.ok("vpcns up /run/lab.yaml && vpcns accept consumer");
    let curl = "vpcns exec consumer-private curl -s -m 1 $(output endpoints.consumer.dns_name)";
    world.fails(28, curl);
    world.write("/run/lab.yaml", &text);
    world.ok("vpcns up /run/lab.yaml");
    world.ok(&curl.replace("-m 1", "-m 10"));
    world.ok("rm /run/lab.yaml");
    world.finish();
}

#[test]
fn uploads_pass_whole_svc_12() {
    // S003-031
    let world = World::up("document-003");
    world.ok("vpcns accept customer");
    for host in ["nginx-1", "nginx-2"] {
        world.ok(&format!(
            "ip netns exec document-003.{host} nc -lk 9000 >/run/{host} 2>/dev/null & echo $! >>/run/pids"
        ));
    }
    let healthy = "vpcns show target-health -o json | grep -c '\"State\": \"healthy\"'";
    world.eventually(&format!("test $({healthy}) = 4"));
    world.ok("head -c 3000000 /dev/urandom >/run/sent");
    world.ok("timeout 20 vpcns exec customer nc -N $(output endpoints.customer.dns_name) 9000 </run/sent");
    world.eventually("cmp -s /run/sent /run/nginx-1 || cmp -s /run/sent /run/nginx-2");
    // Only the listeners' ports are there, and only over TCP (VPCE-24).
    let elsewhere = "vpcns exec customer nc -zw1 $(output endpoints.customer.dns_name)";
    world.fails(1, &format!("{elsewhere} 22"));
    world.ok(&format!("{elsewhere} 80"));
    world.ok("kill $(cat /run/pids); rm /run/pids /run/sent /run/nginx-1 /run/nginx-2");
    world.finish();
}
