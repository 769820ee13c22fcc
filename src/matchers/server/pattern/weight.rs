//! What a pattern that is searched for by trying and going back takes, before it is compiled.

use fancy_regex::{Assertion, Expr};
use regex_automata::nfa::thompson::{Compiler, Config};

/// How large the program of one part may be that is searched for in linear time.
const LARGEST_PART: usize = 256 * 1024;
/// How large all of them may be together.
pub const LARGEST_PROGRAM: usize = 1024 * 1024;
/// How often a part may be repeated that may take no letter: such rounds are no steps back.
const MOST_ROUNDS: usize = 1000;

/// What an instruction takes, or a letter.
const INSTRUCTION: usize = 128;
/// As many times the size of its program a compiled part takes, with its program for reading backwards and its prefilter.
const SIZES_OF_PART: usize = 4;
/// What a part may come to take in addition: the table of the engine, and where it has been.
const TABLE: usize = 2 * 1024 * 1024 + 256 * 1024;
/// A part with fewer states than this has no table that grows.
const STATES_WITHOUT_TABLE: usize = 30;

/// What a compiled pattern takes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// How many bytes its program has.
    pub program: usize,
    /// How many of its parts work with a table that grows.
    tables: usize,
}

impl Weight {
    /// The weight of an expression; `None` if it is too much to be compiled here.
    pub fn of(expression: &Expr) -> Option<Self> {
        let mut weight = Self::default();
        weight.add(expression, 1)?;
        Some(weight)
    }

    /// How many bytes it takes once all its tables are full.
    pub fn at_most(self) -> usize {
        self.program + self.tables * TABLE
    }

    /// Adds a part that is gone through `rounds` times at most without a step back.
    fn add(&mut self, expression: &Expr, rounds: usize) -> Option<()> {
        self.program += INSTRUCTION;
        if self.program > LARGEST_PROGRAM {
            return None;
        }
        if is_linear(expression) {
            return self.add_linear(expression);
        }
        match expression {
            Expr::Concat(parts) | Expr::Alt(parts) => {
                parts.iter().try_for_each(|part| self.add(part, rounds))
            }
            Expr::Group(inner) | Expr::LookAround(inner, _) | Expr::AtomicGroup(inner) => {
                self.add(inner, rounds)
            }
            Expr::Repeat { child, lo, hi, .. } => {
                let times = if *hi == usize::MAX { *lo } else { *hi };
                let rounds = rounds.checked_mul(times.max(1))?;
                (rounds <= MOST_ROUNDS).then_some(())?;
                self.add(child, rounds)
            }
            Expr::Conditional {
                condition,
                true_branch,
                false_branch,
            } => {
                self.add(condition, rounds)?;
                self.add(true_branch, rounds)?;
                self.add(false_branch, rounds)
            }
            _ => Some(()),
        }
    }

    /// Adds a part that is searched for in linear time. A few letters are compared without a program.
    fn add_linear(&mut self, expression: &Expr) -> Option<()> {
        if let Expr::Literal { casei: false, val } = expression {
            self.program += val.len();
            return Some(());
        }
        let mut text = String::new();
        expression.to_str(&mut text, 0);
        let config = Config::new().nfa_size_limit(Some(LARGEST_PART));
        match Compiler::new().configure(config).build(&text) {
            Ok(program) => {
                self.program += SIZES_OF_PART * program.memory_usage();
                self.tables += usize::from(program.states().len() > STATES_WITHOUT_TABLE);
                Some(())
            }
            Err(error) if error.size_limit().is_some() => None,
            // It will be refused when it is compiled.
            Err(_) => Some(()),
        }
    }
}

/// Whether an expression has nothing in it that needs trying and going back.
pub fn is_linear(expression: &Expr) -> bool {
    match expression {
        Expr::Empty | Expr::Any { .. } | Expr::Literal { .. } | Expr::Delegate { .. } => true,
        Expr::Assertion(assertion) => matches!(
            assertion,
            Assertion::StartText
                | Assertion::EndText
                | Assertion::StartLine { .. }
                | Assertion::EndLine { .. }
        ),
        Expr::Concat(parts) | Expr::Alt(parts) => parts.iter().all(is_linear),
        Expr::Group(inner) => is_linear(inner),
        Expr::Repeat { child, .. } => is_linear(child),
        _ => false,
    }
}
