//! Zones and rules, named after the rules that they follow.
