//! A table of resources: AWS's field names as headers, one row per resource.

use super::Kind;
use serde_json::Value;

/// Headers, and rows of as many cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The headers.
    pub headers: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// The table of resources of one kind. `Name` is left out where it says no more than `LogicalId`.
pub fn table(kind: Kind, resources: &[Value]) -> Table {
    let is_said = |resource: &Value| {
        let logical = resource["LogicalId"].as_str().unwrap_or_default();
        matches!(resource["Name"].as_str(), Some("") | None) || resource["Name"].as_str() == logical.rsplit('/').next()
    };
    let mut paths = vec!["LogicalId"];
    if !resources.iter().all(is_said) {
        paths.push("Name");
    }
    paths.extend(kind.columns());
    let cells = |resource: &Value| paths.iter().map(|path| cell(resource, path)).collect();
    Table { headers: paths.iter().map(|path| header(path)).collect(), rows: resources.iter().map(cells).collect() }
}

/// The last word of a path that says something: `State` of `State/Name`, `AccepterVpcInfo` of its `VpcId`. Whichever
/// destination and target a route has stand below `Destination` and `Target`, as in AWS's console.
fn header(path: &'static str) -> &'static str {
    let mut words = path.rsplit('/').filter(|word| *word != "*");
    let last = words.next().unwrap_or(path);
    let says_more = |before: &&str| matches!(*before, "State" | "Status") || before.ends_with("VpcInfo");
    match last.split_once('|') {
        Some((first, _)) if first.starts_with("Destination") => "Destination",
        Some(_) => "Target",
        None => words.next().filter(says_more).unwrap_or(last),
    }
}

/// The values at a path, one a line where the path has a `*`.
fn cell(resource: &Value, path: &str) -> String {
    let values = values_at(resource, path);
    if values.is_empty() { "-".into() } else { values.into_iter().map(text).collect::<Vec<_>>().join("\n") }
}

/// All values at a path: `Routes/*/GatewayId`.
pub fn values_at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('/').fold(vec![value], |values, step| {
        let deeper = values.into_iter().flat_map(|value| match (step, value) {
            ("*", Value::Array(elements)) => elements.iter().collect(),
            (step, Value::Array(elements)) => {
                step.parse().ok().and_then(|at: usize| elements.get(at)).into_iter().collect()
            }
            (step, value) => step.split('|').find_map(|step| value.get(step)).into_iter().collect::<Vec<_>>(),
        });
        deeper.collect()
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) if text.is_empty() => "-".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_star_gives_one_line_for_each_element() {
        let table = table(
            Kind::RouteTables,
            &[json!({
                "Name": "public", "LogicalId": "a/public", "RouteTableId": "rtb-1", "VpcId": "vpc-1",
                "Routes": [
                    { "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active" },
                    { "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": null, "State": "blackhole" },
                    { "DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "active" },
                ],
            })],
        );
        assert_eq!(table.headers, ["LogicalId", "RouteTableId", "VpcId", "Destination", "Target", "State"]);
        assert_eq!(
            table.rows[0][3..],
            ["10.0.0.0/16\n0.0.0.0/0\n10.1.0.0/16", "local\n-\npcx-1", "active\nblackhole\nactive"]
        );
    }

    #[test]
    fn name_is_shown_where_it_differs() {
        let named = json!({ "Name": "My VPC", "LogicalId": "a", "VpcId": "vpc-1" });
        assert_eq!(table(Kind::Vpcs, &[named]).headers[..2], ["LogicalId", "Name"]);
    }
}
