//! What holds for all policies.

use super::*;
use crate::model::policy::pattern::{Pattern, Special, fits};
use proptest::prelude::*;

fn statement() -> impl Strategy<Value = Value> {
    let pick = |from: &'static [&'static str]| prop::sample::select(from).prop_map(|text| json!(text));
    let condition = prop_oneof![
        Just(json!({})),
        Just(json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } })),
        Just(json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } })),
        Just(json!({ "IpAddress": { "aws:VpcSourceIp": "10.0.0.0/8" } })),
    ];
    (
        pick(&["Allow", "Deny"]),
        pick(&["Action", "NotAction"]),
        pick(&["*", "s3:*", "s3:Get*", "s3:PutObject"]),
        pick(&["*", "arn:aws:s3:::a/*", "arn:aws:s3:::b", "arn:aws:s3:::?/k"]),
        condition,
    )
        .prop_map(|(effect, kind, action, resource, condition)| {
            let mut statement = json!({ "Effect": effect, "Resource": resource, "Condition": condition });
            statement[kind.as_str().unwrap()] = action;
            statement
        })
}

fn call() -> impl Strategy<Value = (&'static str, &'static str)> {
    let actions = prop::sample::select(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"][..]);
    (actions, prop::sample::select(&["arn:aws:s3:::a/k", "arn:aws:s3:::b/k", "arn:aws:s3:::b"][..]))
}

fn by(statements: &[Value], (action, resource): (&str, &str)) -> Decision {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    decide(&instance(), &Call::new(action, resource), &[(Layer::Identity, policy)], Standing::Governed)
}

proptest! {
    #[test]
    fn a_deny_always_wins(statements in prop::collection::vec(statement(), 0..6), call in call()) {
        let mut statements = statements;
        statements.push(json!({ "Sid": "no", "Effect": "Deny", "Action": "*", "Resource": "*" }));
        let is_deny = matches!(by(&statements, call), Decision::ExplicitDeny { layer: Layer::Identity, .. });
        prop_assert!(is_deny);
    }

    #[test]
    fn order_does_not_matter(statements in prop::collection::vec(statement(), 1..6), call in call()) {
        let mut turned = statements.clone();
        turned.reverse();
        prop_assert_eq!(by(&statements, call).is_allowed(), by(&turned, call).is_allowed());
    }

    #[test]
    fn one_more_allow_never_takes_anything_away(
        statements in prop::collection::vec(statement(), 1..6), more in statement(), call in call()
    ) {
        let before = by(&statements, call).is_allowed();
        let mut with = statements;
        let mut more = more;
        more["Effect"] = json!("Allow");
        with.push(more);
        prop_assert!(!before || by(&with, call).is_allowed());
    }

    #[test]
    fn allowing_everything_is_as_having_no_endpoint_policy(
        statements in prop::collection::vec(statement(), 1..6), (action, resource) in call()
    ) {
        let role = (Layer::Identity, json!({ "Version": "2012-10-17", "Statement": statements }));
        let open = json!({
            "Version": "2008-10-17",
            "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }]
        });
        let call = Call::new(action, resource);
        let with = decide(&instance(), &call, &[(Layer::Endpoint, open), role.clone()], Standing::Governed);
        prop_assert_eq!(with, decide(&instance(), &call, &[role], Standing::Governed));
    }

    #[test]
    fn patterns_match_as_the_naive_way_does(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
        fn naive(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern, text) {
                ([], []) => true,
                ([b'*', rest @ ..], _) => {
                    naive(rest, text) || !text.is_empty() && naive(pattern, &text[1..])
                }
                ([first, rest @ ..], [letter, further @ ..]) => {
                    (*first == b'?' || first == letter) && naive(rest, further)
                }
                _ => false,
            }
        }
        let special = Special { wildcards: true, variables: false };
        let pieces = Pattern::read(&pattern, special).unwrap().filled(&Context::default()).unwrap();
        prop_assert_eq!(fits(&pieces, &text, false), naive(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}") {
        let _ = Document::parse(&text, Form::Endpoint);
        let nested = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": text, "Principal": { "AWS": text }, "Action": text, "Resource": text,
            "Condition": { "DateEquals": { "aws:CurrentTime": text }, "IpAddress": { text.clone(): text } },
        }] });
        let _ = Document::parse(&nested.to_string(), Form::Bucket(Some("b")));
    }
}
