//! `gt`, `gte`, `lt`, `lte`: as numbers where both sides start with one, else as texts.

use std::cmp::Ordering;

use crate::footprint;
use crate::js;
use crate::js::json::Json;
use crate::js::text;
use crate::js::value::Value;
use crate::outcome::Fallback;

/// A test of order.
#[derive(Debug)]
pub struct Comparison {
    relation: Relation,
    number: f64,
    text: Box<str>,
}

#[derive(Debug, Clone, Copy)]
enum Relation {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Relation {
    fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

impl Comparison {
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        footprint::boxed(&*self.text)
    }

    /// `None` if the filter value has no text.
    pub fn compile(operator: &str, value: Option<&Json>) -> Option<Self> {
        let relation = match operator {
            "gt" => Relation::Greater,
            "gte" => Relation::GreaterOrEqual,
            "lt" => Relation::Less,
            _ => Relation::LessOrEqual,
        };
        let text = js::to_text(value).ok()?;
        Some(Self {
            relation,
            number: js::parse_float(&text),
            text: text.into(),
        })
    }

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>) -> Result<bool, Fallback> {
        if let Value::Number(number) = value
            && let Some(ordering) = self.compare_numbers(number)
        {
            return Ok(self.relation.admits(ordering));
        }
        if let Value::Long(text) = value
            && let Some(ordering) = self.compare_start(text.start())
        {
            return Ok(self.relation.admits(ordering));
        }
        let text = value.to_text()?;
        Ok(self.relation.admits(self.compare(&text)))
    }

    fn compare(&self, text: &str) -> Ordering {
        self.compare_numbers(js::parse_float(text))
            .unwrap_or_else(|| text::compare(text, &self.text))
    }

    /// How a text with this start compares, if the start decides.
    fn compare_start(&self, start: &str) -> Option<Ordering> {
        let number = text::trim(start).trim_start_matches(['+', '-']);
        let ends = number.contains(|character: char| {
            !character.is_ascii_digit() && !['.', 'e', 'E', '+', '-'].contains(&character)
        });
        let is_long = start.len() > 4 * self.text.len();
        (ends && is_long && !number.starts_with('I')).then(|| self.compare(start))
    }

    fn compare_numbers(&self, number: f64) -> Option<Ordering> {
        match number.is_finite() && self.number.is_finite() {
            true => number.partial_cmp(&self.number),
            false => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::js::value::Value;
    use crate::matchers::testing::{check, long_text};

    #[test]
    fn a_long_text_compares_by_its_start_where_that_decides() {
        for (text, filter) in [
            ("x", "5"),
            ("x", "\"y\""),
            ("12 apples and ", "13"),
            ("9", "\"9\""),
            ("-1.5e", "\"-1\""),
            (" ", "0"),
            ("é", "\"z\""),
            ("Infinity ", "\"Info\""),
        ] {
            let long = text.repeat(5000);
            for operator in ["gt", "gte", "lt", "lte"] {
                let unread = long_text(&long);
                assert_eq!(
                    check(operator, filter, Value::Long(&unread)),
                    check(operator, filter, Value::Text(&long)),
                    "{text} {operator} {filter}"
                );
            }
        }
    }

    #[test]
    fn both_sides_count_as_numbers_by_their_start() {
        assert_eq!(check("gt", "\"9\"", Value::Text("10px")), Ok(true));
        assert_eq!(check("gte", "-0", Value::Number(0.0)), Ok(true));
        assert_eq!(check("lt", "\"2\"", Value::Text("0x10")), Ok(true));
    }

    #[test]
    fn texts_and_infinities_are_compared_as_texts() {
        assert_eq!(check("gt", "\"abc\"", Value::Text("abd")), Ok(true));
        assert_eq!(check("gt", "5", Value::Number(f64::INFINITY)), Ok(true));
        assert_eq!(
            check("gt", "5", Value::Number(f64::NEG_INFINITY)),
            Ok(false)
        );
        assert_eq!(check("gt", "5", Value::Bool(true)), Ok(true));
    }

    #[test]
    fn each_operator_draws_the_line_where_its_name_says() {
        for (operator, below, equal, above) in [
            ("gt", false, false, true),
            ("gte", false, true, true),
            ("lt", true, false, false),
            ("lte", true, true, false),
        ] {
            for (number, text, expected) in
                [(4.5, "4.5", below), (5.0, "5", equal), (10.0, "10", above)]
            {
                assert_eq!(check(operator, "5", Value::Number(number)), Ok(expected));
                assert_eq!(check(operator, "\"5\"", Value::Text(text)), Ok(expected));
            }
            for (text, expected) in [("a", below), ("b", equal), ("ba", above)] {
                assert_eq!(check(operator, "\"b\"", Value::Text(text)), Ok(expected));
            }
        }
    }
}
