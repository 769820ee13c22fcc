//! `regex` and `not_regex`.
//!
//! posthog-node runs a pattern locally only where JavaScript and the server's engine must agree: an ASCII subset of the
//! syntax, on ASCII values. Three questions are asked of a pattern, in this order: does it stay within the subset, is
//! it JavaScript syntax at all, and are its character classes valid under the strict `u` rules. What passes is
//! translated for a linear-time engine; the subset has neither back-references nor assertions, so only the language of
//! the pattern counts.

use std::sync::Arc;

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;

use crate::js;
use crate::js::json::Json;
use crate::js::value::Value;
use crate::outcome::Fallback;

mod budget;
mod caches;
mod portable;
mod translate;

pub use budget::RegexBudget;
pub use caches::Caches;
use translate::Translation;

/// Limits for a compiled pattern.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How large it may be.
    pub size: usize,
    /// The longest text that a pattern of that size is run on. A hostile pattern takes as many steps for each character as it
    /// has states, so the product of both limits bounds the time.
    pub longest: usize,
    /// How many bytes each of its tables may come to hold. A pattern that needs more goes on without a table, more slowly.
    pub table: usize,
}

const LIMITS: [Limits; 3] = [
    Limits {
        size: 16 * 1024,
        longest: usize::MAX,
        table: 256 * 1024,
    },
    Limits {
        size: 128 * 1024,
        longest: 128 * 1024,
        table: 512 * 1024,
    },
    Limits {
        size: 1024 * 1024,
        longest: 8 * 1024,
        table: 2 * 1024 * 1024,
    },
];

/// How many tables a pattern has: for reading forwards, for reading backwards, and for short texts.
pub const TABLES: usize = 3;

/// A test by pattern.
#[derive(Debug)]
pub struct RegexTest {
    program: Program,
    negated: bool,
}

#[derive(Debug)]
enum Program {
    /// The empty pattern: matches every value, whatever its characters.
    MatchesAll,
    /// No JavaScript syntax: neither `regex` nor `not_regex` matches.
    SyntaxError,
    /// Left to the server.
    NeedsServer,
    /// Run here.
    Ready(Ready),
}

/// A pattern that is run here.
#[derive(Debug)]
struct Ready {
    regex: Regex,
    /// On ASCII values of this length at most.
    longest: usize,
    /// The memory that it works in is here, under `number`.
    caches: Arc<Caches>,
    number: usize,
}

impl RegexTest {
    /// `None` if the filter value has no text.
    pub fn compile(value: Option<&Json>, negated: bool, budget: &mut RegexBudget) -> Option<Self> {
        let pattern = js::to_text(value).ok()?;
        Some(Self {
            program: Program::compile(&pattern, budget),
            negated,
        })
    }

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>) -> Result<bool, Fallback> {
        if let (Program::Ready(..), Value::Long(text)) = (&self.program, value)
            && !is_portable_text(text.start())
        {
            return Err(Fallback::SERVER_REGEX);
        }
        let text = value.to_text()?;
        match &self.program {
            Program::MatchesAll => Ok(!self.negated),
            Program::SyntaxError => Ok(false),
            Program::NeedsServer => Err(Fallback::SERVER_REGEX),
            Program::Ready(ready) if text.len() > ready.longest || !is_portable_text(&text) => {
                Err(Fallback::SERVER_REGEX)
            }
            Program::Ready(ready) => Ok(ready.is_match(text.as_bytes()) != self.negated),
        }
    }
}

/// Whether patterns are run here on such a text.
fn is_portable_text(text: &str) -> bool {
    text.is_ascii() && !text.contains('\r')
}

impl Program {
    fn compile(pattern: &str, budget: &mut RegexBudget) -> Self {
        if pattern.is_empty() {
            return Self::MatchesAll;
        }
        if !portable::is_portable(pattern.as_bytes()) {
            return Self::NeedsServer;
        }
        match translate::translate(pattern.as_bytes()) {
            Err(translate::Refusal::Syntax) => Self::SyntaxError,
            Err(translate::Refusal::LooseClass) => Self::NeedsServer,
            // A pattern that is too large is left to the server as well.
            Ok(Translation { size, .. }) if !budget.spend(size) => Self::NeedsServer,
            Ok(Translation { pattern, .. }) => LIMITS
                .into_iter()
                .find_map(|limits| Ready::compile(&pattern, limits, &budget.caches))
                .map_or(Self::NeedsServer, Self::Ready),
        }
    }
}

impl Ready {
    /// `None` if the pattern exceeds the limits.
    fn compile(pattern: &str, limits: Limits, caches: &Arc<Caches>) -> Option<Self> {
        let config = Config::new()
            .utf8_empty(false)
            .nfa_size_limit(Some(limits.size))
            .hybrid_cache_capacity(limits.table)
            .dfa(false);
        let regex = Regex::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .configure(config)
            .build(pattern)
            .ok()?;
        Some(Self {
            number: caches.add(&regex, TABLES * limits.table),
            regex,
            longest: limits.longest,
            caches: Arc::clone(caches),
        })
    }

    fn is_match(&self, text: &[u8]) -> bool {
        self.caches.is_match(self.number, &self.regex, text)
    }
}

#[cfg(test)]
mod tests;
