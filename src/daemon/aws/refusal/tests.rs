//! Refusals as the clients of each protocol read them.

use super::*;
use crate::daemon::aws::Caller;
use http_body_util::BodyExt;
use hyper::Request;

fn asked(service: &str, headers: &[(&str, &str)]) -> Asked<()> {
    let mut request = Request::post("/").body(()).unwrap();
    for (name, value) in headers {
        let name: hyper::header::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let caller = Caller {
        principal: None,
        endpoint: None,
        vpc: None,
        vpc_source_ip: None,
        source_ip: [1, 2, 3, 4].into(),
        secure: true,
    };
    Asked { service: service.into(), region: "us-east-1".into(), caller, id: "id".into(), request }
}

async fn read(response: Response<Body>) -> (u16, String, String) {
    let status = response.status().as_u16();
    let kind = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, kind, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn each_protocol_has_its_own_form() {
    let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let json = [("x-amz-target", "DynamoDB_20120810.ListTables"), ("content-type", "application/x-amz-json-1.0")];
    let refused = |asked: &Asked<()>| Refusal::of(&Reason::Signature(Wrong::UnknownKey), asked).answer(asked);
    let (status, _, body) = read(refused(&asked("ec2", &[form]))).await;
    assert_eq!(status, 401);
    assert!(body.contains("<Response><Errors><Error><Code>AuthFailure</Code>"), "{body}");
    let (status, _, body) = read(refused(&asked("sts", &[form]))).await;
    assert_eq!(status, 403);
    assert!(body.contains("<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>"), "{body}");
    let (status, kind, body) = read(refused(&asked("dynamodb", &json))).await;
    assert_eq!((status, kind.as_str()), (400, "application/x-amz-json-1.0"));
    assert!(body.contains("\"__type\":\"UnrecognizedClientException\""), "{body}");
    let (status, kind, body) = read(refused(&asked("lambda", &[]))).await;
    assert_eq!((status, kind.as_str()), (403, "application/json"));
    assert!(body.starts_with("{\"message\":\"The security token"), "{body}");
    let (_, kind, body) = read(refused(&asked("monitoring", &[("smithy-protocol", "rpc-v2-cbor")]))).await;
    assert!(kind == "application/cbor" && body.contains("UnrecognizedClientException"), "{kind} {body}");
}

#[tokio::test]
async fn what_nobody_serves_says_how_somebody_could() {
    for (service, code) in
        [("sqs", "NotImplementedException"), ("ec2", "UnsupportedOperation"), ("s3", "NotImplemented")]
    {
        let asked = asked(service, &[]);
        let response = Refusal::unserved(&asked).answer(&asked);
        assert_eq!(response.headers()["x-amzn-errortype"], code);
        let (status, _, body) = read(response).await;
        assert!(status == 501 && body.contains("upstream"), "{body}");
    }
}
