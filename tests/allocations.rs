//! Evaluating for an ordinary person needs no memory of its own.
// The addon has an allocator of its own, and there can be only one.
#![cfg(not(feature = "napi"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use posthog_node_native::compile::{CompileOptions, DocumentSource, compile};
use posthog_node_native::compiled::{CompiledDefinitions, Input};
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::evaluate::{Evaluation, Scratch};
use posthog_node_native::hashing::Path;
use posthog_node_native::js::host::FixedHost;

const HOST: FixedHost = FixedHost {
    now_ms: 1_767_225_600_000.0,
};

/// One flag for each kind of filter, beside rollouts, variants, cohorts and dependencies.
fn definitions() -> CompiledDefinitions {
    let many: Vec<_> = (0..500)
        .map(|number| format!("\"plan {number}\""))
        .collect();
    let filters = [
        r#"{"key":"plan","operator":"exact","value":["Enterprise","pro"]}"#.to_owned(),
        format!(
            r#"{{"key":"plan","operator":"exact","value":[{}]}}"#,
            many.join(",")
        ),
        r#"{"key":"plan","operator":"is_not","value":"free"}"#.to_owned(),
        r#"{"key":"email","operator":"icontains","value":"@Hedgehog"}"#.to_owned(),
        r#"{"key":"email","operator":"starts_with","value":"ada"}"#.to_owned(),
        r#"{"key":"email","operator":"regex","value":"^[A-Za-z]+@"}"#.to_owned(),
        r#"{"key":"email","operator":"is_set"}"#.to_owned(),
        r#"{"key":"seats","operator":"gt","value":5}"#.to_owned(),
        r#"{"key":"seats_text","operator":"lte","value":"12"}"#.to_owned(),
        r#"{"key":"version","operator":"semver_gte","value":"2.3.0"}"#.to_owned(),
        r#"{"key":"joined","operator":"is_date_after","value":"2024-01-01"}"#.to_owned(),
        r#"{"key":"joined","operator":"is_date_before","value":"-30d"}"#.to_owned(),
        r#"{"key":"id","type":"cohort","value":1}"#.to_owned(),
        r#"{"key":"0","type":"flag","value":true,"dependency_chain":["0"]}"#.to_owned(),
        r#"{"key":"missing","operator":"exact","value":"x"}"#.to_owned(),
    ];
    let flags: Vec<_> = filters
        .iter()
        .enumerate()
        .map(|(index, filter)| {
            format!(
                r#"{{"key":"{index}","active":true,"filters":{{
                    "groups":[{{"properties":[{filter}],"rollout_percentage":60}}],
                    "multivariate":{{"variants":[{{"key":"a","rollout_percentage":50}},{{"key":"b","rollout_percentage":50}}]}}}}}}"#
            )
        })
        .collect();
    let cohort = r#"{"type":"AND","values":[{"key":"plan","operator":"exact","value":"pro"}]}"#;
    let document = format!(
        r#"{{"flags":[{}],"cohorts":{{"1":{cohort}}},"group_type_mapping":{{}}}}"#,
        flags.join(",")
    );
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: Vec::new(),
        semantics: Default::default(),
    };
    compile(document.as_bytes(), &options).unwrap()
}

fn set_inputs(definitions: &CompiledDefinitions, distinct_id: &str, inputs: &mut CallInputs) {
    inputs.begin(definitions.inputs.len());
    for (slot, input) in definitions.inputs.iter().enumerate() {
        match input {
            Input::DistinctId => inputs.set_text(slot, distinct_id),
            Input::Person(key) => match &**key {
                "plan" => inputs.set_text(slot, "PRO"),
                "email" => inputs.set_text(slot, "Ada@HEDGEHOG.example"),
                "seats" => inputs.set_number(slot, 12.0),
                "seats_text" => inputs.set_text(slot, "12"),
                "version" => inputs.set_text(slot, "2.4.1"),
                "joined" => inputs.set_text(slot, "2024-05-17T09:30:00Z"),
                _ => inputs.set_missing(slot),
            },
            _ => inputs.set_missing(slot),
        }
    }
}

#[test]
fn an_ordinary_call_allocates_nothing() {
    let definitions = definitions();
    let mut inputs = CallInputs::default();
    let mut scratch = Scratch::default();
    let mut codes = Vec::new();
    let mut evaluate = |path, distinct_id: &str| {
        set_inputs(&definitions, distinct_id, &mut inputs);
        for flag in 0..definitions.flags.len() {
            let outcome = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch).one(flag);
            std::hint::black_box(outcome.is_ok());
        }
        let mut without_value = 0;
        Evaluation::new(&definitions, &inputs, &HOST, &mut scratch).all(
            path,
            &mut codes,
            |_, _| {
                without_value += 1;
            },
        );
        assert_eq!(without_value, 1, "the flag whose property is missing");
    };
    for path in [Path::best(), Path::Single] {
        // The first calls make room; regexes have caches of their own.
        for turn in 0..20 {
            evaluate(path, &format!("user-{turn:015}"));
        }
        let ids: Vec<_> = (20..120).map(|turn| format!("user-{turn:015}")).collect();
        let counted = allocation_counter::measure(|| {
            for id in &ids {
                evaluate(path, id);
            }
        });
        assert_eq!(counted.count_total, 0, "{path:?}: {counted:?}");
    }
}
