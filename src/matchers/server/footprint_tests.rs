use serde_json::{Value, json};

use super::{PatternBudget, ServerTest};

fn footprint(operator: &str, value: Value) -> usize {
    let mut budget = PatternBudget::default();
    let operator = json!(operator);
    let test = ServerTest::compile(Some(&operator), Some(&value), false, &mut budget);
    test.unwrap().footprint()
}

#[test]
fn texts_and_patterns_that_are_kept_count() {
    let text = "x".repeat(1000);
    for operator in [
        "exact",
        "icontains",
        "not_starts_with",
        "ends_with",
        "icontains_multi",
    ] {
        let one = footprint(operator, json!(text));
        assert!((1000..1100).contains(&one), "{operator}: {one}");
    }
    for operator in ["is_not", "not_icontains_multi"] {
        let two = footprint(operator, json!([text, text]));
        assert!((2000..2200).contains(&two), "{operator}: {two}");
    }
    // The budget of the document counts what is compiled of a pattern.
    let trying = footprint("regex", json!(format!("(?=a){text}")));
    assert!((1000..1100).contains(&trying), "{trying}");
    for (operator, value) in [
        ("regex", json!(text)),
        ("exact", json!(true)),
        ("gt", json!(text)),
        ("between", json!([1, 2])),
        ("is_set", json!(text)),
        ("semver_eq", json!("1.2.3")),
        ("is_date_before", json!("2024-01-01")),
    ] {
        assert_eq!(footprint(operator, value), 0, "{operator}");
    }
}
