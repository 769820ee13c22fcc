//! The memory that patterns work in. A pattern becomes faster by filling a table with what it has worked out, which may grow
//! to a hundred times the size of its program. The patterns of a document therefore share one limit.
//!
//! Threads that evaluate the same definitions each have a lane with caches of their own, so that none waits for another.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use regex_automata::Input;
use regex_automata::meta::{Cache, Regex};

/// How many bytes the patterns of a document may keep between two calls, in addition to some for the program of each.
const ROOM: usize = 2 * 1024 * 1024;

/// How much is added to the limit for each pattern, as a multiple of the size of its program. An ordinary pattern keeps that.
const SIZES_OF_PROGRAM: usize = 2;

/// What a pattern takes beside its program and beside what it keeps.
const OVERHEAD: usize = size_of::<Cache>();

/// A cache is measured again after so many bytes were searched, because measuring takes as long as a short search.
const MEASURED_AFTER: usize = 64;

/// How many lanes there are. More threads than that share them.
const LANES: usize = 8;

/// What the patterns of one document keep.
#[derive(Debug)]
pub struct Caches {
    lanes: [Mutex<Kept>; LANES],
}

#[derive(Debug)]
struct Kept {
    /// By the number of the pattern.
    caches: Vec<Option<Box<Working>>>,
    /// How much all of them take.
    size: usize,
    /// How much they may take.
    room: usize,
    /// How much they would come to take without that limit.
    most: usize,
    /// How much the programs take.
    programs: usize,
}

#[derive(Debug)]
struct Working {
    cache: Cache,
    /// How much it took when it was measured.
    size: usize,
    /// How many bytes have been searched since then.
    searched: usize,
}

impl Default for Caches {
    fn default() -> Self {
        let lane = || {
            Mutex::new(Kept {
                caches: Vec::new(),
                size: 0,
                room: ROOM,
                most: 0,
                programs: 0,
            })
        };
        Self {
            lanes: std::array::from_fn(|_| lane()),
        }
    }
}

impl Caches {
    /// Adds a pattern that may come to keep up to `most` bytes; returns its number.
    pub fn add(&self, regex: &Regex, most: usize) -> usize {
        let program = regex.memory_usage() + OVERHEAD;
        let mut number = 0;
        for lane in &self.lanes {
            let mut kept = lane.lock();
            kept.programs += program;
            kept.room += SIZES_OF_PROGRAM * program;
            kept.most += most;
            kept.caches.push(None);
            number = kept.caches.len() - 1;
        }
        number
    }

    /// The lane of this thread.
    fn lane(&self) -> &Mutex<Kept> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static LANE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % LANES;
        }
        &self.lanes[LANE.with(|lane| *lane)]
    }

    /// Whether the pattern with this number matches anywhere.
    pub fn is_match(&self, number: usize, regex: &Regex, text: &[u8]) -> bool {
        let mut kept = self.lane().lock();
        // The cache is taken out: if the engine panics in the middle of a search, it is not used again.
        let mut cache = kept.take(number).unwrap_or_else(|| {
            Box::new(Working {
                cache: regex.create_cache(),
                size: 0,
                searched: 0,
            })
        });
        let input = Input::new(text).earliest(true);
        let found = regex.search_half_with(&mut cache.cache, &input).is_some();
        cache.searched += text.len();
        kept.put(number, cache);
        found
    }

    /// How many bytes the patterns take at most, once they have been used in one thread.
    pub fn largest_size(&self) -> usize {
        let kept = self.lane().lock();
        kept.programs + kept.room.min(kept.most)
    }

    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.lane().lock().size
    }
}

impl Kept {
    fn take(&mut self, number: usize) -> Option<Box<Working>> {
        let cache = self.caches.get_mut(number)?.take()?;
        self.size -= cache.size;
        Some(cache)
    }

    fn put(&mut self, number: usize, mut cache: Box<Working>) {
        if cache.size == 0 || cache.searched > MEASURED_AFTER {
            cache.size = cache.cache.memory_usage() + OVERHEAD;
            cache.searched = 0;
        }
        if self.size + cache.size > self.room {
            // All patterns start with empty caches again. Otherwise the first ones would leave no room for the others.
            self.caches.fill_with(|| None);
            self.size = 0;
            return;
        }
        if let Some(place) = self.caches.get_mut(number) {
            self.size += cache.size;
            *place = Some(cache);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::js::json::Json;
    use crate::js::value::Value;
    use crate::matchers::RegexBudget;
    use crate::matchers::regex::RegexTest;

    fn patterns(pattern: impl Fn(usize) -> String, count: usize) -> (Vec<RegexTest>, RegexBudget) {
        let mut budget = RegexBudget::default();
        let tests = (0..count).map(|number| {
            let pattern = Json::String(pattern(number).into());
            RegexTest::compile(Some(&pattern), false, &mut budget).unwrap()
        });
        (tests.collect(), budget)
    }

    /// A text without an end to its variety.
    fn random(letters: &[u8], length: usize, seed: usize) -> String {
        let mut state = seed as u32;
        let letter = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(letters[(state >> 16) as usize % letters.len()])
        };
        (0..length).map(letter).collect()
    }

    #[test]
    fn what_patterns_grow_to_is_bounded_for_all_together() {
        type Pattern = fn(usize) -> String;
        let hostile: [Pattern; 4] = [
            |number| format!("[ab]*a[ab]{{12}}x{number}"),
            |number| format!("(a|b)*a(a|b){{20}}(a|b){{9}}{number}$"),
            |number| format!("\\w{{50}}-{number}"),
            |number| format!("(.*a.{{9}}b|.*b.{{8}}a){number}"),
        ];
        for pattern in hostile {
            let (tests, budget) = patterns(pattern, 40);
            let mut most = 0;
            for round in 0..2 {
                for test in &tests {
                    let text = random(b"ab", 800, round);
                    assert_eq!(test.matches(Value::Text(&text)), Ok(false));
                    most = most.max(budget.caches.size());
                }
            }
            let (limit, name) = (budget.largest_size(), pattern(0));
            assert!(most < limit, "{name}: {most} of {limit}");
            assert!(limit < 12 * 1024 * 1024, "{name}: {limit}");
        }
    }

    #[test]
    fn short_texts_are_counted_too() {
        let (tests, budget) = patterns(|number| format!("[ab]*a[ab]{{12}}x{number}"), 40);
        let mut most = 0;
        for round in 0..600 {
            let text = random(b"ab", 20, round);
            for test in &tests {
                assert_eq!(test.matches(Value::Text(&text)), Ok(false));
            }
            let kept = budget.caches.lane().lock();
            let caches = kept.caches.iter().flatten();
            most = most.max(caches.map(|cache| cache.cache.memory_usage()).sum());
        }
        let limit = budget.largest_size();
        assert!(most < limit, "{most} of {limit}");
    }

    #[test]
    fn ordinary_patterns_all_keep_what_they_have_worked_out() {
        let (tests, budget) = patterns(
            |number| match number % 4 {
                0 => format!("@company-{number}\\.com$"),
                1 => format!("^[a-z]+-{number}-[0-9]+$"),
                2 => format!(
                    "^[a-z0-9._%-]+@[a-z0-9.-]+\\.[a-z]{{2,{}}}$",
                    number % 60 + 3
                ),
                _ => format!("(?:alpha|beta|gamma) {number}|^\\d+$"),
            },
            2000,
        );
        let mut before = 0;
        for round in 0..3 {
            for (number, test) in tests.iter().enumerate() {
                for text in ["ada@company-7.com", "alpha-13-1815", "some text", "42"] {
                    let answer = test.matches(Value::Text(text));
                    assert!(answer.is_ok(), "{number}");
                }
                let now = budget.caches.size();
                assert!(
                    now >= before,
                    "{number} in round {round}: {before} to {now}"
                );
                before = now;
            }
        }
    }

    #[test]
    fn a_pattern_that_has_to_begin_anew_answers_the_same() {
        let (tests, budget) = patterns(|number| format!("[ab]*a[ab]{{12}}x{number}"), 40);
        let mut began_anew = 0;
        for round in 0..3 {
            for (number, test) in tests.iter().enumerate() {
                let text = random(
                    b"abababababababababababababx7",
                    1000,
                    41 * round + 7 * number,
                );
                let expected = {
                    let (alone, _) = patterns(|_| format!("[ab]*a[ab]{{12}}x{number}"), 1);
                    alone[0].matches(Value::Text(&text))
                };
                let before = budget.caches.size();
                assert_eq!(test.matches(Value::Text(&text)), expected);
                began_anew += usize::from(budget.caches.size() < before);
            }
        }
        assert!(began_anew > 0);
    }
}
