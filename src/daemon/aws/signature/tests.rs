//! Requests as AWS's own documentation signs them, and what is wrong with others.

use super::*;
use crate::daemon::aws::Principal;
use proptest::prelude::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn key(id: &str) -> Option<Key> {
    let principal = Principal::Account("1".into());
    (id == "AKIDEXAMPLE").then(|| Key { secret: SECRET.into(), token: None, principal, expired: false })
}

fn verify_as(request: &Request<Bytes>, region: &str, key: impl Fn(&str) -> Option<Key>) -> Result<Principal, Wrong> {
    super::verify(request, region, Payload::Whole(request.body()), key)
}

/// A request as a client signs it now.
fn signed(uri: &str, body: &str, change: impl FnOnce(&mut Request<Bytes>)) -> Request<Bytes> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let date = OffsetDateTime::now_utc().format(format).unwrap();
    let scope = format!("{}/us-east-1/sts/aws4_request", &date[..8]);
    let request = Request::builder().method("POST").uri(uri).header("host", "sts.us-east-1.amazonaws.com");
    let mut request = request.header("x-amz-date", &date).body(Bytes::from(body.to_owned())).unwrap();
    let said = Said { signed: "host;x-amz-date".into(), date: date.clone(), scope: scope.clone(), ..Said::default() };
    let text = format!(
        "{ALGORITHM}\n{date}\n{scope}\n{}",
        hex(&Sha256::digest(canonical(&request, &said, Payload::Whole(request.body()))))
    );
    let first = format!("AWS4{SECRET}").into_bytes();
    let signing = scope.split('/').fold(first, |key, part| mac(&key, part).finalize().into_bytes().to_vec());
    let signature = hex(&mac(&signing, &text).finalize().into_bytes());
    let line =
        format!("{ALGORITHM} Credential=AKIDEXAMPLE/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}");
    request.headers_mut().insert(AUTHORIZATION, line.parse().unwrap());
    change(&mut request);
    request
}

/// The example of AWS's documentation and of its test suite: `get-vanilla-query-order-key-case`.
#[test]
fn the_canonical_request_is_aws_s() {
    let request = Request::get("https://example.amazonaws.com/?Param2=value2&Param1=value1")
        .header("host", "example.amazonaws.com")
        .header("x-amz-date", "20150830T123600Z")
        .body(Bytes::new())
        .unwrap();
    let said = Said { signed: "host;x-amz-date".into(), ..Said::default() };
    assert_eq!(
        canonical(&request, &said, Payload::Whole(request.body())),
        "GET\n/\nParam1=value1&Param2=value2\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\n\
         host;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let hash = hex(&Sha256::digest(canonical(&request, &said, Payload::Whole(request.body()))));
    assert_eq!(hash, "816cd5b414d056048ba4f7c5386d6e0533120fb1fcfa93762cf0fc39e2cf19e0");
    let scope = "20150830/us-east-1/service/aws4_request";
    let text = format!("{ALGORITHM}\n20150830T123600Z\n{scope}\n{hash}");
    let first = format!("AWS4{SECRET}").into_bytes();
    let signing = scope.split('/').fold(first, |key, part| mac(&key, part).finalize().into_bytes().to_vec());
    let signature = hex(&mac(&signing, &text).finalize().into_bytes());
    assert_eq!(signature, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

#[test]
fn a_signed_request_is_its_signer_s_and_a_changed_one_nobody_s() {
    let verify = |request: Request<Bytes>| verify_as(&request, "us-east-1", key);
    let uri = "/a%20b/?x=1&a=%2F+";
    assert_eq!(verify(signed(uri, "Action=A", |_| {})), Ok(Principal::Account("1".into())));
    let changed = signed(uri, "Action=A", |request| *request.body_mut() = "Action=B".into());
    assert_eq!(verify(changed), Err(Wrong::Mismatch));
    let changed = signed(uri, "", |request| *request.uri_mut() = "/other".parse().unwrap());
    assert_eq!(verify(changed), Err(Wrong::Mismatch));
    let changed = signed(uri, "", |request| _ = request.headers_mut().insert("host", "ec2".parse().unwrap()));
    assert_eq!(verify(changed), Err(Wrong::Mismatch));
    let other = verify_as(&signed(uri, "", |_| {}), "eu-west-1", key);
    assert!(matches!(other, Err(Wrong::Scope(_))), "{other:?}");
    assert_eq!(verify_as(&signed(uri, "", |_| {}), "us-east-1", |_| None), Err(Wrong::UnknownKey));
    let unsigned = signed(uri, "", |request| _ = request.headers_mut().remove(AUTHORIZATION));
    assert_eq!(verify(unsigned), Err(Wrong::Unsigned));
}

#[test]
fn temporary_keys_need_their_token_and_end() {
    let with = |token: &str, expired| {
        let (token, principal) = (Some(token.to_owned()), Principal::Account("1".into()));
        move |_: &str| Some(Key { secret: SECRET.into(), token: token.clone(), principal: principal.clone(), expired })
    };
    let carrying = |token: &str| {
        signed("/", "", |request| _ = request.headers_mut().insert("x-amz-security-token", token.parse().unwrap()))
    };
    assert!(verify_as(&carrying("right"), "us-east-1", with("right", false)).is_ok());
    assert_eq!(verify_as(&carrying("other"), "us-east-1", with("right", false)), Err(Wrong::UnknownKey));
    assert_eq!(verify_as(&signed("/", "", |_| {}), "us-east-1", with("right", false)), Err(Wrong::UnknownKey));
    assert_eq!(verify_as(&carrying("right"), "us-east-1", with("right", true)), Err(Wrong::Expired));
}

#[test]
fn a_signature_has_its_time() {
    let said = |date: &str, expires| Said { date: date.into(), expires, ..Said::default() };
    let noon = 1_440_936_000; // 20150830T120000Z
    assert_eq!(in_time(&said("20150830T115501Z", None), noon), Ok(()));
    assert!(
        matches!(in_time(&said("20150830T115459Z", None), noon), Err(Wrong::Skewed(text)) if text.contains("20150830T115500Z"))
    );
    assert!(matches!(in_time(&said("20150830T120501Z", None), noon), Err(Wrong::Skewed(_))));
    assert_eq!(in_time(&said("20150830T110500Z", Some(3600)), noon), Ok(()));
    assert!(matches!(in_time(&said("noon", None), noon), Err(Wrong::Incomplete(_))));
}

proptest! {
    #[test]
    fn no_header_brings_it_down(text in "\\PC*", query in "[a-zA-Z0-9%&=+-]*") {
        let mut request = Request::post(format!("/?{query}")).header("host", "a").body(Bytes::new()).unwrap();
        if let Ok(value) = format!("{ALGORITHM} {text}").parse() {
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        prop_assert!(verify_as(&request, "us-east-1", key).is_err());
    }
}
