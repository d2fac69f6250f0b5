//! AWS's own services by HTTPS: certificates, who asks as they see it, signatures, limits, and who serves what.

use super::world::{Done, World};

const REGION: &str = "ap-northeast-2.amazonaws.com";

/// An emulator on the host: it answers with what it was asked.
const EMULATOR: &str = r#"
import http.server, sys
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0))).decode()
        said = f'{self.command} {self.path} host={self.headers.get_all("Host")} {body}'.encode()
        self.send_response(200); self.send_header('content-length', str(len(said))); self.send_header('x-echo', 'yes')
        self.end_headers(); self.wfile.write(said)
    do_GET = do_POST
http.server.ThreadingHTTPServer(('127.0.0.1', 5000), Echo).serve_forever()
"#;

/// A request signed with an instance's role, by curl, which knows nothing of vpcns.
const SIGNED: &str = r#"
signed() { # SERVICE URL WORDS...
    base=http://169.254.169.254/latest/meta-data/iam/security-credentials
    said=$(curl -sSf $base/$(curl -sSf $base/)) || return 9
    field() { echo "$said" | sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p"; }
    service=$1 url=$2; shift 2
    curl -sS -m 60 --aws-sigv4 "aws:amz:ap-northeast-2:$service" -u "$(field AccessKeyId):$(field SecretAccessKey)${wrong:-}" \
        -H "x-amz-security-token: $(field Token)" -w '\n%{http_code}\n' "$@" "$url"
}
"#;

fn exec(world: &World, host: &str, script: &str) -> Done {
    world.write("/run/script", &format!("{SIGNED}\n{script}"));
    let done = world.run(&format!("vpcns exec {host} sh < /run/script"));
    world.ok("rm /run/script");
    done
}

fn says(world: &World, host: &str, script: &str) -> String {
    let done = exec(world, host, script);
    assert_eq!(done.code, 0, "{host}: {script}\n{}{}", done.stdout, done.stderr);
    done.stdout.trim_end().to_owned()
}

#[test]
fn certificates_are_good_on_every_way_without_a_word_lnx_12_vpce_33() {
    let world = World::up("aws-services");
    let get = |host: &str, url: &str| world.run(&format!("vpcns exec {host} curl -sS -m 5 -o /dev/null {url}"));
    // By a gateway endpoint, an interface endpoint, an internet gateway, a NAT gateway, and from the internet.
    for (host, name) in [
        ("private", format!("s3.{REGION}")),
        ("private", format!("a-bucket.s3.{REGION}")),
        ("private", format!("sts.{REGION}")),
        ("private", "$(output endpoints.sts.dns_name)".into()),
        ("private", "$(output endpoints.s3.dns_name | sed 's/^./a-bucket/')".into()),
        ("public", format!("kms.{REGION}")),
        ("public", "s3.amazonaws.com".into()),
        ("public", "s3.us-west-2.amazonaws.com".into()),
        ("behind-nat", format!("ec2.{REGION}")),
        ("other", format!("dynamodb.{REGION}")),
        ("laptop", format!("api.ecr.{REGION}")),
    ] {
        let done = get(host, &format!("https://{name}"));
        assert_eq!(done.code, 0, "{host} {name}: {}", done.stderr);
    }
    // A name that the service does not have is not its name (OUT-07).
    let other = format!("$(vpcns exec private dig +short dynamodb.{REGION} | head -1)");
    let wrong = get("private", &format!("--connect-to ::{other}: https://sts.us-east-1.amazonaws.com"));
    assert_eq!(wrong.code, 60, "{}", wrong.stderr);
    // Programs with authorities of their own, and such as know OpenSSL's places.
    let python = format!(
        "import urllib.error, urllib.request\\ntry: urllib.request.urlopen('https://kms.{REGION}', timeout=5)\\nexcept urllib.error.HTTPError as e: print(e.code)"
    );
    for host in ["public", "laptop"] {
        assert_eq!(world.ok(&format!("printf \"{python}\" | vpcns exec {host} python3 -")), "403", "{host}");
    }
    let config = world.ok("vpcns exec -u ec2-user private sh -c 'cat ~/.aws/config; echo $AWS_CA_BUNDLE'");
    assert!(config.contains("region = ap-northeast-2\nca_bundle = /etc/ssl/certs/ca-certificates.crt"), "{config}");
    assert!(config.ends_with("/etc/ssl/certs/ca-certificates.crt"), "{config}");
    // Only root reads the key, and the host itself trusts nobody new.
    assert_eq!(world.ok("stat -c %a /run/vpcns/aws-services/authority.pem"), "600");
    world.ok("! grep -q \"$(sed -n '/BEGIN CERT/{n;p}' /run/vpcns/aws-services/authority.pem)\" /etc/ssl/certs/ca-certificates.crt");
    // Another lab is another authority.
    world.ok("vpcns up topologies/gateway-endpoint.yaml >/dev/null 2>&1");
    world.ok("! cmp -s /run/vpcns/aws-services/authority.pem /run/vpcns/gateway-endpoint/authority.pem");
    world.finish();
}

#[test]
fn services_know_by_which_endpoint_vpc_and_address_a_call_came_vpce_34_gwe_09() {
    let world = World::up("aws-services");
    world.fails(1, "vpcns logs dynamodb");
    for host in ["private", "other", "public", "behind-nat"] {
        world.ok(&format!("vpcns exec {host} curl -sS -m 5 https://dynamodb.{REGION}/from-{host}"));
    }
    world.ok(&format!("vpcns exec private curl -sS -m 5 https://sts.{REGION}/"));
    let log = world.ok("vpcns logs dynamodb");
    let line = |host: &str| log.lines().find(|line| line.contains(&format!("/from-{host}\""))).unwrap().to_owned();
    let id = |kind: &str, name: &str, field: &str| {
        let shown = world.ok(&format!("vpcns show {kind} -o json"));
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let mut rows = shown.as_array().unwrap().iter();
        let row = rows.find(|row| row["LogicalId"] == name).unwrap_or_else(|| panic!("{name}: {shown}"));
        row[field].as_str().unwrap().to_owned()
    };
    let vpc = |name: &str| id("vpcs", name, "VpcId");
    let endpoint = |name: &str| id("endpoints", name, "VpcEndpointId");
    // The same address, and yet two.
    let own = format!("{} {} 10.0.1.10 - ", endpoint("dynamodb"), vpc("main"));
    assert!(line("private").contains(&own), "{own}\n{log}");
    let twin = format!("{} {} 10.0.1.10 - ", endpoint("twin-dynamodb"), vpc("twin"));
    assert!(line("other").contains(&twin), "{twin}\n{log}");
    // By the internet a public address, and no endpoint.
    let public = world.ok("vpcns exec public curl -sS http://169.254.169.254/latest/meta-data/public-ipv4");
    assert!(line("public").contains(&format!("Z - - {public} - ")), "{log}");
    assert!(line("behind-nat").contains("Z - - ") && !line("behind-nat").contains(" 10.0."), "{log}");
    let sts = world.ok("vpcns logs sts");
    assert!(sts.contains(&format!("{} {} 10.0.1.10 -", id("endpoints", "sts", "VpcEndpointId"), vpc("main"))), "{sts}");
    assert!(world.fails(2, "vpcns logs sts -c x").contains("is a service of AWS's"), "no command");
    world.finish();
}

#[test]
fn only_the_lab_s_credentials_open_a_service_imds_07() {
    let world = World::up("aws-services");
    let sts = format!("https://sts.{REGION}/");
    let body = "-d Action=GetCallerIdentity\\&Version=2011-06-15";
    // Whatever the service makes of it, it is known who asks.
    says(&world, "private", &format!("signed sts {sts} {body}"));
    let log = world.ok("vpcns logs sts | tail -1");
    let instance = world.ok("vpcns exec private curl -sS http://169.254.169.254/latest/meta-data/instance-id");
    let arn = format!("arn:aws:sts::111122223333:assumed-role/app/{instance} sts:GetCallerIdentity");
    assert!(log.contains(&arn), "{arn}\n{log}");
    let wrong = says(&world, "private", &format!("wrong=x signed sts {sts} {body}"));
    assert!(wrong.contains("<Code>SignatureDoesNotMatch</Code>") && wrong.ends_with("403"), "{wrong}");
    let unknown =
        says(&world, "private", &format!("curl -sS --aws-sigv4 aws:amz:ap-northeast-2:sts -u AKIAX:y {sts} {body}"));
    assert!(unknown.contains("<Code>InvalidClientTokenId</Code>"), "{unknown}");
    let unsigned = says(&world, "private", &format!("curl -sS {sts} {body}"));
    assert!(unsigned.contains("<Code>MissingAuthenticationToken</Code>"), "{unsigned}");
    // In other protocols.
    let ec2 = says(&world, "public", &format!("wrong=x signed ec2 https://ec2.{REGION}/ -d Action=DescribeVpcs"));
    assert!(ec2.contains("<Errors><Error><Code>AuthFailure</Code>") && ec2.ends_with("401"), "{ec2}");
    let target = "-H 'x-amz-target: TrentService.ListKeys' -H 'content-type: application/x-amz-json-1.1' -d '{}'";
    let kms = says(&world, "public", &format!("wrong=x signed kms https://kms.{REGION}/ {target}"));
    assert!(kms.contains("\"__type\":\"InvalidSignatureException\"") && kms.contains("400"), "{kms}");
    // Nobody serves it, which is said in its protocol and at once.
    let kms = says(&world, "public", &format!("signed kms https://kms.{REGION}/ {target}"));
    assert!(kms.contains("\"__type\":\"NotImplementedException\"") && kms.contains("`services: { kms:"), "{kms}");
    // Without a role there are no credentials.
    assert_eq!(exec(&world, "behind-nat", &format!("signed sts {sts}")).code, 9);
    world.finish();
}

#[test]
fn an_emulator_serves_behind_the_endpoint_under_the_service_s_name() {
    let world = World::up("aws-services");
    let sqs = format!("https://sqs.{REGION}/queue?x=1");
    let ask = format!("signed sqs '{sqs}' -d Action=ListQueues");
    // Nothing is there yet.
    let down = says(&world, "private", &ask);
    assert!(down.contains("<Code>ServiceUnavailable</Code>") && down.ends_with("503"), "{down}");
    assert!(down.contains("http://127.0.0.1:5000 does not answer"), "{down}");
    world.write("/run/emulator.py", EMULATOR);
    world.ok("python3 /run/emulator.py >/dev/null 2>&1 & echo $! > /run/emulator.pid");
    world.eventually("curl -sS http://127.0.0.1:5000/");
    let said = says(&world, "private", &ask);
    assert_eq!(said, format!("POST /queue?x=1 host=['sqs.{REGION}'] Action=ListQueues\n200"));
    // Signed by nobody it does not even get there.
    assert!(says(&world, "private", &format!("curl -sS '{sqs}'")).contains("Missing Authentication Token"));
    assert!(world.ok("vpcns logs sqs | tail -2").contains(" sqs:ListQueues 200 -"));
    // Away with it, and the network alone is left: a live change.
    let text = World::topology("aws-services");
    let (before, rest) = text.split_once("services:\n  sqs").unwrap();
    world.write("/run/lab.yaml", &format!("{before}{}", rest.split_once("\n\n").unwrap().1));
    world.ok("vpcns up /run/lab.yaml --replace");
    assert!(says(&world, "private", &ask).contains("NotImplemented"));
    world.ok("kill $(cat /run/emulator.pid); rm /run/emulator.* /run/lab.yaml");
    world.finish();
}

#[test]
fn dynamodb_comes_with_the_lab_or_says_what_is_missing_gwe_18() {
    let world = World::new();
    let table = "{\"TableName\":\"t\",\"KeySchema\":[{\"AttributeName\":\"k\",\"KeyType\":\"HASH\"}],\
                 \"AttributeDefinitions\":[{\"AttributeName\":\"k\",\"AttributeType\":\"S\"}],\"BillingMode\":\"PAY_PER_REQUEST\"}";
    let ask = |action: &str, body: &str| {
        let headers =
            format!("-H 'x-amz-target: DynamoDB_20120810.{action}' -H 'content-type: application/x-amz-json-1.0'");
        format!("signed dynamodb https://dynamodb.{REGION}/ {headers} -d '{body}'")
    };
    // Where it is not installed.
    world.ok("for dir in /usr/local/bin /opt/vpcns/bin; do test ! -e $dir/moto_server || mount --bind /dev/null $dir/moto_server; done");
    world.ok("vpcns up topologies/aws-services.yaml");
    let missing = says(&world, "private", &ask("ListTables", "{}"));
    assert!(missing.contains("pip install 'moto[server]'") && missing.contains("\n503"), "{missing}");
    world.ok("vpcns down");
    world.ok("for dir in /usr/local/bin /opt/vpcns/bin; do umount $dir/moto_server 2>/dev/null || true; done");
    let moto = std::env::var("PATH").unwrap_or_default();
    world.ok(&format!(
        "PATH=$PATH:{moto}; command -v moto_server || {{ echo 'scripts/setup installs moto_server' >&2; exit 1; }}"
    ));
    world.ok(&format!("PATH=$PATH:{moto} vpcns up topologies/aws-services.yaml"));
    assert_eq!(world.run("ps -e -o args= | grep -v grep | grep moto_server").code, 1, "nobody has asked yet");
    let made = says(&world, "private", &ask("CreateTable", table));
    assert!(made.contains("arn:aws:dynamodb:ap-northeast-2:111122223333:table/t"), "{made}");
    // By another way, the same tables.
    assert!(says(&world, "other", &ask("ListTables", "{}")).contains("[\"t\"]"));
    // It listens nowhere but for the daemon, and ends with it.
    world.fails(7, "curl -sS -m 2 http://127.0.0.1:5000");
    world.ok("ps -e -o args= | grep -v grep | grep -q moto_server");
    world.finish();
}

#[test]
fn slow_oversized_and_broken_requests_leave_others_alone() {
    let world = World::up("aws-services");
    world.write(
        "/run/slow.py",
        &format!(
            "import socket, ssl, sys, time\nname = 'dynamodb.{REGION}'\nopen_ = []\n\
             for number in range(200):\n    try:\n        s = socket.create_connection((name, [80, 443][number % 2]), 5)\n        \
             s.send(b'GET / HTTP/1.1\\r\\nHost: x\\r\\nX-Slow: ')\n        open_.append(s)\n    \
             except OSError: pass\nprint(len(open_), flush=True)\ntime.sleep(600)\n"
        ),
    );
    world.ok("vpcns exec private python3 - < /run/slow.py > /run/slow.log 2>&1 & echo $! > /run/slow.pid");
    world.eventually("grep -q 200 /run/slow.log");
    // Others are served at once, and so are other services of the daemon.
    let other =
        world.ok(&format!("vpcns exec other curl -sS -m 2 -o /dev/null -w %{{http_code}} https://dynamodb.{REGION}"));
    assert_eq!(other, "403");
    world.ok(&format!("vpcns exec private dig +short +time=2 +tries=1 s3.{REGION} | grep -q ."));
    // The slow ones lose their places.
    world.eventually(&format!("vpcns exec private curl -sS -m 2 -o /dev/null https://dynamodb.{REGION}"));
    world.ok("kill $(cat /run/slow.pid); rm /run/slow.*");
    // Too long a header, too long a body, and what is no HTTP or no TLS at all.
    let url = format!("https://dynamodb.{REGION}");
    let status = "-o /dev/null -w '%{http_code}'";
    let header = format!("curl -sS -m 20 {status} -H \"x: $(head -c 30000 /dev/zero | tr '\\0' x)\" {url}");
    assert_eq!(says(&world, "private", &header), "431");
    let body = format!("head -c 20000000 /dev/zero | curl -sS -m 60 -H Expect: --data-binary @- {url}");
    assert!(says(&world, "private", &body).contains("longer than any service takes"));
    says(
        &world,
        "private",
        &format!("head -c 2000 /dev/urandom | timeout 5 nc -q1 dynamodb.{REGION} 443 >/dev/null; true"),
    );
    says(
        &world,
        "private",
        &format!("printf 'nonsense\\r\\n\\r\\n' | timeout 5 nc -q1 dynamodb.{REGION} 80 | grep -q ' 400 '"),
    );
    assert_eq!(world.ok(&format!("vpcns exec other curl -sS -m 2 -o /dev/null -w %{{http_code}} {url}")), "403");
    world.ok("vpcns status");
    world.finish();
}

#[test]
fn the_host_asks_the_lab_s_aws_only_once_that_is_wanted() {
    let world = World::up("aws-services");
    assert_eq!(world.ok("ss -Hltn"), "", "nothing listens on the host");
    let set = world.ok("vpcns env");
    assert!(set.contains("export AWS_REGION='ap-northeast-2'\n") && set.contains("unset AWS_SESSION_TOKEN"), "{set}");
    assert_eq!(world.ok("vpcns env"), set, "asked again, it is the same");
    let listening = world.ok("ss -Hltn");
    assert!(listening.lines().count() == 1 && listening.contains("127.0.0.1:"), "{listening}");
    let ask = "eval \"$(vpcns env)\"; curl -sS --cacert $AWS_CA_BUNDLE --aws-sigv4 aws:amz:$AWS_REGION:$service \
               -u $AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY $AWS_ENDPOINT_URL/ -d Action=Any";
    assert!(world.ok(&format!("service=kms; {ask}")).contains("NotImplemented"));
    assert!(world.ok("vpcns logs kms").contains(" - - 127.0.0.1 arn:aws:iam::111122223333:root kms:Any 501 "));
    // Not signed, or for nothing that there is.
    let bare = world.ok("eval \"$(vpcns env)\"; curl -sS --cacert $AWS_CA_BUNDLE $AWS_ENDPOINT_URL/");
    assert!(bare.contains("nobody knows for which it is"), "{bare}");
    assert!(world.ok(&format!("service=nothing; {ask}")).contains("nobody knows for which it is"));
    // The host's own variables do not reach an instance.
    assert_eq!(world.ok("eval \"$(vpcns env)\"; vpcns exec private env | grep -c ^AWS_ || true"), "1");
    assert!(world.ok("vpcns env --unset").starts_with("unset AWS_ENDPOINT_URL AWS_CA_BUNDLE"));
    world.finish();
}
