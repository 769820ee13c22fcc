//! Filters and values for the tests of matchers.

use super::compile;
use crate::js::exotic::{Aspect, Described, Exotic};
use crate::js::host::{FixedHost, Host};
use crate::js::json::Json;
use crate::js::text::Placement;
use crate::js::value::{LongText, ReadText, Value};
use crate::outcome::Fallback;

/// 2024-03-31T12:00:00Z.
pub const HOST: FixedHost = FixedHost {
    now_ms: 1_711_886_400_000.0,
};

pub fn json(document: &str) -> Json<'static> {
    Json::parse(document.as_bytes()).unwrap()
}

/// An empty object, but for what `change` makes of it.
pub fn exotic(change: impl FnOnce(&mut Described)) -> Exotic {
    let mut described = Described {
        json: None,
        text: Ok("[object Object]".into()),
        template: Ok("[object Object]".into()),
        canonical: Aspect::Is("{}".into()),
        representable: Aspect::Is(()),
        truthy: Ok(false),
        date: Ok(None),
        unreadable: None,
    };
    change(&mut described);
    Exotic::new(described)
}

/// A text that is read when it is asked for, of at least a thousand characters.
pub fn long_text(text: &str) -> LongText {
    LongText::new(Given(text.to_owned()))
}

#[derive(Debug)]
struct Given(String);

impl ReadText for Given {
    fn start(&self, count: usize) -> String {
        self.0.chars().take(count / 2).collect()
    }

    fn whole(&self) -> String {
        self.0.clone()
    }

    fn time(&self) -> f64 {
        HOST.parse_date(&self.0)
    }

    fn holds(&self, _needle: &str, _placement: Placement) -> Option<bool> {
        None
    }
}

/// Matches a value against a filter given as JSON text.
pub fn check(operator: &str, filter: &str, value: Value<'_>) -> Result<bool, Fallback> {
    let operator = Json::String(operator.into());
    compile(Some(&operator), Some(&json(filter)), None).matches(value, &HOST)
}
