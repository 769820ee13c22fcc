//! Versions: any text, and versions of which it is known how they compare.

use posthog_node_native::js::host::FixedHost;
use posthog_node_native::js::text;
use posthog_node_native::js::value::Value;
use posthog_node_native::matchers::Support;
use posthog_node_native::outcome::Fallback;

use super::filter::{ask, support};
use super::generate::bytes::Bytes;
use super::generate::filter::SEMVER;
use super::generate::values::text as json_text;
use super::generate::version::version;

const HOST: FixedHost = FixedHost { now_ms: 0.0 };

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    match bytes.chance(128) {
        true => {
            let filter = text::from_utf16(&bytes.utf16());
            let value = text::from_utf16(&bytes.utf16());
            any_text(&filter, &value);
        }
        false => {
            let (filter, filter_text) = version(&mut bytes);
            let (value, value_text) = version(&mut bytes);
            known(&filter_text, filter, &value_text, value);
            any_text(&filter_text, &value_text);
        }
    }
}

/// What holds between the operators, whatever the texts.
fn any_text(filter: &str, value: &str) {
    let filter_json = json_text(filter);
    let ask = |operator: &str| ask(operator, &filter_json, Value::Text(value), &HOST);
    for operator in SEMVER {
        let is_supported = support(operator, &filter_json) == Support::Supported;
        assert_eq!(
            ask(operator) == Err(Fallback::UNSUPPORTED),
            !is_supported,
            "{operator}"
        );
    }
    let outcomes = ["eq", "neq", "gt", "gte", "lt", "lte", "tilde", "caret"]
        .map(|relation| ask(&format!("semver_{relation}")));
    let [
        Ok(eq),
        Ok(neq),
        Ok(gt),
        Ok(gte),
        Ok(lt),
        Ok(lte),
        Ok(tilde),
        Ok(caret),
    ] = outcomes
    else {
        assert!(
            outcomes
                .iter()
                .all(|outcome| *outcome == outcomes[0] && outcome.is_err())
        );
        return;
    };
    assert_eq!(
        [eq, gt, lt].iter().filter(|holds| **holds).count(),
        1,
        "{filter:?} {value:?}"
    );
    assert_eq!(
        (neq, gte, lte),
        (!eq, gt || eq, lt || eq),
        "{filter:?} {value:?}"
    );
    assert!(gte || !(tilde || caret), "{filter:?} {value:?}");
    // What follows a version in the text does not count.
    let with_build = format!("{}+b", value.trim_end_matches(text::is_white_space));
    let operator = "semver_gte";
    let again = super::filter::ask(operator, &filter_json, Value::Text(&with_build), &HOST);
    assert_eq!(again, Ok(gte), "{filter:?} {with_build:?}");
}

/// How two versions compare is known.
fn known(filter_text: &str, filter: [f64; 3], value_text: &str, value: [f64; 3]) {
    let filter_json = json_text(filter_text);
    let [major, minor, patch] = filter;
    let tilde_below = [major, minor + 1.0, 0.0];
    let caret_below = match (major > 0.0, minor > 0.0) {
        (true, _) => [major + 1.0, 0.0, 0.0],
        (false, true) => [0.0, minor + 1.0, 0.0],
        (false, false) => [0.0, 0.0, patch + 1.0],
    };
    for (operator, expected) in [
        ("semver_eq", value == filter),
        ("semver_lt", value < filter),
        ("semver_gt", value > filter),
        ("semver_tilde", value >= filter && value < tilde_below),
        ("semver_caret", value >= filter && value < caret_below),
    ] {
        let outcome = ask(operator, &filter_json, Value::Text(value_text), &HOST);
        assert_eq!(
            outcome,
            Ok(expected),
            "{operator} {filter_text:?} {value_text:?}"
        );
    }
    for (pattern, expected) in [
        (format!("{major}.*"), value[0] == major),
        (
            format!("{major}.{minor}.*"),
            value[0] == major && value[1] == minor,
        ),
    ] {
        // Beyond that, a double has no next number, and large ones are printed in another way.
        if major < 1e15 && minor < 1e15 {
            let pattern_json = json_text(&pattern);
            let outcome = ask(
                "semver_wildcard",
                &pattern_json,
                Value::Text(value_text),
                &HOST,
            );
            assert_eq!(outcome, Ok(expected), "{pattern} {value_text:?}");
        }
    }
}
