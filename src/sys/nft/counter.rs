//! What the counters of our table counted.
//!
//! ```text
//! list counters table inet vpcns  →  { "nftables": [ …, { "counter": { "name": "count_in_vpc/web_0", "packets": 7, … } } ] }
//! ```

use super::{
    Error,
    process::ask,
    schema::{PLACE, Place},
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// What nft answers.
#[derive(Deserialize)]
struct Answer {
    nftables: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    counter: Option<Counter>,
}

#[derive(Deserialize)]
struct Counter {
    name: String,
    packets: u64,
}

/// The packets that each counter of our table in the calling thread's namespace counted since it was made.
pub fn counters() -> Result<BTreeMap<String, u64>, Error> {
    let place: Place = PLACE;
    let question = json!({ "nftables": [{ "list": { "counters": place } }] });
    let said = ask(question.to_string().as_bytes())?;
    let answer: Answer = serde_json::from_slice(&said).map_err(Error::Unclear)?;
    Ok(answer.nftables.into_iter().filter_map(|item| item.counter).map(|it| (it.name, it.packets)).collect())
}
