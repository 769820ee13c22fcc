//! What is said of a part of a definition that is not as it should be.

use crate::js::json;
use crate::js::json::Json;

/// `expected … but received …`, for a part of a definition.
pub fn expected(what: &str, wanted: &str, found: Option<&Json>) -> Box<str> {
    let found = found.map_or("undefined", Json::kind);
    format!("expected {what} to be {wanted} but received {found}").into()
}

/// A text in quotes, for messages.
pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    json::write_string(text, &mut out);
    out
}

/// For messages: the name of the cohort in quotes.
pub fn cohort_name(id: &str) -> String {
    format!("cohort {}", quoted(id))
}
