//! Operators, and values that filters of them have.

use posthog_node_native::js::json::Json;

use super::bytes::Bytes;
use super::given::TEXTS;
use super::pattern::pattern;
use super::values::{any, finite, text};
use super::version::version;

pub const DATE: [&str; 2] = ["is_date_before", "is_date_after"];
pub const SEMVER: [&str; 9] = [
    "semver_eq",
    "semver_neq",
    "semver_gt",
    "semver_gte",
    "semver_lt",
    "semver_lte",
    "semver_tilde",
    "semver_caret",
    "semver_wildcard",
];
const OTHERS: [&str; 16] = [
    "",
    "exact",
    "is_not",
    "is_set",
    "is_not_set",
    "icontains",
    "not_icontains",
    "starts_with",
    "not_starts_with",
    "ends_with",
    "not_ends_with",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
];

/// An operator, empty if there is none, and a value for it.
pub fn operator_and_value(bytes: &mut Bytes<'_>) -> (&'static str, Json<'static>) {
    let (operator, value) = match bytes.below(8) {
        0 => (bytes.choose(&DATE), text(bytes.choose(&TEXTS[25..34]))),
        1 => (bytes.choose(&SEMVER), text(&version(bytes).1)),
        2 => (bytes.choose(&["regex", "not_regex"]), text(&pattern(bytes))),
        _ => {
            let value = match bytes.below(4) {
                0 => Json::Number(finite(bytes.number())),
                1 => {
                    let count = bytes.below(12);
                    Json::Array((0..count).map(|_| text(bytes.choose(&TEXTS))).collect())
                }
                _ => text(bytes.choose(&TEXTS)),
            };
            (bytes.choose(&OTHERS), value)
        }
    };
    match bytes.chance(16) {
        true => (operator, any(bytes, 2)),
        false => (operator, value),
    }
}
