//! Images: document 000's way, from an instance with a way out to one without (S000-011 to S000-033).

use super::world::World;

/// Steps 1 to 3 of document 000: at first the instance that the image is made of.
const FIRST: &str = "
name: d000
vpcs:
  a:
    cidr: 172.31.0.0/16
    internet_gateway: true
    subnets: { public: { cidr: 172.31.0.0/20, routes: { 0.0.0.0/0: internet_gateway } } }
    security_groups: { web: { inbound: [{ type: HTTP, source: 0.0.0.0/0 }] } }
  b:
    cidr: 10.20.0.0/16
    subnets: { services: { cidr: 10.20.1.0/24 } }
    security_groups: { web: { inbound: [{ type: HTTP, source: 10.20.0.0/16 }] } }
instances:
  asker: { subnet: b/services }
";

const MAKER: &str = "  maker:
    subnet: a/public
    public_ip: true
    security_groups: [web]
    user_data: |
      #!/bin/bash
      yum install -y httpd
      systemctl start httpd
      systemctl enable httpd
      echo THIS IS A SERVICE HOSTED BEHIND AWS PRIVATELINK > /var/www/html/index.html
";

const PAGE: &str = "THIS IS A SERVICE HOSTED BEHIND AWS PRIVATELINK";

/// A machine in which the image `web-v1` was made, and its id.
fn with_image() -> (World, String) {
    let world = World::new();
    world.write("/run/lab.yaml", &format!("{FIRST}{MAKER}"));
    world.ok("vpcns up /run/lab.yaml");
    let image = world.ok("vpcns create-image maker web-v1");
    (world, image)
}

fn finish(world: World) {
    world.ok("rm /run/*.yaml");
    world.finish();
}

#[test]
fn an_image_brings_its_web_server_where_there_is_no_internet_s000_011_to_033() {
    let world = World::new();
    world.write("/run/lab.yaml", &format!("{FIRST}{MAKER}"));
    world.ok("vpcns up /run/lab.yaml");
    // S000-018: by the public address.
    let address = world.ok("output instances.maker.public_ip");
    assert_eq!(world.ok(&format!("vpcns exec laptop curl -sS -m 10 http://{address}/")), PAGE);
    let source = world.ok("vpcns show maker -o yaml | sed -n 's/^InstanceId: //p'");
    let image = world.ok("vpcns create-image maker web-v1");
    assert!(image.starts_with("ami-0") && image.len() == 21, "{image}");
    let shown = world.ok("vpcns show images");
    assert!(shown.contains(&image) && shown.contains("available") && shown.contains(&source), "{shown}");
    // S000-021: terminated, and the image outlives it.
    let launched = format!("{FIRST}  service: {{ subnet: b/services, security_groups: [web], image: web-v1 }}\n");
    world.write("/run/lab.yaml", &launched);
    world.ok("vpcns up /run/lab.yaml");
    world.fails(28, &format!("vpcns exec laptop curl -sS -m 2 http://{address}/"));
    // S000-030: no way out, and its web server answers, since it was enabled.
    let service = world.ok("output instances.service.private_ip");
    assert_eq!(world.ok(&format!("vpcns exec asker curl -sS -m 10 http://{service}/")), PAGE);
    assert!(world.fails(1, "vpcns exec service yum install -y nginx").contains("Cannot find a valid baseurl"));
    let host_name = format!("ip-{}", service.replace('.', "-"));
    assert_eq!(world.ok("vpcns exec service hostname"), host_name);
    assert_eq!(world.ok("vpcns exec service cat /etc/hostname"), host_name);
    let told = "vpcns exec service curl -sS http://169.254.169.254/latest/meta-data/ami-id";
    assert_eq!(world.ok(told), image);
    // By id it is the same image: nothing is launched anew.
    world.ok("vpcns exec service touch /root/mine");
    world.write("/run/lab.yaml", &launched.replace("image: web-v1", &format!("image: {image}")));
    world.ok("vpcns up /run/lab.yaml && vpcns exec service test -e /root/mine");
    // Another image is another machine.
    world.write("/run/lab.yaml", &launched.replace(", image: web-v1", ""));
    world.ok("vpcns up /run/lab.yaml");
    world.fails(7, &format!("vpcns exec asker curl -sS -m 3 http://{service}/"));
    world.ok("vpcns exec service -- sh -c '! test -e /root/mine; ! test -e /usr/sbin/httpd -a -L /usr/sbin/httpd'");
    finish(world);
}

#[test]
fn an_image_has_what_was_written_and_removed_and_neither_instance_sees_the_other() {
    let (world, image) = with_image();
    let change = "rm -rf /usr/share/doc; mkdir -p /usr/share/doc; echo new > /usr/share/doc/only; \
                  useradd -m alice; echo alice:secret | chpasswd; ln /etc/passwd /etc/linked; rm /etc/services; \
                  mkdir /srv/own; chown alice /srv/own; chmod 2750 /srv/own; echo old > /tmp/t; echo k > /home/ec2-user/k; \
                  chown ec2-user /home/ec2-user/k; echo key > /etc/ssh/ssh_host_x_key; setfattr -n user.a -v b /srv/own || true";
    world.ok(&format!("vpcns exec maker -- bash -ec '{change}'"));
    let second = world.ok("vpcns create-image maker web.v2");
    assert_ne!(image, second);
    let more =
        "  copy: { subnet: b/services, image: web.v2, user_data: \"#!/bin/sh\\necho again > /root/booted\\n\" }\n";
    world.write("/run/lab.yaml", &format!("{FIRST}{MAKER}{more}"));
    world.ok("vpcns up /run/lab.yaml");
    world.ok("vpcns exec copy -- sh -ec 'test \"$(ls /usr/share/doc)\" = only; ! test -e /etc/services; id alice; \
              grep -q ^alice:.6 /etc/shadow || grep -q ^alice:.y /etc/shadow; test -d /home/alice; \
              test \"$(stat -c %U:%a /srv/own)\" = alice:2750; test -z \"$(ls -A /tmp)\"; \
              test \"$(stat -c %U /home/ec2-user/k)\" = ec2-user; ! test -e /etc/ssh/ssh_host_x_key'");
    // UserData is each instance's own, once (IMDS-09).
    assert_eq!(world.ok("vpcns exec copy cat /root/booted"), "again");
    world.ok("vpcns exec copy -- sh -c 'echo changed > /usr/share/doc/only; rm /srv/own -r'");
    assert_eq!(world.ok("vpcns exec maker cat /usr/share/doc/only"), "new");
    // An image of an instance that was launched from an image.
    world.ok("vpcns create-image copy third");
    let third = "  deep: { subnet: b/services, image: third }\n";
    world.write("/run/lab.yaml", &format!("{FIRST}{third}"));
    world.ok("vpcns up /run/lab.yaml");
    world
        .ok("vpcns exec deep -- sh -ec 'test \"$(cat /usr/share/doc/only)\" = changed; ! test -e /srv/own; id alice; \
              systemctl is-active httpd'");
    finish(world);
}

#[test]
fn images_that_cannot_be_are_refused_with_aws_s_codes() {
    let (world, image) = with_image();
    let said = world.fails(2, "vpcns create-image maker web-v1");
    assert!(said.contains(&format!("already in use by AMI {image} (InvalidAMIName.Duplicate)")), "{said}");
    for name in ["x", "a/b/c", "../../etc", ".hidden", "ami-0123456789abcdef0", "with blank"] {
        let said = world.fails(2, &format!("vpcns create-image maker '{name}'"));
        assert!(said.contains("InvalidAMIName.Malformed"), "{said}");
    }
    world.fails(2, "vpcns create-image nobody new-image");
    for (name, code) in [("other", "NotFound"), ("ami-0123456789abcdef0", "NotFound"), ("ami-x", "Malformed")] {
        world.write("/run/other.yaml", &format!("{FIRST}  i: {{ subnet: b/services, image: {name} }}\n"));
        let said = world.fails(2, "vpcns up /run/other.yaml --replace");
        assert!(said.contains(&format!("InvalidAMIID.{code}")) && said.contains("vpcns create-image"), "{said}");
    }
    // What cannot be kept leaves nothing.
    world.ok("vpcns exec maker -- sh -c 'head -c 8M /dev/zero > /var/big'");
    world.ok("mkdir -p /run/vpcns/d000/images && mount -t tmpfs -o size=1M x /run/vpcns/d000/images");
    let said = world.fails(1, "vpcns create-image maker too-big");
    assert!(said.contains("No space left on device"), "{said}");
    world.ok("test -z \"$(ls -A /run/vpcns/d000/images)\" && umount /run/vpcns/d000/images");
    assert!(!world.ok("vpcns show images").contains("too-big"));
    // With the lab its images go.
    world.ok("vpcns down && vpcns up /run/lab.yaml");
    assert!(world.run("vpcns show images").stderr.contains("there are no images"));
    finish(world);
}
