//! Takes out of a router's table what no packet can meet: rules that ask sets and maps without elements, base chains
//! that only let pass, chains to which nothing leads, sets and maps that nothing asks.
//!
//! Each noun puts in what it may need; which of it is needed is known at the end. Every base chain costs each packet of
//! the VPC a call, every look into a set a hash: a VPC without load balancers, endpoints or an internet gateway has none of
//! theirs, and the kernel does not even begin to translate addresses.

use crate::spec::nft::{Chain, MarkSource, Part, Rule, Statement, Table, Translation, Verdict};
use std::collections::BTreeSet;

/// What is left means the same.
pub(super) fn prune(table: &mut Table) {
    let empty = empty(table);
    for chain in table.chains.values_mut() {
        let rules = std::mem::take(&mut chain.rules);
        chain.rules = rules.into_iter().filter_map(|rule| simplified(rule, &empty)).collect();
    }
    lead_past_empty_chains(table);
    table.chains.retain(|_, chain| !passes_all(chain));
    // What only leads on from a chain without a way to it has none either.
    loop {
        let (sets, chains) = named(table);
        let before = (table.maps.len(), table.chains.len());
        table.maps.retain(|name, _| sets.contains(name));
        table.chains.retain(|name, chain| chain.hook.is_some() || chains.contains(name));
        if before == (table.maps.len(), table.chains.len()) {
            table.sets.retain(|name, _| sets.contains(name));
            return;
        }
    }
}

/// The sets and maps without elements.
fn empty(table: &Table) -> BTreeSet<String> {
    let sets = table.sets.iter().filter(|(_, set)| set.elements.is_empty()).map(|(name, _)| name);
    let maps = table.maps.iter().filter(|(_, map)| map.elements.is_empty()).map(|(name, _)| name);
    sets.chain(maps).cloned().collect()
}

/// A base chain that does nothing but let pass.
fn passes_all(chain: &Chain) -> bool {
    let passes = |statement: &Statement| matches!(statement, Statement::Verdict(Verdict::Accept | Verdict::Return));
    let mut statements = chain.rules.iter().flat_map(|rule| &rule.statements).filter(|statement| acts(statement));
    chain.hook.is_some_and(|hook| !hook.drop_by_default) && statements.all(passes)
}

/// Who goes on in an empty chain comes straight back from it.
fn lead_past_empty_chains(table: &mut Table) {
    let empty = table.chains.iter().filter(|(_, chain)| chain.hook.is_none() && chain.rules.is_empty());
    let empty: BTreeSet<_> = empty.map(|(name, _)| name.clone()).collect();
    for rule in table.chains.values_mut().flat_map(|chain| &mut chain.rules) {
        for statement in &mut rule.statements {
            if let Statement::Verdict(Verdict::Goto(name)) = statement
                && empty.contains(name)
            {
                *statement = Statement::Verdict(Verdict::Return);
            }
        }
    }
}

/// The rule without what empty sets and maps make superfluous; none if nothing is left that it does.
fn simplified(rule: Rule, empty: &BTreeSet<String>) -> Option<Rule> {
    let mut statements = Vec::new();
    for statement in rule.statements {
        if !asked(&statement).is_some_and(|name| empty.contains(name)) {
            statements.push(statement);
        } else if !matches!(statement, Statement::In { not: true, .. } | Statement::Vmap { .. }) {
            // Nothing is in it, so the rule always ends here.
            break;
        }
    }
    statements.iter().any(acts).then_some(Rule { statements, comment: rule.comment })
}

/// The set or map that a statement asks.
fn asked(statement: &Statement) -> Option<&String> {
    match statement {
        Statement::In { set: name, .. }
        | Statement::Vmap { map: name, .. }
        | Statement::SetMark { to: MarkSource::Map { map: name, .. }, .. }
        | Statement::Dnat(Translation::Map { map: name, .. })
        | Statement::Snat(Translation::Map { map: name, .. }) => Some(name),
        _ => None,
    }
}

/// Whether it does something, and not only looks.
fn acts(statement: &Statement) -> bool {
    !matches!(statement, Statement::Match { .. } | Statement::In { .. } | Statement::MatchBits { .. })
}

/// The sets and maps that some rule asks, and the chains to which a rule or a map leads.
fn named(table: &Table) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut sets, mut chains) = (BTreeSet::new(), BTreeSet::new());
    let mut lead = |verdict: &Verdict| match verdict {
        Verdict::Jump(chain) | Verdict::Goto(chain) => _ = chains.insert(chain.clone()),
        Verdict::Accept | Verdict::Drop | Verdict::Return => {}
    };
    for statement in table.chains.values().flat_map(|chain| &chain.rules).flat_map(|rule| &rule.statements) {
        sets.extend(asked(statement).cloned());
        match statement {
            Statement::Spread { verdicts, .. } => verdicts.iter().for_each(|(_, verdict)| lead(verdict)),
            Statement::Verdict(verdict) => lead(verdict),
            _ => {}
        }
    }
    for value in table.maps.values().flat_map(|map| map.elements.values()) {
        if let Part::Verdict(verdict) = value {
            lead(verdict);
        }
    }
    (sets, chains)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compile::rules::{accept, base, closed, discard, iif, jump, outside, vmap, within},
        spec::nft::{Field, HookKind, HookPoint, Map, Set, Type},
    };
    use std::collections::BTreeMap;

    /// A table with a set `full`, a map `ways` to the chain `there`, both without elements under another name, and these
    /// rules in a base chain; what is left of it.
    fn pruned(rules: Vec<Rule>) -> Table {
        let mut table = Table::default();
        let address = vec![Part::address([10, 0, 0, 1].into())];
        let set = |elements| Set { key: vec![Type::Ipv4Addr], interval: false, elements };
        let map = |elements| Map { key: vec![Type::Ipv4Addr], value: Type::Verdict, interval: false, elements };
        let way = Part::Verdict(Verdict::Goto("there".into()));
        table.sets.insert("full".into(), set([address.clone()].into()));
        table.sets.insert("nobody".into(), set(BTreeSet::new()));
        table.maps.insert("ways".into(), map([(address, way)].into()));
        table.maps.insert("nowhere".into(), map(BTreeMap::new()));
        let chain = |rules| Chain { hook: None, rules };
        table.chains.insert("gate".into(), base(HookKind::Filter, HookPoint::Prerouting, 0, rules));
        table.chains.insert("forward".into(), closed(HookPoint::Forward, Vec::new()));
        table.chains.insert("there".into(), chain(vec![Rule::new([jump("further")])]));
        table.chains.insert("further".into(), chain(vec![Rule::new([within(&[Field::IpSaddr], "full"), accept()])]));
        prune(&mut table);
        table
    }

    fn names(table: &Table) -> Vec<&str> {
        let sets = table.sets.keys().chain(table.maps.keys());
        table.chains.keys().chain(sets).map(String::as_str).collect()
    }

    #[test]
    fn what_nobody_meets_goes_with_all_to_which_only_it_leads() {
        let never = Rule::new([within(&[Field::IpSaddr], "nobody"), vmap(&[Field::IpDaddr], "ways")]);
        let in_vain = Rule::new([iif("igw"), vmap(&[Field::IpDaddr], "nowhere")]);
        assert_eq!(names(&pruned(vec![never, in_vain])), ["forward"]);
    }

    #[test]
    fn what_somebody_meets_stays_with_all_to_which_it_leads() {
        let rules = vec![Rule::new([iif("igw"), vmap(&[Field::IpDaddr], "ways")]), Rule::new([discard()])];
        let table = pruned(rules.clone());
        assert_eq!(names(&table), ["forward", "further", "gate", "there", "full", "ways"]);
        assert_eq!(table.chains["gate"].rules, rules);
    }

    #[test]
    fn a_base_chain_that_only_lets_pass_goes() {
        assert_eq!(names(&pruned(vec![Rule::new([within(&[Field::IpSaddr], "full"), accept()])])), ["forward"]);
    }

    #[test]
    fn who_is_in_no_set_of_nobody_is_everybody() {
        let table = pruned(vec![Rule::new([iif("igw"), outside(&[Field::IpSaddr], "nobody"), discard()])]);
        assert_eq!(table.chains["gate"].rules, [Rule::new([iif("igw"), discard()])]);
    }

    #[test]
    fn what_a_rule_does_before_it_ends_it_still_does() {
        let count = || Statement::Count("seen".into());
        let table = pruned(vec![Rule::new([iif("igw"), count(), within(&[Field::IpSaddr], "nobody"), discard()])]);
        assert_eq!(table.chains["gate"].rules, [Rule::new([iif("igw"), count()])]);
    }
}
