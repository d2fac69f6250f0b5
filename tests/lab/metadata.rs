//! Instance metadata, asked with `curl` as tools ask.

use super::world::World;

/// Two VPCs in which two instances have the same address.
const LAB: &str = "
name: m
vpcs:
  one: { cidr: 10.0.0.0/16, internet_gateway: true, enable_dns_hostnames: true, subnets: { s: { cidr: 10.0.1.0/24, az: c } } }
  two: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24 } } }
instances:
  public: { subnet: one/s, private_ip: 10.0.1.20, public_ip: true }
  private: { subnet: two/s, private_ip: 10.0.1.20 }
";

fn up() -> World {
    let world = World::new();
    world.write("/run/lab.yaml", LAB);
    world.ok("vpcns up /run/lab.yaml");
    world
}

fn finish(world: World) {
    world.ok("rm /run/lab.yaml");
    world.finish();
}

fn get(world: &World, host: &str, path: &str) -> String {
    world.ok(&format!("vpcns exec {host} curl -sS -f -m 5 http://169.254.169.254/latest/{path}"))
}

#[test]
fn each_instance_is_told_of_itself_imds_05() {
    let world = up();
    for host in ["public", "private"] {
        let shown = |field: &str| {
            world.ok(&format!("vpcns show {host} -o yaml | grep -m1 ' {field}:\\|^{field}:' | sed 's/.*: //'"))
        };
        assert_eq!(get(&world, host, "meta-data/instance-id"), shown("InstanceId"));
        assert_eq!(get(&world, host, "meta-data/local-ipv4"), "10.0.1.20");
        let mac = get(&world, host, "meta-data/mac");
        assert_eq!(mac, world.ok(&format!("vpcns exec {host} cat /sys/class/net/eth0/address")));
        let below = format!("meta-data/network/interfaces/macs/{mac}");
        assert_eq!(get(&world, host, &format!("{below}/vpc-ipv4-cidr-block")), "10.0.0.0/16");
    }
    assert_eq!(get(&world, "public", "meta-data/placement/availability-zone"), "ap-northeast-2c");
    assert_eq!(get(&world, "public", "meta-data/public-ipv4"), world.ok("output instances.public.public_ip"));
    assert!(get(&world, "public", "meta-data/public-hostname").starts_with("ec2-"));
    // IMDS-06: nothing public, nothing told.
    world.fails(22, "vpcns exec private curl -sS -f -m 5 http://169.254.169.254/latest/meta-data/public-ipv4");
    assert!(get(&world, "public", "meta-data/").contains("placement/\n"));
    assert!(get(&world, "public", "dynamic/instance-identity/document").contains("\"region\": \"ap-northeast-2\""));
    finish(world);
}

#[test]
fn a_token_is_the_instance_s_own_imds_02() {
    let world = up();
    let token = |host: &str| {
        world.ok(&format!(
            "vpcns exec {host} curl -sS -f -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token"
        ))
    };
    let ask = |host: &str, token: &str| {
        world.ok(&format!(
            "vpcns exec {host} curl -s -o /dev/null -w '%{{http_code}}' -H 'X-aws-ec2-metadata-token: {token}' \
             http://169.254.169.254/latest/meta-data/"
        ))
    };
    let own = token("public");
    assert_eq!(ask("public", &own), "200");
    assert_eq!(ask("private", &own), "401");
    assert_eq!(ask("public", "nonsense"), "401");
    let code = |words: &str| {
        world.ok(&format!(
            "vpcns exec public curl -s -o /dev/null -w '%{{http_code}}' {words} http://169.254.169.254/latest/api/token"
        ))
    };
    assert_eq!(code("-X PUT"), "400");
    assert_eq!(code("-X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21601'"), "400");
    assert_eq!(code("-X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' -H 'X-Forwarded-For: 10.0.0.1'"), "403");
    assert_eq!(code("-X POST"), "405");
    finish(world);
}

/// Roles, tags and options, as both formats say them.
const OPTIONS: &str = "
name: m
vpcs:
  one: { cidr: 10.0.0.0/16, subnets: { s: { cidr: 10.0.1.0/24 } } }
instances:
  role: { subnet: one/s, iam_role: web-role, instance_type: m5.large, tags: { Stage: test, 'a b': no }, metadata_options: { instance_metadata_tags: enabled } }
  strict: { subnet: one/s, iam_role: web-role, metadata_options: { http_tokens: required, http_put_response_hop_limit: 2 } }
  off: { subnet: one/s, metadata_options: { http_endpoint: disabled } }
";

#[test]
fn a_role_s_credentials_are_told_in_aws_s_shape_imds_07() {
    let world = World::new();
    world.write("/run/lab.yaml", OPTIONS);
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(get(&world, "role", "meta-data/iam/security-credentials/"), "web-role");
    assert_eq!(get(&world, "role", "meta-data/iam/"), "info\nsecurity-credentials/");
    assert!(get(&world, "role", "meta-data/iam/info").contains("arn:aws:iam::111122223333:instance-profile/web-role"));
    let told = get(&world, "role", "meta-data/iam/security-credentials/web-role");
    for field in ["\"Code\": \"Success\"", "\"AWS-HMAC\"", "\"AccessKeyId\": \"ASIA", "\"Token\"", "\"Expiration\""] {
        assert!(told.contains(field), "{told}");
    }
    // The lab's, whoever serves them; and nobody else's to read.
    world.ok("kill -9 $(cut -d' ' -f1 /run/vpcns/m/daemon.pid) && vpcns up /run/lab.yaml");
    assert_eq!(get(&world, "role", "meta-data/iam/security-credentials/web-role"), told);
    assert_eq!(world.ok("stat -c '%a %U' /run/vpcns/m/secret"), "600 root");
    world.fails(22, "vpcns exec off curl -sS -f -m 5 http://169.254.169.254/latest/meta-data/iam/info");
    assert_eq!(get(&world, "role", "meta-data/instance-type"), "m5.large");
    assert_eq!(get(&world, "role", "meta-data/tags/instance/"), "Name\nStage");
    assert_eq!(get(&world, "role", "meta-data/tags/instance/Stage"), "test");
    assert_eq!(get(&world, "role", "meta-data/block-device-mapping/ami"), "/dev/xvda");
    finish(world);
}

const AT: &str = "http://169.254.169.254/latest";

#[test]
fn options_say_who_is_answered_imds_02_to_04() {
    let world = World::new();
    world.write("/run/lab.yaml", OPTIONS);
    world.ok("vpcns up /run/lab.yaml");
    let code = |host: &str, rest: &str| {
        world.ok(&format!("vpcns exec {host} curl -s -m 5 -o /dev/null -w %{{http_code}} {rest}"))
    };
    assert_eq!(code("strict", &format!("{AT}/meta-data/")), "401");
    let put = format!("-X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {AT}/api/token");
    let token = world.ok(&format!("vpcns exec strict curl -sS -m 5 {put}"));
    assert_eq!(code("strict", &format!("-H 'X-aws-ec2-metadata-token: {token}' {AT}/meta-data/")), "200");
    // Tags are told only where that was asked for.
    assert_eq!(code("strict", &format!("-H 'X-aws-ec2-metadata-token: {token}' {AT}/meta-data/tags/")), "404");
    assert_eq!(code("off", &format!("{AT}/meta-data/")), "403");
    assert_eq!(code("off", &put), "403");
    let shown = world.ok("vpcns show strict -o yaml");
    assert!(shown.contains("HttpTokens: required") && shown.contains("HttpPutResponseHopLimit: 2"), "{shown}");
    // A change is told at once.
    world.write("/run/lab.yaml", &OPTIONS.replace("http_tokens: required", "http_tokens: optional"));
    world.ok("vpcns up /run/lab.yaml");
    assert_eq!(code("strict", &format!("{AT}/meta-data/")), "200");
    finish(world);
}
