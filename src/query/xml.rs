//! JSON with AWS's member names as XML, in the two dialects of the query protocol.
//!
//! The shape alone decides, so no call has a writer of its own: an object's members become elements, `null` is left
//! out as AWS leaves out what there is not, lists become an element with one element for each item.
//!
//! ```text
//! {"Vpcs": [{"VpcId": "vpc-1"}]}   EC2:      <vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>
//!                                  others:   <Vpcs><member><VpcId>vpc-1</VpcId></member></Vpcs>
//! ```

use super::ec2_name;
use serde_json::{Map, Value};

/// How elements are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// EC2's own: `lowerCamel`, lists with `<item>`.
    Ec2,
    /// That of the other services: members' own names, lists with `<member>`.
    Query,
}

/// The members of an object, as elements. `parent` is the member that holds it, by which EC2's exceptions are known.
pub(super) fn members(dialect: Dialect, parent: &str, object: &Map<String, Value>) -> String {
    object.iter().map(|(member, value)| element(dialect, parent, member, value)).collect()
}

fn element(dialect: Dialect, parent: &str, member: &str, value: &Value) -> String {
    if value.is_null() {
        return String::new();
    }
    let name = match dialect {
        Dialect::Ec2 => ec2_name::element(parent, member, value.is_array()),
        Dialect::Query => member.to_owned(),
    };
    tag(&name, &content(dialect, member, value))
}

fn content(dialect: Dialect, member: &str, value: &Value) -> String {
    match value {
        Value::Object(object) => members(dialect, member, object),
        Value::Array(items) => {
            let name = if dialect == Dialect::Ec2 { "item" } else { "member" };
            items.iter().map(|item| tag(name, &content(dialect, member, item))).collect()
        }
        Value::String(text) => escape(text),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// An element of that content, which is XML already.
pub(super) fn tag(name: &str, content: &str) -> String {
    if content.is_empty() { format!("<{name}/>") } else { format!("<{name}>{content}</{name}>") }
}

/// Text as the content of an element. What XML cannot say at all becomes U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Dialect, escape, members};
    use serde_json::{Value, json};

    fn xml(dialect: Dialect, value: &Value) -> String {
        members(dialect, "", value.as_object().expect("an object"))
    }

    #[test]
    fn one_shape_in_both_dialects() {
        let value = json!({ "Vpcs": [{ "VpcId": "vpc-1", "IsDefault": false, "None": null, "Tags": [] }] });
        assert_eq!(
            xml(Dialect::Ec2, &value),
            "<vpcSet><item><vpcId>vpc-1</vpcId><isDefault>false</isDefault><tagSet/></item></vpcSet>"
        );
        assert_eq!(
            xml(Dialect::Query, &value),
            "<Vpcs><member><VpcId>vpc-1</VpcId><IsDefault>false</IsDefault><Tags/></member></Vpcs>"
        );
    }

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escape("a<b>&\"c\"\u{1}\r"), "a&lt;b&gt;&amp;\"c\"\u{fffd}&#13;");
    }
}
