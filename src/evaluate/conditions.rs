//! The release conditions of a flag: posthog-node's `matchFeatureFlagProperties` and `isConditionMatch`.

use super::{Evaluation, Outcome, Properties, Uncertainty};
use crate::compiled::{
    Aggregation, Condition, ConditionFilter, PropertyFilter, Rollout, Support, Targeting,
    VariantOverride,
};
use crate::context::Value;
use crate::hashing;
use crate::outcome::{Fallback, UnresolvedReason, ValueCode};

/// What a condition that could be checked comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConditionMatch {
    Match,
    NoMatch,
    /// The filters match, and the rollout excludes.
    OutOfRolloutBound,
}

impl<'a> Evaluation<'a> {
    /// Walks the conditions of a flag for whoever is bucketed by `bucketing_value`.
    pub(super) fn target(
        &mut self,
        targeting: &Targeting,
        bucketing_value: Value<'a>,
        properties: Properties,
    ) -> Outcome {
        if let Some(value) = held_out(targeting, bucketing_value)? {
            return Ok(value);
        }
        if let Some(message) = &targeting.malformed_conditions {
            return Err(Fallback::Thrown(message.clone()));
        }

        let mut uncertainty = Uncertainty::default();
        // What the conditions with a regex for the server would have come to, had it matched.
        let mut deferred: Vec<ValueCode> = Vec::new();
        let mut result = None;
        for condition in &targeting.conditions {
            if let Some(message) = &condition.malformed {
                return Err(Fallback::Thrown(message.clone()));
            }
            let (bucketing_value, properties) = match condition.aggregation {
                Aggregation::Inherited => (bucketing_value, properties),
                Aggregation::UnknownGroupType => continue,
                Aggregation::Group(group) => {
                    match (self.group_key(group)?, self.value(group.given)) {
                        (Value::Missing, _) => continue,
                        (_, Value::Missing) => {
                            uncertainty.add(UnresolvedReason::MissingContext, false);
                            continue;
                        }
                        (key, _) => (key, self.group_properties(group)),
                    }
                }
            };
            match self.condition(targeting, condition, bucketing_value, properties) {
                Ok(ConditionMatch::Match) => {
                    result = Some(variant(targeting, condition, bucketing_value)?);
                    break;
                }
                Ok(ConditionMatch::OutOfRolloutBound) if targeting.early_exit => {
                    if uncertainty.reason.is_some() {
                        break;
                    }
                    return Ok(ValueCode::FALSE);
                }
                Ok(_) => {}
                Err(Fallback::RequiresServer { reason }) => {
                    // Later conditions are not tried; what they would have added comes from the definition.
                    let known = self
                        .definition_reason(&targeting.definition_reason)
                        .ok()
                        .flatten();
                    let reason = reason.or_higher(uncertainty.reason).or_higher(known);
                    return Err(Fallback::RequiresServer { reason });
                }
                Err(Fallback::Inconclusive {
                    reason,
                    server_regex,
                }) => {
                    uncertainty.add(reason, server_regex);
                    if server_regex {
                        let out = targeting.early_exit
                            && !in_rollout(targeting, condition, bucketing_value)?;
                        deferred.push(match out {
                            true => ValueCode::FALSE,
                            false => variant(targeting, condition, bucketing_value)?,
                        });
                    }
                }
                Err(other) => return Err(other),
            }
        }

        match result {
            // A later match cannot decide while an earlier regex may decide otherwise.
            Some(value) if deferred.iter().all(|other| *other == value) => Ok(value),
            _ => uncertainty
                .into_fallback()
                .map_or(Ok(ValueCode::FALSE), Err),
        }
    }

    fn condition(
        &mut self,
        targeting: &Targeting,
        condition: &Condition,
        bucketing_value: Value<'a>,
        properties: Properties,
    ) -> Result<ConditionMatch, Fallback> {
        // The order of filters means nothing, so one that cannot be checked does not stop the walk: another may still
        // rule the condition out, or have the better reason.
        let mut uncertainty = Uncertainty::default();
        let mut requires_server = None;
        let mut cut_short = false;
        for filter in &condition.filters {
            match self.filter(filter, properties) {
                Ok(true) => {}
                Ok(false) => return Ok(ConditionMatch::NoMatch),
                Err(Fallback::RequiresServer { reason }) => {
                    // Only the first filter that cannot be checked ends the walk of the conditions.
                    if uncertainty.reason.is_none() {
                        requires_server = Some(reason);
                    }
                    uncertainty.add(reason, false);
                }
                Err(Fallback::Inconclusive {
                    reason,
                    server_regex,
                }) => uncertainty.add(reason, server_regex),
                Err(Fallback::Thrown(_))
                    if uncertainty.reason.is_some()
                        && !matches!(filter, ConditionFilter::Malformed(_)) =>
                {
                    cut_short = true;
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        if let (Some(message), false) = (&condition.malformed_filters, cut_short) {
            return Err(Fallback::Thrown(message.clone()));
        }
        if let Some(reason) = requires_server {
            return Err(Fallback::RequiresServer { reason });
        }
        if let Some(fallback) = uncertainty.into_fallback() {
            return Err(fallback);
        }
        Ok(match in_rollout(targeting, condition, bucketing_value)? {
            true => ConditionMatch::Match,
            false => ConditionMatch::OutOfRolloutBound,
        })
    }

    /// One filter of a condition or a cohort.
    pub(super) fn filter(
        &mut self,
        filter: &ConditionFilter,
        properties: Properties,
    ) -> Result<bool, Fallback> {
        match filter {
            ConditionFilter::Property(filter) => self.property(filter, properties),
            ConditionFilter::Cohort(filter) => self.cohort_filter(filter, properties),
            ConditionFilter::Flag(dependency) => self.dependency(dependency),
            ConditionFilter::Throws(message) | ConditionFilter::Malformed(message) => {
                Err(Fallback::Thrown(message.clone()))
            }
        }
    }

    fn property(&self, filter: &PropertyFilter, properties: Properties) -> Result<bool, Fallback> {
        if properties.absent {
            return Err(Fallback::thrown(
                "a group was named without its properties being an object; pass groupProperties for it",
            ));
        }
        match filter.matcher.matches(self.value(filter.slot), self.host) {
            // A filter that can never be used outranks what the call lacks.
            Err(Fallback::MISSING_CONTEXT) => Err(match &filter.support {
                Support::Supported => Fallback::MISSING_CONTEXT,
                Support::Unsupported => Fallback::UNSUPPORTED,
                Support::IfDate(text) if self.host.parse_date(text).is_nan() => {
                    Fallback::UNSUPPORTED
                }
                Support::IfDate(_) => Fallback::MISSING_CONTEXT,
                Support::Throws(message) => Fallback::Thrown(message.clone()),
            }),
            result => result,
        }
    }
}

/// The holdout that this bucketing value is in.
fn held_out(
    targeting: &Targeting,
    bucketing_value: Value<'_>,
) -> Result<Option<ValueCode>, Fallback> {
    let holdout = match &targeting.holdout {
        Ok(None) => return Ok(None),
        Ok(Some(holdout)) => holdout,
        Err(message) => return Err(Fallback::Thrown(message.clone())),
    };
    let held_out = match holdout.threshold {
        None => true,
        Some(threshold) => hashing::holdout(&bucketing_value.to_hashed_text()?) <= threshold,
    };
    match (&holdout.value, held_out) {
        (_, false) => Ok(None),
        (Ok(value), true) => Ok(Some(*value)),
        (Err(message), true) => Err(Fallback::Thrown(message.clone())),
    }
}

fn in_rollout(
    targeting: &Targeting,
    condition: &Condition,
    bucketing_value: Value<'_>,
) -> Result<bool, Fallback> {
    match &condition.rollout {
        None => Ok(true),
        Some(rollout) => {
            let bucketing_value = bucketing_value.to_hashed_text()?;
            match rollout {
                // No hash lies above one; NaN excludes nobody.
                Rollout::Threshold(threshold) if *threshold >= 1.0 || threshold.is_nan() => {
                    Ok(true)
                }
                Rollout::Threshold(threshold) => {
                    Ok(targeting.hasher.rollout(&bucketing_value) <= *threshold)
                }
                Rollout::Malformed(message) => Err(Fallback::Thrown(message.clone())),
            }
        }
    }
}

/// The value of a flag for someone whom the condition matches.
fn variant(targeting: &Targeting, condition: &Condition, bucketing_value: Value<'_>) -> Outcome {
    match &condition.variant_override {
        VariantOverride::Value(value) => return Ok(*value),
        VariantOverride::Malformed(message) => return Err(Fallback::Thrown(message.clone())),
        VariantOverride::None => {}
    }
    let bucketing_value = bucketing_value.to_hashed_text()?;
    if let Some(message) = &targeting.variants.malformed {
        return Err(Fallback::Thrown(message.clone()));
    }
    let ranges = &targeting.variants.ranges;
    if ranges.is_empty() {
        return Ok(ValueCode::TRUE);
    }
    let hash = targeting.hasher.variant(&bucketing_value);
    let picked = ranges
        .iter()
        .find(|range| hash >= range.min && hash < range.max);
    Ok(picked.map_or(ValueCode::TRUE, |range| range.value))
}

#[cfg(test)]
mod tests {
    use crate::context::{FixedHost, Value};
    use crate::evaluate::{Evaluation, Scratch};
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
        let values = [Value::Missing];
        let host = FixedHost { now_ms: 0.0 };
        let mut scratch = Scratch::default();
        let outcome = Evaluation::new(&definitions, &values, &host, &mut scratch).flag(0);
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
}
