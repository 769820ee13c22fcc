//! The size that is told of compiled definitions is about what they take.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use posthog_node_native::compile::{CompileOptions, DocumentSource, compile};

fn many(count: usize, flag: impl Fn(usize) -> String) -> String {
    (0..count).map(flag).collect::<Vec<_>>().join(",")
}

fn condition(filter: &str) -> String {
    format!(r#""active":true,"filters":{{"groups":[{{"properties":[{filter}]}}]}}"#)
}

/// Documents by what most of them is.
fn documents() -> Vec<(&'static str, String)> {
    let flags = |flags: String| format!(r#"{{"flags":[{flags}],"cohorts":{{}}}}"#);
    let cohorts = |cohorts: String| format!(r#"{{"flags":[],"cohorts":{{{cohorts}}}}}"#);
    let user =
        |place: usize| format!(r#"{{"key":"email","value":"user-{place}@hedgehog.example"}}"#);
    let values = many(4000, |place| format!(r#""user-{place}@hedgehog.example""#));
    let all = condition(r#"{"type":"cohort","value":1}"#);
    vec![
        (
            "flags without anything",
            flags(many(4000, |place| format!(r#"{{"key":"{place}"}}"#))),
        ),
        (
            "flags that are on",
            flags(many(4000, |place| {
                format!(r#"{{"key":"{place}","active":true,"filters":{{"groups":[{{}}]}}}}"#)
            })),
        ),
        (
            "numbers as flags",
            flags(many(4000, |place| place.to_string())),
        ),
        (
            "flags with a filter each",
            flags(many(2000, |place| {
                format!(r#"{{"key":"{place}",{}}}"#, condition(&user(place)))
            })),
        ),
        (
            "conditions without anything",
            flags(format!(
                r#"{{"key":"f","active":true,"filters":{{"groups":[{}]}}}}"#,
                many(10_000, |_| "{}".to_owned())
            )),
        ),
        (
            "filters of a flag",
            flags(format!(r#"{{"key":"f",{}}}"#, condition(&many(4000, user)))),
        ),
        (
            "values of a filter",
            flags(format!(
                r#"{{"key":"f",{}}}"#,
                condition(&format!(r#"{{"key":"email","value":[{values}]}}"#))
            )),
        ),
        (
            "variants",
            flags(format!(
                r#"{{"key":"f","active":true,"filters":{{"groups":[{{}}],"multivariate":{{"variants":[{}]}}}}}}"#,
                many(4000, |place| format!(
                    r#"{{"key":"v{place}","rollout_percentage":0.001}}"#
                ))
            )),
        ),
        (
            "filters of a cohort",
            format!(
                r#"{{"flags":[{{"key":"f",{all}}}],"cohorts":{{"1":{{"type":"OR","values":[{}]}}}}}}"#,
                many(4000, user)
            ),
        ),
        (
            "cohorts that nobody asks for",
            cohorts(many(4000, |place| {
                format!(r#""{place}":{{"type":"OR","values":[{}]}}"#, user(place))
            })),
        ),
        (
            "patterns",
            flags(many(2000, |place| {
                format!(
                    r#"{{"key":"{place}",{}}}"#,
                    condition(&format!(
                        r#"{{"key":"email","operator":"regex","value":"^[a-z]+@company-{place}\\.com$"}}"#
                    ))
                )
            })),
        ),
        (
            "names that nobody reads",
            flags(many(100, |place| {
                format!(r#"{{"key":"{place}","name":"{}"}}"#, "x".repeat(20_000))
            })),
        ),
        (
            "payloads",
            flags(many(1000, |place| {
                format!(
                    r#"{{"key":"{place}","active":true,"filters":{{"groups":[{{}}],"payloads":{{"true":"{}"}}}}}}"#,
                    "x".repeat(1000)
                )
            })),
        ),
        (
            "dependencies",
            flags(many(2000, |place| {
                format!(
                    r#"{{"key":"{place}",{}}}"#,
                    condition(&format!(
                        r#"{{"type":"flag","key":"{0}","value":true,"dependency_chain":["{0}"]}}"#,
                        place / 2
                    ))
                )
            })),
        ),
    ]
}

#[test]
fn the_size_is_about_what_definitions_take() {
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: Vec::new(),
    };
    for (name, document) in documents() {
        let mut compiled = None;
        let taken = allocation_counter::measure(|| {
            compiled = compile(document.as_bytes(), &options).ok();
            compiled
                .iter()
                .for_each(|it| drop(it.description.take_overview()));
        });
        let (taken, told) = (taken.bytes_current as f64, compiled.unwrap().size as f64);
        println!(
            "{name}: text {} taken {taken} told {told} ratio {:.2}",
            document.len(),
            taken / told
        );
    }
}
