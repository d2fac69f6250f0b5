//! What a load balancer does itself: it ends TLS, and says by proxy protocol who the client is (NLB-13, NLB-36).

use super::world::World;

const FILE: &str = "tls-and-proxy-protocol";

/// The endpoint's name, for clients in the consumer's VPC.
const SERVICE: &str = "$(output endpoints.service.dns_name)";

/// The lab of the topology, from a file that can be changed.
fn up() -> World {
    let world = World::new();
    change(&world, &World::topology(FILE));
    world
}

fn change(world: &World, text: &str) {
    world.write("/run/lab.yaml", text);
    world.ok("vpcns up /run/lab.yaml");
}

fn finish(world: World) {
    world.ok("rm -f /run/lab.yaml");
    world.finish();
}

/// What a URL answers; the second and later lines are what a target was told.
fn get(world: &World, from: &str, url: &str) -> String {
    world.ok(&format!("vpcns exec {from} curl -sS -m 5 {url}"))
}

fn endpoint_id(world: &World) -> String {
    world.ok("vpcns show endpoints -o json | sed -n 's/.*\"VpcEndpointId\": \"\\(.*\\)\".*/\\1/p' | head -1")
}

#[test]
fn a_tls_listener_shows_certificates_of_the_lab_s_authority_nlb_13() {
    let world = up();
    assert_eq!(get(&world, "client", "https://www.example.com"), "plain");
    // By the other certificate, which the client asked for by its name.
    assert_eq!(get(&world, "client", "https://a.api.example.com"), "plain");
    // Of a name that no certificate has, the default one is shown, which does not fit.
    world.fails(60, "vpcns exec client curl -sS -m 5 https://other.example.com");
    let shown = "openssl s_client -connect 10.0.0.100:443 -servername other.example.com </dev/null 2>/dev/null";
    let subject = world.ok(&format!("vpcns exec client sh -c '{shown}' | grep ^subject"));
    assert_eq!(subject.replace(' ', ""), "subject=CN=www.example.com");
    // Who does not speak TLS is not understood; who speaks it, but not to be verified on this machine, is not trusted.
    let plainly = world.run("vpcns exec client curl -sS -m 5 -o /dev/null http://www.example.com:443");
    assert!(plainly.code != 0 && plainly.code != 28, "{plainly:?}");
    // The policy decides which versions are spoken.
    world.ok("vpcns exec client curl -sS -m 5 --tls-max 1.2 https://www.example.com");
    let text = World::topology(FILE);
    let strict = text.replace("TLS13-1-2-2021-06", "TLS13-1-3-2021-06");
    change(&world, &strict);
    world.fails(35, "vpcns exec client curl -sS -m 5 --tls-max 1.2 https://www.example.com");
    assert_eq!(get(&world, "client", "https://www.example.com"), "plain");
    change(&world, &text.replace("ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"));
    world.fails(35, "vpcns exec client curl -sS -m 5 --tlsv1.3 https://www.example.com");
    // Another name is another certificate, at once.
    change(&world, &text.replace("certificate: www.", "certificate: other."));
    assert_eq!(get(&world, "client", "https://other.example.com"), "plain");
    world.fails(60, "vpcns exec client curl -sS -m 5 https://www.example.com");
    finish(world);
}

#[test]
fn a_target_is_told_who_the_client_is_nlb_33_nlb_36() {
    let world = up();
    let id = endpoint_id(&world);
    // The health check's header names nobody, and passes (NLB-36).
    world.eventually("vpcns show target-health -o json | grep -c '\"State\": \"healthy\"' | grep -qx 3");
    assert_eq!(get(&world, "client", "http://10.0.0.100:8080"), "told\nclient 10.0.0.20");
    let told = get(&world, "far", &format!("http://{SERVICE}:8080"));
    assert_eq!(told, format!("told\nclient 10.0.1.20 by {id}"));
    let log = world.ok("vpcns logs --access told");
    assert!(log.contains(&format!("10.0.1.20 {id} - [")), "{log}");
    // The packets come from the node, whatever the header says (NLB-33).
    let seen = get(&world, "far", &format!("-k https://{SERVICE}"));
    assert_eq!(seen, "plain");
    let log = world.ok("vpcns logs --access plain");
    assert!(log.lines().any(|line| line.starts_with("10.0.0.100 - - ")), "{log}");
    // Who does not expect a header takes it for a broken request; who expects one does not go on without.
    let broken = world.ok("vpcns exec client curl -sS -m 5 -o /dev/null -w '%{http_code}' http://10.0.0.100:8081");
    assert_eq!(broken, "400");
    let text = World::topology(FILE);
    // The load balancer's groups judge clients of PrivateLink by their own addresses (NLB-41).
    world.fails(28, &format!("vpcns exec farther curl -sS -m 1 http://{SERVICE}:8080"));
    // The target's group admits the load balancer's subnet, and the clients whose address is kept.
    let strict = text.replace("ports: 80, source: 10.0.0.0/16", "ports: 80, source: 10.0.0.100/32");
    change(&world, &strict);
    assert_eq!(get(&world, "far", &format!("http://{SERVICE}:8080")), format!("told\nclient 10.0.1.20 by {id}"));
    let kept = world.run("vpcns exec client curl -sS -m 1 http://10.0.0.100:8080");
    assert!(kept.code != 0, "{kept:?}");
    // The client is connected to the node, and no further: `why` knows it.
    let why = world.run("vpcns why client nlb:8080").stdout;
    assert!(why.contains("no: a load balancer takes the connection and ends it"), "{why}");
    let matrix = world.run("vpcns matrix --probe -o csv");
    assert!(matrix.code == 0 && matrix.stderr.contains("packets agree"), "{matrix:?}");
    // A group that does not keep it (NLB-32).
    change(
        &world,
        &strict.replace("proxy_protocol: true, health", "proxy_protocol: true, preserve_client_ip: false, health"),
    );
    assert_eq!(get(&world, "client", "http://10.0.0.100:8080"), "told\nclient 10.0.0.20");
    // A target may let in the load balancer's group, whoever the client is (NLB-42).
    change(&world, &text.replace("ports: 80, source: 10.0.0.0/16", "ports: 80, source: nlb"));
    assert_eq!(get(&world, "client", "http://10.0.0.100:8080"), "told\nclient 10.0.0.20");
    // The load balancer's own groups judge what it sends to targets (NLB-40).
    let closed = "      nlb:\n        outbound: [{ protocol: tcp, ports: 80, destination: 10.0.0.99/32 }]\n";
    change(&world, &text.replace("      nlb:\n        inbound:", &format!("{closed}        inbound:")));
    let refused = world.run("vpcns exec client curl -sS -m 1 http://10.0.0.100:8080");
    assert!(refused.code != 0, "{refused:?}");
    finish(world);
}

#[test]
fn a_listener_without_them_is_the_kernel_s_again() {
    let text = World::topology(FILE);
    let world = up();
    let router = "ip netns exec relay.vpc.main";
    let sockets = format!("{router} ss -Hltn src 10.0.0.100 | wc -l");
    assert_eq!(world.ok(&sockets), "3");
    assert_eq!(get(&world, "client", "http://10.0.0.100:8081 -o /dev/null -w '%{http_code}'"), "400");
    // One listener changes; the other's socket stays as it is.
    let one = text.replace(
        "untold: { vpc: main, port: 80, targets: [plain], proxy_protocol: true,",
        "untold: { vpc: main, port: 80, targets: [plain],",
    );
    change(&world, &one);
    assert_eq!(world.ok(&sockets), "2");
    assert_eq!(get(&world, "client", "http://10.0.0.100:8081"), "plain");
    assert_eq!(get(&world, "far", &format!("http://{SERVICE}:8081")), "plain");
    // A target that wants a header gets none, and closes the connection.
    let none = one.replace("targets: [told], proxy_protocol: true,", "targets: [told],");
    let (begin, rest) = none.split_once("      TLS:443:").unwrap();
    let none = format!("{begin}{}", &rest[rest.find("      TCP:8080").unwrap()..]);
    let none = none
        .lines()
        .filter(|line| !line.contains("https://") && !line.contains("service:443"))
        .collect::<Vec<_>>()
        .join("\n");
    change(&world, &none);
    assert_eq!(world.ok(&sockets), "0");
    assert_eq!(world.ok(&format!("{router} ip route show table 65535; {router} ip rule show priority 40")), "");
    assert_eq!(world.ok(&format!("{router} nft list table inet vpcns | grep -c relay || true")), "0");
    let refused = world.run("vpcns exec client curl -sS -m 5 http://10.0.0.100:8080");
    assert!(refused.code != 0 && refused.code != 28, "{refused:?}");
    world.fails(28, "vpcns exec client curl -sS -m 1 https://www.example.com");
    change(&world, &text);
    assert_eq!(get(&world, "client", "https://www.example.com"), "plain");
    finish(world);
}

/// Servers of HTTPS with a certificate that nobody trusts, which say who asks; after a header, if that is wanted.
const SECURE: &str = "import http.server as h, socket, ssl, subprocess, sys
subprocess.run('openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/k -out /tmp/c -days 2 -subj /CN=x', shell=True, check=True, stderr=-3)
class H(h.BaseHTTPRequestHandler):
  def do_GET(self):
    self.send_response(200); self.end_headers()
    self.wfile.write(f'secure {self.client_address[0]} {self.request.header}\\n'.encode())
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain('/tmp/c', '/tmp/k')
class S(h.ThreadingHTTPServer):
  def get_request(self):
    plain, who = super().get_request()
    header = plain.recv(100, socket.MSG_WAITALL)[12:16].hex() if sys.argv[1:] else ''
    class Named(ssl.SSLSocket): pass
    Named.header = header
    c.sslsocket_class = Named
    return c.wrap_socket(plain, server_side=True), who
S(('', 443), H).serve_forever()
";

fn secure_lab(header: bool, scheme: &str) -> String {
    let lines: Vec<_> = SECURE.lines().map(|line| format!("        {line}\n")).collect();
    let argument = if header { "      - header\n" } else { "" };
    format!(
        "
name: relay
vpcs:
  v:
    cidr: 10.0.0.0/16
    internet_gateway: true
    subnets:
      a: {{ cidr: 10.0.1.0/24, az: a, routes: {{ 0.0.0.0/0: internet_gateway }} }}
      b: {{ cidr: 10.0.2.0/24, az: a }}
    security_groups: {{ web: {{ inbound: [{{ protocol: tcp, ports: [80, 443], source: 0.0.0.0/0 }}] }} }}
instances:
  client: {{ subnet: v/b, private_ip: 10.0.2.20 }}
  server:
    subnet: v/b
    private_ip: 10.0.2.30
    security_groups: [web]
    httpd: {{ 80: {{ body: told, proxy_protocol: true }} }}
    command:
      - python3
      - -c
      - |
{}{argument}target_groups:
  secure: {{ vpc: v, port: 443, protocol: TLS, targets: [server], proxy_protocol: {header}, health_check: {{ port: 80, interval: 5 }} }}
  told: {{ vpc: v, port: 80, targets: [server], proxy_protocol: true, health_check: {{ interval: 5 }} }}
load_balancers:
  nlb:
    scheme: {scheme}
    subnets: [{{ subnet: v/a, private_ip: 10.0.1.100 }}]
    listeners:
      TLS:443: {{ forward: secure, certificate: www.example.com, idle_timeout: 60 }}
      TCP:80: told
endpoint_services: {{ s: {{ load_balancer: nlb, acceptance_required: false }} }}
endpoints: {{ service: {{ service: s, subnets: [v/b], security_groups: [v/web] }} }}
",
        lines.concat()
    )
}

#[test]
fn targets_are_spoken_to_over_tls_and_not_verified_nlb_13_nlb_36() {
    let world = World::new();
    change(&world, &secure_lab(false, "internal"));
    world.eventually("vpcns exec server ss -Hltn sport = 443 | grep -q .");
    assert_eq!(get(&world, "client", "-k https://10.0.1.100"), "secure 10.0.2.20");
    // The header comes before TLS: version 2, PROXY, TCP over IPv4, 84 bytes.
    change(&world, &secure_lab(true, "internal"));
    world.eventually("vpcns exec client curl -sS -k -m 2 https://10.0.1.100 | grep -qx 'secure 10.0.2.20 21110054'");
    // By an endpoint in the load balancer's own VPC: the node's address, and in the header the client's.
    let id = endpoint_id(&world);
    assert_eq!(get(&world, "client", &format!("http://{SERVICE}")), format!("told\nclient 10.0.2.20 by {id}"));
    assert_eq!(get(&world, "client", &format!("-k https://{SERVICE}")), "secure 10.0.1.100 21110054");
    finish(world);
}

#[test]
fn people_on_the_internet_are_named_by_their_public_address_nlb_36_nlb_37() {
    let world = World::new();
    change(&world, &secure_lab(false, "internet-facing"));
    world.eventually("vpcns exec server ss -Hltn sport = 443 | grep -q .");
    let public = world.ok("vpcns exec laptop dig +short $(output load_balancers.nlb.dns_name)");
    let laptop = world.ok("vpcns exec laptop hostname -I | cut -d' ' -f1");
    assert_eq!(get(&world, "laptop", &format!("http://{public}")), format!("told\nclient {laptop}"));
    assert_eq!(get(&world, "laptop", &format!("-k https://{public}")), format!("secure {laptop}"));
    // Nothing but the listeners' ports is there.
    world.fails(28, &format!("vpcns exec laptop curl -sS -m 1 http://{public}:8080"));
    // A network ACL judges what goes to the node, and what the node sends on.
    let entry = format!("{{ type: All traffic, cidr: {laptop}/32, action: deny }}");
    let allow = "{ type: All traffic, cidr: 0.0.0.0/0, action: allow }";
    let denying = |of: &str| {
        let acls = format!(
            "    network_acls:\n      strict:\n        inbound: {{ 100: {entry}, 200: {allow} }}\n        outbound: {{ 200: {allow} }}\n    security_groups:"
        );
        secure_lab(false, "internet-facing").replacen("    security_groups:", &acls, 1).replacen(
            of,
            &of.replace(" az: a", " network_acl: strict, az: a"),
            1,
        )
    };
    change(&world, &denying("10.0.1.0/24, az: a"));
    world.fails(28, &format!("vpcns exec laptop curl -sS -m 1 http://{public}"));
    assert_eq!(get(&world, "client", "http://10.0.1.100"), "told\nclient 10.0.2.20");
    change(&world, &denying("10.0.2.0/24, az: a"));
    let refused = world.run(&format!("vpcns exec laptop curl -sS -m 1 http://{public}"));
    assert!(refused.code != 0, "{refused:?}");
    let done = world.run("vpcns matrix --probe -o csv");
    assert!(done.stderr.contains("packets agree"), "{done:?}");
    finish(world);
}

/// Opens a connection that stays open, to the one target of two that takes it, and says how it ends.
const TALK: &str = "import socket, ssl
c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE
while True:
  try:
    s = socket.socket(fileno=c.wrap_socket(socket.create_connection(('10.0.1.100', 443))).detach()); s.settimeout(1)
    while s.recv(999): pass
  except TimeoutError: break
  except OSError: pass
print('open', flush=True); s.settimeout(60)
try: print(s.recv(999), flush=True)
except OSError as e: print(type(e).__name__, flush=True)
";

#[test]
fn what_loses_its_target_is_reset_nlb_28() {
    let world = World::new();
    let text = secure_lab(false, "internal")
        .replace("443, protocol: TLS, targets: [server]", "443, protocol: TLS, targets: [server, spare]");
    let text =
        text.replace("instances:\n", "instances:\n  spare: { subnet: v/b, security_groups: [web], httpd: ok }\n");
    change(&world, &text);
    world.eventually("vpcns exec server ss -Hltn sport = 443 | grep -q .");
    world.eventually("vpcns show target-health -o json | grep -c '\"State\": \"healthy\"' | grep -qx 3");
    world.write("/run/talk.py", TALK);
    world.ok("ip netns exec relay.client python3 /run/talk.py > /run/talk 2>&1 &");
    world.eventually("grep -qx open /run/talk");
    // The server is there, but what checks find is not.
    change(&world, &text.replace("80: { body: told, proxy_protocol: true }", "81: x"));
    world.eventually("grep -qx ConnectionResetError /run/talk");
    world.ok("rm /run/talk /run/talk.py");
    finish(world);
}

#[test]
fn what_has_no_target_vanishes_nlb_10_nlb_34() {
    let world = World::new();
    let text = secure_lab(false, "internal");
    change(&world, &text);
    assert_eq!(get(&world, "client", "http://10.0.1.100"), "told\nclient 10.0.2.20");
    // A target that meets itself hears nothing, because its own address is kept (NLB-34).
    world.fails(28, "vpcns exec server curl -sS -m 1 http://10.0.1.100");
    change(&world, &text.replace("targets: [server]", "targets: []"));
    world.fails(28, "vpcns exec client curl -sS -m 1 -k https://10.0.1.100");
    world.fails(28, "vpcns exec client curl -sS -m 1 http://10.0.1.100");
    finish(world);
}

/// Two targets behind a listener that ends TLS, and one behind another group; two clients.
fn shared_lab(forward: &str, more: &str) -> String {
    format!(
        "
name: relay
vpcs:
  v:
    cidr: 10.0.0.0/16
    subnets: {{ a: {{ cidr: 10.0.1.0/24, az: a }} }}
    security_groups: {{ web: {{ inbound: [{{ type: HTTP, source: 10.0.0.0/16 }}] }} }}
instances:
  client: {{ subnet: v/a, private_ip: 10.0.1.20 }}
  one: {{ subnet: v/a, security_groups: [web], httpd: one }}
  two: {{ subnet: v/a, security_groups: [web], httpd: two }}
  other: {{ subnet: v/a, private_ip: 10.0.1.40, security_groups: [web], httpd: other }}
target_groups:
  both: {{ vpc: v, port: 80, targets: [one, two], health_check: {{ interval: 5 }}{more} }}
  other: {{ vpc: v, port: 80, targets: [other], health_check: {{ interval: 5 }} }}
load_balancers:
  nlb:
    scheme: internal
    subnets: [{{ subnet: v/a, private_ip: 10.0.1.100 }}]
    listeners: {{ TLS:443: {{ forward: {forward}, certificate: www.example.com }} }}
flow_logs: {{ all: {{ resource: vpc/v, max_aggregation_interval: 60 }} }}
"
    )
}

/// Who answers so many connections, each name once.
fn answers(world: &World, count: usize) -> String {
    let one = "curl -sS -k -m 5 https://10.0.1.100";
    world.ok(&format!(
        "vpcns exec client sh -c 'for n in $(seq {count}); do {one}; done' | sort | uniq -c | sed 's/^ *//'"
    ))
}

#[test]
fn weights_and_stickiness_hold_for_tls_nlb_16_nlb_19() {
    let world = World::new();
    change(&world, &shared_lab("{ both: 999, other: 0 }", ""));
    world.eventually("vpcns show target-health -o json | grep -c '\"State\": \"healthy\"' | grep -qx 3");
    let who = answers(&world, 30);
    assert!(who.contains("one") && who.contains("two") && !who.contains("other"), "{who}");
    change(&world, &shared_lab("{ both: 0, other: 1 }", ""));
    assert_eq!(answers(&world, 10), "10 other");
    change(&world, &shared_lab("both", ", stickiness: source_ip"));
    let who = answers(&world, 20);
    assert!(who == "20 one" || who == "20 two", "{who}");
    finish(world);
}

#[test]
fn a_failed_node_is_silent_and_flow_logs_tell_both_halves_of_a_relayed_connection() {
    let world = World::new();
    change(&world, &shared_lab("other", ""));
    world.eventually("vpcns exec client curl -sS -k -m 2 https://10.0.1.100");
    // One connection is two: the client's to the node, and the node's to the target in the client's name.
    let told = world.ok("vpcns logs --flow all --now");
    let has = |words: &str| told.lines().any(|line| line.contains(words) && line.contains(" ACCEPT "));
    assert!(has(" 10.0.1.20 10.0.1.100 ") && has(" 10.0.1.100 10.0.1.20 443 "), "{told}");
    assert!(told.lines().any(|line| line.contains(" 10.0.1.40 ") && line.contains(" 80 ")), "{told}");
    world.ok("vpcns fail node nlb/a");
    world.fails(28, "vpcns exec client curl -sS -k -m 1 https://10.0.1.100");
    world.ok("vpcns heal --all");
    world.eventually("vpcns exec client curl -sS -k -m 2 https://10.0.1.100");
    finish(world);
}
