//! The results that one evaluation keeps until it ends.

use std::collections::HashSet;

/// The place of a flag or cohort in a row, in which each is evaluated because the one before needs it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many flags and cohorts are before it.
    position: usize,
    /// How many of these are flags.
    flags: usize,
}

impl Place {
    /// The place behind a flag that stands here.
    pub fn after_flag(self) -> Self {
        Self {
            position: self.position + 1,
            flags: self.flags + 1,
        }
    }

    /// How many flags stand between an earlier place and this one, and how many cohorts.
    pub fn since(self, earlier: Self) -> (usize, usize) {
        let flags = self.flags - earlier.flags;
        (flags, self.position - earlier.position - flags)
    }

    /// The place behind a cohort that stands here.
    pub fn after_cohort(self) -> Self {
        Self {
            position: self.position + 1,
            ..self
        }
    }
}

/// What is known of one flag or cohort.
#[derive(Debug)]
pub enum Known<T> {
    /// It has not been looked at.
    Nothing,
    /// Its evaluation has begun, at this place.
    InProgress(Place),
    /// Its evaluation has ended.
    Result(T),
}

/// What is known of all flags, or of all cohorts. To forget it takes as long as there are entries written, however many flags
/// there are. It takes no memory before the first entry: most evaluators never write one.
#[derive(Debug)]
pub struct Ledger<T> {
    count: usize,
    entries: Vec<Known<T>>,
    written: Vec<usize>,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self {
            count: 0,
            entries: Vec::new(),
            written: Vec::new(),
        }
    }
}

impl<T: 'static> Ledger<T> {
    const NOTHING: &'static Known<T> = &Known::Nothing;

    /// Forgets everything and makes room for `count` entries.
    #[inline]
    pub fn begin(&mut self, count: usize) {
        self.forget();
        self.count = count;
    }

    /// Forgets everything.
    #[inline]
    pub fn forget(&mut self) {
        if !self.written.is_empty() {
            self.clear();
        }
    }

    fn clear(&mut self) {
        for index in self.written.drain(..) {
            self.entries[index] = Known::Nothing;
        }
    }

    /// What is known of one.
    pub fn get(&self, index: usize) -> &Known<T> {
        self.entries.get(index).unwrap_or(Self::NOTHING)
    }

    /// The lowest index among those `count` flags or cohorts whose evaluation has begun at this place or behind it. They are
    /// among the last that were written down.
    pub fn first_in_progress(&self, from: Place, count: usize) -> Option<usize> {
        let mut met = HashSet::new();
        let written = self.written.iter().rev().copied();
        let in_progress = written.filter(|index| {
            matches!(self.entries[*index], Known::InProgress(place) if place.position >= from.position)
                && met.insert(*index)
        });
        in_progress.take(count).min()
    }

    /// Writes down what is known of one.
    #[inline]
    pub fn set(&mut self, index: usize, known: Known<T>) {
        if index >= self.entries.len() {
            self.make_room(index);
        }
        let entry = &mut self.entries[index];
        if matches!(entry, Known::Nothing) {
            self.written.push(index);
        }
        *entry = known;
    }

    #[cold]
    fn make_room(&mut self, index: usize) {
        let count = self.count.max(index + 1);
        self.entries.resize_with(count, || Known::Nothing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_beginning_forgets_what_was_known() {
        let mut ledger = Ledger::default();
        ledger.begin(3);
        ledger.set(1, Known::InProgress(Place::default()));
        ledger.set(1, Known::Result("x"));
        assert!(matches!(ledger.get(1), Known::Result("x")));
        ledger.begin(2);
        assert!(matches!(ledger.get(1), Known::Nothing));
    }

    #[test]
    fn a_new_beginning_after_nothing_was_found_out_makes_room_all_the_same() {
        let mut ledger = Ledger::default();
        ledger.begin(1);
        ledger.begin(3);
        ledger.set(2, Known::Result("x"));
        assert!(matches!(ledger.get(2), Known::Result("x")));
        ledger.begin(3);
        assert!(matches!(ledger.get(2), Known::Nothing));
    }
}
