//! Membership of cohorts: posthog-node's `matchCohort` and `matchPropertyGroup`.

use super::evaluation::Evaluation;
use super::ledger::Known;
use super::property_holder::PropertyHolder;
use super::row::Node;
use super::uncertainty::Uncertainty;
use super::visitor::Visitor;
use crate::compiled::{CohortFilter, CohortMember, CohortReference, Join, PropertyGroup};
use crate::outcome::{Fallback, UnresolvedReason};

const REQUIRES_SERVER: Fallback = Fallback::RequiresServer {
    reason: UnresolvedReason::UnsupportedDefinition,
};

impl<V: Visitor> Evaluation<'_, V> {
    pub(super) fn cohort_filter(
        &mut self,
        filter: &CohortFilter,
        holder: PropertyHolder,
    ) -> Result<bool, Fallback> {
        let inside = match &filter.cohort {
            CohortReference::Known(cohort) => self.cohort(*cohort, holder)?,
            // Most likely it is a static cohort: only the server knows its members.
            CohortReference::Missing => return Err(REQUIRES_SERVER),
            CohortReference::Throws(message) => return Err(Fallback::Thrown(message.clone())),
            CohortReference::Unreadable(message) => {
                return Err(Fallback::Unreadable(message.clone()));
            }
        };
        Ok(inside != filter.negated)
    }

    pub(super) fn cohort(
        &mut self,
        cohort: usize,
        holder: PropertyHolder,
    ) -> Result<bool, Fallback> {
        let definitions = self.definitions;
        match self.scratch.cohorts.get(cohort) {
            Known::Result(result) => return result.clone(),
            Known::InProgress(place) => {
                return Err(match self.place.since(*place) {
                    // If no flag is part of the circle, posthog-node overflows its stack and throws.
                    (0, count) => {
                        let first = self.scratch.cohorts.first_in_progress(*place, count);
                        let name = &definitions.cohorts[first.unwrap_or(cohort)].name;
                        Fallback::thrown(format!(
                            "{name} contains itself; correct the cohort in PostHog"
                        ))
                    }
                    _ => self.endless(*place),
                });
            }
            Known::Nothing if self.is_stack_high() => return Err(self.suspend()),
            Known::Nothing => {}
        }
        let place = self.place;
        self.scratch.cohorts.set(cohort, Known::InProgress(place));
        self.place = place.after_cohort();
        self.levels += 1;
        let result = self.property_group(&definitions.cohorts[cohort].group, holder);
        self.levels -= 1;
        self.place = place;
        if !self.leaves(Node::Cohort(cohort, holder)) {
            self.scratch
                .cohorts
                .set(cohort, Known::Result(result.clone()));
        }
        result
    }

    pub(super) fn property_group(
        &mut self,
        group: &PropertyGroup,
        holder: PropertyHolder,
    ) -> Result<bool, Fallback> {
        let result = self.join_group(group, holder);
        self.visitor.group(group, &result);
        result
    }

    fn join_group(
        &mut self,
        group: &PropertyGroup,
        holder: PropertyHolder,
    ) -> Result<bool, Fallback> {
        match group {
            PropertyGroup::Everyone => Ok(true),
            PropertyGroup::UnsupportedType => Err(REQUIRES_SERVER),
            PropertyGroup::Throws(message) => Err(Fallback::Thrown(message.clone())),
            PropertyGroup::Groups { join, groups } => {
                self.levels += 1;
                let result = self.join(*join, groups, |evaluation, group| {
                    evaluation.property_group(group, holder)
                });
                self.levels -= 1;
                result
            }
            PropertyGroup::Filters { join, filters } => self.join(
                *join,
                filters,
                |evaluation, CohortMember { filter, negation }| {
                    Ok(evaluation.filter(filter, holder)? != *negation)
                },
            ),
        }
    }

    /// Joins members. An inconclusive member does not stop the walk, because another may decide.
    fn join<T>(
        &mut self,
        join: Join,
        members: &[T],
        mut matches: impl FnMut(&mut Self, &T) -> Result<bool, Fallback>,
    ) -> Result<bool, Fallback> {
        // AND is decided by the first that does not match, OR by the first that does.
        let deciding = join == Join::Or;
        let mut uncertainty = Uncertainty::default();
        for member in members {
            match matches(self, member) {
                Ok(matched) if matched == deciding => return Ok(deciding),
                Ok(_) => {}
                Err(Fallback::Inconclusive {
                    reason,
                    server_regex,
                }) => uncertainty.add(reason, server_regex),
                Err(other) => return Err(other),
            }
        }
        uncertainty.into_fallback().map_or(Ok(!deciding), Err)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Caller, definitions};

    /// Asks a flag that is on for the members of cohort 1.
    fn ask(cohorts: &str, operator: &str, person: &str) -> String {
        let document = format!(
            r#"{{"flags":[{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[
                {{"type":"cohort","key":"id","value":1,"operator":"{operator}"}}]}}]}}}}],"cohorts":{cohorts}}}"#
        );
        Caller::new(&format!(r#"{{"distinctId":"u","person":{person}}}"#))
            .ask(&definitions(&document), "f")
    }

    #[test]
    fn groups_and_filters_are_joined_and_negated() {
        let cohorts = r#"{"1":{"type":"OR","values":[
            {"type":"AND","values":[{"key":"a","value":"x"},{"key":"b","value":"y","negation":true}]},
            {"type":"property","values":[{"key":"c","value":"z"}]}]}}"#;
        assert_eq!(ask(cohorts, "in", r#"{"a":"x","b":"n","c":"n"}"#), "true");
        assert_eq!(ask(cohorts, "in", r#"{"a":"x","b":"y","c":"z"}"#), "true");
        assert_eq!(ask(cohorts, "in", r#"{"a":"x","b":"y","c":"n"}"#), "false");
        assert_eq!(
            ask(cohorts, "not_in", r#"{"a":"x","b":"y","c":"n"}"#),
            "true"
        );
        assert_eq!(ask(cohorts, "in", r#"{"a":"x"}"#), "[missing_context]");
        assert_eq!(ask(cohorts, "in", r#"{"c":"z"}"#), "true");
    }

    #[test]
    fn an_empty_cohort_holds_everyone_and_an_empty_or_nobody() {
        assert_eq!(ask(r#"{"1":{}}"#, "in", "{}"), "true");
        assert_eq!(ask(r#"{"1":null}"#, "in", "{}"), "true");
        assert_eq!(
            ask(r#"{"1":{"type":"AND","values":[]}}"#, "in", "{}"),
            "true"
        );
        assert_eq!(
            ask(r#"{"1":{"type":"OR","values":[]}}"#, "in", "{}"),
            "false"
        );
    }

    #[test]
    fn what_only_the_server_knows_is_left_to_it() {
        assert_eq!(ask("{}", "in", "{}"), "[server: unsupported_definition]");
        assert_eq!(
            ask(r#"{"1":{"type":"XOR","values":[1]}}"#, "in", "{}"),
            "[server: unsupported_definition]"
        );
        assert_eq!(
            ask(r#"{"1":[1]}"#, "in", "{}"),
            "[server: unsupported_definition]"
        );
    }

    #[test]
    fn cohorts_nest_and_one_that_contains_itself_throws() {
        let inner = r#"{"type":"cohort","value":2}"#;
        let cohort = |inside: &str| format!(r#"{{"type":"AND","values":[{inside}]}}"#);
        let nested = format!(
            r#"{{"1":{},"2":{}}}"#,
            cohort(inner),
            cohort(r#"{"key":"a","value":"x"}"#)
        );
        assert_eq!(ask(&nested, "in", r#"{"a":"X"}"#), "true");
        let cyclic = format!(
            r#"{{"1":{},"2":{}}}"#,
            cohort(inner),
            cohort(r#"{"type":"cohort","value":"1"}"#)
        );
        assert_eq!(ask(&cyclic, "in", "{}"), "[thrown]");
    }

    #[test]
    fn malformed_cohorts_throw_where_posthog_node_does() {
        assert_eq!(
            ask(r#"{"1":{"type":"AND","values":5}}"#, "in", "{}"),
            "[thrown]"
        );
        assert_eq!(
            ask(r#"{"1":{"type":"AND","values":[null]}}"#, "in", "{}"),
            "[thrown]"
        );
        assert_eq!(
            ask(r#"{"1":{"type":"AND","values":{"length":0}}}"#, "in", "{}"),
            "true"
        );
        assert_eq!(ask("5", "in", "{}"), "[thrown]");
    }

    #[test]
    fn an_operator_without_a_text_throws_where_the_value_is_looked_at() {
        let cohorts = r#"{"1":{"type":"OR","values":[
            {"key":"a","value":"x","operator":[{"toString":1}],"negation":true}]}}"#;
        assert_eq!(ask(cohorts, "in", r#"{"a":"x"}"#), "[thrown]");
        assert_eq!(ask(cohorts, "in", "{}"), "[thrown]");
        assert_eq!(ask(cohorts, "in", r#"{"a":null}"#), "true");
    }

    #[test]
    fn many_groups_side_by_side_are_not_deep() {
        let group = r#"{"type":"OR","values":[{"type":"AND","values":[]}]}"#;
        let groups = vec![group; 600].join(",");
        let cohort = format!(r#"{{"1":{{"type":"AND","values":[{groups}]}}}}"#);
        assert_eq!(ask(&cohort, "in", "{}"), "true");
    }

    #[test]
    fn many_cohorts_side_by_side_are_not_deep() {
        let members: Vec<_> = (2..200)
            .map(|id| format!(r#"{{"type":"cohort","value":{id}}}"#))
            .collect();
        let everyone: Vec<_> = (2..200).map(|id| format!(r#""{id}":{{}}"#)).collect();
        let cohorts = format!(
            r#"{{"1":{{"type":"AND","values":[{}]}},{}}}"#,
            members.join(","),
            everyone.join(",")
        );
        assert_eq!(ask(&cohorts, "in", "{}"), "true");
    }

    #[test]
    fn a_cohort_that_reaches_itself_through_a_flag_is_endless() {
        let document = r#"{"flags":[{"key":"f","active":true,"filters":{"groups":[{"properties":[{"type":"cohort","value":1}]}]}}],
            "cohorts":{"1":{"type":"AND","values":[{"type":"flag","key":"f","value":true,"dependency_chain":["f"]}]}}}"#;
        let through = document.replacen(
            r#""flags":["#,
            r#""flags":[{"key":"g","active":true,"filters":{"groups":[{"properties":[{"type":"cohort","value":1}]}]}},"#,
            1,
        );
        let caller = Caller::new(r#"{"distinctId":"u","person":{}}"#);
        assert_eq!(caller.ask(&definitions(&through), "g"), "[endless]");
        assert_eq!(caller.ask(&definitions(&through), "f"), "[endless]");
    }
}
