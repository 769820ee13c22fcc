//! `regex` and `not_regex`: the server's own engine with its limit of steps back. What would take too much memory or time here
//! stays open.
//!
//! Patterns without look-around, references back and the like are run in linear time by the engine that the server's engine
//! hands them to as well. The others are searched for by trying and going back.

mod budget;
mod linear;
mod shelf;
mod weight;

use std::sync::Arc;

use fancy_regex::{CompileError, Error, Expr};

use crate::footprint::boxed;

pub use budget::PatternBudget;
use linear::{Linear, Refusal};
use shelf::{Shelf, build};
use weight::Weight;

/// The longest pattern that is compiled here.
const LONGEST_PATTERN: usize = 64 * 1024;

/// The longest text that is searched by trying and going back. Each of the 10,000 steps may look through all of it.
const LONGEST_TRIED: usize = 2 * 1024;

/// A compiled pattern.
#[derive(Debug)]
pub enum Pattern {
    /// It is searched for in linear time.
    Linear(Linear),
    /// It is searched for by trying and going back.
    Trying {
        /// The pattern, which is compiled again where the shelf has no room for it.
        text: Box<str>,
        /// How much the compiled pattern takes.
        weight: Weight,
        /// Its number on the shelf.
        number: usize,
        /// Where compiled patterns are kept.
        shelf: Arc<Shelf>,
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
        if pattern.len() > LONGEST_PATTERN || !budget.spend(effort_of_reading(pattern)) {
            return Self::Open;
        }
        let Ok(tree) = Expr::parse_tree(pattern) else {
            return Self::Bad;
        };
        if weight::is_linear(&tree.expr) {
            let mut text = String::new();
            tree.expr.to_str(&mut text, 0);
            return match Linear::compile(&text, budget) {
                Ok(linear) => Self::Linear(linear),
                Err(Refusal::Bad) => bad(pattern),
                Err(Refusal::TooLarge) => Self::Open,
            };
        }
        let weight = Weight::of(&tree.expr);
        let effort = weight.map_or(weight::LARGEST_PROGRAM, |weight| weight.program);
        let (Some(weight), true) = (weight, budget.spend(effort)) else {
            return Self::Open;
        };
        match build(pattern) {
            Ok(_) => Self::Trying {
                text: pattern.into(),
                weight,
                number: budget.shelf.add(weight),
                shelf: Arc::clone(&budget.shelf),
            },
            // Whether the server looks behind for texts of any length depends on how its engine was built.
            Err(Error::CompileError(error))
                if matches!(
                    *error,
                    CompileError::LookBehindNotConst
                        | CompileError::VariableLookBehindRequiresFeature
                ) =>
            {
                Self::Open
            }
            Err(_) => bad(pattern),
        }
    }

    /// Searches for the pattern.
    pub fn find(&self, text: &str) -> Found {
        match self {
            Self::Bad => Found::BadPattern,
            Self::Linear(linear) => match linear.is_match(text) {
                Some(true) => Found::Yes,
                Some(false) => Found::No,
                None => Found::Open,
            },
            Self::Trying {
                text: pattern,
                weight,
                number,
                shelf,
            } if text.len() <= LONGEST_TRIED => {
                match shelf.is_match(*number, *weight, pattern, text) {
                    Some(Ok(true)) => Found::Yes,
                    Some(Ok(false)) => Found::No,
                    Some(Err(_)) => Found::OverBudget,
                    None => Found::Open,
                }
            }
            Self::Open | Self::Trying { .. } => Found::Open,
        }
    }

    /// How many bytes it keeps elsewhere, apart from what the budget counts.
    pub fn footprint(&self) -> usize {
        match self {
            Self::Trying { text, .. } => boxed(&**text),
            Self::Linear(_) | Self::Bad | Self::Open => 0,
        }
    }
}

/// What is refused as a pattern. Not all the names of classes that the server knows are known here.
fn bad(pattern: &str) -> Pattern {
    match pattern.contains("\\p") || pattern.contains("\\P") {
        true => Pattern::Open,
        false => Pattern::Bad,
    }
}

/// What reading a pattern costs before its size is known. A class such as `\w` is a list of hundreds of ranges.
fn effort_of_reading(pattern: &str) -> usize {
    let classes = pattern.bytes().filter(|byte| matches!(byte, b'\\' | b'['));
    16 * pattern.len() + 1024 * classes.count()
}

#[cfg(test)]
mod tests;
