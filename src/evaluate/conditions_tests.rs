use crate::evaluate::call::CallInputs;
use crate::evaluate::{Evaluation, Scratch};
use crate::js::host::FixedHost;
use crate::outcome::Fallback;
use crate::testing::{Caller, definitions, flags};

fn user(id: &str) -> Caller {
    Caller::new(&format!(
        r#"{{"distinctId":"{id}","person":{{"plan":"pro"}}}}"#
    ))
}

#[test]
fn the_first_condition_that_matches_decides() {
    let flags = flags(
        r#"{"key":"f","active":true,"filters":{
            "multivariate":{"variants":[{"key":"a","rollout_percentage":100},{"key":"b","rollout_percentage":0}]},
            "groups":[
                {"properties":[{"key":"plan","value":"free"}]},
                {"properties":[{"key":"plan","value":"pro"}],"variant":"b"},
                {"properties":[]}]}}"#,
    );
    assert_eq!(user("u").ask(&flags, "f"), "b");
    assert_eq!(
        Caller::new(r#"{"distinctId":"u","person":{"plan":"x"}}"#).ask(&flags, "f"),
        "a"
    );
}

#[test]
fn rollouts_take_what_javascript_takes_for_a_number() {
    for (percentage, expected) in [
        ("0", "false"),
        ("100", "true"),
        ("null", "true"),
        ("\"100\"", "true"),
        ("{}", "true"),
        ("[0]", "false"),
    ] {
        let flags = flags(&format!(
            r#"{{"key":"f","active":true,"filters":{{"groups":[{{"rollout_percentage":{percentage}}}]}}}}"#
        ));
        assert_eq!(user("u").ask(&flags, "f"), expected, "{percentage}");
    }
}

#[test]
fn a_rollout_miss_with_early_exit_is_false_unless_an_earlier_condition_is_open() {
    let early = |first: &str| {
        flags(&format!(
            r#"{{"key":"f","active":true,"filters":{{"early_exit":true,"groups":[
                {first}{{"rollout_percentage":0}},{{"properties":[]}}]}}}}"#
        ))
    };
    assert_eq!(user("u").ask(&early(""), "f"), "false");
    let open = r#"{"properties":[{"key":"missing","value":"x"}]},"#;
    assert_eq!(user("u").ask(&early(open), "f"), "[missing_context]");
}

#[test]
fn a_filter_that_does_not_match_rules_out_a_condition_that_cannot_be_checked() {
    let flags = flags(
        r#"{"key":"f","active":true,"filters":{"groups":[{"properties":[
            {"key":"missing","value":"x"},{"type":"cohort","value":9},{"key":"plan","value":"free"}]}]}}"#,
    );
    assert_eq!(user("u").ask(&flags, "f"), "false");
}

#[test]
fn a_static_cohort_ends_the_walk_only_as_the_first_that_cannot_be_checked() {
    let with = |filters: &str| {
        flags(&format!(
            r#"{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[{filters}]}},{{"properties":[]}}]}}}}"#
        ))
    };
    let cohort = r#"{"type":"cohort","value":9}"#;
    let missing = r#"{"key":"missing","value":"x"}"#;
    assert_eq!(
        user("u").ask(&with(cohort), "f"),
        "[server: unsupported_definition]"
    );
    assert_eq!(
        user("u").ask(&with(&format!("{missing},{cohort}")), "f"),
        "true"
    );
}

#[test]
fn a_regex_for_the_server_defers_a_later_match_that_would_differ() {
    let with = |variant: &str| {
        flags(&format!(
            r#"{{"key":"f","active":true,"filters":{{
                "multivariate":{{"variants":[{{"key":"a","rollout_percentage":100}},{{"key":"b","rollout_percentage":0}}]}},
                "groups":[{{"properties":[{{"key":"plan","operator":"regex","value":"(?=p)"}}],"variant":"a"}},
                          {{"properties":[],"variant":"{variant}"}}]}}}}"#
        ))
    };
    assert_eq!(user("u").ask(&with("a"), "f"), "a");
    assert_eq!(user("u").ask(&with("b"), "f"), "[unsupported_definition]");
}

#[test]
fn holdouts_come_before_conditions() {
    let with = |holdout: &str| {
        flags(&format!(
            r#"{{"key":"f","active":true,"filters":{{"holdout":{holdout},"groups":[{{"properties":[]}}]}}}}"#
        ))
    };
    assert_eq!(
        user("user-31").ask(&with(r#"{"id":7,"exclusion_percentage":2}"#), "f"),
        "holdout-7"
    );
    assert_eq!(
        user("user-31").ask(&with(r#"{"id":7,"exclusion_percentage":1}"#), "f"),
        "true"
    );
    assert_eq!(
        user("user-31").ask(&with(r#"{"id":7,"exclusion_percentage":500}"#), "f"),
        "holdout-7"
    );
    assert_eq!(
        user("user-31").ask(&with(r#"{"id":7,"exclusion_percentage":"x"}"#), "f"),
        "true"
    );
    assert_eq!(
        user("user-31").ask(&with(r#"{"id":null,"exclusion_percentage":100}"#), "f"),
        "true"
    );
}

#[test]
fn group_flags_are_bucketed_by_group_and_read_its_properties() {
    let flags = flags(
        r#"{"key":"f","active":true,"filters":{"aggregation_group_type_index":0,"groups":[
            {"properties":[{"key":"tier","value":"gold"}]}]}},
           {"key":"unknown","active":true,"filters":{"aggregation_group_type_index":4,"groups":[]}},
           {"key":"mixed","active":true,"filters":{"groups":[
            {"aggregation_group_type_index":0,"properties":[{"key":"tier","value":"gold"}]},
            {"aggregation_group_type_index":4}]}}"#,
    );
    let member = Caller::new(
        r#"{"distinctId":"u","groups":{"company":"acme"},"groupProperties":{"company":{"tier":"gold"}}}"#,
    );
    let bare = Caller::new(r#"{"distinctId":"u","groups":{"company":"acme"}}"#);
    assert_eq!(member.ask(&flags, "f"), "true");
    assert_eq!(member.ask(&flags, "mixed"), "true");
    assert_eq!(user("u").ask(&flags, "f"), "false");
    assert_eq!(user("u").ask(&flags, "mixed"), "false");
    assert_eq!(bare.ask(&flags, "mixed"), "[missing_context]");
    assert_eq!(bare.ask(&flags, "f"), "[thrown]");
    assert_eq!(member.ask(&flags, "unknown"), "[unsupported_definition]");
}

#[test]
fn without_a_distinct_id_there_is_nobody_to_bucket() {
    let definitions = flags(r#"{"key":"f","active":true,"filters":{"groups":[{}]}}"#);
    let mut inputs = CallInputs::default();
    inputs.begin(1);
    let host = FixedHost { now_ms: 0.0 };
    let mut scratch = Scratch::default();
    let outcome = Evaluation::new(&definitions, &inputs, &host, &mut scratch).flag(0);
    assert_eq!(outcome, Err(Fallback::MISSING_CONTEXT));
}

#[test]
fn device_flags_need_a_device_id_and_prefer_a_cause_in_the_definition() {
    let flags = flags(
        r#"{"key":"f","active":true,"bucketing_identifier":"device_id","filters":{"groups":[{}]}},
           {"key":"g","active":true,"bucketing_identifier":"device_id","filters":{"groups":[
            {"properties":[{"key":"plan","operator":"between","value":[1,2]}]}]}}"#,
    );
    assert_eq!(user("u").ask(&flags, "f"), "[missing_context]");
    assert_eq!(user("u").ask(&flags, "g"), "[unsupported_definition]");
    assert_eq!(
        Caller::new(r#"{"person":{"$device_id":"d"}}"#).ask(&flags, "f"),
        "true"
    );
    assert_eq!(
        Caller::new(r#"{"person":{"$device_id":""}}"#).ask(&flags, "f"),
        "[missing_context]"
    );
    assert_eq!(
        Caller::new(r#"{"person":{"$device_id":{}}}"#).ask(&flags, "f"),
        "[thrown]"
    );
}

#[test]
fn inactive_comes_before_experience_continuity() {
    let flags = flags(
        r#"{"key":"f","active":false,"ensure_experience_continuity":true},
           {"key":"g","active":true,"ensure_experience_continuity":true}"#,
    );
    assert_eq!(user("u").ask(&flags, "f"), "false");
    assert_eq!(user("u").ask(&flags, "g"), "[experience_continuity]");
}

#[test]
fn what_is_malformed_throws_only_where_posthog_node_reaches_it() {
    for (filters, expected) in [
        (r#"{"groups":5}"#, "[thrown]"),
        (r#"{"groups":[null]}"#, "[thrown]"),
        (r#"{"groups":[{},null]}"#, "true"),
        (r#"{"groups":"ab"}"#, "true"),
        (r#"{"groups":[{"properties":[null]}]}"#, "[thrown]"),
        (r#"{"groups":[{"properties":{"length":1}}]}"#, "[thrown]"),
        (r#"{"groups":[{"properties":{}}]}"#, "true"),
        (
            r#"{"groups":[{}],"multivariate":{"variants":5}}"#,
            "[thrown]",
        ),
        (
            r#"{"groups":[{"variant":"a"}],"multivariate":{"variants":[null]}}"#,
            "[thrown]",
        ),
        (
            r#"{"groups":[{"rollout_percentage":{"toString":1}}]}"#,
            "[thrown]",
        ),
        (r#"null"#, "false"),
    ] {
        let flags = flags(&format!(
            r#"{{"key":"f","active":true,"filters":{filters}}}"#
        ));
        assert_eq!(user("u").ask(&flags, "f"), expected, "{filters}");
    }
}

#[test]
fn a_date_that_only_javascript_reads_is_asked_for() {
    let with = |value: &str| {
        definitions(&format!(
            r#"{{"flags":[{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[
                {{"key":"plan","operator":"is_date_after","value":"{value}"}}]}}]}}}}]}}"#
        ))
    };
    let joined = Caller::new(r#"{"person":{"plan":"2024-03-08"}}"#);
    assert_eq!(joined.ask(&with("March 7, 2024"), "f"), "true");
    assert_eq!(
        joined.ask(&with("some day"), "f"),
        "[unsupported_definition]"
    );
    assert_eq!(
        Caller::new("{}").ask(&with("some day"), "f"),
        "[unsupported_definition]"
    );
    assert_eq!(
        Caller::new("{}").ask(&with("March 7, 2024"), "f"),
        "[missing_context]"
    );
}

#[test]
fn a_cause_in_the_definition_may_depend_on_what_javascript_reads_as_a_date() {
    let with = |value: &str| {
        flags(&format!(
            r#"{{"key":"f","active":true,"bucketing_identifier":"device_id","filters":{{"groups":[
                {{"properties":[{{"key":"plan","operator":"is_date_after","value":"{value}"}}]}}]}}}}"#
        ))
    };
    assert_eq!(
        user("u").ask(&with("some day"), "f"),
        "[unsupported_definition]"
    );
    assert_eq!(
        user("u").ask(&with("March 7, 2024"), "f"),
        "[missing_context]"
    );
}

#[test]
fn without_early_exit_a_rollout_miss_leaves_the_later_conditions_to_decide() {
    let flags = flags(
        r#"{"key":"f","active":true,"filters":{"groups":[{"rollout_percentage":0},{"properties":[]}]}},
           {"key":"g","active":true,"filters":{"holdout":{"id":1,"exclusion_percentage":0},"groups":[
               {"rollout_percentage":0},{"properties":[]}]}}"#,
    );
    assert_eq!(user("u").ask(&flags, "f"), "true");
    assert_eq!(user("u").ask(&flags, "g"), "true");
}

#[test]
fn with_early_exit_a_deferred_regex_that_the_rollout_would_exclude_defers_to_false() {
    let with = |rollout: u32, early_exit: bool, last: &str| {
        flags(&format!(
            r#"{{"key":"f","active":true,"filters":{{"early_exit":{early_exit},"groups":[
                {{"properties":[{{"key":"plan","operator":"regex","value":"(?=p)"}}],"rollout_percentage":{rollout}}},
                {last}]}}}}"#
        ))
    };
    let everyone = r#"{"properties":[]}"#;
    // Had the regex matched, the rollout would have ended the walk with `false`.
    assert_eq!(
        user("u").ask(&with(0, true, everyone), "f"),
        "[unsupported_definition]"
    );
    assert_eq!(user("u").ask(&with(0, false, everyone), "f"), "true");
    assert_eq!(user("u").ask(&with(100, true, everyone), "f"), "true");
}

#[test]
fn what_throws_in_a_condition_that_cannot_be_checked_ends_it_unless_it_cannot_even_be_looked_at() {
    let with = |filters: &str| {
        flags(&format!(
            r#"{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[{filters}]}},{{"properties":[]}}]}}}}"#
        ))
    };
    let missing = r#"{"key":"missing","value":"x"}"#;
    let throws = r#"{"key":"plan","operator":"icontains","value":{"toString":1}}"#;
    // The condition is inconclusive, and the next one matches.
    assert_eq!(
        user("u").ask(&with(&format!("{missing},{throws}")), "f"),
        "true"
    );
    assert_eq!(
        user("u").ask(&with(&format!("{throws},{missing}")), "f"),
        "[thrown]"
    );
    assert_eq!(
        user("u").ask(&with(&format!("{missing},null")), "f"),
        "[thrown]"
    );
}
