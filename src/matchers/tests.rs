use super::testing::*;
use super::*;
use crate::js::text::Placement;
use crate::js::value::{LongText, ReadText};

#[derive(Debug)]
struct Unreadable;

impl ReadText for Unreadable {
    fn start(&self, _count: usize) -> String {
        panic!("the start is read")
    }

    fn whole(&self) -> String {
        panic!("the text is read")
    }

    fn time(&self) -> f64 {
        panic!("the time is read")
    }

    fn holds(&self, _needle: &str, _placement: Placement) -> Option<bool> {
        panic!("the text is searched")
    }
}

#[test]
fn a_long_text_is_not_read_to_see_that_it_is_there() {
    let unread = || LongText::new(Unreadable);
    assert_eq!(check("is_set", "null", Value::Long(&unread())), Ok(true));
    let is_not_set = check("is_not_set", "null", Value::Long(&unread()));
    assert_eq!(is_not_set, Ok(false));
    // A number of a filter is told by the server alone from another way to write it.
    let number = check("exact", "5", Value::Long(&unread()));
    assert_eq!(number, Err(Fallback::UNSUPPORTED));
    let unknown = check("no_such_operator", "1", Value::Long(&unread()));
    assert_eq!(unknown, Err(Fallback::UNSUPPORTED));
}

#[test]
fn a_long_text_passes_like_one_that_was_read() {
    let long = format!("Ünd{}", "x".repeat(5000));
    for (operator, filter) in [
        ("exact", "\"x\""),
        ("is_not", "true"),
        ("icontains", "\"NDX\""),
        ("starts_with", "\"Ünd\""),
        ("regex", "\"x\""),
        ("regex", "\"\""),
        ("is_date_after", "\"2024-01-01\""),
    ] {
        let unread = long_text(&long);
        let expected = check(operator, filter, Value::Text(&long));
        assert_eq!(
            check(operator, filter, Value::Long(&unread)),
            expected,
            "{operator}"
        );
    }
}

#[test]
fn a_missing_property_is_inconclusive_for_every_operator() {
    for operator in [
        "exact",
        "is_not",
        "is_set",
        "is_not_set",
        "regex",
        "gt",
        "is_date_after",
        "semver_eq",
    ] {
        assert_eq!(
            check(operator, "\"1\"", Value::Missing),
            Err(Fallback::MISSING_CONTEXT),
            "{operator}"
        );
    }
}

#[test]
fn an_undefined_property_is_set_but_unsupported_elsewhere() {
    assert_eq!(check("is_set", "null", Value::Undefined), Ok(true));
    assert_eq!(check("is_not_set", "null", Value::Undefined), Ok(false));
    assert_eq!(
        check("exact", "\"x\"", Value::Undefined),
        Err(Fallback::UNSUPPORTED)
    );
}

#[test]
fn null_is_a_text_for_text_operators_and_no_match_for_the_rest() {
    assert_eq!(check("exact", "\"NULL\"", Value::Null), Ok(true));
    assert_eq!(check("icontains", "\"ul\"", Value::Null), Ok(true));
    assert_eq!(check("gt", "1", Value::Null), Ok(false));
    assert_eq!(check("no_such_operator", "1", Value::Null), Ok(false));
}

#[test]
fn an_absent_operator_is_exact_and_an_unknown_one_needs_the_server() {
    let text = json("\"x\"");
    let matcher = compile(None, Some(&text), None);
    assert_eq!(matcher.matches(Value::Text("X"), &HOST), Ok(true));
    assert_eq!(
        check("between", "[1,2]", Value::Number(1.5)),
        Err(Fallback::UNSUPPORTED)
    );
}

#[test]
fn a_filter_value_without_a_text_throws_where_the_property_is_looked_at() {
    let no_text = "{\"toString\":1}";
    let thrown = Err(Fallback::thrown(NO_TEXT));
    for operator in ["icontains", "ends_with", "regex", "not_regex"] {
        assert_eq!(check(operator, no_text, Value::Null), thrown, "{operator}");
        assert_eq!(
            check(operator, no_text, Value::Text("x")),
            thrown,
            "{operator}"
        );
    }
    for operator in ["gt", "is_date_before", "semver_eq"] {
        assert_eq!(
            check(operator, no_text, Value::Null),
            Ok(false),
            "{operator}"
        );
        assert_eq!(
            check(operator, no_text, Value::Text("x")),
            thrown,
            "{operator}"
        );
    }
}

#[test]
fn whether_a_filter_can_be_used_is_known_without_a_property() {
    let supported =
        |operator: &str, value: &str| support(Some(&json(operator)), Some(&json(value)));
    let no_text = Support::Throws(NO_TEXT.into());
    for (operator, value, expected) in [
        ("\"exact\"", "\"x\"", Support::Supported),
        ("\"exact\"", "5", Support::Unsupported),
        ("\"is_not\"", "5", Support::Unsupported),
        ("\"is_set\"", "5", Support::Supported),
        ("\"not_icontains\"", "5", Support::Supported),
        ("\"lte\"", "5", Support::Supported),
        ("\"regex\"", "\"(?=x)\"", Support::Supported),
        ("\"is_date_after\"", "true", Support::Unsupported),
        ("\"is_date_after\"", "\"-1d\"", Support::Supported),
        ("\"is_date_before\"", "\"2024-03-31\"", Support::Supported),
        (
            "\"is_date_before\"",
            "\"today\"",
            Support::IfDate("today".into()),
        ),
        ("\"is_date_before\"", "{\"toString\":1}", no_text.clone()),
        ("\"semver_eq\"", "\"1.2\"", Support::Supported),
        ("\"semver_eq\"", "\"x\"", Support::Unsupported),
        ("\"semver_eq\"", "{\"toString\":1}", no_text),
        ("\"between\"", "5", Support::Unsupported),
        ("\"semver_between\"", "5", Support::Unsupported),
        ("5", "5", Support::Unsupported),
        (
            "{\"toString\":1}",
            "5",
            Support::Throws("expected an operator to be a string".into()),
        ),
    ] {
        assert_eq!(supported(operator, value), expected, "{operator} {value}");
    }
    assert_eq!(support(None, None), Support::Unsupported, "an absent value");
}

#[test]
fn a_matcher_takes_at_least_the_memory_of_the_text_that_it_keeps() {
    for operator in [
        "exact",
        "is_not",
        "icontains",
        "starts_with",
        "gt",
        "lte",
        "is_date_before",
    ] {
        let footprint = |length: usize| {
            let value = Json::String("x".repeat(length).into());
            compile(Some(&Json::String(operator.into())), Some(&value), None).footprint()
        };
        assert!(footprint(10) >= 10, "{operator}");
        assert!(footprint(1000) >= footprint(10) + 900, "{operator}");
    }
    let of_none = compile(Some(&Json::String("is_set".into())), None, None);
    assert_eq!(of_none.footprint(), 0);
}
