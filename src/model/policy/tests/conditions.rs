//! Each operator, by keys that are there, that are not, and that have several values (VPCE-34, GWE-09).

use super::*;

fn holds(operator: &str, key: &str, value: &Value, call: &Call<'_>, caller: &Caller) -> bool {
    let statement = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { key: value } }
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": statement });
    decide(caller, call, &[(Layer::Identity, policy)], Standing::Governed).is_allowed()
}

#[test]
fn operators_do_what_their_names_say() {
    let call = Call::new("s3:ListBucket", "arn:aws:s3:::b").with("s3:prefix", "home/Kim").with("s3:max-keys", "10");
    let arn = "arn:aws:iam::111122223333:role/web";
    for (operator, key, value, expected) in [
        ("StringEquals", "s3:prefix", json!("home/Kim"), true),
        ("StringEquals", "S3:PREFIX", json!(["x", "home/Kim"]), true),
        ("StringEquals", "s3:prefix", json!("home/*"), false),
        ("StringEquals", "s3:prefix", json!("home/kim"), false),
        ("StringEqualsIgnoreCase", "s3:prefix", json!("HOME/KIM"), true),
        ("StringNotEquals", "s3:prefix", json!(["home/Kim", "x"]), false),
        ("StringNotEquals", "s3:prefix", json!(["y", "x"]), true),
        ("StringNotEqualsIgnoreCase", "s3:prefix", json!("home/KIM"), false),
        ("StringLike", "s3:prefix", json!(["", "home/*"]), true),
        ("StringLike", "s3:prefix", json!("home/?im"), true),
        ("StringLike", "s3:prefix", json!("home"), false),
        ("StringNotLike", "s3:prefix", json!("home/*"), false),
        ("NumericEquals", "s3:max-keys", json!(10), true),
        ("NumericNotEquals", "s3:max-keys", json!("10.0"), false),
        ("NumericLessThan", "s3:max-keys", json!("10"), false),
        ("NumericLessThanEquals", "s3:max-keys", json!("10"), true),
        ("NumericGreaterThan", "s3:max-keys", json!("9.5"), true),
        ("NumericGreaterThanEquals", "s3:max-keys", json!("11"), false),
        ("DateEquals", "aws:CurrentTime", json!("2026-01-01T00:00:00Z"), true),
        ("DateEquals", "aws:CurrentTime", json!("2026-01-01T09:00:00+09:00"), true),
        ("DateNotEquals", "aws:CurrentTime", json!("2026-01-01"), false),
        ("DateLessThan", "aws:CurrentTime", json!("2026-01-01T00:00:01Z"), true),
        ("DateGreaterThan", "aws:CurrentTime", json!("2026-01-01T00:00:00Z"), false),
        ("DateGreaterThanEquals", "aws:EpochTime", json!("1767225600"), true),
        ("NumericGreaterThan", "aws:EpochTime", json!(1_767_225_599), true),
        ("Bool", "aws:SecureTransport", json!("true"), true),
        ("Bool", "aws:SecureTransport", json!(false), false),
        ("ArnEquals", "aws:PrincipalArn", json!("arn:aws:iam::*:role/w?b"), true),
        ("ArnLike", "aws:PrincipalArn", json!(arn), true),
        ("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam:*:role/web"), false),
        ("ArnNotLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/web"), false),
        ("ArnNotEquals", "aws:PrincipalArn", json!("arn:aws:iam::*:role/db"), true),
        ("IpAddress", "aws:VpcSourceIp", json!(["192.0.2.1", "10.0.0.0/16"]), true),
        ("IpAddress", "aws:VpcSourceIp", json!("10.0.1.6"), false),
        ("NotIpAddress", "aws:VpcSourceIp", json!("10.0.1.5"), false),
        ("NotIpAddress", "aws:VpcSourceIp", json!("2001:db8::/32"), true),
        ("Null", "aws:SourceIp", json!("true"), true),
        ("Null", "aws:SourceVpce", json!("true"), false),
        ("Null", "aws:SourceVpce", json!("false"), true),
        ("StringEquals", "aws:SourceVpce", json!("vpce-1"), true),
        ("StringEquals", "aws:SourceVpc", json!("vpc-2"), false),
        ("StringEquals", "aws:PrincipalType", json!("AssumedRole"), true),
        ("StringEquals", "aws:userid", json!("AROAX:i-00000000000000001"), true),
        ("StringEquals", "aws:RequestedRegion", json!("ap-northeast-2"), true),
        ("StringEquals", "aws:ResourceAccount", json!("${aws:PrincipalAccount}"), true),
    ] {
        assert_eq!(holds(operator, key, &value, &call, &instance()), expected, "{operator} {key} {value}");
    }
}

#[test]
fn a_key_that_is_not_there_fails_what_is_not_negated() {
    let call = Call::new("s3:ListBucket", "arn:aws:s3:::b");
    for (operator, value, expected) in [
        ("StringEquals", json!("x"), false),
        ("StringLike", json!("*"), false),
        ("StringNotEquals", json!("x"), true),
        ("StringNotLike", json!("*"), true),
        ("StringEqualsIfExists", json!("x"), true),
        ("stringequalsifexists", json!("x"), true),
        ("NumericLessThan", json!("1"), false),
        ("NumericLessThanIfExists", json!("1"), true),
        ("IpAddress", json!("0.0.0.0/0"), false),
        ("NotIpAddress", json!("0.0.0.0/0"), true),
        ("ForAnyValue:StringEquals", json!("x"), false),
        ("ForAllValues:StringEquals", json!("x"), true),
        ("Null", json!(true), true),
    ] {
        assert_eq!(holds(operator, "s3:prefix", &value, &call, &instance()), expected, "{operator}");
    }
}

#[test]
fn of_several_values_any_or_all_must_do() {
    let call = Call::new("s3:ListBucket", "arn:aws:s3:::b").with("aws:CalledVia", "a").with("aws:CalledVia", "b");
    for (operator, value, expected) in [
        ("ForAnyValue:StringEquals", json!(["a", "x"]), true),
        ("ForAnyValue:StringEquals", json!("x"), false),
        ("ForAllValues:StringEquals", json!(["a", "b", "c"]), true),
        ("ForAllValues:StringEquals", json!(["a", "x"]), false),
        ("ForAllValues:StringNotEquals", json!("x"), true),
        ("ForAllValues:StringNotEquals", json!("a"), false),
        ("ForAnyValue:StringNotEquals", json!("a"), true),
        ("ForAllValues:StringLike", json!("?"), true),
    ] {
        assert_eq!(holds(operator, "aws:CalledVia", &value, &call, &instance()), expected, "{operator} {value}");
    }
}

#[test]
fn the_way_decides_which_addresses_there_are_vpce_34() {
    let call = Call::new("s3:GetObject", "arn:aws:s3:::b/k");
    let public = Caller { via: None, source_ip: "198.51.100.7".parse().unwrap(), ..instance() };
    let everywhere = json!("0.0.0.0/0");
    for (key, by_endpoint) in [("aws:SourceIp", false), ("aws:VpcSourceIp", true)] {
        assert_eq!(holds("IpAddress", key, &everywhere, &call, &instance()), by_endpoint, "{key}");
        assert_eq!(holds("IpAddress", key, &everywhere, &call, &public), !by_endpoint, "{key}");
    }
    assert!(holds("IpAddress", "aws:SourceIp", &json!("198.51.100.0/24"), &call, &public));
    assert!(holds("StringNotEquals", "aws:SourceVpce", &json!("vpce-1"), &call, &public));
    assert!(!holds("StringNotEquals", "aws:SourceVpce", &json!("vpce-1"), &call, &instance()));
    let plain = Caller { secure: false, ..instance() };
    assert!(holds("Bool", "aws:SecureTransport", &json!("false"), &call, &plain));
}

#[test]
fn all_conditions_of_a_statement_must_hold() {
    let may = |prefix: &str| {
        role_may(
            &json!({
                "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*",
                "Condition": {
                    "StringEquals": { "s3:prefix": ["a", "b"], "aws:SourceVpce": "vpce-1" },
                    "StringNotEquals": { "s3:prefix": "b" },
                },
            }),
            &Call::new("s3:ListBucket", "arn:aws:s3:::b").with("s3:prefix", prefix),
        )
    };
    assert_eq!(["a", "b", "c"].map(may), [true, false, false]);
}

#[test]
fn dates_are_read_as_they_are_written() {
    use crate::model::policy::value::{date, seconds};
    for (text, expected) in [
        ("1970-01-01T00:00:00Z", Some(0.0)),
        ("2000-02-29T12:30:15Z", Some(951_827_415.0)),
        ("2000-02-29T12:30Z", Some(951_827_400.0)),
        ("2026-01-01T00:00:00.5Z", Some(1_767_225_600.5)),
        ("1969-12-31T19:00:00-05:00", Some(0.0)),
        ("1969-12-31T19:00:00-0500", Some(0.0)),
        ("86400", Some(86_400.0)),
        ("2026-13-01", None),
        ("2026-01-01T25:00:00Z", None),
        ("2026-01-01T00:00:00+é9", None),
        ("tomorrow", None),
        ("nan", None),
    ] {
        assert_eq!(seconds(text), expected, "{text}");
    }
    assert_eq!(date(951_827_415), "2000-02-29T12:30:15Z");
    assert_eq!(date(-1), "1969-12-31T23:59:59Z");
}
