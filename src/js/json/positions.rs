//! Where the texts of a list stand in it.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Finds texts in a list that is kept elsewhere. Each entry takes a few bytes, for the texts are not stored a second time.
/// The hash is seeded at random, because the texts come from a document, which may be hostile.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Positions {
    /// The positions of a list whose texts are all different.
    pub fn of<'t>(texts: impl ExactSizeIterator<Item = &'t str> + Clone) -> Self {
        let list: Vec<&str> = texts.collect();
        let mut positions = Self {
            table: HashTable::with_capacity(list.len()),
            hasher: RandomState::new(),
        };
        for (position, text) in list.iter().enumerate() {
            positions.add(text, position, |position| list[position]);
        }
        positions
    }

    /// No positions yet, with room for so many.
    pub fn with_capacity(count: usize) -> Self {
        Self {
            table: HashTable::with_capacity(count),
            hasher: RandomState::new(),
        }
    }

    /// How many bytes they take.
    pub fn size(&self) -> usize {
        self.table.allocation_size()
    }

    /// Adds a text that is not there yet, at its position; `text_at` reads the list.
    pub fn add<'t>(&mut self, text: &str, position: usize, text_at: impl Fn(usize) -> &'t str) {
        // No list has so many entries that a position exceeds 32 bits. If one did, its last texts would not be found.
        let Ok(position) = u32::try_from(position) else {
            return;
        };
        let hasher = &self.hasher;
        self.table
            .insert_unique(hasher.hash_one(text), position, |position| {
                hasher.hash_one(text_at(*position as usize))
            });
    }

    /// The position of a text. If it is not there, it is added at this position; `text_at` reads the list.
    pub fn find_or_add<'t>(
        &mut self,
        text: &str,
        position: usize,
        text_at: impl Fn(usize) -> &'t str,
    ) -> usize {
        let Self { table, hasher } = self;
        let entry = table.entry(
            hasher.hash_one(text),
            |position| text_at(*position as usize) == text,
            |position| hasher.hash_one(text_at(*position as usize)),
        );
        match (entry, u32::try_from(position)) {
            (Entry::Occupied(known), _) => *known.get() as usize,
            (Entry::Vacant(place), Ok(number)) => {
                place.insert(number);
                position
            }
            // No list has so many entries. If one did, its last texts would not be found.
            (Entry::Vacant(_), Err(_)) => position,
        }
    }

    /// The position of a text; `text_at` reads the list.
    pub fn find<'t>(&self, text: &str, text_at: impl Fn(usize) -> &'t str) -> Option<usize> {
        let position = self.table.find(self.hasher.hash_one(text), |position| {
            text_at(*position as usize) == text
        });
        position.map(|position| *position as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_at_its_position_and_no_other_is() {
        let texts: Vec<String> = (0..1000).map(|number| format!("text {number}")).collect();
        let positions = Positions::of(texts.iter().map(String::as_str));
        let find = |text: &str| positions.find(text, |position| &texts[position]);
        for (position, text) in texts.iter().enumerate() {
            assert_eq!(find(text), Some(position));
        }
        assert_eq!(find("text 1000"), None);
        assert_eq!(find(""), None);
    }
}
