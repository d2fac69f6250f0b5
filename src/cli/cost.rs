//! `vpcns cost`: what a lab would cost in AWS, by its resources and by the bytes that the kernel counted.

use super::{
    exit::{Exit, Failure},
    lab, load,
    print::{self, Format},
};
use crate::{
    compile,
    cost::{self, Estimate, Item, Usage, Usd, price},
    describe::Table,
    model::{Id, Topology},
    sys::{
        netlink::{Netlink, link::Counters},
        netns::Netns,
        privilege,
    },
};
use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::PathBuf,
};
use time::OffsetDateTime;

const EXAMPLES: &str = "\
Examples:
  sudo vpcns cost                    the running lab: hours since `up`, bytes from the real counters
  sudo vpcns cost --hours 48         as if its resources were there for two days, with the bytes of now
  vpcns cost topology.yaml           a file, for an hour; no root, no bytes
  vpcns cost --hours 730 -o json topology.yaml
An estimate by the prices of us-east-1; nothing is paid for a lab. Hours that were begun count as whole ones.";

/// Estimate what a lab would cost in AWS
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    choice: lab::Choice,

    /// Price this file instead of the running lab
    #[arg(value_name = "FILE", env = "VPCNS_COST_FILE")]
    file: Option<PathBuf>,

    /// For so many hours; default: since `up` for a lab, one for a file
    #[arg(long, value_name = "N", env = "VPCNS_COST_HOURS", value_parser = clap::value_parser!(u32).range(1..))]
    hours: Option<u32>,

    /// The form
    #[arg(short, long, value_name = "FORM", env = "VPCNS_OUTPUT", default_value = "table")]
    output: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (topology, bytes) = if let Some(file) = &arguments.file {
        (load::topology(file)?, BTreeMap::new())
    } else {
        privilege::check()?;
        let (_, topology) = lab::topology(&arguments.choice)?;
        let bytes = counted(&topology)?;
        (topology, bytes)
    };
    let now = OffsetDateTime::now_utc();
    let created = |id: &str| topology.created.get(id).or_else(|| topology.created.get(&topology.lab));
    // A file's resources have no time, and so one hour.
    let begun = |id: &str| created(id).map_or(1, |created| cost::begun(created, now));
    let hours = |id: &str| arguments.hours.map_or_else(|| begun(id), u64::from);
    let estimate = cost::estimate(&topology, &Usage { bytes: &bytes, hours: &hours });
    print::value(arguments.output, &to_json(&topology, &estimate), || {
        print::table(&table(&estimate))?;
        print::data(format_args!("\n{}", sums(&estimate)))?;
        estimate.notes.iter().for_each(|note| print::talk(format_args!("note: {note}")));
        Ok(())
    })?;
    Ok(Exit::Right)
}

/// The bytes of each resource that has a meter, as the kernel has counted them.
fn counted(topology: &Topology) -> Result<BTreeMap<Id, u64>, Failure> {
    let mut read = BTreeMap::new();
    let mut bytes = BTreeMap::new();
    for (id, meter) in compile::meters(topology) {
        let counters: &BTreeMap<_, Counters> = match read.entry(meter.netns.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let counters = Netns::open(&meter.netns)
                    .and_then(|netns| netns.enter(|| Netlink::open()?.counters())?)
                    .with_context(|| format!("cannot read the counters of `{}`\nhint: `vpcns status`", meter.netns))?;
                unknown.insert(counters)
            }
        };
        if let Some(counters) = counters.get(&meter.link) {
            bytes.insert(id, counters.sent + if meter.both_ways { counters.received } else { 0 });
        }
    }
    Ok(bytes)
}

fn table(estimate: &Estimate) -> Table {
    let dash = || "-".to_owned();
    let row = |item: &Item| {
        vec![
            item.resource.clone(),
            item.charge.to_owned(),
            if item.count > 1 { format!("{} x {}", item.count, item.each) } else { item.hourly().to_string() },
            item.hours.to_string(),
            item.per_gb.map_or_else(dash, |price| price.to_string()),
            item.bytes.map_or_else(dash, |bytes| bytes.to_string()),
            item.total().to_string(),
        ]
    };
    let headers = vec!["Resource", "Charge", "PerHour", "Hours", "PerGB", "Bytes", "Total"];
    Table { headers, rows: estimate.items.iter().map(row).collect() }
}

fn sums(estimate: &Estimate) -> String {
    let hourly = estimate.hourly();
    let (day, month) = (hourly.times(24), hourly.times(price::MONTH));
    format!(
        "total: {} USD; by the hour {hourly}, a day {day}, a month {month} USD and the bytes\n\
         an estimate by the prices of {}; nothing is paid for a lab",
        estimate.total(),
        price::REGION
    )
}

fn to_json(topology: &Topology, estimate: &Estimate) -> Value {
    let hourly = estimate.hourly();
    let items: Vec<_> = estimate.items.iter().map(item).collect();
    json!({
        "Lab": topology.lab,
        "Since": topology.created.get(&topology.lab),
        "Currency": "USD",
        "PricesOf": price::REGION,
        "Estimate": true,
        "Items": items,
        "PerHour": hourly.as_f64(),
        "PerDay": hourly.times(24).as_f64(),
        "PerMonth": hourly.times(price::MONTH).as_f64(),
        "Total": estimate.total().as_f64(),
        "Notes": estimate.notes,
    })
}

fn item(item: &Item) -> Value {
    json!({
        "Resource": item.resource,
        "Charge": item.charge,
        "Rule": item.rule,
        "Count": item.count,
        "PerHour": item.hourly().as_f64(),
        "Hours": item.hours,
        "PerGB": item.per_gb.map(Usd::as_f64),
        "Bytes": item.bytes,
        "Processed": item.processed().as_f64(),
        "Total": item.total().as_f64(),
    })
}
