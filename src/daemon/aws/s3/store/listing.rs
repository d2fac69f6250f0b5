//! Lists of keys: prefix, delimiter, and going on where the last page ended.

use std::{collections::BTreeMap, ops::Bound};

/// Which keys are wanted.
#[derive(Debug, Default, Clone, Copy)]
pub(in super::super) struct Query<'a> {
    /// What they begin with.
    pub(in super::super) prefix: &'a str,
    /// What follows its first place after the prefix is left out, and what is alike then is told once.
    pub(in super::super) delimiter: Option<&'a str>,
    /// Only what comes after this.
    pub(in super::super) after: Option<&'a str>,
    /// How many keys and common prefixes at most.
    pub(in super::super) limit: usize,
}

/// A page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Page<'a, T> {
    pub(in super::super) contents: Vec<(&'a str, &'a T)>,
    pub(in super::super) common_prefixes: Vec<&'a str>,
    /// After what the next page begins, if there is one.
    pub(in super::super) next: Option<&'a str>,
}

/// The keys that a query wants, in the order of their bytes.
pub(in super::super) fn list<'a, T>(objects: &'a BTreeMap<String, T>, query: Query<'_>) -> Page<'a, T> {
    let mut page = Page { contents: Vec::new(), common_prefixes: Vec::new(), next: None };
    let mut last = None;
    let from = match query.after {
        Some(after) if after >= query.prefix => Bound::Excluded(after),
        _ => Bound::Included(query.prefix),
    };
    for (key, object) in objects.range::<str, _>((from, Bound::Unbounded)) {
        let Some(rest) = key.strip_prefix(query.prefix) else { break };
        let common = query
            .delimiter
            .filter(|delimiter| !delimiter.is_empty())
            .and_then(|delimiter| Some(&key[..query.prefix.len() + rest.find(delimiter)? + delimiter.len()]));
        // A common prefix is told once, on one page.
        if common.is_some() && (common == query.after || common == page.common_prefixes.last().copied()) {
            continue;
        }
        if page.contents.len() + page.common_prefixes.len() == query.limit {
            page.next = last;
            break;
        }
        match common {
            Some(common) => page.common_prefixes.push(common),
            None => page.contents.push((key, object)),
        }
        last = common.or(Some(key));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pages of a list, keys and common prefixes as they come.
    fn pages(keys: &[&str], prefix: &str, delimiter: Option<&str>, limit: usize) -> Vec<Vec<String>> {
        let objects: BTreeMap<String, ()> = keys.iter().map(|key| ((*key).to_owned(), ())).collect();
        let (mut pages, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = list(&objects, Query { prefix, delimiter, after: after.as_deref(), limit });
            let keys = page.contents.iter().map(|(key, ())| *key).chain(page.common_prefixes.iter().copied());
            let mut keys: Vec<_> = keys.map(str::to_owned).collect();
            keys.sort();
            pages.push(keys);
            match page.next {
                Some(next) => after = Some(next.to_owned()),
                None => return pages,
            }
        }
    }

    const KEYS: [&str; 8] = ["a", "a/", "a/b", "a/c/d", "b", "b-1/x", "b/y", "ü/z"];

    #[test]
    fn a_key_and_what_lies_below_it_are_objects_of_their_own() {
        assert_eq!(pages(&KEYS, "", None, 1000), [KEYS]);
        assert_eq!(pages(&KEYS, "", Some("/"), 1000), [["a", "a/", "b", "b-1/", "b/", "ü/"]]);
        assert_eq!(pages(&KEYS, "a/", Some("/"), 1000), [["a/", "a/b", "a/c/"]]);
        assert_eq!(pages(&KEYS, "b", None, 1000), [["b", "b-1/x", "b/y"]]);
        assert_eq!(pages(&KEYS, "c", None, 1000), [[""; 0]]);
    }

    #[test]
    fn pages_together_are_the_list_whatever_their_size() {
        for (prefix, delimiter) in [("", None), ("", Some("/")), ("a/", Some("/")), ("", Some("-1/")), ("a", Some(""))]
        {
            let whole = pages(&KEYS, prefix, delimiter, 1000).concat();
            for limit in 1..=9 {
                let parts = pages(&KEYS, prefix, delimiter, limit);
                assert!(parts.iter().all(|page| page.len() <= limit), "{parts:?}");
                assert_eq!(parts.concat(), whole, "{prefix:?} {delimiter:?} {limit}");
            }
        }
    }

    #[test]
    fn a_page_begins_after_a_key_that_need_not_be_there() {
        let objects: BTreeMap<String, ()> = KEYS.map(|key| (key.to_owned(), ())).into();
        let query = Query { delimiter: Some("/"), after: Some("a/bb"), limit: 2, ..Query::default() };
        let page = list(&objects, query);
        assert_eq!((page.contents, page.common_prefixes), (vec![("b", &())], vec!["a/"]));
        assert_eq!(list(&objects, Query { limit: 0, ..Query::default() }).next, None);
    }
}
