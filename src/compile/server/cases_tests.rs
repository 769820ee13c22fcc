//! Rules that hold in cases which the server's recorded answers do not have.

use serde_json::{Value, json};

use super::tests::{ask, compiled, inputs};

/// The value of the last of these flags for somebody of whom `call` says what is known, or `open`.
pub fn value(flags: Value, call: Value) -> Value {
    let document = json!({"flags": flags, "group_type_mapping": {"0": "company"},
        "cohorts": {"1": {"type": "OR", "values": [filter("plan", "exact", json!("pro"))]}}});
    let definitions = compiled(&document, &call);
    let unknown = (call["complete"] == false).then_some(&Value::Null);
    let inputs = inputs(&definitions, &call, unknown);
    let last = document["flags"].as_array().unwrap().last().unwrap();
    let key = last["key"].as_str().unwrap();
    match ask(&definitions, &inputs, "2024-06-15T12:00:00Z", key) {
        Ok((value, _)) => value,
        Err(_) => json!("open"),
    }
}

pub fn filter(key: &str, operator: &str, value: Value) -> Value {
    json!({"key": key, "type": "person", "operator": operator, "value": value})
}

pub fn depends(on: &str) -> Value {
    json!({"key": on, "type": "flag", "operator": "flag_evaluates_to", "value": true})
}

pub fn flag(key: &str, conditions: Value) -> Value {
    json!({"key": key, "active": true, "filters": {"groups": conditions}})
}

#[test]
fn an_unknown_dependency_matters_only_where_it_changes_the_answer() {
    let plan = flag(
        "plan",
        json!([{"properties": [filter("plan", "exact", json!("pro"))]}]),
    );
    let of = |conditions: Value| {
        let call = json!({"distinct_id": "u", "complete": false});
        value(json!([plan, flag("f", conditions)]), call)
    };
    assert_eq!(of(json!([{"properties": [depends("plan")]}])), "open");
    assert_eq!(of(json!([{"properties": [depends("plan")]}, {}])), true);
    assert_eq!(of(json!([{}, {"properties": [depends("plan")]}])), true);
    let nobody = json!([{"properties": [depends("plan")], "rollout_percentage": 0}]);
    assert_eq!(of(nobody), false);
}

#[test]
fn a_flag_fails_with_the_flags_that_the_server_may_fail_to_decide() {
    let mut continuous = flag("other", json!([{"rollout_percentage": 50}]));
    continuous["ensure_experience_continuity"] = json!(true);
    let in_cohort =
        |id: i64| json!([{"properties": [{"key": "id", "type": "cohort", "value": id}]}]);
    let unreadable = flag(
        "other",
        json!([{"properties": [filter("a", "newer", json!(1))]}]),
    );
    for other in [continuous, flag("other", in_cohort(9)), unreadable] {
        let between = flag("between", json!([{}, {"properties": [depends("other")]}]));
        for on in ["other", "between"] {
            let last = flag("f", json!([{}, {"properties": [depends(on)]}]));
            let flags = json!([other, between, last]);
            assert_eq!(value(flags, json!({"distinct_id": "u"})), "open", "{other}");
        }
    }
    let known = flag("other", in_cohort(1));
    let last = flag("f", json!([{"properties": [depends("other")]}, {}]));
    let call = json!({"distinct_id": "u", "complete": false});
    assert_eq!(value(json!([known, last]), call), true);
}

#[test]
fn numbers_are_texts_as_javascript_writes_them_and_the_server_reads_them() {
    let is = |text: &str, number: Value| {
        let conditions = json!([{"properties": [filter("n", "exact", json!(text))]}]);
        let call = json!({"distinct_id": "u", "person_properties": {"n": number}});
        value(json!([flag("f", conditions)]), call)
    };
    // JavaScript writes 1152921504606847000 for 2^60.
    let large = json!(1_152_921_504_606_846_976_i64);
    assert_eq!(is("1152921504606847000", large.clone()), true);
    assert_eq!(is("1152921504606846976", large), false);
    assert_eq!(
        is("9007199254740991", json!(9_007_199_254_740_991_i64)),
        true
    );
    assert_eq!(
        is("9007199254740992", json!(9_007_199_254_740_992_i64)),
        true
    );
    assert_eq!(is("-0", json!(-0.0)), false);
    assert_eq!(is("0", json!(-0.0)), true);
    assert_eq!(is("1e-6", json!(0.000_001)), true);
    assert_eq!(is("5", json!(5.0)), true);
    assert_eq!(is("1.5", json!(1.5)), true);
    assert_eq!(is("x", json!(1e21)), "open");
    assert_eq!(is("x", json!(9_223_372_036_854_775_808_u64)), "open");
}

#[test]
fn shares_below_zero_leave_less_to_the_variants_behind_them() {
    let mut split = flag("f", json!([{}]));
    split["filters"]["multivariate"] = json!({"variants": [
        {"key": "a", "rollout_percentage": -50}, {"key": "b", "rollout_percentage": 100}]});
    let values: Vec<_> = (0..40)
        .map(|id| value(json!([split]), json!({"distinct_id": format!("u{id}")})))
        .collect();
    assert!(values.contains(&json!("b")) && values.contains(&json!(true)));
}

/// Whether somebody with this property matches the filter, or `open`.
pub fn matches(operator: &str, asked: Value, given: Value) -> Value {
    let conditions = json!([{"properties": [filter("p", operator, asked)]}]);
    let call = json!({"distinct_id": "u", "person_properties": {"p": given}});
    value(json!([flag("f", conditions)]), call)
}

#[test]
fn whether_a_property_is_there_is_known_though_its_text_is_not() {
    let unknown = json!(1e21);
    assert_eq!(matches("is_set", json!("x"), unknown.clone()), true);
    assert_eq!(matches("is_not_set", json!("x"), unknown.clone()), false);
    assert_eq!(matches("gt", json!(null), unknown.clone()), false);
    assert_eq!(matches("in", json!("x"), unknown.clone()), false);
    assert_eq!(matches("gt", json!(1), unknown), "open");
}

#[test]
fn a_filter_that_never_matches_decides_whatever_is_not_known() {
    for (operator, asked) in [
        ("is_not", Value::Null),
        ("flag_evaluates_to", json!(true)),
        ("not_in", json!(1)),
    ] {
        let conditions = json!([{"properties": [filter("p", operator, asked)]}]);
        let call = json!({"distinct_id": "u", "complete": false});
        assert_eq!(
            value(json!([flag("f", conditions)]), call),
            false,
            "{operator}"
        );
    }
}

#[test]
fn who_has_chosen_a_flag_has_it_whatever_its_conditions_and_holdout_say() {
    let chosen = |choice: Value| {
        let mut flag = flag("f", json!([{}]));
        flag["filters"]["feature_enrollment"] = json!(true);
        flag["filters"]["holdout"] = json!({"id": 7, "exclusion_percentage": 100});
        let call =
            json!({"distinct_id": "u", "person_properties": {"$feature_enrollment/f": choice}});
        value(json!([flag]), call)
    };
    assert_eq!(chosen(json!("true")), true);
    assert_eq!(chosen(json!(true)), true);
    for choice in [
        json!("false"),
        json!(false),
        json!(1),
        json!([]),
        json!(""),
        json!("yes"),
        Value::Null,
    ] {
        assert_eq!(chosen(choice.clone()), false, "{choice}");
    }
    // Whether another spelling counts is not known.
    assert_eq!(chosen(json!("TRUE")), "open");
    assert_eq!(chosen(json!("True")), "open");
}

#[test]
fn cohorts_may_be_as_deep_as_the_server_goes() {
    let of = |count: usize, wrap: usize| {
        let mut cohorts = serde_json::Map::new();
        for id in 1..=count {
            let next = json!({"key": "id", "type": "cohort", "value": id + 1});
            let plan = filter("plan", "exact", json!("pro"));
            let mut tree = if id < count { next } else { plan };
            for _ in 0..wrap {
                tree = json!({"type": "AND", "values": [tree]});
            }
            cohorts.insert(id.to_string(), tree);
        }
        let in_first = json!({"key": "id", "type": "cohort", "value": 1});
        let document =
            json!({"flags": [flag("f", json!([{"properties": [in_first]}]))], "cohorts": cohorts});
        let call = json!({"distinct_id": "u", "person_properties": {"plan": "pro"}});
        let definitions = compiled(&document, &call);
        let inputs = inputs(&definitions, &call, None);
        ask(&definitions, &inputs, "2024-06-15T12:00:00Z", "f")
            .ok()
            .map(|(value, _)| value)
    };
    assert_eq!(of(65, 1), Some(json!(true)));
    assert_eq!(of(66, 1), None);
    // What would need more of the stack than there may be is left to the server.
    assert_eq!(of(5, 49), Some(json!(true)));
    assert_eq!(of(5, 50), None);
}

#[test]
fn the_reason_names_the_dependency_that_is_open() {
    let plan = flag(
        "plan",
        json!([{"properties": [filter("plan", "exact", json!("pro"))]}]),
    );
    let last = flag("f", json!([{"properties": [depends("plan")]}]));
    let document = json!({"flags": [plan, last]});
    let call = json!({"distinct_id": "u"});
    let definitions = compiled(&document, &call);
    let inputs = inputs(&definitions, &call, Some(&Value::Null));
    let why = |key: &str| ask(&definitions, &inputs, "2024-06-15T12:00:00Z", key).unwrap_err();
    assert!(why("f").contains("UnresolvedDependency"), "{}", why("f"));
    assert!(why("plan").contains("MissingContext"), "{}", why("plan"));
}

#[test]
fn a_row_of_dependencies_may_have_any_length_where_something_is_unknown() {
    let first = flag(
        "f0",
        json!([{"properties": [filter("plan", "exact", json!("pro"))]}]),
    );
    let mut flags = vec![first];
    flags.extend((1..400).map(|number| {
        let on = format!("f{}", number - 1);
        flag(
            &format!("f{number}"),
            json!([{"properties": [depends(&on)]}]),
        )
    }));
    let unknown = json!({"distinct_id": "u", "complete": false});
    assert_eq!(value(json!(flags), unknown.clone()), "open");
    flags.push(flag("last", json!([{"properties": [depends("f399")]}, {}])));
    assert_eq!(value(json!(flags), unknown), true);
    let call = json!({"distinct_id": "u", "person_properties": {"plan": "pro"}});
    assert_eq!(value(json!(flags[..400]), call), true);
}

#[test]
fn what_only_the_server_sees_matters_only_if_all_else_matches() {
    let created = json!({"key": "created_at", "type": "person_metadata", "operator": "is_date_after", "value": "2024-01-01"});
    let of = |plan: &str| {
        let conditions = json!([{"properties": [created, filter("plan", "exact", json!("pro"))]}]);
        value(
            json!([flag("f", conditions)]),
            json!({"distinct_id": "u", "person_properties": {"plan": plan}}),
        )
    };
    assert_eq!(of("pro"), "open");
    assert_eq!(of("free"), false);
    let of_unknown_type = |operator: &str| {
        let filter = json!({"key": "a", "type": "group", "group_type_index": 4, "operator": operator, "value": 1});
        value(
            json!([flag("f", json!([{"properties": [filter]}]))]),
            json!({"distinct_id": "u"}),
        )
    };
    assert_eq!(of_unknown_type("gt"), false);
    // It matches unless the call names a group of that type.
    assert_eq!(of_unknown_type("is_not"), "open");
}

#[test]
fn a_filter_on_a_flag_within_a_cohort_is_an_error_which_negation_turns() {
    for (negation, expected) in [(false, false), (true, true)] {
        let mut leaf = depends("f");
        leaf["negation"] = json!(negation);
        let in_cohort = json!({"key": "id", "type": "cohort", "value": 1});
        let document = json!({"flags": [flag("f", json!([{"properties": [in_cohort]}]))],
            "cohorts": {"1": {"type": "OR", "values": [leaf]}}});
        let call = json!({"distinct_id": "u"});
        let definitions = compiled(&document, &call);
        let inputs = inputs(&definitions, &call, None);
        let (value, _) = ask(&definitions, &inputs, "2024-06-15T12:00:00Z", "f").unwrap();
        assert_eq!(value, expected);
    }
}

#[test]
fn properties_of_a_group_that_is_not_named_are_not_there() {
    let of = |key: &str, operator: &str, asked: Value, groups: Value| {
        let filter = json!({"key": key, "type": "group", "group_type_index": 0, "operator": operator, "value": asked});
        let call = json!({"distinct_id": "u", "complete": false, "groups": groups});
        value(json!([flag("f", json!([{"properties": [filter]}]))]), call)
    };
    let (nobody, acme) = (json!({}), json!({"company": "acme"}));
    assert_eq!(of("size", "is_not", json!(5), nobody.clone()), true);
    assert_eq!(of("size", "exact", json!(5), nobody.clone()), false);
    assert_eq!(of("size", "is_not", json!(5), acme.clone()), "open");
    assert_eq!(of("$group_key", "exact", json!("acme"), acme), true);
    assert_eq!(
        of("$group_key", "exact", json!("42"), json!({"company": 42})),
        true
    );
    assert_eq!(of("$group_key", "exact", json!("acme"), nobody), false);
    assert_eq!(
        of(
            "$group_key",
            "exact",
            json!("true"),
            json!({"company": true})
        ),
        "open"
    );
}

#[test]
fn what_no_server_reads_leaves_all_but_its_being_there_open() {
    let too_large = json!([9_223_372_036_854_775_808_u64]);
    assert_eq!(matches("gt", json!(1), too_large.clone()), "open");
    assert_eq!(matches("is_set", json!(1), too_large), true);
    assert_eq!(matches("gt", json!(1), json!([5])), false);
    assert_eq!(matches("exact", json!(1e16), json!("1e16")), "open");
    assert_eq!(
        matches("exact", json!(9e15), json!("9000000000000000.0")),
        true
    );
}

#[test]
fn a_rollout_of_nothing_leaves_everybody_out_whatever_the_id_of_before_the_login() {
    let of = |id: &str, percentages: [i64; 2]| {
        let conditions = percentages.map(|percentage| json!({"rollout_percentage": percentage}));
        let mut flag = flag("f", json!(conditions));
        flag["ensure_experience_continuity"] = json!(true);
        value(json!([flag]), json!({"distinct_id": id}))
    };
    assert_eq!(of("u", [0, 0]), false);
    assert_eq!(of("u", [100, 0]), true);
    assert_eq!(of("u", [0, 50]), "open");
    assert_eq!(of("", [0, 0]), "open");
}
