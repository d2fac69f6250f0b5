//! Who may what: the document's policy, AWS's examples, accounts, principals, messages.

use super::*;

/// The policy of document 003 (GWE-14).
fn kplabs() -> Value {
    json!({ "Statement": [{
        "Sid": "Access-to-specific-bucket-only",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:List*", "s3:PutObject"],
        "Effect": "Allow",
        "Resource": ["arn:aws:s3:::output-kplabs", "arn:aws:s3:::output-kplabs/*"],
    }] })
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn policy(statement: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[test]
fn the_endpoint_of_document_003_opens_one_bucket_gwe_14() {
    let (object, bucket) = ("arn:aws:s3:::output-kplabs/f", "arn:aws:s3:::output-kplabs");
    for (action, resource, allowed) in [
        ("s3:GetObject", object, true),
        ("s3:PutObject", object, true),
        ("s3:ListBucket", bucket, true),
        ("s3:DeleteObject", object, false),
        ("s3:ListBucket", "arn:aws:s3:::other", false),
        ("s3:GetObject", "arn:aws:s3:::output-kplabs2/f", false),
        ("s3:ListAllMyBuckets", "*", false),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*", false),
    ] {
        let decision =
            decide(&instance(), &Call::new(action, resource), &[(Layer::Endpoint, kplabs())], Standing::Free);
        assert_eq!(decision.is_allowed(), allowed, "{action} {resource}");
        assert!(allowed || decision == Decision::ImplicitDeny(Layer::Endpoint));
    }
}

#[test]
fn endpoint_and_role_must_both_allow_vpce_31() {
    let call = Call::new("s3:GetObject", "arn:aws:s3:::output-kplabs/f");
    let role = |action: &str| (Layer::Identity, policy(&allow(action, "*")));
    let with = |policies: &[(Layer, Value)]| decide(&instance(), &call, policies, Standing::Governed);
    assert!(with(&[(Layer::Endpoint, kplabs()), role("s3:Get*")]).is_allowed());
    assert_eq!(with(&[(Layer::Endpoint, kplabs()), role("s3:Put*")]), Decision::ImplicitDeny(Layer::Identity));
    assert_eq!(with(&[(Layer::Endpoint, kplabs())]), Decision::ImplicitDeny(Layer::Identity));
    assert_eq!(with(&[]), Decision::ImplicitDeny(Layer::Identity));
}

#[test]
fn a_bucket_policy_is_enough_in_one_account_and_half_of_it_across_two() {
    let bucket = |principal: Value| {
        let statement =
            json!({ "Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*" });
        (Layer::Resource, policy(&statement))
    };
    let role_arn = format!("arn:aws:iam::{ACCOUNT}:role/web");
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/web/i-00000000000000001");
    let mine = (Layer::Identity, policy(&allow("s3:*", "*")));
    let foreign_account = "444455556666";
    // The principal; whether it alone is enough in one account; whether it is, with the role's own, across accounts.
    for (principal, alone, together) in [
        (json!("*"), true, true),
        (json!({ "AWS": "*" }), true, true),
        (json!({ "AWS": role_arn }), true, true),
        (json!({ "AWS": session }), true, true),
        (json!({ "AWS": [foreign_account, role_arn] }), true, true),
        (json!({ "AWS": ACCOUNT }), false, true),
        (json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }), false, true),
        (json!({ "AWS": foreign_account }), false, false),
        (json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:role/other") }), false, false),
        (json!({ "Service": "logging.s3.amazonaws.com" }), false, false),
    ] {
        let call = Call::new("s3:GetObject", "arn:aws:s3:::b/f");
        let within = decide(&instance(), &call, &[bucket(principal.clone())], Standing::Governed);
        assert_eq!(within.is_allowed(), alone, "{principal}");
        let call = Call { resource_account: Some(foreign_account), ..call };
        let across = |policies: &[(Layer, Value)]| decide(&instance(), &call, policies, Standing::Governed);
        assert_eq!(across(&[bucket(principal.clone()), mine.clone()]).is_allowed(), together, "{principal}");
        assert_eq!(across(&[bucket(principal)]), Decision::ImplicitDeny(Layer::Identity));
        assert_eq!(across(std::slice::from_ref(&mine)), Decision::ImplicitDeny(Layer::Resource));
    }
}

#[test]
fn anonymous_callers_need_the_resource_s_policy() {
    let caller = Caller { identity: Identity::Anonymous, via: None, ..instance() };
    let call = Call::new("s3:GetObject", "arn:aws:s3:::b/f");
    let bucket = |principal: Value| {
        let statement =
            json!({ "Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*" });
        [(Layer::Resource, policy(&statement))]
    };
    assert!(decide(&caller, &call, &bucket(json!("*")), Standing::Anonymous).is_allowed());
    let other = decide(&caller, &call, &bucket(json!({ "AWS": ACCOUNT })), Standing::Anonymous);
    assert_eq!(other, Decision::ImplicitDeny(Layer::Resource));
    assert_eq!(decide(&caller, &call, &[], Standing::Anonymous), Decision::ImplicitDeny(Layer::Resource));
}

#[test]
fn not_principal_spares_only_who_is_named_with_account_and_session() {
    let deny = |principals: Value| {
        let statement = json!({
            "Effect": "Deny", "NotPrincipal": { "AWS": principals }, "Action": "*", "Resource": "arn:aws:s3:::b/*"
        });
        [(Layer::Resource, policy(&statement))]
    };
    let call = Call::new("s3:GetObject", "arn:aws:s3:::b/f");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/web");
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/web/i-00000000000000001");
    let decide = |principals: Value| decide(&instance(), &call, &deny(principals), Standing::Free).is_allowed();
    assert!(decide(json!([ACCOUNT, role, session])));
    assert!(!decide(json!([ACCOUNT, role])));
    assert!(!decide(json!([role, session])));
    assert!(!decide(json!(ACCOUNT)));
}

#[test]
fn actions_have_no_case_resources_have_one() {
    let call = Call::new("s3:GetObject", "arn:aws:s3:::bucket/Key");
    for (action, resource, allowed) in [
        ("S3:getOBJECT", "arn:aws:s3:::bucket/Key", true),
        ("s3:Get?bject", "arn:aws:s3:::bucket/K?y", true),
        ("*", "*", true),
        ("*:*", "arn:*:s3:::*", true),
        ("s3:GetObject", "arn:aws:s3:::bucket/key", false),
        ("s3:GetObject", "arn:aws:s3:::bucket", false),
        ("s3:GetObject", "arn:aws:s3:*:*:bucket/*", true),
        // A wildcard stays in its part.
        ("s3:GetObject", "arn:aws:*:::x:*", false),
        ("s3:GetObjectAcl", "*", false),
        ("ec2:*", "*", false),
    ] {
        assert_eq!(role_may(&allow(action, resource), &call), allowed, "{action} {resource}");
    }
    let but = json!({ "Effect": "Allow", "NotAction": "s3:Delete*", "NotResource": "arn:aws:s3:::secret/*" });
    assert!(role_may(&but, &call));
    assert!(!role_may(&but, &Call::new("s3:DeleteObject", "arn:aws:s3:::bucket/Key")));
    assert!(!role_may(&but, &Call::new("s3:GetObject", "arn:aws:s3:::secret/Key")));
}

#[test]
fn variables_are_values_and_not_patterns() {
    let home = |version: Option<&str>, resource: &str| {
        let mut policy = json!({ "Statement": allow("s3:*", resource) });
        if let Some(version) = version {
            policy["Version"] = json!(version);
        }
        [(Layer::Identity, policy)]
    };
    let may = |policies: &[(Layer, Value)], resource: &str| {
        decide(&instance(), &Call::new("s3:GetObject", resource), policies, Standing::Governed).is_allowed()
    };
    let new = Some("2012-10-17");
    let by_account = "arn:aws:s3:::b/${aws:PrincipalAccount}/*";
    assert!(may(&home(new, by_account), "arn:aws:s3:::b/111122223333/x"));
    assert!(!may(&home(new, by_account), "arn:aws:s3:::b/444455556666/x"));
    // Without a version it is plain text.
    assert!(!may(&home(None, by_account), "arn:aws:s3:::b/111122223333/x"));
    assert!(may(&home(None, by_account), "arn:aws:s3:::b/${aws:PrincipalAccount}/x"));
    // A role has no user name; a default helps.
    assert!(!may(&home(new, "arn:aws:s3:::b/${aws:username}/*"), "arn:aws:s3:::b/x/y"));
    assert!(may(&home(new, "arn:aws:s3:::b/${aws:username, 'none'}/*"), "arn:aws:s3:::b/none/y"));
    assert!(may(&home(new, "arn:aws:s3:::b/${*}"), "arn:aws:s3:::b/*"));
    assert!(!may(&home(new, "arn:aws:s3:::b/${*}"), "arn:aws:s3:::b/x"));
    assert!(may(&home(new, "arn:aws:s3:::b/${aws:userid}"), "arn:aws:s3:::b/AROAX:i-00000000000000001"));
}

#[test]
fn denials_have_aws_s_words_vpce_31() {
    let call = Call::new("s3:DeleteObject", "arn:aws:s3:::output-kplabs/f");
    let say = |decision: Decision, call: &Call<'_>| decision.denial(&instance(), call).unwrap();
    let said = say(Decision::ImplicitDeny(Layer::Endpoint), &call);
    let user = format!("User: arn:aws:sts::{ACCOUNT}:assumed-role/web/i-00000000000000001");
    let on = "is not authorized to perform: s3:DeleteObject on resource: \"arn:aws:s3:::output-kplabs/f\"";
    assert_eq!(said.code, "AccessDenied");
    assert_eq!(said.message, format!("{user} {on} because no VPC endpoint policy allows the s3:DeleteObject action"));
    let explicit = Decision::ExplicitDeny {
        layer: Layer::Resource,
        policy: "b".into(),
        statement: super::super::Place("1".into()),
    };
    assert_eq!(say(explicit, &call).message, format!("{user} {on} with an explicit deny in a resource-based policy"));
    let ec2 = say(Decision::ImplicitDeny(Layer::Identity), &Call::new("ec2:DescribeInstances", "*"));
    assert_eq!(ec2.code, "UnauthorizedOperation");
    assert_eq!(
        ec2.message,
        format!(
            "You are not authorized to perform this operation. {user} is not authorized to perform: \
             ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action"
        )
    );
    let dynamodb = say(Decision::ImplicitDeny(Layer::Identity), &Call::new("dynamodb:ListTables", "*"));
    assert_eq!(dynamodb.code, "AccessDeniedException");
    assert_eq!(Decision::Allow.denial(&instance(), &call), None);
}

#[test]
fn all_managed_policies_are_right() {
    use super::super::managed;
    let names: Vec<_> = managed::names().collect();
    assert!(names.is_sorted_by_key(|name| name.to_lowercase()));
    for name in names {
        assert!(managed::document(name).is_some_and(|document| !document.statements.is_empty()), "{name}");
    }
    let question = |name: &str, action: &str| {
        let document = managed::document(name).unwrap();
        let attached = [Attached { layer: Layer::Identity, name: name.into(), document: &document, only_root: false }];
        let context = Context::default();
        let (caller, resource) = (instance(), "arn:aws:s3:::b/k");
        let question = Question { identity: &caller.identity, role_arn: None, action, resource, context: &context };
        weigh(&findings(&attached, &question), false, false, Standing::Governed).is_allowed()
    };
    for (name, action, allowed) in [
        ("AdministratorAccess", "iam:CreateUser", true),
        ("PowerUserAccess", "iam:CreateUser", false),
        ("PowerUserAccess", "iam:ListRoles", true),
        ("PowerUserAccess", "s3:PutObject", true),
        ("ReadOnlyAccess", "s3:GetObject", true),
        ("ReadOnlyAccess", "s3:PutObject", false),
        ("AmazonS3FullAccess", "s3:DeleteObject", true),
        ("AmazonS3FullAccess", "ec2:DescribeInstances", false),
        ("AmazonS3ReadOnlyAccess", "s3:ListBucket", true),
        ("AmazonS3ReadOnlyAccess", "s3:PutObject", false),
        ("AmazonEC2ReadOnlyAccess", "ec2:DescribeVpcEndpoints", true),
        ("AmazonEC2ReadOnlyAccess", "ec2:CreateVpc", false),
        ("AmazonDynamoDBReadOnlyAccess", "dynamodb:PutItem", false),
        ("AmazonSSMManagedInstanceCore", "ssm:GetParameter", true),
        ("CloudWatchAgentServerPolicy", "ssm:GetParameter", false),
    ] {
        assert_eq!(question(name, action), allowed, "{name} {action}");
    }
}
