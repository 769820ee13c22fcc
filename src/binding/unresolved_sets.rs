//! Numbers for the sets of flags that had no value in a call.

use std::collections::HashMap;

/// Numbers sets of flags. They are mostly the same few from one call to the next, and JavaScript keeps a way to build a
/// response prepared for each.
#[derive(Debug, Default)]
pub struct UnresolvedSets {
    last: Vec<u32>,
    last_number: u32,
    /// Those met since `older` was begun.
    numbers: HashMap<Vec<u32>, u32>,
    /// Those met before, and not since.
    older: HashMap<Vec<u32>, u32>,
    given: u32,
}

impl UnresolvedSets {
    /// After as many sets, those that have not been met among them are forgotten.
    const MAX: usize = 64;

    /// The number of a set, 0 for the empty one. A set may have had another number before, but no other set has had this.
    pub fn number(&mut self, unresolved: &[u32]) -> u32 {
        if unresolved.is_empty() {
            return 0;
        }
        if unresolved == self.last {
            return self.last_number;
        }
        self.last_number = match self.numbers.get(unresolved) {
            Some(number) => *number,
            None => self.keep(unresolved),
        };
        self.last.clear();
        self.last.extend_from_slice(unresolved);
        self.last_number
    }

    fn keep(&mut self, unresolved: &[u32]) -> u32 {
        if self.numbers.len() == Self::MAX {
            self.older = std::mem::take(&mut self.numbers);
        }
        let number = self.older.get(unresolved).copied().unwrap_or_else(|| {
            self.given = self.given.wrapping_add(1).max(1);
            self.given
        });
        self.numbers.insert(unresolved.to_vec(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::UnresolvedSets;

    #[test]
    fn a_number_stands_for_one_set_only() {
        let mut sets = UnresolvedSets::default();
        assert_eq!(sets.number(&[]), 0);
        let first = sets.number(&[1, 2]);
        assert_ne!(first, 0);
        assert_eq!(sets.number(&[]), 0);
        assert_eq!(sets.number(&[1, 2]), first);
        let mut seen: Vec<_> = (0..1000).map(|flag| sets.number(&[flag])).collect();
        seen.push(first);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 1001);
    }

    #[test]
    fn a_set_that_is_met_again_and_again_keeps_its_number_among_any_number_of_others() {
        let mut sets = UnresolvedSets::default();
        let number = sets.number(&[7, 8]);
        for other in 0..1000 {
            sets.number(&[other]);
            if other % 50 == 0 {
                assert_eq!(sets.number(&[7, 8]), number, "after {other} others");
            }
        }
    }

    #[test]
    fn no_more_sets_are_remembered_than_twice_the_limit() {
        let mut sets = UnresolvedSets::default();
        for set in 0..1000 {
            sets.number(&[set]);
        }
        assert!(sets.numbers.len() + sets.older.len() <= 2 * UnresolvedSets::MAX);
    }
}
