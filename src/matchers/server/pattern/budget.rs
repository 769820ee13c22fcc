//! What the patterns of one document may take together.

use std::sync::Arc;

use super::shelf::Shelf;
use crate::matchers::regex::Caches;

/// What is left for the patterns of a document.
#[derive(Debug)]
pub struct PatternBudget {
    /// How many bytes may still be compiled, whether something comes of it or not.
    left: usize,
    /// How often it may still be found out whether the server refuses a pattern as too large.
    pub(super) large: usize,
    /// The memory that the patterns work in which are searched for in linear time.
    pub(super) caches: Arc<Caches>,
    /// Where the other patterns are kept.
    pub(super) shelf: Arc<Shelf>,
}

impl Default for PatternBudget {
    fn default() -> Self {
        // Enough for some 4,000 patterns as people write them.
        Self::of(64 * 1024 * 1024)
    }
}

impl PatternBudget {
    /// A budget of so many bytes.
    pub(super) fn of(left: usize) -> Self {
        Self {
            left,
            large: 4,
            caches: Arc::default(),
            shelf: Arc::default(),
        }
    }

    /// Takes so many bytes; false if there is not enough left.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// How many bytes the patterns take at most, once they have been used in one thread.
    pub fn largest_size(&self) -> usize {
        self.caches.largest_size() + self.shelf.largest_size()
    }
}
