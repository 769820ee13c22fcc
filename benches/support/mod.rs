//! What the benchmarks share: a document in the mix of `benches/node/definitions/mixed-definitions.js`, and who it is asked for.

// Each benchmark is a crate of its own that uses a part of this.
#![allow(dead_code)]

use std::time::Duration;

use criterion::Criterion;
use posthog_node_native::compile::{CompileOptions, DocumentSource, compile};
use posthog_node_native::compiled::{CompiledDefinitions, Input};
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::js::host::FixedHost;

/// 2026-01-01T00:00:00Z.
pub const HOST: FixedHost = FixedHost {
    now_ms: 1_767_225_600_000.0,
};

/// Distinct ids of 20 ASCII characters.
pub fn distinct_ids(count: usize) -> Vec<String> {
    (0..count)
        .map(|index| format!("user-{:015}", index * 7919))
        .collect()
}

/// One filter on a person's property, as JSON.
pub fn filter(key: &str, operator: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","operator":"{operator}","value":{value},"type":"person"}}"#)
}

/// One flag, as JSON, of conditions given as JSON.
pub fn flag(key: &str, conditions: &str, rest: &str) -> String {
    format!(r#"{{"key":"{key}","active":true,"filters":{{"groups":[{conditions}]{rest}}}}}"#)
}

/// One condition, as JSON, of filters given as JSON.
pub fn condition(filters: &str, rollout: u32) -> String {
    format!(r#"{{"properties":[{filters}],"rollout_percentage":{rollout}}}"#)
}

/// Three variants of a third each.
pub const VARIANTS: &str = concat!(
    r#","multivariate":{"variants":[{"key":"control","rollout_percentage":34},"#,
    r#"{"key":"blue","rollout_percentage":33},{"key":"green","rollout_percentage":33}]}"#
);

/// The document that PostHog would serve for these flags.
pub fn document(flags: &[String]) -> String {
    let cohort = |kind: &str, values: &[String]| {
        format!(
            r#"{{"type":"{kind}","values":[{{"type":"AND","values":[{}]}}]}}"#,
            values.join(",")
        )
    };
    let member =
        |id: u32| format!(r#"{{"key":"id","type":"cohort","operator":"in","value":{id}}}"#);
    let plan = filter("plan", "exact", r#""pro""#);
    let seats = filter("seats", "gte", "10");
    let country = filter("country", "exact", r#"["DE","NO"]"#);
    format!(
        r#"{{"flags":[{}],"group_type_mapping":{{}},"cohorts":{{"1":{},"2":{},"3":{}}}}}"#,
        flags.join(","),
        cohort("AND", &[plan, seats]),
        cohort("AND", &[member(1), country]),
        cohort("OR", &[member(2)]),
    )
}

/// Of every twelve flags: five rollouts, four with filters, two with variants, one on a cohort.
pub fn mixed_document(count: usize) -> String {
    let filters = [
        filter("plan", "exact", r#"["pro","enterprise"]"#),
        [
            filter("country", "is_not", r#""US""#),
            filter("seats", "gt", "5"),
        ]
        .join(","),
        [
            filter("email", "icontains", r#""@hedgehog.example""#),
            filter("orders", "lt", "90"),
        ]
        .join(","),
        [
            filter("app_version", "semver_gte", r#""2.3.0""#),
            filter("username", "regex", r#""^[a-z]+-[0-9]+$""#),
        ]
        .join(","),
        filter("signed_up", "is_date_after", r#""2024-01-01""#),
    ];
    let flags: Vec<_> = (0..count)
        .map(|index| {
            let key = format!("flag-{index}");
            let filters = &filters[index % filters.len()];
            match index % 12 {
                0..=4 => flag(&key, &condition("", [100, 50, 25, 75, 60][index % 5]), ""),
                5..=8 => flag(&key, &condition(filters, 80), ""),
                9 => flag(&key, &condition("", 90), VARIANTS),
                10 => flag(&key, &condition(filters, 90), VARIANTS),
                _ => {
                    let id = 1 + index / 12 % 3;
                    let member =
                        format!(r#"{{"key":"id","type":"cohort","operator":"in","value":{id}}}"#);
                    flag(&key, &condition(&member, 100), "")
                }
            }
        })
        .collect();
    document(&flags)
}

/// Compiles a document as a cache would return it.
pub fn compiled(document: &str) -> CompiledDefinitions {
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: Vec::new(),
        semantics: Default::default(),
    };
    compile(document.as_bytes(), &options).unwrap()
}

/// Sets what the person with this distinct id brings.
pub fn set_inputs(definitions: &CompiledDefinitions, distinct_id: &str, inputs: &mut CallInputs) {
    inputs.begin(definitions.inputs.len());
    for (slot, input) in definitions.inputs.iter().enumerate() {
        let Input::Person(key) = input else {
            match input {
                Input::DistinctId => inputs.set_text(slot, distinct_id),
                _ => inputs.set_missing(slot),
            }
            continue;
        };
        match &**key {
            "plan" => inputs.set_text(slot, "pro"),
            "country" => inputs.set_text(slot, "DE"),
            "email" => inputs.set_text(slot, "ada@hedgehog.example"),
            "app_version" => inputs.set_text(slot, "2.4.1"),
            "username" => inputs.set_text(slot, "ada-1815"),
            "signed_up" => inputs.set_text(slot, "2024-05-17T09:30:00Z"),
            "seats" => inputs.set_number(slot, 12.0),
            "orders" => inputs.set_number(slot, 37.0),
            _ => inputs.set_missing(slot),
        }
    }
}

/// Runs one area's benchmarks with the options that `cargo bench` was given.
pub fn run(benchmarks: impl FnOnce(&mut Criterion)) {
    let criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    let mut criterion = criterion.configure_from_args();
    benchmarks(&mut criterion);
    criterion.final_summary();
}
