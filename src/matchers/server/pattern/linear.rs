//! Patterns that are searched for in linear time.

use std::sync::Arc;

use regex_automata::meta::{BuildError, Config, Regex};

use super::budget::PatternBudget;
use crate::matchers::regex::{Caches, Limits, TABLES};

/// A program for one class of Unicode letters takes some 20 KB.
const LIMITS: [Limits; 3] = [
    Limits {
        size: 64 * 1024,
        longest: usize::MAX,
        table: 256 * 1024,
    },
    Limits {
        size: 256 * 1024,
        longest: 64 * 1024,
        table: 512 * 1024,
    },
    Limits {
        size: 1024 * 1024,
        longest: 8 * 1024,
        table: 2 * 1024 * 1024,
    },
];

/// The limit of the engine itself, which the server has not changed. A larger pattern is bad.
const SERVERS_LIMIT: usize = 10 * 1024 * 1024;

/// A pattern that is run here.
#[derive(Debug)]
pub struct Linear {
    regex: Regex,
    /// On texts of this length at most.
    longest: usize,
    /// The memory that it works in is here, under `number`.
    caches: Arc<Caches>,
    number: usize,
}

/// Why a pattern is not run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The server refuses it too.
    Bad,
    /// It is too large for this machine.
    TooLarge,
}

impl Linear {
    /// Compiles a pattern in the syntax of the engine.
    pub fn compile(pattern: &str, budget: &mut PatternBudget) -> Result<Self, Refusal> {
        for limits in LIMITS {
            match build(pattern, limits.size, limits.table) {
                Ok(regex) => {
                    if !budget.spend(regex.memory_usage()) {
                        return Err(Refusal::TooLarge);
                    }
                    return Ok(Self {
                        number: budget.caches.add(&regex, TABLES * limits.table),
                        regex,
                        longest: limits.longest,
                        caches: Arc::clone(&budget.caches),
                    });
                }
                Err(error) if error.size_limit().is_none() => return Err(Refusal::Bad),
                Err(_) if budget.spend(limits.size) => {}
                Err(_) => return Err(Refusal::TooLarge),
            }
        }
        if budget.large == 0 {
            return Err(Refusal::TooLarge);
        }
        budget.large -= 1;
        match build(pattern, SERVERS_LIMIT, 0) {
            Ok(_) => Err(Refusal::TooLarge),
            Err(_) => Err(Refusal::Bad),
        }
    }

    /// Whether the pattern is in the text; `None` if the text is too long for it.
    pub fn is_match(&self, text: &str) -> Option<bool> {
        let searched = text.len() <= self.longest;
        searched.then(|| {
            self.caches
                .is_match(self.number, &self.regex, text.as_bytes())
        })
    }
}

fn build(pattern: &str, size: usize, table: usize) -> Result<Regex, Box<BuildError>> {
    let config = Config::new()
        .nfa_size_limit(Some(size))
        .hybrid_cache_capacity(table)
        .dfa(false);
    let built = Regex::builder().configure(config).build(pattern);
    built.map_err(Box::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is compiled of a pattern with so many bytes to spend.
    fn compile(pattern: &str, bytes: usize) -> (Result<Linear, Refusal>, PatternBudget) {
        let mut budget = PatternBudget::of(bytes);
        (Linear::compile(pattern, &mut budget), budget)
    }

    #[test]
    fn a_pattern_spends_what_it_takes_and_what_was_tried_in_vain() {
        for (pattern, in_vain) in [
            (r"\w", 0),
            (r"\w{4}", 64 * 1024),
            (r"\w{12}", (64 + 256) * 1024),
        ] {
            let taken = compile(pattern, usize::MAX).0.unwrap();
            let taken = taken.regex.memory_usage() + in_vain;
            assert!(compile(pattern, taken).0.is_ok(), "{pattern}");
            let refusal = compile(pattern, taken - 1).0.unwrap_err();
            assert_eq!(refusal, Refusal::TooLarge, "{pattern}");
        }
        assert_eq!(compile("(", 0).0.unwrap_err(), Refusal::Bad);
    }

    #[test]
    fn a_larger_pattern_works_in_larger_tables_and_all_of_them_have_a_bound() {
        let beside = |pattern| {
            let (linear, budget) = compile(pattern, usize::MAX);
            budget.largest_size() - linear.unwrap().regex.memory_usage()
        };
        let small = beside("a");
        assert!((768..770).contains(&(small / 1024)), "{small}");
        assert_eq!(beside(r"\w"), small);
        assert_eq!(beside(r"\w{4}") - small, 768 * 1024);
        // Its tables could come to take 6 MB, and the document has less room.
        let large = beside(r"\w{12}") / 1024;
        assert!((3200..3600).contains(&large), "{large}");
    }

    #[test]
    fn a_pattern_of_ordinary_size_is_searched_for_in_any_text() {
        let text = "a".repeat(100_000);
        let (linear, _) = compile("a{2000}", usize::MAX);
        assert_eq!(linear.unwrap().is_match(&text), Some(true));
    }
}
