//! A list of texts in little memory.

use crate::footprint;
use crate::js::json::Positions;

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
        self.ends.shrink_to_fit();
    }
}

/// A list of texts that are all different, and found in it.
#[derive(Debug, Default)]
pub struct TextSet {
    texts: Texts,
    positions: Positions,
}

impl TextSet {
    /// An empty list with room for `count` texts.
    pub fn with_capacity(count: usize) -> Self {
        Self {
            texts: Texts::with_capacity(count),
            positions: Positions::with_capacity(count),
        }
    }

    /// The position of a text, which is added if it is not there.
    pub fn add(&mut self, text: &str) -> usize {
        let Self { texts, positions } = self;
        let position = positions.find_or_add(text, texts.len(), |position| texts.get(position));
        if position == texts.len() {
            texts.push(|out| out.push_str(text));
        }
        position
    }

    /// The position of a text.
    pub fn find(&self, text: &str) -> Option<usize> {
        self.positions
            .find(text, |position| self.texts.get(position))
    }

    /// The text at a position, empty if there is none.
    pub fn get(&self, position: usize) -> &str {
        self.texts.get(position)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.texts.size() + self.positions.size()
    }

    /// Gives back the room for more text.
    pub fn shrink(&mut self) {
        self.texts.shrink();
    }

    /// The texts by their positions, which are not found any more.
    pub fn into_texts(mut self) -> Texts {
        self.shrink();
        self.texts
    }
}

/// A position or a size within one document as 32 bits. Memory holds a document several times over, so none has 4 GB.
pub fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_of_a_set_has_one_position() {
        let mut set = TextSet::default();
        for round in 0..2 {
            for number in 0..100 {
                assert_eq!(set.add(&format!("text {number}")), number, "{round}");
            }
        }
        set.shrink();
        assert_eq!(set.len(), 100);
        assert_eq!(set.get(7), "text 7");
        assert_eq!(set.find("text 99"), Some(99));
        assert_eq!(set.find("text 100"), None);
    }
}
