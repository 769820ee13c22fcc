//! Many texts, kept in one.

use crate::footprint;

/// Many texts in one.
#[derive(Debug, Default)]
pub struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Room for the ends of so many texts.
    pub fn with_capacity(count: usize) -> Self {
        Self {
            text: String::new(),
            ends: Vec::with_capacity(count),
        }
    }

    /// Adds what is written.
    pub fn push(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends.push(narrow(self.text.len()));
    }

    /// The text at a position, empty if there is none.
    pub fn get(&self, position: usize) -> &str {
        let end = |position: usize| self.ends.get(position).map(|end| *end as usize);
        let start = match position.checked_sub(1) {
            None => Some(0),
            Some(previous) => end(previous),
        };
        let range = start.zip(end(position)).map(|(start, end)| start..end);
        range
            .and_then(|range| self.text.get(range))
            .unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        footprint::block(self.text.capacity())
            + footprint::block(size_of::<u32>() * self.ends.capacity())
    }

    /// Gives back the room for more text.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
    }
}

/// Positions and sizes are those of one document, which memory holds several times over.
pub fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
