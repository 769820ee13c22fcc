//! A list of texts in little memory.

use crate::footprint;

/// A list of texts. They stand one behind the other in one string, which takes less memory than a string for each.
#[derive(Debug, Default)]
pub struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    /// An empty list with room for the ends of `count` texts.
    pub fn with_capacity(count: usize) -> Self {
        Self {
            text: String::new(),
            ends: Vec::with_capacity(count),
        }
    }

    /// Adds the text that `write` appends.
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

/// A position or a size within one document as 32 bits. Memory holds a document several times over, so none has 4 GB.
pub fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
