//! What the patterns of one document may take together.

use std::sync::Arc;

use super::caches::Caches;

/// What is left for the patterns of a document. A pattern with large counts, such as `{1000}`, has a program that is far larger
/// than its text: twenty bytes may become megabytes.
#[derive(Debug)]
pub struct RegexBudget {
    /// How many parts the programs may still have.
    left: u64,
    /// The memory that all patterns of the document work in.
    pub caches: Arc<Caches>,
}

impl RegexBudget {
    /// A program takes as much as its parts and this many more.
    const OVERHEAD: u64 = 20;

    /// How many bytes the patterns take at most, once they have been used.
    pub fn largest_size(&self) -> usize {
        self.caches.largest_size()
    }

    /// Takes the room for a program of `size` parts; false if there is not enough left.
    pub fn spend(&mut self, size: u64) -> bool {
        let left = self.left.checked_sub(size.saturating_add(Self::OVERHEAD));
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

impl Default for RegexBudget {
    fn default() -> Self {
        // Enough for some 8,000 patterns as people write them. Their programs take about 30 MB, and what the patterns come to
        // keep takes up to twice as much, see `caches.rs`.
        Self {
            left: 300_000,
            caches: Arc::default(),
        }
    }
}
