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
    pub tables: usize,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(pattern: &str) -> Option<Weight> {
        Weight::of(&Expr::parse_tree(pattern).unwrap().expr)
    }

    #[test]
    fn each_part_of_a_pattern_weighs_wherever_it_stands() {
        for (pattern, instructions, letters) in [
            (r"\b", 1, 0),
            (r"\bab", 4, 2),
            (r"\b|a", 3, 1),
            (r"(\b)", 2, 0),
            (r"(?=\b)", 2, 0),
            (r"(?>a\b)", 4, 1),
            (r"(?:\ba)+", 4, 1),
            (r"(?(a)\bx|\by)", 8, 3),
        ] {
            let program = weight(pattern).map(|weight| weight.program);
            assert_eq!(program, Some(128 * instructions + letters), "{pattern}");
        }
    }

    #[test]
    fn a_part_that_is_searched_for_in_linear_time_weighs_its_program_and_its_table() {
        let table = 2304 * 1024;
        let of_table = |pattern| weight(pattern).map(|weight| weight.at_most() - weight.program);
        let program = Compiler::new().build(r"\w").unwrap().memory_usage();
        let letter = weight(r"(?=\w)").map(|weight| weight.program);
        assert_eq!(letter, Some(2 * 128 + 4 * program));
        assert_eq!(of_table(r"(?=\w)"), Some(table));
        assert_eq!(of_table(r"(?=\w)(?=\w)"), Some(2 * table));
        // A program of 30 states has none, and one of 31 has one.
        assert_eq!(of_table(r"(?=a{25})"), Some(0));
        assert_eq!(of_table(r"(?=a{26})"), Some(table));
    }

    #[test]
    fn there_is_a_limit_for_a_part_for_all_of_them_and_for_rounds_without_a_step_back() {
        for (largest, too_large) in [
            (r"(?=\w{12})".to_owned(), r"(?=\w{13})".to_owned()),
            (r"\b".repeat(8191), r"\b".repeat(8192)),
            (
                r"(?:(?:\b){10}){100}".to_owned(),
                r"(?:(?:\b){7}){143}".to_owned(),
            ),
            (r"(?:\b){0,1000}".to_owned(), r"(?:\b){0,1001}".to_owned()),
            (r"(?:\b){1000,}".to_owned(), r"(?:\b){1001,}".to_owned()),
        ] {
            assert!(weight(&largest).is_some(), "{largest}");
            assert_eq!(weight(&too_large), None, "{too_large}");
        }
    }

    #[test]
    fn only_what_has_to_go_back_is_not_linear() {
        let linear = |pattern: &str| is_linear(&Expr::parse_tree(pattern).unwrap().expr);
        for pattern in [
            "", ".", "a", r"\w", "^a$", "(?m)^a$", "ab", "a|b", "(a)", "a+",
        ] {
            assert!(linear(pattern), "{pattern}");
        }
        for pattern in [
            r"\b",
            "(?=a)",
            r"(a)\1",
            "(?>a)",
            r"a|\b",
            r"(a\b)",
            r"(?:\ba)*",
        ] {
            assert!(!linear(pattern), "{pattern}");
        }
    }
}
