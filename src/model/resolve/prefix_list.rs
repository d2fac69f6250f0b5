//! Customer-managed prefix lists, and references to prefix lists of any kind (SG-09, SG-22, RT-04).

use super::{
    super::{
        Id, Name, PrefixList, PrefixListEntry, PrefixListRef, aws_address,
        diagnostic::{Span, Spanned},
        draft::{self, Draft, Text},
    },
    Resolver, tag, text,
};

/// How a reference to one of the lab's lists begins.
const OWN: &str = "prefix_list/";

/// How many entries a list may have at most.
const LARGEST: i64 = 1000;

impl Resolver<'_> {
    pub(super) fn prefix_lists(&mut self, draft: &Draft) {
        for list in &draft.prefix_lists {
            let resolved = self.prefix_list(list);
            self.prefix_lists.insert(&list.label.name, resolved, &mut self.found);
        }
    }

    fn prefix_list(&mut self, list: &draft::PrefixList) -> Option<PrefixList> {
        let name = &list.label.name;
        let prefix_list_name = self.prefix_list_name(list);
        let max_entries = match &list.max_entries {
            Some(max) => usize::try_from(text::within(max, "max_entries", 1..=LARGEST, &mut self.found)?).ok()?,
            None => list.entries.len().max(1),
        };
        let entries = self.list_entries(list)?;
        if let Some(first) = list.entries.get(max_entries) {
            let message = format!("prefix list `{}` has more entries than the {max_entries} that it may", name.value);
            self.found.push(first.cidr.span, format!("{message} (PrefixListMaxEntriesExceeded)"));
            return None;
        }
        Some(PrefixList {
            id: Id::derive(self.lab, "pl", name.value.as_str()),
            tag: tag(&list.label),
            prefix_list_name: prefix_list_name?,
            version: self.version(list, &entries),
            entries,
            max_entries,
        })
    }

    fn prefix_list_name(&mut self, list: &draft::PrefixList) -> Option<String> {
        let label = &list.label.name;
        let written = list.prefix_list_name.clone();
        let Spanned { value, span } = written.unwrap_or_else(|| Spanned::new(label.value.to_string(), label.span));
        if value.starts_with("com.amazonaws") || value.is_empty() || value.len() > 255 {
            let message = format!("`{value}` cannot be the name of a prefix list (InvalidParameterValue)");
            self.found.push_with_hint(span, message, "names that begin with `com.amazonaws` are AWS's own");
            return None;
        }
        Some(value)
    }

    /// The entries, sorted. All mistakes are told.
    fn list_entries(&mut self, list: &draft::PrefixList) -> Option<Vec<PrefixListEntry>> {
        let mut entries: Vec<PrefixListEntry> = Vec::new();
        let mut right = true;
        for entry in &list.entries {
            let Some(cidr) = text::cidr(&entry.cidr, &mut self.found) else {
                right = false;
                continue;
            };
            if entries.iter().any(|other| other.cidr == cidr) {
                let message = format!("the prefix list has `{cidr}` twice (InvalidParameterValue)");
                self.found.push(entry.cidr.span, message);
                right = false;
            }
            entries.push(PrefixListEntry { cidr, description: entry.description.clone() });
        }
        entries.sort();
        right.then_some(entries)
    }

    /// One more than before if the entries are others.
    fn version(&self, list: &draft::PrefixList, entries: &[PrefixListEntry]) -> u32 {
        let running = self.previous.and_then(|previous| previous.prefix_lists.get(&list.label.name.value));
        running.map_or(1, |running| running.version + u32::from(running.entries != entries))
    }

    /// The list that a rule or a route names: one of the lab as `prefix_list/NAME` or by its id, or one of AWS's by
    /// its id or name.
    pub(super) fn prefix_list_ref(&mut self, vpc: &Name, text: &Text) -> Option<PrefixListRef> {
        if let Some(name) = text.value.strip_prefix(OWN) {
            let name = Spanned::new(Name::new(name), text.span);
            return self.prefix_lists.find(&name, &mut self.found).map(|_| PrefixListRef::Own(name.value));
        }
        if let Some((name, _)) = self.prefix_lists.iter().find(|(_, list)| list.id.as_str() == text.value) {
            return Some(PrefixListRef::Own(name.clone()));
        }
        let region = self.region_of(vpc);
        let cloudfront = aws_address::cloudfront(&region);
        let lists = aws_address::prefix_lists(&region);
        let is_it = |list: &aws_address::PrefixList| list.id == text.value || list.name == text.value;
        if is_it(&cloudfront) {
            return Some(PrefixListRef::CloudFront);
        }
        if let Some((service, _)) = lists.iter().find(|(_, list)| is_it(list)) {
            return Some(PrefixListRef::Service(service.clone()));
        }
        let message = format!("the prefix list `{}` does not exist (InvalidPrefixListID.NotFound)", text.value);
        let all = lists.values().chain([&cloudfront]).map(|list| format!("`{}` is `{}`", list.name, list.id));
        self.found.push_with_hint(text.span, message, all.collect::<Vec<_>>().join(", "));
        None
    }

    /// As how many rules or routes a reference to a list counts (SG-22).
    pub(super) fn weight(&self, list: &PrefixListRef) -> usize {
        match list {
            PrefixListRef::Own(name) => self.prefix_lists.get(name).map_or(1, |list| list.max_entries),
            PrefixListRef::Service(_) => 1,
            PrefixListRef::CloudFront => aws_address::CLOUDFRONT_WEIGHT,
        }
    }

    /// Notes where a quota is passed: the first place at which the weights add up to more.
    pub(super) fn quota(&mut self, weights: impl IntoIterator<Item = (usize, Span)>, most: usize, message: &str) {
        let mut sum = 0;
        for (weight, span) in weights {
            sum += weight;
            if sum > most {
                let hint = "a prefix list counts with its `max_entries`, whatever it has";
                self.found.push_with_hint(span, message, hint);
                return;
            }
        }
    }
}
