//! Replies that were sent before, so that a name that is asked again and again is looked up once.
//!
//! A reply with one answer or none says the same to everybody and every time; of several the order depends on who asks
//! and when (DNS-11), so these are never kept. Whoever keeps replies forgets all of them when the services change.

use std::collections::HashMap;

/// As many are kept as a lab's clients ask for; a client that makes up names drives the others' out, and no more.
const MANY: usize = 1024;
/// The bytes of a message's header, of which the first two are the client's own number.
const HEADER: usize = 12;

/// Replies by their queries, both without the number.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<Vec<u8>, Vec<u8>>);

impl Known {
    /// The reply to a query, if there was such a query.
    pub(super) fn reply(&self, query: &[u8]) -> Option<Vec<u8>> {
        let (number, question) = query.split_at_checked(2)?;
        Some([number, self.0.get(question)?].concat())
    }

    /// Keeps a reply, if it is the same for everybody.
    pub(super) fn keep(&mut self, query: &[u8], reply: &[u8]) {
        let answers = reply.get(6..8).map(|count| u16::from_be_bytes([count[0], count[1]]));
        if query.len() < HEADER || answers.is_none_or(|answers| answers > 1) {
            return;
        }
        if self.0.len() >= MANY {
            self.0.clear();
        }
        self.0.insert(query[2..].to_vec(), reply[2..].to_vec());
    }

    /// Forgets all.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u8, answers: u8) -> Vec<u8> {
        vec![0, number, 0x81, 0x80, 0, 1, 0, answers, 0, 0, 0, 0, b'x']
    }

    #[test]
    fn one_answer_is_known_again_under_another_number() {
        let mut known = Known::default();
        let query = |number| message(number, 0);
        assert_eq!(known.reply(&query(1)), None);
        known.keep(&query(1), &message(1, 1));
        assert_eq!(known.reply(&query(7)), Some(message(7, 1)));
        known.forget();
        assert_eq!(known.reply(&query(7)), None);
    }

    #[test]
    fn several_answers_are_ordered_anew_each_time() {
        let mut known = Known::default();
        known.keep(&message(1, 0), &message(1, 2));
        assert_eq!(known.reply(&message(1, 0)), None);
    }

    #[test]
    fn what_is_no_message_is_not_known() {
        let mut known = Known::default();
        known.keep(b"", b"");
        known.keep(b"ab", &message(1, 1));
        assert!(known.reply(b"").is_none() && known.reply(b"a").is_none() && known.reply(b"ab").is_none());
    }

    #[test]
    fn names_that_somebody_makes_up_do_not_fill_the_memory() {
        let mut known = Known::default();
        for number in 0..4 * MANY {
            let query = [message(0, 0), number.to_be_bytes().to_vec()].concat();
            known.keep(&query, &message(0, 1));
        }
        assert!(known.0.len() <= MANY);
    }
}
