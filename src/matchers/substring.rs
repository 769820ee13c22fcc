//! `icontains`, `starts_with`, `ends_with` and their negations: case is folded for ASCII only.

use crate::context::Value;
use crate::js;
use crate::json::Json;
use crate::outcome::Fallback;
use crate::text::{self, Placement};

/// A test for a part of a text.
#[derive(Debug)]
pub struct Substring {
    needle: Box<str>,
    placement: Placement,
    negated: bool,
}

impl Substring {
    /// `None` if the filter value has no text.
    pub fn compile(operator: &str, value: Option<&Json>) -> Option<Self> {
        let mut needle = js::to_text(value).ok()?;
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

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>) -> Result<bool, Fallback> {
        let holds = text::fold_ascii(&value.to_text()?, |haystack| {
            text::holds(haystack, &self.needle, self.placement)
        });
        Ok(holds != self.negated)
    }
}

#[cfg(test)]
mod tests {
    use crate::context::Value;
    use crate::matchers::testing::check;

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
