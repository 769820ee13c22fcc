//! Compiled patterns that are searched for by trying and going back. Their engine gives no account of the memory that they
//! work in, nor gives it back, so no more of them are kept than the document has room for. The others are compiled for each
//! search.

use std::thread::{self, ThreadId};

use fancy_regex::{Error, Regex, RegexBuilder};
use parking_lot::Mutex;

use super::weight::Weight;

/// The server's limit.
const STEPS_BACK: usize = 10_000;

/// How many bytes the kept patterns of one document may take at most, with all that they may come to work in.
const ROOM: usize = 40 * 1024 * 1024;

/// The compiled patterns of one document that are kept for the next search.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The one that was used last stands last.
    patterns: Vec<KeptPattern>,
    /// How many bytes they take at most.
    size: usize,
    /// How many patterns there are, kept or not.
    count: usize,
    /// How many bytes all of them would take at first.
    programs: usize,
}

#[derive(Debug)]
struct KeptPattern {
    number: usize,
    /// A pattern keeps memory for each thread that has used it, so only one may.
    thread: ThreadId,
    regex: Regex,
    size: usize,
}

impl Shelf {
    /// The number of a new pattern.
    pub fn add(&self, weight: Weight) -> usize {
        let mut kept = self.0.lock();
        kept.count += 1;
        kept.programs += weight.program;
        kept.count - 1
    }

    /// Whether a pattern matches anywhere; `None` if it cannot be compiled after all.
    pub fn is_match(
        &self,
        number: usize,
        weight: Weight,
        pattern: &str,
        text: &str,
    ) -> Option<Result<bool, Error>> {
        let thread = thread::current().id();
        let regex = match self.0.lock().take(number, thread) {
            Some(regex) => regex,
            None => build(pattern).ok()?,
        };
        // It is not kept if the engine panics in the middle of a search.
        let found = regex.is_match(text);
        self.0.lock().put(KeptPattern {
            number,
            thread,
            regex,
            size: weight.at_most(),
        });
        Some(found)
    }

    /// How many bytes the patterns take at most, as far as they are ordinary ones.
    pub fn largest_size(&self) -> usize {
        self.0.lock().programs.min(ROOM)
    }

    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.0.lock().size
    }
}

impl Kept {
    fn take(&mut self, number: usize, thread: ThreadId) -> Option<Regex> {
        let place = self
            .patterns
            .iter()
            .rposition(|kept| (kept.number, kept.thread) == (number, thread))?;
        let kept = self.patterns.remove(place);
        self.size -= kept.size;
        Some(kept.regex)
    }

    fn put(&mut self, kept: KeptPattern) {
        self.size += kept.size;
        self.patterns.push(kept);
        // Half of them go at once, so that the rest is not moved for each.
        if self.size > ROOM {
            let half = self.patterns.len().div_ceil(2);
            let gone: usize = self.patterns.drain(..half).map(|gone| gone.size).sum();
            self.size -= gone;
        }
    }
}

/// Compiles a pattern as the server does.
pub fn build(pattern: &str) -> Result<Regex, Error> {
    RegexBuilder::new(pattern)
        .backtrack_limit(STEPS_BACK)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: usize = 1024 * 1024;

    #[test]
    fn patterns_are_kept_until_they_take_more_than_there_is_room_for() {
        let weight = Weight {
            program: 10 * MEGABYTE,
            tables: 0,
        };
        let shelf = Shelf::default();
        let numbers: Vec<_> = (0..3).map(|_| shelf.add(weight)).collect();
        assert_eq!(numbers, [0, 1, 2]);
        assert_eq!(shelf.largest_size(), 30 * MEGABYTE);
        shelf.add(weight);
        shelf.add(weight);
        assert_eq!(shelf.largest_size(), 40 * MEGABYTE);
        // Four of them fit. Where one more is kept, the half that was used longest ago goes.
        for (number, kept) in [
            (0, 1),
            (1, 2),
            (2, 3),
            (3, 4),
            (0, 4),
            (4, 2),
            (0, 2),
            (4, 2),
            (1, 3),
        ] {
            let found = shelf.is_match(number, weight, r"\bx", "x");
            assert!(matches!(found, Some(Ok(true))), "{number}");
            assert_eq!(shelf.size(), kept * 10 * MEGABYTE, "{number}");
        }
    }
}
