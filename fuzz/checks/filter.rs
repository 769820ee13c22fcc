//! Filters, asked about a value.

use posthog_node_native::js::host::Host;
use posthog_node_native::js::json::Json;
use posthog_node_native::js::value::Value;
use posthog_node_native::matchers::Support;
use posthog_node_native::matchers::{self, Matcher};
use posthog_node_native::outcome::Fallback;

use super::generate::values::text;

/// One filter, prepared.
pub fn matcher(operator: &str, value: &Json) -> Matcher {
    matchers::compile(Some(&text(operator)), Some(value), None)
}

pub fn support(operator: &str, value: &Json) -> Support {
    matchers::support(Some(&text(operator)), Some(value))
}

/// What a filter makes of a value.
pub fn ask(
    operator: &str,
    filter: &Json,
    value: Value<'_>,
    host: &dyn Host,
) -> Result<bool, Fallback> {
    let outcome = matcher(operator, filter).matches(value, host);
    assert_eq!(
        outcome,
        matcher(operator, filter).matches(value, host),
        "asked twice"
    );
    outcome
}
