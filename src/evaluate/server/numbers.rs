//! Numbers of JavaScript as the server reads them.

use serde_json::Value as Json;

use crate::js;
use crate::matchers::server::text;

/// Below this JavaScript writes all digits of an integer.
const FIRST_ROUNDED_INTEGER: f64 = 9_007_199_254_740_992.0;

/// What the server reads of a number as `JSON.stringify` writes it; nothing if that is not known. From 2^53 on JavaScript writes
/// fewer digits than an integer has.
pub(super) fn number_as_sent(number: f64) -> Option<Json> {
    if !number.is_finite() {
        return Some(Json::Null);
    }
    if number.fract() == 0.0 && number.abs() < FIRST_ROUNDED_INTEGER {
        return Some(Json::from(number as i64));
    }
    let value = serde_json::from_str(&js::number_to_string(number)).ok()?;
    text(&value).is_some().then_some(value)
}
