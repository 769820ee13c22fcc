//! Testing one value against one filter: `cargo bench --no-default-features --bench matchers`. The size is that of the
//! filter's value.
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

mod support;

use std::hint::black_box;

use criterion::BenchmarkId;
use posthog_node_native::js::json::Json;
use posthog_node_native::js::value::Value;
use posthog_node_native::matchers;

/// Operator, filter value as JSON, property, size of the filter's value.
type Case = (&'static str, String, Value<'static>, usize);

fn main() {
    let case = |operator, filter: &str, value| (operator, filter.to_owned(), value, 1);
    let mut cases: Vec<Case> = vec![
        case("exact", r#""pro""#, Value::Text("pro")),
        case("is_not", r#""pro""#, Value::Text("free")),
        case("is_set", "null", Value::Text("x")),
        case(
            "icontains",
            r#""@hedgehog.example""#,
            Value::Text("ada@hedgehog.example"),
        ),
        case("regex", r#""^[a-z]+-[0-9]+$""#, Value::Text("ada-1815")),
        case("gt", "5", Value::Number(12.0)),
        case("gt", r#""5""#, Value::Text("12")),
        case("semver_gte", r#""2.3.0""#, Value::Text("2.4.1")),
        case(
            "is_date_after",
            r#""2024-01-01""#,
            Value::Text("2024-05-17T09:30:00Z"),
        ),
        case(
            "is_date_after",
            r#""-30d""#,
            Value::Text("2025-12-17T09:30:00Z"),
        ),
    ];
    for size in [10, 100, 10_000] {
        let values: Vec<_> = (0..size)
            .map(|index| format!(r#""value-{index}""#))
            .collect();
        // The property equals the last value, so a walk through the list takes the longest.
        let last: &'static str = Box::leak(format!("value-{}", size - 1).into());
        cases.push((
            "exact",
            format!("[{}]", values.join(",")),
            Value::Text(last),
            size,
        ));
    }

    support::run(|criterion| {
        let mut group = criterion.benchmark_group("matchers");
        for (operator, filter, value, size) in cases {
            let kind = match (operator, filter.starts_with("\"-"), value) {
                ("is_date_after", true, _) => "is_date_after relative",
                ("gt", _, Value::Text(_)) => "gt text",
                _ => operator,
            };
            let json = Json::parse(filter.as_bytes()).unwrap();
            let matcher =
                matchers::compile(Some(&Json::String(operator.into())), Some(&json), None);
            assert_eq!(
                matcher.matches(value, &support::HOST),
                Ok(true),
                "{operator} {filter}"
            );
            group.bench_function(BenchmarkId::new(kind, size), |bencher| {
                bencher.iter(|| matcher.matches(black_box(value), &support::HOST));
            });
        }
        group.finish();
    });
}
