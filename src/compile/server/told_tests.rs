//! What is told of conditions that are decided as the server decides them.

use serde_json::{Value, json};

use super::cases_tests::{filter, flag};
use super::tests::{compiled, inputs};
use crate::evaluate::{Evaluation, Recorder, Scratch};
use crate::hashing::FlagHasher;
use crate::js::host::FixedHost;

/// What is told of the last of these flags: of each condition whether it matches, its bucket and its variant, and of each filter
/// its kind, its key and whether it matches.
fn told(flags: Value, call: Value) -> (Vec<Value>, Vec<Value>) {
    let document = json!({"flags": flags, "group_type_mapping": {"0": "company"},
        "cohorts": {"1": {"type": "OR", "values": [filter("plan", "exact", json!("pro"))]}}});
    let definitions = compiled(&document, &call);
    let unknown = (call["complete"] == false).then_some(&Value::Null);
    let inputs = inputs(&definitions, &call, unknown);
    let (host, mut scratch) = (FixedHost { now_ms: 0.0 }, Scratch::default());
    let recorder = Recorder::whole();
    let mut evaluation = Evaluation::visited(&definitions, &inputs, &host, &mut scratch, recorder);
    let told = evaluation.explain(definitions.flags.len() - 1);
    let told: Value = serde_json::from_str(&told).unwrap();
    let parts = told["parts"].as_array().unwrap();
    let (conditions, filters) = parts[1..]
        .iter()
        .partition::<Vec<_>, _>(|part| part["kind"] == "condition");
    let conditions = conditions
        .iter()
        .map(|part| json!([part["matches"], part["bucket"], part["variant"]]));
    let filters = filters
        .iter()
        .map(|part| json!([part["kind"], part["key"], part["matches"]]));
    (conditions.collect(), filters.collect())
}

#[test]
fn each_filter_of_a_condition_is_told_of_whether_the_walk_came_to_it_or_not() {
    let in_cohort = json!({"key": "id", "type": "cohort", "value": 1});
    let elsewhere = json!({"key": "id", "type": "cohort", "operator": "not_in", "value": 1});
    let (plan, free) = (
        filter("plan", "exact", json!("pro")),
        filter("plan", "exact", json!("free")),
    );
    let age = filter("age", "gt", json!(5));
    let of = |conditions: Value| {
        told(
            json!([flag("f", conditions)]),
            json!({"distinct_id": "u", "complete": false,
        "person_properties": {"plan": "pro"}}),
        )
    };
    let filters = json!([
        ["property", "plan", true],
        ["cohort", "id", true],
        ["property", "plan", false],
        ["property", "age", null],
        ["cohort", "id", true],
        ["cohort", "id", false],
    ]);
    let first = json!({"properties": [in_cohort, plan]});
    let second = json!({"properties": [in_cohort, free, elsewhere, age]});
    // The walk ends with the first condition, or does not come to the filters behind the first that does not match.
    let (conditions, told) = of(json!([first, second]));
    assert_eq!(json!(told), filters);
    assert_eq!([&conditions[0][0], &conditions[1][0]], [true, false]);
    let (conditions, mut told) = of(json!([second, first]));
    told.rotate_left(4);
    assert_eq!(json!(told), filters);
    assert_eq!([&conditions[0][0], &conditions[1][0]], [false, true]);
}

#[test]
fn the_bucket_and_the_variant_of_a_condition_are_those_of_whom_it_hashes() {
    let shares = json!({"variants": [{"key": "a", "rollout_percentage": 50}, {"key": "b", "rollout_percentage": 50}]});
    let call = json!({"distinct_id": "u", "groups": {"company": "acme"}, "person_properties": {"$device_id": "d"}});
    let of = |place: &str, changes: Value, call: &Value| {
        let mut flag = flag("f", json!([{}]));
        flag["filters"]["multivariate"] = shares.clone();
        let target = flag.pointer_mut(place).unwrap().as_object_mut().unwrap();
        target.extend(changes.as_object().unwrap().clone());
        told(json!([flag]), call.clone()).0.remove(0)
    };
    let hasher = FlagHasher::new("f");
    let of_id = |id: &str| {
        let variant = if hasher.variant(id) < 0.5 { 2 } else { 3 };
        json!([true, hasher.rollout(id) * 100.0, variant])
    };
    let nothing = json!({});
    assert_eq!(of("", nothing.clone(), &call), of_id("u"));
    assert_eq!(
        of("", json!({"bucketing_identifier": "device_id"}), &call),
        of_id("d")
    );
    let of_company = json!({"aggregation_group_type_index": 0});
    assert_eq!(of("/filters", of_company.clone(), &call), of_id("acme"));
    assert_eq!(of("/filters/groups/0", of_company, &call), of_id("acme"));
    let pinned = of("/filters/groups/0", json!({"variant": "b"}), &call);
    assert_eq!(pinned, json!([true, of_id("u")[1], 3]));
    assert_eq!(
        of("", nothing, &json!({"distinct_id": ""})),
        json!([true, 0, 2])
    );
    let continuous = json!({"ensure_experience_continuity": true});
    assert_eq!(of("", continuous, &call), json!([null, null, null]));
    let of_none = json!({"aggregation_group_type_index": 4});
    assert_eq!(
        of("/filters/groups/0", of_none, &call),
        json!([false, null, null])
    );
}
