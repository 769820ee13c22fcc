//! Definitions that the server cannot read, or that it reads though something is missing.

use serde_json::{Value, json};

use super::cases_tests::{flag, matches, value};

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
