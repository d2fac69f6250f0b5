//! Words for nft rules, so that a rule in the compiler reads like a line of nft's own language.
//!
//! ```text
//! [oif(link), accept()]     →  oifname "igw" accept
//! ```

use crate::spec::{
    LinkName,
    nft::{Chain, Field, Hook, HookKind, HookPoint, Rule, Statement, Value, Verdict},
};

/// `iifname "LINK"`; a final `*` matches all links that begin so.
pub(super) fn iif(link: &str) -> Statement {
    is(Field::Iifname, Value::Link(link.to_owned()))
}

/// `oifname "LINK"`.
pub(super) fn oif(link: &str) -> Statement {
    is(Field::Oifname, Value::Link(link.to_owned()))
}

/// `oifname` of one link.
pub(super) fn oif_link(link: &LinkName) -> Statement {
    oif(link.as_str())
}

/// `FIELD VALUE`.
pub(super) fn is(field: Field, value: Value) -> Statement {
    Statement::Match { field, not: false, value }
}

/// `FIELD != VALUE`.
pub(super) fn is_not(field: Field, value: Value) -> Statement {
    Statement::Match { field, not: true, value }
}

/// `FIELD WORD` of nft's own words; several mean any of them.
pub(super) fn any(field: Field, words: &[&str]) -> Statement {
    is(field, Value::Words(words.iter().map(|word| (*word).to_owned()).collect()))
}

/// `KEY @SET`.
pub(super) fn within(key: &[Field], set: &str) -> Statement {
    Statement::In { key: key.to_vec(), not: false, set: set.to_owned() }
}

/// `KEY != @SET`.
pub(super) fn outside(key: &[Field], set: &str) -> Statement {
    Statement::In { key: key.to_vec(), not: true, set: set.to_owned() }
}

/// `KEY vmap @MAP`.
pub(super) fn vmap(key: &[Field], map: &str) -> Statement {
    Statement::Vmap { key: key.to_vec(), map: map.to_owned() }
}

/// `accept`.
pub(super) fn accept() -> Statement {
    Statement::Verdict(Verdict::Accept)
}

/// `drop`.
pub(super) fn discard() -> Statement {
    Statement::Verdict(Verdict::Drop)
}

/// `jump CHAIN`.
pub(super) fn jump(chain: &str) -> Statement {
    Statement::Verdict(Verdict::Jump(chain.to_owned()))
}

/// `goto CHAIN`.
pub(super) fn goto(chain: &str) -> Statement {
    Statement::Verdict(Verdict::Goto(chain.to_owned()))
}

/// `ct state established,related accept`: packets of connections that were judged before (SG-04).
pub(super) fn accept_known() -> Rule {
    Rule::new([any(Field::CtState, &["established", "related"]), accept()])
}

/// A base chain that lets pass what no rule judges.
pub(super) fn base(kind: HookKind, at: HookPoint, priority: i32, rules: Vec<Rule>) -> Chain {
    Chain { hook: Some(Hook { kind, at, priority, drop_by_default: false }), rules }
}

/// A base chain that drops what no rule judges.
pub(super) fn closed(at: HookPoint, rules: Vec<Rule>) -> Chain {
    Chain { hook: Some(Hook { kind: HookKind::Filter, at, priority: 0, drop_by_default: true }), rules }
}
