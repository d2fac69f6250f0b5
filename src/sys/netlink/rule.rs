//! Policy rules: `ip rule`.

use super::{FAMILY, Netlink, Request};
use crate::spec::Rule;
use ipnet::Ipv4Net;
use netlink_packet_route::{
    RouteNetlinkMessage,
    rule::{RuleAction, RuleAttribute, RuleMessage},
};
use std::{io, net::IpAddr};

/// The priorities of the kernel's own rules, which ask `local`, `main` and `default`.
const KERNEL: [u32; 3] = [0, 32766, 32767];

/// `ip rule add …`.
pub fn add(rule: &Rule) -> Request {
    Request::create(RouteNetlinkMessage::NewRule(message(rule)))
}

/// `ip rule delete …`.
pub fn delete(rule: &Rule) -> Request {
    Request::plain(RouteNetlinkMessage::DelRule(message(rule)))
}

impl Netlink {
    /// The IPv4 rules other than the kernel's own.
    pub fn rules(&mut self) -> io::Result<Vec<Rule>> {
        let mut get = RuleMessage::default();
        get.header.family = FAMILY;
        let messages = self.dump(&RouteNetlinkMessage::GetRule(get))?.into_iter();
        Ok(messages.filter_map(|message| found(&message)).filter(|rule| !KERNEL.contains(&rule.priority)).collect())
    }
}

fn message(rule: &Rule) -> RuleMessage {
    let mut message = RuleMessage::default();
    message.header.family = FAMILY;
    message.header.action = RuleAction::ToTable;
    message.attributes = vec![RuleAttribute::Priority(rule.priority), RuleAttribute::Table(rule.table)];
    if let Some(from) = rule.from {
        message.header.src_len = from.prefix_len();
        message.attributes.push(RuleAttribute::Source(IpAddr::V4(from.network())));
    }
    if let Some(to) = rule.to {
        message.header.dst_len = to.prefix_len();
        message.attributes.push(RuleAttribute::Destination(IpAddr::V4(to.network())));
    }
    if let Some(mark) = rule.fwmark {
        message.attributes.push(RuleAttribute::FwMark(mark));
    }
    message
}

fn found(message: &RouteNetlinkMessage) -> Option<Rule> {
    let RouteNetlinkMessage::NewRule(message) = message else { return None };
    let mut rule = Rule { priority: 0, from: None, to: None, fwmark: None, table: u32::from(message.header.table) };
    for attribute in &message.attributes {
        match attribute {
            RuleAttribute::Priority(priority) => rule.priority = *priority,
            RuleAttribute::Table(table) => rule.table = *table,
            RuleAttribute::FwMark(mark) => rule.fwmark = Some(*mark),
            RuleAttribute::Destination(IpAddr::V4(address)) => {
                rule.to = Ipv4Net::new(*address, message.header.dst_len).ok();
            }
            RuleAttribute::Source(IpAddr::V4(address)) => {
                rule.from = Ipv4Net::new(*address, message.header.src_len).ok();
            }
            _ => {}
        }
    }
    Some(rule)
}
