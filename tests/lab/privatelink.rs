//! What PrivateLink promises beyond the documents' own commands.

use super::world::World;

#[test]
fn rejecting_cuts_what_is_open_open_08() {
    let world = World::up("privatelink");
    world.ok("vpcns exec service -- sh -c 'nohup nc -lkp 8080 >/dev/null 2>&1 &'");
    // A connection that is open and idle: the service's own httpd keeps it for the next request.
    let script = "vpcns exec private -- sh -c '{ printf \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"; cat /tmp/second; } \
                  | nc -w 5 '$(output endpoints.customer.dns_name)' 80 >/tmp/answers'";
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
