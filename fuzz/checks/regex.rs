//! Patterns: any text, and patterns of which it is known what they match.

use posthog_node_native::js::host::FixedHost;
use posthog_node_native::js::text;
use posthog_node_native::js::value::Value;
use posthog_node_native::matchers::Matcher;
use posthog_node_native::outcome::Fallback;

use super::filter::matcher;
use super::generate::bytes::Bytes;
use super::generate::regex_oracle::{self, Alternatives};
use super::generate::values::text as json_text;

const HOST: FixedHost = FixedHost { now_ms: 0.0 };

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    match bytes.chance(128) {
        true => {
            let value = value(&mut bytes);
            let pattern = String::from_utf8_lossy(bytes.rest()).into_owned();
            any_pattern(&pattern, &value);
        }
        false => {
            let tree = regex_oracle::tree(&mut bytes, 3);
            let mut pattern = String::new();
            regex_oracle::print(&tree, &mut bytes, &mut pattern);
            any_pattern(&pattern, &value(&mut bytes));
            // What takes too much memory is left to the server.
            if regex_oracle::size(&tree) > 10_000 {
                return;
            }
            let matcher = matcher("regex", &json_text(&pattern));
            for _ in 0..8 {
                known(&matcher, &tree, &pattern, &value(&mut bytes));
            }
        }
    }
}

fn value(bytes: &mut Bytes<'_>) -> String {
    match bytes.chance(24) {
        true => text::from_utf16(&bytes.utf16()),
        false => {
            let length = bytes.below(40);
            let letters = bytes.take(length).iter();
            letters
                .map(|byte| char::from(*regex_oracle::letter(*byte)))
                .collect()
        }
    }
}

/// Longer texts are left to the server where the pattern is large.
const LONG: usize = 8 * 1024;

fn any_pattern(pattern: &str, value: &str) {
    let filter = json_text(pattern);
    let matchers = ["regex", "not_regex"].map(|operator| matcher(operator, &filter));
    let ask = |value: &str| {
        let [regex, not_regex] = &matchers;
        let value = Value::Text(value);
        (regex.matches(value, &HOST), not_regex.matches(value, &HOST))
    };
    // No pattern takes longer than a long value makes it.
    let long = value.repeat(200);
    // What there is to know of the pattern alone.
    let plain = ask("");
    for text in [value, &long] {
        let outcomes = ask(text);
        match outcomes {
            // No syntax of JavaScript: neither matches anything.
            (Ok(false), Ok(false)) => assert_eq!(plain, outcomes, "{pattern:?}"),
            (Ok(matches), Ok(does_not)) => assert_ne!(matches, does_not, "{pattern:?} on {text:?}"),
            (Err(Fallback::SERVER_REGEX), Err(Fallback::SERVER_REGEX)) => {
                let is_left_out = text.len() > LONG || !text.is_ascii() || text.contains('\r');
                assert!(is_left_out || plain == outcomes, "{pattern:?} on {text:?}");
            }
            outcomes => panic!("{pattern:?} on {text:?}: {outcomes:?}"),
        }
    }
    if !pattern.is_ascii() {
        assert_eq!(plain.0, Err(Fallback::SERVER_REGEX), "{pattern:?}");
    }
    let again = matcher("regex", &filter);
    assert!(matches!(again, Matcher::Regex(_)));
    assert_eq!(
        again.matches(Value::Text(value), &HOST),
        ask(value).0,
        "compiled twice"
    );
}

fn known(matcher: &Matcher, tree: &Alternatives, pattern: &str, value: &str) {
    let expected = if pattern.is_empty() {
        Ok(true)
    } else if !value.is_ascii() || value.contains('\r') {
        Err(Fallback::SERVER_REGEX)
    } else if value.len() > regex_oracle::MAX_LENGTH {
        return;
    } else {
        Ok(regex_oracle::is_match(tree, value.as_bytes()))
    };
    let outcome = matcher.matches(Value::Text(value), &HOST);
    assert_eq!(outcome, expected, "{pattern:?} on {value:?}");
}
