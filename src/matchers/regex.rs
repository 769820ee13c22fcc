//! `regex` and `not_regex`.
//!
//! posthog-node runs a pattern locally only where JavaScript and the server's engine must agree: an ASCII subset of the
//! syntax, on ASCII values. Three questions are asked of a pattern, in this order: does it stay within the subset, is
//! it JavaScript syntax at all, and are its character classes valid under the strict `u` rules. What passes is
//! translated for a linear-time engine; the subset has neither back-references nor assertions, so only the language of
//! the pattern counts.

use regex::bytes::{Regex, RegexBuilder};

use crate::context::Value;
use crate::js;
use crate::json::Json;
use crate::outcome::Fallback;

mod portable;
mod translate;

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
    /// Run here, on ASCII values.
    Ready(Regex),
}

impl RegexTest {
    /// `None` if the filter value has no text.
    pub fn compile(value: Option<&Json>, negated: bool) -> Option<Self> {
        let pattern = js::to_text(value).ok()?;
        Some(Self {
            program: Program::compile(&pattern),
            negated,
        })
    }

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>) -> Result<bool, Fallback> {
        let text = value.to_text()?;
        match &self.program {
            Program::MatchesAll => Ok(!self.negated),
            Program::SyntaxError => Ok(false),
            Program::NeedsServer => Err(Fallback::SERVER_REGEX),
            Program::Ready(_) if !text.is_ascii() || text.contains('\r') => {
                Err(Fallback::SERVER_REGEX)
            }
            Program::Ready(regex) => Ok(regex.is_match(text.as_bytes()) != self.negated),
        }
    }
}

impl Program {
    fn compile(pattern: &str) -> Self {
        if pattern.is_empty() {
            return Self::MatchesAll;
        }
        if !portable::is_portable(pattern.as_bytes()) {
            return Self::NeedsServer;
        }
        match translate::translate(pattern.as_bytes()) {
            Err(translate::Refusal::Syntax) => Self::SyntaxError,
            Err(translate::Refusal::LooseClass) => Self::NeedsServer,
            // A pattern whose compiled form is too large is the server's business as well.
            Ok(translated) => match RegexBuilder::new(&translated).unicode(false).build() {
                Ok(regex) => Self::Ready(regex),
                Err(_) => Self::NeedsServer,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matchers::testing::check;

    fn regex(pattern: &str, value: &str) -> Result<bool, Fallback> {
        let mut filter = String::new();
        crate::json::write_string(pattern, &mut filter);
        check("regex", &filter, Value::Text(value))
    }

    #[test]
    fn portable_patterns_run_here() {
        for (pattern, value, expected) in [
            ("^a.c$", "abc", true),
            ("^a.c$", "abcd", false),
            ("a|", "zzz", true),
            ("(?:ab){2,3}?c", "xababc", true),
            ("[^\\d\\-]+\\x41", "..A", true),
            ("a]b}", "a]b}", true),
            ("^(a*)*$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false),
            ("\\.com\\s", "x.com\t", true),
            ("^.$", "\n", false),
            ("[\\b]", "\u{8}", true),
        ] {
            assert_eq!(regex(pattern, value), Ok(expected), "{pattern} on {value}");
        }
    }

    #[test]
    fn what_javascript_rejects_matches_nothing_either_way() {
        for pattern in [
            "*a", "a**", "a{2,1}", "(", ")", "[z-a]", "a\\", "[abc", "a|*", "(?:+)", "a{2}*",
        ] {
            assert_eq!(regex(pattern, "abc"), Ok(false), "{pattern}");
            let mut filter = String::new();
            crate::json::write_string(pattern, &mut filter);
            assert_eq!(
                check("not_regex", &filter, Value::Text("abc")),
                Ok(false),
                "{pattern}"
            );
        }
    }

    #[test]
    fn what_engines_read_differently_needs_the_server() {
        for pattern in [
            "(?=a)",
            "\\bx",
            "(a)\\1",
            "é",
            "a{,2}",
            "{2}",
            "a++",
            "^*",
            "(?:)*",
            "[[]",
            "[]",
            "[a&&b]",
            "\\p",
            "\\x4",
            "[\\w-z]",
            "[\\:]",
            "a{4294967296}",
            "\\<",
            "a}{2}",
        ] {
            assert_eq!(
                regex(pattern, "abc"),
                Err(Fallback::SERVER_REGEX),
                "{pattern}"
            );
        }
        assert_eq!(regex("a", "é"), Err(Fallback::SERVER_REGEX));
        assert_eq!(regex("a", "a\r"), Err(Fallback::SERVER_REGEX));
        assert_eq!(regex("", "é\r"), Ok(true));
    }
}
