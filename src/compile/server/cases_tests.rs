//! Rules that hold in cases which the server's recorded answers do not have.

use serde_json::{Value, json};

use super::tests::{ask, compiled, inputs};

/// The value of the last of these flags for somebody of whom `call` says what is known, or `open`.
fn value(flags: Value, call: Value) -> Value {
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

fn filter(key: &str, operator: &str, value: Value) -> Value {
    json!({"key": key, "type": "person", "operator": operator, "value": value})
}

fn depends(on: &str) -> Value {
    json!({"key": on, "type": "flag", "operator": "flag_evaluates_to", "value": true})
}

fn flag(key: &str, conditions: Value) -> Value {
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
fn a_group_is_hashed_by_the_text_of_its_key_as_the_server_has_it() {
    let mut of_company = flag("f", json!([{"rollout_percentage": 50}]));
    of_company["filters"]["aggregation_group_type_index"] = json!(0);
    let of = |key: Value| {
        let call = json!({"distinct_id": "u", "groups": {"company": key}});
        value(json!([of_company]), call)
    };
    for (number, text) in [
        (json!(0.000_001), "1e-6"),
        (json!(0.000_003), "3e-6"),
        (json!(0.000_000_7), "7e-7"),
        (json!(42), "42"),
        (json!(1.5), "1.5"),
        (json!(1_152_921_504_606_846_976_i64), "1152921504606847000"),
    ] {
        assert_eq!(of(number), of(json!(text)), "{text}");
    }
    assert_eq!(of(json!(1e21)), "open");
    assert_eq!(of(json!("")), false);
}

#[test]
fn who_has_no_distinct_id_is_not_taken_for_one_with_an_empty_id() {
    let mut held = flag("f", json!([{}]));
    held["filters"]["holdout"] = json!({"id": 7, "exclusion_percentage": 95});
    assert_eq!(
        value(json!([held]), json!({"distinct_id": ""})),
        "holdout-7"
    );
    assert_eq!(value(json!([held]), json!({"distinct_id": ["u"]})), "open");
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

#[test]
fn what_the_server_cannot_read_stays_open() {
    let all = flag("f", json!([{}]));
    assert_eq!(value(json!([all]), json!({"distinct_id": "u"})), true);
    for (place, field) in [
        ("/filters", json!({"multivariate": {}})),
        ("/filters", json!({"multivariate": {"variants": null}})),
        (
            "/filters",
            json!({"multivariate": {"variants": [{"key": 1, "rollout_percentage": 100}]}}),
        ),
        (
            "/filters",
            json!({"multivariate": {"variants": [{"key": "a", "rollout_percentage": "100"}]}}),
        ),
        ("/filters", json!({"early_exit": "true"})),
        ("/filters", json!({"feature_enrollment": "true"})),
        ("/filters", json!({"holdout": {"exclusion_percentage": 10}})),
        ("/filters", json!({"holdout": {"id": 1}})),
        (
            "/filters",
            json!({"holdout": {"id": "1", "exclusion_percentage": 10}}),
        ),
        ("/filters", json!({"aggregation_group_type_index": "0"})),
        ("/filters", json!({"groups": {}})),
        ("/filters/groups", json!([7])),
        ("/filters/groups/0", json!({"variant": 7})),
        ("/filters/groups/0", json!({"rollout_percentage": "50"})),
        ("/filters/groups/0", json!({"properties": {}})),
        (
            "/filters/groups/0",
            json!({"aggregation_group_type_index": 0.5}),
        ),
        ("", json!({"bucketing_identifier": "session_id"})),
        ("", json!({"ensure_experience_continuity": 1})),
    ] {
        let mut changed = all.clone();
        let target = changed.pointer_mut(place).unwrap();
        match field {
            Value::Object(fields) => target.as_object_mut().unwrap().extend(fields),
            other => *target = other,
        }
        assert_eq!(
            value(json!([changed]), json!({"distinct_id": "u"})),
            "open",
            "{changed}"
        );
    }
    for (place, field) in [
        (
            "/filters",
            json!({"multivariate": null, "early_exit": null, "feature_enrollment": null}),
        ),
        (
            "/filters",
            json!({"holdout": null, "aggregation_group_type_index": null}),
        ),
        (
            "/filters/groups/0",
            json!({"variant": null, "rollout_percentage": null, "properties": null}),
        ),
        ("", json!({"bucketing_identifier": "distinct_id"})),
        (
            "",
            json!({"bucketing_identifier": null, "ensure_experience_continuity": null}),
        ),
    ] {
        let mut changed = all.clone();
        let target = changed.pointer_mut(place).unwrap().as_object_mut().unwrap();
        target.extend(field.as_object().unwrap().clone());
        assert_eq!(
            value(json!([changed]), json!({"distinct_id": "u"})),
            true,
            "{changed}"
        );
    }
}

/// Whether somebody with this property matches the filter, or `open`.
fn matches(operator: &str, asked: Value, given: Value) -> Value {
    let conditions = json!([{"properties": [filter("p", operator, asked)]}]);
    let call = json!({"distinct_id": "u", "person_properties": {"p": given}});
    value(json!([flag("f", conditions)]), call)
}

#[test]
fn an_operator_that_the_server_of_today_does_not_know_leaves_the_flag_open() {
    for operator in [
        "newer",
        "Exact",
        "",
        "not_gt",
        "not_between_",
        "not_is_set",
        "semver_",
        "not_semver_eq",
        "not_exact",
    ] {
        assert_eq!(
            matches(operator, json!("1.2.3"), json!("1.2.3")),
            "open",
            "{operator}"
        );
        assert_eq!(
            matches(operator, Value::Null, json!("1.2.3")),
            "open",
            "{operator}"
        );
    }
    for operator in ["newer", "Exact", ""] {
        let in_cohort = json!({"key": "id", "type": "cohort", "value": 1, "operator": operator});
        let conditions = json!([{"properties": [in_cohort]}]);
        let call = json!({"distinct_id": "u", "person_properties": {"plan": "pro"}});
        assert_eq!(
            value(json!([flag("f", conditions)]), call),
            "open",
            "{operator}"
        );
    }
}

#[test]
fn a_flag_without_conditions_is_off() {
    let without = json!({"key": "f", "active": true, "filters": {}});
    assert_eq!(value(json!([without]), json!({"distinct_id": "u"})), false);
    assert_eq!(
        value(json!([flag("f", json!(null))]), json!({"distinct_id": "u"})),
        false
    );
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
