//! What a request asks to do, as its protocol says it: the action in IAM and what it concerns.
//!
//! | protocol | where the action stands |
//! |---|---|
//! | JSON | `X-Amz-Target: DynamoDB_20120810.GetItem` |
//! | CBOR | `/service/GraniteServiceVersion20100801/operation/ListMetrics` |
//! | query | `Action=SendMessage`, in the body or the query |
//! | REST | nowhere: `SERVICE:*` |
//!
//! What `DynamoDB`'s actions concern is known in full; of other services what is named by an ARN or a queue's URL. All
//! else concerns `*`.

use super::Asked;
use hyper::body::Bytes;
use serde_json::Value;

/// Services whose actions begin with another word than their endpoints.
const PREFIXES: &[(&str, &str)] = &[
    ("api.ecr", "ecr"),
    ("ecr.api", "ecr"),
    ("ecr.dkr", "ecr"),
    ("email", "ses"),
    ("email-smtp", "ses"),
    ("kinesis-streams", "kinesis"),
    ("kinesis-firehose", "firehose"),
    ("monitoring", "cloudwatch"),
];

/// Members that name what an action concerns, by ARN.
const ARNS: [&str; 8] =
    ["TopicArn", "ResourceArn", "SecretId", "KeyId", "StreamARN", "stateMachineArn", "TargetArn", "ResourceARN"];

/// An action and the ARN of what it concerns, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) resource: String,
}

/// What is written into the access log: `ec2:DescribeVpcs`. None if it is told by the path.
pub(super) fn logged(asked: &Asked<Bytes>) -> Option<String> {
    Some(format!("{}:{}", prefix(&asked.service), name(asked)?))
}

/// What policies are asked for: everything that the request does.
pub(super) fn all(asked: &Asked<Bytes>, account: &str) -> Vec<Action> {
    let service = prefix(&asked.service);
    let Some(name) = name(asked) else { return vec![Action { name: format!("{service}:*"), resource: "*".into() }] };
    let body = serde_json::from_slice(asked.request.body()).unwrap_or_default();
    let arn = |rest: String| format!("arn:aws:{service}:{}:{account}:{rest}", asked.region);
    match service {
        "dynamodb" => tables(&name, &body, &arn),
        "sqs" => vec![Action { name: format!("sqs:{name}"), resource: queue(asked, &body, &arn) }],
        _ => {
            let named = ARNS.iter().find_map(|member| text(asked, &body, member).filter(|arn| arn.starts_with("arn:")));
            vec![Action { name: format!("{service}:{name}"), resource: named.unwrap_or_else(|| "*".into()) }]
        }
    }
}

/// The word before the colon.
fn prefix(service: &str) -> &str {
    PREFIXES.iter().find(|(name, _)| *name == service).map_or(service, |(_, prefix)| prefix)
}

fn name(asked: &Asked<Bytes>) -> Option<String> {
    let headers = asked.request.headers();
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let path = headers.contains_key("smithy-protocol").then(|| asked.request.uri().path().split_once("/operation/"));
    let name = match (target, path.flatten()) {
        (Some(target), _) => target.rsplit('.').next().unwrap_or(target).to_owned(),
        (None, Some((_, name))) => name.to_owned(),
        (None, None) => parameter(asked, "Action")?,
    };
    // As it may stand in a log.
    Some(name.chars().filter(char::is_ascii_alphanumeric).take(64).collect())
}

/// A parameter of the query protocol.
fn parameter(asked: &Asked<Bytes>, wanted: &str) -> Option<String> {
    let body = std::str::from_utf8(asked.request.body()).unwrap_or_default();
    let query = asked.request.uri().query().unwrap_or_default();
    let mut pairs = body.split('&').chain(query.split('&')).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == wanted)?;
    // The first percent sign that is none ends it: it is then no name of anything.
    crate::query::Parameters::parse(&format!("v={value}")).ok()?.get("v").map(str::to_owned)
}

/// A member of a JSON body, else a parameter.
fn text(asked: &Asked<Bytes>, body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned).or_else(|| parameter(asked, member))
}

/// The queue that is meant: the last part of its URL, or the name of one that is to be made.
fn queue(asked: &Asked<Bytes>, body: &Value, arn: &impl Fn(String) -> String) -> String {
    let url = text(asked, body, "QueueUrl");
    let of_url = url.as_deref().and_then(|url| url.rsplit('/').next()).map(str::to_owned);
    of_url.or_else(|| text(asked, body, "QueueName")).map_or_else(|| "*".into(), arn)
}

/// The tables of a request to `DynamoDB`, each with its action: of transactions and batches there are many.
fn tables(name: &str, body: &Value, arn: &impl Fn(String) -> String) -> Vec<Action> {
    let table = |named: &str| if named.starts_with("arn:") { named.to_owned() } else { arn(format!("table/{named}")) };
    let action = |name: &str, resource: String| Action { name: format!("dynamodb:{name}"), resource };
    let of_items = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    let of_items = of_items.filter_map(Value::as_object).flatten().filter_map(|(verb, item)| {
        let single = match verb.as_str() {
            "ConditionCheck" => "ConditionCheckItem".to_owned(),
            verb => format!("{verb}Item"),
        };
        Some(action(&single, table(item.get("TableName")?.as_str()?)))
    });
    let of_batch = body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
    let of_batch = of_batch.map(|(named, _)| action(name, table(named)));
    let own = body.get("TableName").and_then(Value::as_str).map(|named| {
        let index = body.get("IndexName").and_then(Value::as_str).map(|index| format!("/index/{index}"));
        action(name, table(named) + &index.unwrap_or_default())
    });
    let own = own.or_else(|| Some(action(name, body.get("ResourceArn")?.as_str()?.to_owned())));
    let mut all: Vec<_> = of_items.chain(of_batch).chain(own).collect();
    if all.is_empty() {
        all.push(action(name, "*".into()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::aws::Caller;
    use hyper::Request;

    fn asked(service: &str, target: Option<&str>, path: &str, body: &str) -> Vec<String> {
        let mut request = Request::builder().uri(path);
        if let Some(target) = target {
            request = request.header("x-amz-target", target);
        }
        let source_ip = std::net::Ipv4Addr::LOCALHOST;
        let caller =
            Caller { principal: None, endpoint: None, vpc: None, vpc_source_ip: None, source_ip, secure: true };
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let asked = Asked { service: service.into(), region: "eu-west-1".into(), caller, id: String::new(), request };
        all(&asked, "1").into_iter().map(|Action { name, resource }| format!("{name} {resource}")).collect()
    }

    #[test]
    fn a_request_is_the_actions_that_iam_knows_and_what_they_concern() {
        let table = "arn:aws:dynamodb:eu-west-1:1:table";
        let dynamodb =
            |call: &str, body: &str| asked("dynamodb", Some(&format!("DynamoDB_20120810.{call}")), "/", body);
        assert_eq!(dynamodb("GetItem", r#"{"TableName":"t"}"#), [format!("dynamodb:GetItem {table}/t")]);
        assert_eq!(
            dynamodb("Query", r#"{"TableName":"t","IndexName":"i"}"#),
            [format!("dynamodb:Query {table}/t/index/i")]
        );
        assert_eq!(
            dynamodb("BatchGetItem", r#"{"RequestItems":{"a":{},"b":{}}}"#),
            [format!("dynamodb:BatchGetItem {table}/a"), format!("dynamodb:BatchGetItem {table}/b")]
        );
        assert_eq!(
            dynamodb(
                "TransactWriteItems",
                r#"{"TransactItems":[{"Put":{"TableName":"a"}},{"ConditionCheck":{"TableName":"b"}}]}"#
            ),
            [format!("dynamodb:PutItem {table}/a"), format!("dynamodb:ConditionCheckItem {table}/b")]
        );
        assert_eq!(dynamodb("ListTables", "{}"), ["dynamodb:ListTables *"]);
        let queue = "Action=SendMessage&QueueUrl=https%3A%2F%2Fsqs%2F1%2Fjobs";
        assert_eq!(asked("sqs", None, "/", queue), ["sqs:SendMessage arn:aws:sqs:eu-west-1:1:jobs"]);
        assert_eq!(asked("monitoring", None, "/?Action=ListMetrics", ""), ["cloudwatch:ListMetrics *"]);
        assert_eq!(asked("lambda", None, "/2015-03-31/functions", ""), ["lambda:* *"]);
    }
}
