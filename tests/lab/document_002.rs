//! Document 002 from its first command to its last, at a terminal, on the templates that it prints; and which of its
//! packets pass the internet gateways.

use super::{typist::Typist, world::World};

/// The document's prompts, as far as they are the same on each run.
const PUBLIC: &str = "[ec2-user@ip-10-10-0-";
const PRIVATE: &str = "[root@ip-10-10-1-";

const S3: &str = "s3.ap-northeast-2.amazonaws.com";
const CFN: &str = "cloudformation.ap-northeast-2.amazonaws.com";

/// What is made in the console, as more resources of a template.
fn with(template: &str, resources: &[&str]) -> String {
    format!("{}\n{}", template.trim_end(), resources.concat())
}

const GATEWAY: &str = "
  S3: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcId: !Ref jhVPC, RouteTableIds: [!Ref jhPublicRT, !Ref jhPrivateRT],
    ServiceName: com.amazonaws.ap-northeast-2.s3 } }
";

const INTERFACE: &str = "
  Cfn: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Interface, VpcId: !Ref jhVPC, PrivateDnsEnabled: true,
    SubnetIds: [!Ref jhPublicSN, !Ref jhPrivateSN], SecurityGroupIds: [!Ref jhSecurityGroup],
    ServiceName: com.amazonaws.ap-northeast-2.cloudformation } }
";

/// Makes the running lab, or the first, of a template.
fn up(world: &World, template: &str) {
    world.write("/run/jh-cf.yaml", template);
    world.ok("vpcns up /run/jh-cf.yaml --param KeyName=sandbox-jh 2>/dev/null");
}

/// What somebody types on the public instance and then on the private one, each after what must be seen before it.
struct Session<'a> {
    typist: Typist<'a>,
    private: String,
}

impl<'a> Session<'a> {
    /// `ssh -i sandbox-jh.pem ec2-user@43.201.xx.xxx`
    fn log_in(world: &'a World) -> Self {
        let public = world.ok("output instances.jhPublicEC2.public_ip");
        assert!(public.starts_with("43.201."), "{public}");
        let typist = Typist::at(world, &format!("vpcns exec laptop ssh -i sandbox-jh.pem ec2-user@{public}"));
        Self { typist, private: world.ok("output instances.jhPrivateEC2.private_ip") }
    }

    /// `ssh root@10.10.1.xx`, from the public instance.
    fn hops(&mut self) -> &mut Self {
        self.typist.reads(PUBLIC, &format!("ssh root@{}\n", self.private)).reads("password: ", "qwe123\n");
        self
    }

    /// `ping NAME`, until the second answer.
    fn pings(&mut self, prompt: &str, name: &str, answer: &str) -> &mut Self {
        self.typist.reads(prompt, &format!("ping {name}\n")).reads(&format!("PING {name} ("), "");
        self.typist.reads(answer, "").reads("icmp_seq=2 ", "\x03").reads(" 0% packet loss", "");
        self
    }

    /// `ping NAME`, which says nothing but its first line.
    fn pings_in_vain(&mut self, prompt: &str, name: &str) -> &mut Self {
        self.typist.reads(prompt, &format!("ping -c 2 -W 1 {name}\n")).reads("bytes of data.\r\n\r\n---", "");
        self.typist.reads("0 received, 100% packet loss", "");
        self
    }

    /// `dig +short NAME`, which prints these, in this order.
    fn digs(&mut self, prompt: &str, name: &str, addresses: &[&str]) -> &mut Self {
        self.typist.reads(prompt, &format!("dig +short {name}\n"));
        for address in addresses {
            self.typist.reads(&format!("\n{address}"), "");
        }
        self
    }

    /// Out of both, or of one; nothing was printed that nobody waited for.
    fn logs_out(mut self, prompts: &[&str]) {
        for prompt in prompts {
            self.typist.reads(prompt, "exit\n");
        }
        let seen = self.typist.ends();
        assert!(!seen.contains("unreachable") && !seen.contains("timed out"), "{seen}");
    }
}

#[test]
fn part_2_as_printed_from_the_first_command_to_the_last() {
    let world = World::new();
    let printed = std::fs::read_to_string("tests/cloudformation/document-002-part-2.yaml").unwrap();
    // 2.1.3: without endpoints (S002-041 to S002-047)
    up(&world, &printed);
    let mut session = Session::log_in(&world);
    session.pings(PUBLIC, S3, &format!("64 bytes from {S3} (52.219.")).hops().pings_in_vain(PRIVATE, S3);
    session.logs_out(&[PRIVATE, PUBLIC]);
    // 2.2.2: the gateway endpoint (S002-058 to S002-061)
    up(&world, &with(&printed, &[GATEWAY]));
    let mut session = Session::log_in(&world);
    let answer = format!("64 bytes from {S3} (52.219.");
    session.pings(PUBLIC, S3, &answer).hops().pings(PRIVATE, S3, &answer);
    session.logs_out(&[PRIVATE, PUBLIC]);
    // 2.3: CloudFormation before its endpoint (S002-067 to S002-072)
    let mut session = Session::log_in(&world);
    session.digs(PUBLIC, CFN, &["52.95."]).pings(PUBLIC, CFN, "64 bytes from 52.95.");
    session.hops().digs(PRIVATE, CFN, &["52.95.193."]).pings_in_vain(PRIVATE, CFN);
    session.logs_out(&[PRIVATE, PUBLIC]);
    // 2.3.2: and with it (S002-093 to S002-102), once the VPC has DNS hostnames (S002-079)
    let named = printed.replace("CidrBlock: 10.10.0.0/16", "CidrBlock: 10.10.0.0/16\n      EnableDnsHostnames: true");
    up(&world, &with(&named, &[GATEWAY, INTERFACE]));
    let name = |key: &str| world.ok(&format!("output endpoints.Cfn.{key}"));
    let regional = name("dns_name");
    let (a, c) = (name("dns_names.ap-northeast-2a"), name("dns_names.ap-northeast-2c"));
    let mut session = Session::log_in(&world);
    for name in [CFN, &regional] {
        session.digs(PUBLIC, name, &["10.10.0.", "10.10.1."]);
    }
    session.digs(PUBLIC, &a, &["10.10.0."]).digs(PUBLIC, &c, &["10.10.1."]).hops();
    for name in [CFN, &regional] {
        session.digs(PRIVATE, name, &["10.10.1.", "10.10.0."]);
    }
    session.digs(PRIVATE, &a, &["10.10.0."]).digs(PRIVATE, &c, &["10.10.1."]);
    session.logs_out(&[PRIVATE, PUBLIC]);
    // 2.4: the endpoints, then the stack (S002-114 to S002-116)
    up(&world, &printed);
    let mut session = Session::log_in(&world);
    session.digs(PUBLIC, CFN, &["52.95."]).hops().pings_in_vain(PRIVATE, S3);
    session.logs_out(&[PRIVATE, PUBLIC]);
    world.ok("rm /run/jh-cf.yaml");
    world.finish();
}

/// What part 3 makes in the console.
const SERVICE: &str = "
  Service: { Type: AWS::EC2::VPCEndpointService, Properties: { NetworkLoadBalancerArns: [!Ref jhCustomNLB] } }
  Endpoint: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Interface, VpcId: !Ref jhVPC,
    SubnetIds: [!Ref jhPublicSN], SecurityGroupIds: [!Ref jhWebSG],
    ServiceName: !Sub 'com.amazonaws.vpce.${AWS::Region}.${Service}' } }
";

const PAGE: &str = "<html><h1>Endpoint Service Lab - CloudNeta Web Server ";

#[test]
fn part_3_as_printed_from_the_first_command_to_the_last() {
    let world = World::new();
    let printed = std::fs::read_to_string("tests/cloudformation/document-002-part-3.yaml").unwrap();
    up(&world, &printed);
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 2");
    let public = world.ok("output instances.jhEC2.public_ip");
    let ssh = format!("vpcns exec laptop ssh -i sandbox-jh.pem ec2-user@{public}");
    let by_internet = world.ok("output load_balancers.jhCustomNLB.dns_name");
    // 3.1.3: by the internet (S002-145 to S002-147)
    let base = |typist: &mut Typist<'_>| {
        typist.reads(PUBLIC, &format!("dig +short {by_internet}\n")).reads("\n3.37.", "");
        typist.reads(PUBLIC, &format!("curl {by_internet}\n")).reads(PAGE, "");
    };
    let mut typist = Typist::at(&world, &ssh);
    base(&mut typist);
    typist.reads(PUBLIC, "exit\n");
    typist.ends();
    // 3.2: the service and its endpoint, which waits (S002-151 to S002-157)
    up(&world, &with(&printed, &[SERVICE]));
    let name = world.ok("output endpoints.Endpoint.dns_name");
    assert!(world.ok("vpcns show Endpoint -o yaml").contains("State: pendingAcceptance"));
    let mut typist = Typist::at(&world, &ssh);
    typist.reads(PUBLIC, &format!("curl -m 2 {name}\n")).reads("curl: (28)", "").reads(PUBLIC, "exit\n");
    typist.ends();
    world.ok("vpcns accept Endpoint");
    // 3.2.3: both ways beside each other (S002-159 to S002-165)
    let mut typist = Typist::at(&world, &ssh);
    base(&mut typist);
    typist.reads(PUBLIC, &format!("dig +short {name}\n")).reads("\n10.10.0.", "");
    typist.reads(PUBLIC, &format!("curl {name}\n")).reads(PAGE, "").reads(PUBLIC, "exit\n");
    typist.ends();
    // 3.3: endpoint and service, then the stack (S002-170 to S002-173)
    up(&world, &printed);
    let mut typist = Typist::at(&world, &ssh);
    typist.reads(PUBLIC, &format!("curl {name}\n")).reads("curl: (6) Could not resolve host", "");
    base(&mut typist);
    typist.reads(PUBLIC, "exit\n");
    typist.ends();
    world.ok("rm /run/jh-cf.yaml");
    world.finish();
}

/// How many packets of ICMP and of connections to port 80 have passed the internet so far.
fn passed(world: &World) -> u32 {
    let counters = "ip netns exec whole-document-002.internet nft list chain inet seen c | grep -oE 'packets [0-9]+'";
    world.ok(counters).lines().map(|line| line["packets ".len()..].parse::<u32>().unwrap()).sum()
}

#[test]
fn only_what_the_document_says_passes_the_internet_igw_12_gwe_12() {
    let world = World::up("whole-document-002");
    world.eventually("test $(vpcns show target-health -o json | grep -c '\"State\": \"healthy\"') = 2");
    world.ok("vpcns accept jhEndpoint");
    for command in [
        "table inet seen",
        "chain inet seen c { type filter hook prerouting priority -300; }",
        "rule inet seen c icmp type echo-request counter",
        "rule inet seen c tcp dport 80 counter",
    ] {
        world.ok(&format!("ip netns exec whole-document-002.internet nft 'add {command}'"));
    }
    let passes = |command: &str| {
        let before = passed(&world);
        world.ok(&format!("vpcns exec jhPublicEC2 {command}"));
        passed(&world) - before
    };
    let ping = format!("ping -c 2 -W 2 {S3}");
    let balancer = world.ok("output load_balancers.jhCustomNLB.dns_name");
    let endpoint = world.ok("output endpoints.jhEndpoint.dns_name");
    // S002-065: by the gateway endpoint nothing
    assert_eq!(passes(&ping), 0);
    // S002-148: from VPC to VPC by public addresses all of it
    let capture =
        "vpcns exec internet -- timeout 20 tcpdump -lnni any -c 1 'tcp dst port 80' >/tmp/packet 2>/tmp/ready";
    let mut tcpdump = world.command(capture).spawn().unwrap();
    world.eventually("grep -q listening /tmp/ready");
    assert!(passes(&format!("curl -sS -m 5 {balancer}")) >= 4, "a connection has packets");
    assert!(tcpdump.wait().unwrap().success());
    let packet = world.ok("cat /tmp/packet; rm /tmp/packet /tmp/ready");
    let from = world.ok("output instances.jhPublicEC2.public_ip");
    assert!(packet.contains(&format!("IP {from}.")) && packet.contains("> 3.37."), "{packet}");
    // S002-149, S002-169: by PrivateLink nothing
    assert_eq!(passes(&format!("curl -sS -m 5 {endpoint}")), 0);
    // IGW-12: without the gateway endpoint S3 is on the internet again
    world.ok("sed '/jhS3:/d' topologies/whole-document-002.yaml | vpcns up --replace -");
    assert_eq!(passes(&ping), 2);
    world.finish();
}
