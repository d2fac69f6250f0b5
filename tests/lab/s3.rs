//! S3 with the stock `aws` command and curl in an instance that has nothing but its role (S003-005 to
//! S003-008, GWE-06, GWE-12, OUT-06).

use crate::world::World;

const AWS: &str = "vpcns exec client --";

fn world() -> World {
    World::up("s3")
}

#[test]
fn the_documents_commands_work_by_the_endpoint_s003_005_s003_008_out_06() {
    let world = world();
    let listed = world.ok(&format!("{AWS} aws s3 ls"));
    let is_line = |line: &str| {
        let (date, name) = line.split_at(20);
        let digits = date.bytes().filter(u8::is_ascii_digit).count();
        digits == 14 && ["other-bucket", "output-kplabs"].contains(&name)
    };
    assert!(listed.lines().count() == 2 && listed.lines().all(is_line), "{listed}");
    let script = "cd /tmp && echo hello > file && aws s3 cp file s3://output-kplabs && aws s3 ls s3://output-kplabs \
                  && aws s3 cp s3://output-kplabs/file back && cmp file back && aws s3 rm s3://output-kplabs/file";
    let said = world.ok(&format!("{AWS} sh -c '{script}'"));
    for text in [
        "upload: ./file to s3://output-kplabs/file",
        "6 file",
        "download: s3://output-kplabs/file to ./back",
        "delete: s3://output-kplabs/file",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert_eq!(world.ok(&format!("{AWS} aws s3 ls s3://output-kplabs")), "");
    // No way there: not even a refusal (S003-006).
    let config = "AWS_MAX_ATTEMPTS=1 aws --cli-connect-timeout 2";
    let refused = world.fails(255, &format!("vpcns exec lonely -- sh -c '{config} s3 ls'"));
    assert!(
        refused.contains("Connect timeout on endpoint URL: \"https://s3.ap-northeast-2.amazonaws.com/\""),
        "{refused}"
    );
    world.finish();
}

#[test]
fn twenty_megabytes_go_there_and_back_in_parts_and_folders_are_kept_alike() {
    let world = world();
    let script = "cd /tmp && head -c 20000000 /dev/urandom > big \
                  && aws s3 cp --no-progress big s3://output-kplabs/dir/big \
                  && aws s3api head-object --bucket output-kplabs --key dir/big --query ETag --output text \
                  && aws s3 cp --no-progress s3://output-kplabs/dir/big s3://other-bucket/copy \
                  && aws s3 cp --no-progress s3://other-bucket/copy back && cmp big back \
                  && mkdir -p tree/a && echo 1 > tree/1 && echo 2 > tree/a/2 && touch -d yesterday tree/1 tree/a/2 \
                  && aws s3 sync --no-progress tree s3://output-kplabs/tree && echo AGAIN \
                  && aws s3 sync --no-progress tree s3://output-kplabs/tree && echo BACK \
                  && aws s3 sync --no-progress --delete s3://output-kplabs/tree tree2 && diff -r tree tree2";
    let said = world.ok(&format!("{AWS} sh -c '{script}'"));
    assert!(said.contains("-3\""), "three parts: {said}");
    let (_, again) = said.split_once("AGAIN\n").expect("the first sync");
    let (again, _) = again.split_once("BACK").expect("the second sync");
    assert_eq!(again, "", "what is there is not sent again");
    let keys = "[].Key";
    let listed =
        format!("aws s3api list-objects-v2 --bucket output-kplabs --page-size 1 --query Contents{keys} --output text");
    assert_eq!(world.ok(&format!("{AWS} {listed}")), "dir/big\ntree/1\ntree/a/2");
    world.finish();
}

#[test]
fn a_presigned_address_is_for_whoever_has_it_and_for_nothing_else() {
    let world = world();
    world.ok(&format!("{AWS} sh -c 'echo secret > /tmp/file && aws s3 cp /tmp/file s3://output-kplabs'"));
    let address = world.ok(&format!("{AWS} aws s3 presign s3://output-kplabs/file"));
    assert!(address.starts_with("https://output-kplabs.s3.ap-northeast-2.amazonaws.com/file?"), "{address}");
    let curl = |address: &str| world.ok(&format!("{AWS} curl -sS '{address}'"));
    assert_eq!(curl(&address), "secret");
    assert_eq!(world.ok(&format!("{AWS} curl -sS -r 1-2 '{address}'")), "ec");
    assert!(curl(&address.replace("/file?", "/other?")).contains("<Code>SignatureDoesNotMatch</Code>"));
    let path = "https://s3.ap-northeast-2.amazonaws.com/output-kplabs/file";
    assert!(curl(path).contains("<Code>AccessDenied</Code>"));
    assert!(curl("http://output-kplabs.s3.ap-northeast-2.amazonaws.com/file").contains("<Code>AccessDenied</Code>"));
    world.finish();
}

#[test]
fn what_is_wrong_is_said_in_aws_s_words() {
    let world = world();
    let says = |command: &str, text: &str| {
        let done = world.run(&format!("{AWS} sh -c '{command}'"));
        assert!(done.code != 0 && (done.stdout + &done.stderr).contains(text), "{command}: {text}");
    };
    says("aws s3 ls s3://nobody-has-it", "(NoSuchBucket)");
    says("AWS_ACCESS_KEY_ID=AKIAAAAAAAAAAAAAAAAA AWS_SECRET_ACCESS_KEY=x aws s3 ls", "(InvalidAccessKeyId)");
    says("aws s3 mb s3://Bad_Name", "Invalid");
    says("aws s3 mb s3://output-kplabs", "(BucketAlreadyOwnedByYou)");
    says("aws s3api put-object-acl --bucket output-kplabs --key x --acl private", "NotImplemented");
    world.finish();
}

#[test]
fn the_documents_policy_lets_through_what_it_names_s003_013_s003_014_gwe_14_vpce_31() {
    let world = World::new();
    let policy = r#"policy: { Statement: [{ Sid: Access-to-specific-bucket-only, Principal: "*",
      Action: ["s3:GetObject", "s3:List*", "s3:PutObject"], Effect: Allow,
      Resource: ["arn:aws:s3:::output-kplabs", "arn:aws:s3:::output-kplabs/*"] }] }"#;
    let with_policy = World::topology("s3").replace("[app/private] }", &format!("[app/private], {policy} }}"));
    world.write("/run/s3.yaml", &with_policy);
    world.ok("vpcns up /run/s3.yaml");
    let script = "cd /tmp && echo hello > f && aws s3 cp f s3://output-kplabs/ && aws s3 cp s3://output-kplabs/f back \
                  && cmp f back && aws s3 ls s3://output-kplabs";
    world.ok(&format!("{AWS} sh -c '{script}'"));
    for (command, action) in [
        ("aws s3 ls s3://other-bucket", "s3:ListBucket"),
        ("aws s3 rm s3://output-kplabs/f", "s3:DeleteObject"),
        ("aws s3 ls", "s3:ListAllMyBuckets"),
    ] {
        let done = world.run(&format!("{AWS} {command}"));
        let said = done.stdout + &done.stderr;
        let why = format!("because no VPC endpoint policy allows the {action} action");
        assert!(done.code != 0 && said.contains("AccessDenied") && said.contains(&why), "{command}: {said}");
    }
    world.ok("rm /run/s3.yaml");
    world.finish();
}

#[test]
fn buckets_follow_the_file_and_what_is_in_them_stays() {
    let world = world();
    world.ok(&format!(
        "{AWS} sh -c 'echo kept > /tmp/file && aws s3 cp /tmp/file s3://output-kplabs && aws s3 mb s3://made'"
    ));
    let file = World::topology("s3");
    world.write("/run/s3.yaml", &file.replace("  other-bucket: {}", "  new-bucket: {}"));
    world.ok("vpcns up /run/s3.yaml --lab s3 --replace");
    let names = |world: &World| world.ok(&format!("{AWS} aws s3api list-buckets --query Buckets[].Name --output text"));
    assert_eq!(names(&world), "made\tnew-bucket\toutput-kplabs");
    // A daemon that was killed loses nothing.
    world.ok("kill -9 $(cat /run/vpcns/s3/daemon.pid); vpcns up /run/s3.yaml --lab s3");
    assert_eq!(world.ok(&format!("{AWS} aws s3 cp s3://output-kplabs/file -")), "kept");
    // As a stack whose bucket is not empty cannot be deleted.
    let without = world.topology_without_output();
    world.write("/run/s3.yaml", &without);
    let refused = world.fails(1, "vpcns up /run/s3.yaml --lab s3");
    assert!(refused.contains("output-kplabs") && refused.contains("BucketNotEmpty"), "{refused}");
    world.ok(&format!("{AWS} aws s3 rm s3://output-kplabs/file"));
    world.ok("vpcns up /run/s3.yaml --lab s3");
    assert_eq!(names(&world), "made\tnew-bucket");
    let shown = world.ok("vpcns show bucket -o json");
    assert!(shown.contains("arn:aws:s3:::new-bucket"), "{shown}");
    world.ok("rm /run/s3.yaml");
    world.finish();
}

impl World {
    /// The topology as it is by then, without the bucket that is full.
    fn topology_without_output(&self) -> String {
        self.ok("cat /run/s3.yaml").replace("  output-kplabs: {}\n", "")
    }
}
