//! CIDRs, addresses, ports and other text of a file, parsed with AWS's rules and messages.

use super::super::{
    diagnostic::{Diagnostics, Spanned},
    draft::Text,
};
use ipnet::Ipv4Net;
use std::{fmt::Display, net::Ipv4Addr, ops::RangeInclusive};

/// A CIDR block without host bits: those are dropped, as AWS does (VPC-02, RT-16).
pub(super) fn cidr(text: &Text, found: &mut Diagnostics) -> Option<Ipv4Net> {
    if let Ok(net) = text.value.parse::<Ipv4Net>() {
        return Some(net.trunc());
    }
    let message = format!("`{}` is not a CIDR block (InvalidParameterValue)", text.value);
    match text.value.parse::<Ipv4Addr>() {
        Ok(address) => found.push_with_hint(text.span, message, format!("one address is `{address}/32`")),
        Err(_) if text.value.contains(':') => found.push_with_hint(text.span, message, "IPv6 is not mirrored yet"),
        Err(_) => found.push_with_hint(text.span, message, "write it as `10.0.0.0/16`"),
    }
    None
}

/// An IPv4 address.
pub(super) fn address(text: &Text, found: &mut Diagnostics) -> Option<Ipv4Addr> {
    let address = text.value.parse().ok();
    if address.is_none() {
        found.push(text.span, format!("`{}` is not an IPv4 address (InvalidParameterValue)", text.value));
    }
    address
}

/// A port number from 1 to 65535.
pub(super) fn port(number: &Spanned<i64>, found: &mut Diagnostics) -> Option<u16> {
    within(number, "a port", 1..=65535, found).and_then(|port| u16::try_from(port).ok())
}

/// A number within bounds.
pub(super) fn within(
    number: &Spanned<i64>,
    what: &str,
    bounds: RangeInclusive<i64>,
    found: &mut Diagnostics,
) -> Option<u32> {
    if bounds.contains(&number.value) {
        return u32::try_from(number.value).ok();
    }
    let (first, last) = (bounds.start(), bounds.end());
    found.push(number.span, format!("{what} is a number from {first} to {last}, not {}", number.value));
    None
}

/// One of a few words, whatever their case.
pub(super) fn word<T: Copy>(text: &Text, what: &str, words: &[(&str, T)], found: &mut Diagnostics) -> Option<T> {
    let value = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text.value)).map(|(_, value)| *value);
    if value.is_none() {
        let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        found.push_with_hint(text.span, format!("`{}` is not {what}", text.value), one_of(&words));
    }
    value
}

/// "it is A, B or C".
pub(super) fn one_of(words: &[impl Display]) -> String {
    match words {
        [] => String::new(),
        [word] => format!("it is {word}"),
        [first @ .., last] => {
            format!("it is {} or {last}", first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}
