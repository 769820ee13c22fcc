//! Numbers for the sets of flags that had no value in a call.

use std::collections::HashMap;

/// Numbers sets of flags. They are mostly the same few from one call to the next, and JavaScript keeps a way to build a
/// response prepared for each.
#[derive(Debug, Default)]
pub struct UnresolvedSets {
    last: Vec<u32>,
    last_number: u32,
    numbers: HashMap<Vec<u32>, u32>,
    given: u32,
}

impl UnresolvedSets {
    /// As many are remembered; then they start over, with new numbers.
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
            None => {
                if self.numbers.len() == Self::MAX {
                    self.numbers.clear();
                }
                self.given = self.given.wrapping_add(1).max(1);
                self.numbers.insert(unresolved.to_vec(), self.given);
                self.given
            }
        };
        self.last.clear();
        self.last.extend_from_slice(unresolved);
        self.last_number
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
}
