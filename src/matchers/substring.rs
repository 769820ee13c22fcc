//! `icontains`, `starts_with`, `ends_with` and their negations: case is folded for ASCII only.

use crate::footprint;
use crate::js;
use crate::js::json::Json;
use crate::js::text::{self, Placement};
use crate::js::value::{LongText, Value};
use crate::outcome::Fallback;

/// A test for a part of a text.
#[derive(Debug)]
pub struct Substring {
    needle: Box<str>,
    placement: Placement,
    negated: bool,
}

impl Substring {
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        footprint::boxed(&*self.needle)
    }

    /// `None` if the filter value has no text.
    pub fn compile(operator: &str, value: Option<&Json>) -> Option<Self> {
        let mut needle = js::to_text(value).ok()?.into_owned();
        needle.make_ascii_lowercase();
        let placement = match operator.trim_start_matches("not_") {
            "icontains" => Placement::Anywhere,
            "starts_with" => Placement::Start,
            _ => Placement::End,
        };
        Some(Self {
            needle: needle.into(),
            placement,
            negated: operator.starts_with("not_"),
        })
    }

    /// The part of the text in which the needle would have to stand, so that a long text costs no more than a short one.
    /// Folding the case of ASCII letters keeps lengths.
    fn relevant_part<'t>(&self, text: &'t str) -> &'t str {
        // Half of a surrogate pair may match inside a whole one, which is longer.
        let length = self.needle.len() + 4;
        let part = match self.placement {
            Placement::Anywhere => None,
            Placement::Start => (length..length + 4)
                .find(|end| text.is_char_boundary(*end))
                .and_then(|end| text.get(..end)),
            Placement::End => {
                let start = text.len().saturating_sub(length);
                (start.saturating_sub(3)..=start)
                    .find(|start| text.is_char_boundary(*start))
                    .and_then(|start| text.get(start..))
            }
        };
        part.unwrap_or(text)
    }

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>) -> Result<bool, Fallback> {
        let known = match value {
            Value::Long(text) => self.is_known_of(text),
            _ => None,
        };
        let holds = match known {
            Some(holds) => holds,
            None => self.holds(&value.to_text()?),
        };
        Ok(holds != self.negated)
    }

    fn holds(&self, text: &str) -> bool {
        text::fold_ascii(self.relevant_part(text), |haystack| {
            text::holds(haystack, &self.needle, self.placement)
        })
    }

    /// Whether the needle stands in a long text, if that can be told without reading all of it.
    fn is_known_of(&self, text: &LongText) -> Option<bool> {
        match self.placement {
            Placement::Start if self.needle.len() < LongText::START / 2 => {
                Some(self.holds(text.start()))
            }
            // ASCII is read and searched in less time than JavaScript takes.
            _ if text.start().is_ascii() => None,
            placement => text.holds(&self.needle, placement),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::js::value::Value;
    use crate::matchers::testing::{check, long_text};

    #[test]
    fn only_the_end_in_question_of_a_long_text_is_looked_at() {
        let long = format!("Ünd{}é", "x".repeat(1000));
        for (operator, needle, expected) in [
            ("starts_with", "\"Ün\"", true),
            ("starts_with", "\"ün\"", false),
            ("starts_with", "\"x\"", false),
            ("ends_with", "\"XXé\"", true),
            ("ends_with", "\"é\"", true),
            ("ends_with", "\"x\"", false),
            ("icontains", "\"DX\"", true),
            ("starts_with", "\"\"", true),
        ] {
            let found = check(operator, needle, Value::Text(&long));
            assert_eq!(found, Ok(expected), "{operator} {needle}");
        }
        let emoji = format!("\u{1F600}{}\u{1F600}", "x".repeat(100));
        assert_eq!(
            check("starts_with", r#""\ud83d""#, Value::Text(&emoji)),
            Ok(true)
        );
        assert_eq!(
            check("ends_with", r#""\ude00""#, Value::Text(&emoji)),
            Ok(true)
        );
    }

    #[test]
    fn a_long_text_is_searched_as_far_as_need_be() {
        let emoji = format!("\u{1F600}Éa{}\u{1F600}", "x".repeat(5000));
        for (operator, needle) in [
            ("starts_with", r#""\ud83d""#.to_owned()),
            ("starts_with", r#""\ud83d\ude00Éa""#.to_owned()),
            ("starts_with", r#""x""#.to_owned()),
            ("not_starts_with", r#""\ud83d\ude00""#.to_owned()),
            (
                "starts_with",
                format!(r#""\ud83d\ude00éa{}""#, "x".repeat(4990)),
            ),
            (
                "starts_with",
                format!(r#""\ud83d\ude00Éa{}""#, "x".repeat(4990)),
            ),
            ("ends_with", r#""\ude00""#.to_owned()),
            ("icontains", r#""AX""#.to_owned()),
        ] {
            assert_eq!(
                check(operator, &needle, Value::Long(&long_text(&emoji))),
                check(operator, &needle, Value::Text(&emoji)),
                "{operator} {needle}"
            );
        }
    }

    #[test]
    fn case_is_folded_for_ascii_only() {
        assert_eq!(
            check("icontains", "\"GMAIL\"", Value::Text("a@Gmail.com")),
            Ok(true)
        );
        assert_eq!(check("icontains", "\"É\"", Value::Text("é")), Ok(false));
        assert_eq!(
            check("not_starts_with", "\"ab\"", Value::Text("ABc")),
            Ok(false)
        );
        assert_eq!(check("ends_with", "5", Value::Number(1.5)), Ok(true));
        assert_eq!(check("icontains", "\"\"", Value::Text("")), Ok(true));
    }

    #[test]
    fn each_operator_looks_where_its_name_says() {
        for (operator, start, middle, end) in [
            ("icontains", true, true, true),
            ("starts_with", true, false, false),
            ("ends_with", false, false, true),
        ] {
            for (text, expected) in [
                ("abxx", start),
                ("xabx", middle),
                ("xxab", end),
                ("xx", false),
            ] {
                let negated = format!("not_{operator}");
                assert_eq!(check(operator, "\"AB\"", Value::Text(text)), Ok(expected));
                assert_eq!(check(&negated, "\"AB\"", Value::Text(text)), Ok(!expected));
            }
        }
    }
}
