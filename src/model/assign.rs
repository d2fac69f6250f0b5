//! Choosing numbers that stay: addresses and networks that are not written in the file.
//!
//! A number follows from its owner's name, so that the same file always gives the same one; what already
//! runs keeps its number while others come and go (ENI-08); only a clash moves on to the next free one.

use std::collections::BTreeSet;

/// Numbers from 0 to below a size, each given once.
#[derive(Debug, Clone)]
pub struct Pool {
    size: u32,
    taken: BTreeSet<u32>,
}

impl Pool {
    /// A pool of `size` numbers, all free.
    pub fn new(size: u32) -> Self {
        Self { size, taken: BTreeSet::new() }
    }

    /// Takes one number out; false if it is not there to take.
    pub fn take(&mut self, number: u32) -> bool {
        number < self.size && self.taken.insert(number)
    }

    /// Takes the number that `seed` points to, or the next free one after it; none if all are taken.
    pub fn choose(&mut self, seed: u64) -> Option<u32> {
        if self.free() == 0 {
            return None;
        }
        let first = u32::try_from(seed % u64::from(self.size)).expect("below a u32");
        let number = (first..self.size).chain(0..first).find(|number| !self.taken.contains(number))?;
        self.taken.insert(number);
        Some(number)
    }

    /// How many are left.
    pub fn free(&self) -> usize {
        self.size as usize - self.taken.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn gives_each_number_once_and_then_none() {
        let mut pool = Pool::new(3);
        let mut given: Vec<_> = [7, 7, 7].iter().filter_map(|seed| pool.choose(*seed)).collect();
        given.sort_unstable();
        assert_eq!(given, [0, 1, 2]);
        assert_eq!(pool.choose(0), None);
    }

    #[test]
    fn a_taken_number_is_passed_over() {
        let mut pool = Pool::new(10);
        assert!(pool.take(4));
        assert!(!pool.take(4));
        assert!(!pool.take(10));
        assert_eq!(pool.choose(14), Some(5));
    }
}
