//! Whom a flag is asked for: persons, devices and groups.

use serde_json::{Value, json};

use super::cases_tests::{filter, flag, value};
use super::tests::{ask, compiled, inputs};
use crate::compiled::Input;

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
fn a_number_that_is_sent_as_null_names_no_group() {
    let mut of_company = flag("f", json!([{}]));
    of_company["filters"]["aggregation_group_type_index"] = json!(0);
    let document = json!({"flags": [of_company], "group_type_mapping": {"0": "company"}});
    let call = json!({"distinct_id": "u", "groups": {"company": 42}});
    let definitions = compiled(&document, &call);
    let mut inputs = inputs(&definitions, &call, None);
    let value = |inputs: &_| {
        let answer = ask(&definitions, inputs, "2024-06-15T12:00:00Z", "f");
        answer.ok().map(|(value, _)| value)
    };
    assert_eq!(value(&inputs), Some(json!(true)));
    let key = Input::GroupKey("company".into());
    let slot = definitions.inputs.iter().position(|input| *input == key);
    for number in [f64::NAN, f64::INFINITY] {
        inputs.set_number(slot.unwrap(), number);
        assert_eq!(value(&inputs), Some(json!(false)), "{number}");
    }
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
fn the_distinct_id_as_a_property_is_cut_unless_another_is_given() {
    let is = |asked: &str, id: &str, given: Option<&str>| {
        let conditions = json!([{"properties": [filter("distinct_id", "exact", json!(asked))]}]);
        let mut call = json!({"distinct_id": id, "person_properties": {}, "complete": false});
        if let Some(given) = given {
            call["person_properties"]["distinct_id"] = json!(given);
        }
        value(json!([flag("f", conditions)]), call)
    };
    let long = |count: usize| "x".repeat(count);
    assert_eq!(is("u", "u", None), true);
    assert_eq!(is(&long(200), &long(200), None), true);
    assert_eq!(is(&long(200), &long(201), None), true);
    assert_eq!(is(&long(201), &long(201), None), false);
    // What takes two bytes is counted once, but for whether the id is long at all.
    assert_eq!(is(&"é".repeat(101), &"é".repeat(101), None), true);
    assert_eq!(is(&"é".repeat(200), &"é".repeat(250), None), true);
    assert_eq!(is("other", "u", Some("other")), true);
    assert_eq!(is("u-2", "u", Some("u-2")), true);
    assert_eq!(is(&long(200), "x", Some(&long(200))), true);
    assert_eq!(is(&long(300), "x", Some(&long(300))), true);
    assert_eq!(is(&long(300), &long(201), Some(&long(300))), true);
}

#[test]
fn a_distinct_id_that_is_a_number_is_its_text_and_one_that_is_no_number_is_none() {
    let half = json!({"flags": [flag("f", json!([{"rollout_percentage": 50}]))]});
    let of = |id: Value, number: Option<f64>| {
        let call = json!({"distinct_id": id});
        let definitions = compiled(&half, &call);
        let mut inputs = inputs(&definitions, &call, None);
        if let Some(number) = number {
            inputs.set_number(0, number);
        }
        let answer = ask(&definitions, &inputs, "2024-06-15T12:00:00Z", "f");
        answer.ok().map(|(value, _)| value)
    };
    for number in 0..20 {
        assert_eq!(of(json!(number), None), of(json!(number.to_string()), None));
    }
    assert_eq!(of(json!("u"), Some(f64::NAN)), None);
}

#[test]
fn an_unknown_device_matters_only_where_it_is_hashed() {
    let of = |condition: Value| {
        let mut flag = flag("f", json!([condition]));
        flag["bucketing_identifier"] = json!("device_id");
        let document = json!({"flags": [flag]});
        let call = json!({"distinct_id": "u"});
        let definitions = compiled(&document, &call);
        let inputs = inputs(&definitions, &call, Some(&Value::Null));
        ask(&definitions, &inputs, "2024-06-15T12:00:00Z", "f").map(|(value, _)| value)
    };
    assert_eq!(of(json!({})), Ok(json!(true)));
    let why = of(json!({"rollout_percentage": 50})).unwrap_err();
    assert!(why.contains("MissingContext"), "{why}");
}
