//! Patterns: the server's own engine with its limit of steps back. What would take too much memory or time here stays open.

use fancy_regex::{Error, Regex, RegexBuilder};

/// The server's limit.
const STEPS_BACK: usize = 10_000;
/// What most patterns fit in, compiled.
const SMALL: usize = 256 * 1024;
/// The limit of the engine itself, which the server has not changed.
const LARGE: usize = 10 * 1024 * 1024;
/// The longest pattern that is compiled here.
const LONGEST_PATTERN: usize = 64 * 1024;
/// The longest text that a pattern is tried on which may go back: each step may look through all of it.
const LONGEST_TEXT: usize = 16 * 1024;

/// What is left for the patterns of a document.
#[derive(Debug)]
pub struct PatternBudget {
    small: usize,
    large: usize,
}

impl Default for PatternBudget {
    fn default() -> Self {
        Self {
            small: 10_000,
            large: 4,
        }
    }
}

/// A compiled pattern.
#[derive(Debug)]
pub enum Pattern {
    /// It can be searched for.
    Compiled {
        /// The pattern.
        regex: Box<Regex>,
        /// It may go back, so that a search may take more than one look at the text.
        goes_back: bool,
    },
    /// The server takes it for no pattern.
    Bad,
    /// It is too much to be compiled here.
    Open,
}

/// What a search has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The pattern is there.
    Yes,
    /// The pattern is not there.
    No,
    /// The pattern is none.
    BadPattern,
    /// The server gives up.
    OverBudget,
    /// Only the server can tell.
    Open,
}

impl Pattern {
    /// Compiles a pattern, within what is left of the budget.
    pub fn compile(pattern: &str, budget: &mut PatternBudget) -> Self {
        if pattern.len() > LONGEST_PATTERN || budget.small == 0 {
            return Self::Open;
        }
        budget.small -= 1;
        match build(pattern, SMALL) {
            Ok(regex) => return Self::compiled(pattern, regex),
            Err(error) if !is_too_large(&error) => return Self::Bad,
            Err(_) if budget.large == 0 => return Self::Open,
            Err(_) => budget.large -= 1,
        }
        match build(pattern, LARGE) {
            Ok(regex) => Self::compiled(pattern, regex),
            Err(_) => Self::Bad,
        }
    }

    fn compiled(pattern: &str, regex: Regex) -> Self {
        // Whatever only the engine that goes back can do needs one of these.
        let goes_back = pattern.contains("(?") || pattern.contains('\\') || pattern.contains('+');
        Self::Compiled {
            regex: Box::new(regex),
            goes_back,
        }
    }

    /// Searches for the pattern.
    pub fn find(&self, text: &str) -> Found {
        match self {
            Self::Bad => Found::BadPattern,
            Self::Open => Found::Open,
            Self::Compiled {
                goes_back: true, ..
            } if text.len() > LONGEST_TEXT => Found::Open,
            Self::Compiled { regex, .. } => match regex.is_match(text) {
                Ok(true) => Found::Yes,
                Ok(false) => Found::No,
                Err(_) => Found::OverBudget,
            },
        }
    }
}

fn build(pattern: &str, size: usize) -> Result<Regex, Error> {
    RegexBuilder::new(pattern)
        .backtrack_limit(STEPS_BACK)
        .delegate_size_limit(size)
        .build()
}

fn is_too_large(error: &Error) -> bool {
    let text = error.to_string();
    text.contains("size limit") || text.contains("exceeds")
}
