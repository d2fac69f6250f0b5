//! A list of commands that the kernel carries out whole or not at all.
//!
//! ```text
//! flush chain inet vpcns out_web
//! add rule inet vpcns out_web ip daddr . meta l4proto . th dport @out_web_ports accept
//! ```

use super::{
    Error, element,
    process::put_in_force,
    schema::{self, Command, Element, Elements, Input, Key, Object, PLACE},
    statement::statement,
};
use crate::spec::nft::{Hook, Map, Part, Rule, Set, Table};

/// The longest comment that nft takes.
const COMMENT: usize = 127;

/// Commands in order, not yet carried out.
#[derive(Debug, Default)]
pub struct Transaction<'a> {
    commands: Vec<Command<'a>>,
}

impl<'a> Transaction<'a> {
    /// No commands.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts this table in the place of the one that is there, if one is. Connections go on.
    pub fn replace_table(&mut self, table: &'a Table) {
        self.delete_table();
        self.add_table(table);
    }

    /// Adds this table, where there is none. Unlike a replacement it is done at once: `nft` ends only when the kernel has let
    /// go of what was deleted, which takes it some ticks.
    pub fn add_table(&mut self, table: &'a Table) {
        self.add(schema::table());
        table.counters.iter().for_each(|name| self.add_counter(name));
        table.sets.iter().for_each(|(name, set)| self.add_set(name, set));
        // A map's values and a rule's verdicts name chains, which must be there by then.
        table.chains.iter().for_each(|(name, chain)| self.add_chain(name, chain.hook.as_ref()));
        table.maps.iter().for_each(|(name, map)| self.add_map(name, map));
        table.chains.iter().for_each(|(name, chain)| self.add_rules(name, &chain.rules));
    }

    /// Deletes the table, whether or not there is one.
    pub fn delete_table(&mut self) {
        self.add(schema::table());
        self.commands.push(Command::Delete(schema::table()));
    }

    /// Adds a counter, which begins with nothing.
    pub fn add_counter(&mut self, name: &'a str) {
        self.add(Object::Counter(schema::Counter { place: PLACE, name }));
    }

    /// Adds a set with its elements.
    pub fn add_set(&mut self, name: &'a str, set: &'a Set) {
        let elements = set.elements.iter().map(|key| element::key(key)).collect();
        let key = Key::of(&set.key);
        let flags = flags(set.interval);
        self.add(Object::Set(schema::Set { place: PLACE, name, key, value: None, flags, elements }));
    }

    /// Adds a map with its elements.
    pub fn add_map(&mut self, name: &'a str, map: &'a Map) {
        let elements = map.elements.iter().map(|(key, value)| element::pair(key, value)).collect();
        let key = Key::of(&map.key);
        let (value, flags) = (Some(map.value.as_str()), flags(map.interval));
        self.add(Object::Map(schema::Set { place: PLACE, name, key, value, flags, elements }));
    }

    /// Adds a chain without rules.
    pub fn add_chain(&mut self, name: &'a str, hook: Option<&Hook>) {
        self.add(schema::chain(name, hook));
    }

    /// Adds rules at the end of a chain.
    pub fn add_rules(&mut self, name: &'a str, rules: &'a [Rule]) {
        for Rule { statements, comment } in rules {
            let expr = statements.iter().map(statement).collect();
            let comment = comment.as_deref().map(shortened);
            self.add(Object::Rule(schema::Rule { place: PLACE, chain: name, expr, comment }));
        }
    }

    /// Adds elements to a set.
    pub fn add_keys(&mut self, name: &'a str, keys: impl IntoIterator<Item = &'a Vec<Part>>) {
        self.add(elements(name, keys.into_iter().map(|key| element::key(key))));
    }

    /// Adds elements to a map.
    pub fn add_pairs(&mut self, name: &'a str, pairs: impl IntoIterator<Item = (&'a Vec<Part>, &'a Part)>) {
        self.add(elements(name, pairs.into_iter().map(|(key, value)| element::pair(key, value))));
    }

    /// Deletes elements of a set or a map.
    pub fn delete_keys(&mut self, name: &'a str, keys: impl IntoIterator<Item = &'a Vec<Part>>) {
        self.commands.push(Command::Delete(elements(name, keys.into_iter().map(|key| element::key(key)))));
    }

    /// Empties a chain.
    pub fn flush_chain(&mut self, name: &'a str) {
        self.commands.push(Command::Flush(schema::chain(name, None)));
    }

    /// Deletes a chain to which nothing leads.
    pub fn delete_chain(&mut self, name: &'a str) {
        self.commands.push(Command::Delete(schema::chain(name, None)));
    }

    /// Deletes a set that nothing uses.
    pub fn delete_set(&mut self, name: &'a str) {
        self.commands.push(Command::Delete(Object::Set(unspecified(name))));
    }

    /// Deletes a map that nothing uses.
    pub fn delete_map(&mut self, name: &'a str) {
        self.commands.push(Command::Delete(Object::Map(unspecified(name))));
    }

    /// Deletes a counter to which no rule refers.
    pub fn delete_counter(&mut self, name: &'a str) {
        self.commands.push(Command::Delete(Object::Counter(schema::Counter { place: PLACE, name })));
    }

    /// Carries all of it out in the calling thread's namespace; the generation that this made.
    pub fn commit(self) -> Result<u32, Error> {
        let commands = serde_json::to_vec(&Input { nftables: &self.commands }).expect("all keys are names");
        put_in_force(&commands)
    }

    fn add(&mut self, object: Object<'a>) {
        self.commands.push(Command::Add(object));
    }
}

/// As much of a comment as nft takes.
pub(super) fn shortened(comment: &str) -> &str {
    let end = comment.char_indices().map(|(start, c)| start + c.len_utf8()).take_while(|end| *end <= COMMENT).last();
    &comment[..end.unwrap_or(0)]
}

fn elements<'a>(name: &'a str, elements: impl Iterator<Item = Element<'a>>) -> Object<'a> {
    Object::Element(Elements { place: PLACE, name, list: elements.collect() })
}

/// A set or map that is to be deleted, for which its name is enough.
fn unspecified(name: &str) -> schema::Set<'_> {
    schema::Set { place: PLACE, name, key: Key::of(&[]), value: None, flags: &[], elements: Vec::new() }
}

fn flags(interval: bool) -> &'static [&'static str] {
    if interval { &["interval"] } else { &[] }
}
