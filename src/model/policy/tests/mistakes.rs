//! What AWS refuses in a policy, and where it is.

use super::*;
use crate::model::policy::Json;

/// What is wrong, each with its place.
fn wrong(policy: &str, form: Form<'_>) -> Vec<String> {
    let json = match Json::parse(policy) {
        Ok(json) => json,
        Err(error) => return vec![error],
    };
    Document::mistakes(&json, form).iter().map(ToString::to_string).collect()
}

fn one(policy: &str, form: Form<'_>) -> String {
    let all = wrong(policy, form);
    assert_eq!(all.len(), 1, "{policy}: {all:?}");
    all[0].clone()
}

const REST: &str = r#""Effect":"Allow","Action":"s3:*","Resource":"*""#;

#[test]
fn each_mistake_is_found_at_its_place() {
    let of = |statement: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{{statement}}}]}}"#);
    for (statement, expected) in [
        (r#""Action":"*","Resource":"*""#, "Statement[0]: missing required field Effect"),
        (r#""Effect":"allow","Action":"*","Resource":"*""#, "Statement[0].Effect: invalid effect: allow"),
        (r#""Effect":"Allow","Resource":"*""#, "Statement[0]: missing required field Action"),
        (r#""Effect":"Allow","Action":"*""#, "Statement[0]: missing required field Resource"),
        (
            r#""Effect":"Allow","Action":"*","NotAction":"*","Resource":"*""#,
            "Statement[0]: a statement has either Action or NotAction, not both",
        ),
        (r#""Effect":"Allow","Action":["*","s3"],"Resource":"*""#, "Statement[0].Action[1]: actions must be prefaced"),
        (r#""Effect":"Allow","Action":[],"Resource":"*""#, "Statement[0].Action: expected at least one text"),
        (r#""Effect":"Allow","Action":7,"Resource":"*""#, "Statement[0].Action: expected text, found `7`"),
        (
            r#""Effect":"Allow","Action":"*","Resource":"bucket""#,
            "Statement[0].Resource: resource bucket must be in ARN",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:azure:s3:::b""#,
            "Statement[0].Resource: partition \"azure\" is not valid",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${x}""#,
            "Statement[0].Resource: `${x}` is no policy",
        ),
        (
            r#""Sid":"a-b","Effect":"Allow","Action":"*","Resource":"*""#,
            "Statement[0].Sid: Statement IDs (SID) must be",
        ),
        (r#""Principal":"*","Effect":"Allow","Action":"*","Resource":"*""#, "Statement[0].Principal: policy document"),
        (r#""Efect":"Allow","Effect":"Allow","Action":"*","Resource":"*""#, "Statement[0].Efect: unknown field Efect"),
        (
            r#""Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*""#,
            "Statement[0].Effect: the key Effect is given twice",
        ),
    ] {
        let said = one(&of(statement), Form::Inline);
        assert!(said.starts_with(expected) && said.ends_with("(MalformedPolicyDocument)"), "{said}");
    }
}

#[test]
fn conditions_name_what_is_wrong() {
    let of =
        |condition: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{{REST},"Condition":{condition}}}]}}"#);
    for (condition, expected) in [
        (r#"{"StringEqual":{"s3:prefix":"x"}}"#, "Statement[0].Condition.StringEqual: invalid condition type"),
        (r#"{"NullIfExists":{"s3:prefix":"true"}}"#, "Statement[0].Condition.NullIfExists: invalid condition type"),
        (
            r#"{"StringEquals":{"prefix":"x"}}"#,
            "Statement[0].Condition.StringEquals.prefix: conditions must be prefaced",
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalTag/team":"x"}}"#,
            "Statement[0].Condition.StringEquals.aws:PrincipalTag/team: the condition key",
        ),
        (
            r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}"#,
            "Statement[0].Condition.IpAddress.aws:SourceIp: invalid value",
        ),
        (r#"{"Bool":{"aws:SecureTransport":"yes"}}"#, "Statement[0].Condition.Bool.aws:SecureTransport: invalid value"),
        (
            r#"{"StringEquals":{"s3:prefix":[]}}"#,
            "Statement[0].Condition.StringEquals.s3:prefix: a condition key needs",
        ),
        (r#"{"StringEquals":"x"}"#, "Statement[0].Condition.StringEquals: expected an object, found `x`"),
    ] {
        assert!(one(&of(condition), Form::Inline).starts_with(expected), "{}", one(&of(condition), Form::Inline));
    }
}

#[test]
fn policies_of_resources_name_principals() {
    let of = |principal: &str| format!(r#"{{"Statement":{{{REST}{principal}}}}}"#);
    for (principal, expected) in [
        ("", "Statement: missing required field Principal"),
        (r#","Principal":"everybody""#, "Statement.Principal: invalid principal in policy"),
        (r#","Principal":{"AWS":"web"}"#, "Statement.Principal.AWS: invalid principal in policy: `web`"),
        (
            r#","Principal":{"AWS":["*","arn:aws:iam::111122223333:role/*"]}"#,
            "Statement.Principal.AWS[1]: invalid principal",
        ),
        (r#","Principal":{"Service":"s3"}"#, "Statement.Principal.Service: invalid principal"),
        (r#","Principal":{"Aws":"*"}"#, "Statement.Principal.Aws: unknown field Aws"),
        (r#","NotPrincipal":"*""#, "Statement.NotPrincipal: NotPrincipal cannot be used with the effect Allow"),
    ] {
        let said = one(&of(principal), Form::Endpoint);
        assert!(said.starts_with(expected) && said.ends_with("(InvalidPolicyDocument)"), "{said}");
    }
}

#[test]
fn a_bucket_s_policy_is_about_that_bucket() {
    let of = |action: &str, resource: &str| {
        let statement = json!({ "Principal": "*", "Effect": "Allow", "Action": action, "Resource": resource });
        wrong(&json!({ "Statement": statement }).to_string(), Form::Bucket(Some("logs")))
    };
    for resource in ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*", "arn:aws:s3:::l*", "arn:aws:s3:::logs/a/b"] {
        assert!(of("s3:GetObject", resource).is_empty(), "{resource}");
    }
    for resource in ["arn:aws:s3:::log", "arn:aws:s3:::logs2/*", "*", "arn:aws:sqs:::logs"] {
        assert!(of("s3:GetObject", resource)[0].contains("policy has invalid resource"), "{resource}");
    }
    assert!(of("ec2:RunInstances", "arn:aws:s3:::logs/*")[0].contains("policy has invalid action"));
}

#[test]
fn the_whole_has_its_limits() {
    assert!(one("[]", Form::Inline).starts_with("expected an object, found a list"));
    assert!(one("{}", Form::Inline).starts_with("missing required field Statement"));
    assert!(one(r#"{"Statement":[]}"#, Form::Inline).starts_with("Statement: the policy must contain at least one"));
    assert!(
        one(&format!(r#"{{"Version":"2020-01-01","Statement":{{{REST}}}}}"#), Form::Inline).starts_with("Version: ")
    );
    let twice = format!(r#"{{"Statement":[{{"Sid":"a",{REST}}},{{"Sid":"a",{REST}}}]}}"#);
    assert!(
        one(&twice, Form::Inline).starts_with("Statement[1]: Statement IDs (SID) in a single policy must be unique")
    );
    assert!(wrong("{", Form::Inline)[0].contains("EOF"));
    for (form, longest) in [(Form::Managed, 6_144), (Form::Inline, 10_240), (Form::Endpoint, 20_480)] {
        let of = |length: usize| {
            let empty = format!(r#"{{"Id":"","Statement":{{"Principal":"*",{REST}}}}}"#);
            let empty = if form.has_principals() { empty } else { empty.replace(r#""Principal":"*","#, "") };
            let fill = "x".repeat(length - empty.len());
            empty.replace(r#""Id":"""#, &format!(r#""Id":"{fill}""#)) + "  \n "
        };
        assert!(wrong(&of(longest), form).is_empty());
        assert!(one(&of(longest + 1), form).contains(&format!("it may have {longest}")));
    }
}

#[test]
fn what_is_not_mirrored_is_told_and_holds_never() {
    let policy = format!(r#"{{"Statement":{{{REST},"Condition":{{"StringEquals":{{"aws:PrincipalTag/a":"x"}}}}}}}}"#);
    let json = Json::parse(&policy).unwrap();
    assert!(Document::mistakes(&json, Form::Inline)[0].unmirrored);
    let value: Value = serde_json::from_str(&policy).unwrap();
    let call = Call::new("s3:GetObject", "arn:aws:s3:::b/k");
    assert!(!decide(&instance(), &call, &[(Layer::Identity, value)], Standing::Governed).is_allowed());
}
