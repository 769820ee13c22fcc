//! Membership of cohorts: posthog-node's `matchCohort` and `matchPropertyGroup`.

use super::ledger::Known;
use super::{Evaluation, Properties, Uncertainty};
use crate::compiled::{CohortFilter, CohortMember, CohortReference, Join, PropertyGroup};
use crate::outcome::{Fallback, UnresolvedReason};

const REQUIRES_SERVER: Fallback = Fallback::RequiresServer {
    reason: UnresolvedReason::UnsupportedDefinition,
};

/// Cohorts in cohorts are followed no deeper than this; the limit protects the stack.
const MAX_COHORT_DEPTH: usize = 100;

/// Nor are the groups in these cohorts, all in all, deeper than this. A caller in a worker thread may have left little of
/// the stack.
const MAX_GROUP_DEPTH: usize = 300;

impl Evaluation<'_> {
    pub(super) fn cohort_filter(
        &mut self,
        filter: &CohortFilter,
        properties: Properties,
    ) -> Result<bool, Fallback> {
        let inside = match &filter.cohort {
            CohortReference::Known(cohort) => self.cohort(*cohort, properties)?,
            // A static cohort, most likely: only the server knows its members.
            CohortReference::Missing => return Err(REQUIRES_SERVER),
            CohortReference::Throws(message) => return Err(Fallback::Thrown(message.clone())),
            CohortReference::Unreadable(message) => {
                return Err(Fallback::Unreadable(message.clone()));
            }
        };
        Ok(inside != filter.negated)
    }

    fn cohort(&mut self, cohort: usize, properties: Properties) -> Result<bool, Fallback> {
        let definitions = self.definitions;
        let name = &definitions.cohorts[cohort].name;
        match self.scratch.cohorts.get(cohort) {
            Known::Result(result) => return result.clone(),
            Known::InProgress(depth) if *depth == self.depth => {
                return Err(Fallback::thrown(format!(
                    "{name} contains itself; correct the cohort in PostHog"
                )));
            }
            Known::InProgress(_) => {
                return Err(Fallback::Endless(
                    format!(
                        "{name} depends on a flag that depends on the cohort; correct it in PostHog"
                    )
                    .into(),
                ));
            }
            Known::Nothing if self.cohort_depth >= MAX_COHORT_DEPTH => {
                return Err(Fallback::thrown(format!(
                    "{name} is nested too deeply; simplify the cohort in PostHog"
                )));
            }
            Known::Nothing => {}
        }
        self.scratch
            .cohorts
            .set(cohort, Known::InProgress(self.depth));
        self.cohort_depth += 1;
        let result = self.property_group(&definitions.cohorts[cohort].group, properties);
        self.cohort_depth -= 1;
        self.scratch
            .cohorts
            .set(cohort, Known::Result(result.clone()));
        result
    }

    fn property_group(
        &mut self,
        group: &PropertyGroup,
        properties: Properties,
    ) -> Result<bool, Fallback> {
        match group {
            PropertyGroup::Everyone => Ok(true),
            PropertyGroup::UnsupportedType => Err(REQUIRES_SERVER),
            PropertyGroup::Throws(message) => Err(Fallback::Thrown(message.clone())),
            PropertyGroup::Groups { .. } if self.group_depth >= MAX_GROUP_DEPTH => Err(
                Fallback::thrown("a cohort is nested too deeply; simplify it in PostHog"),
            ),
            PropertyGroup::Groups { join, groups } => {
                self.group_depth += 1;
                let result = self.join(*join, groups, |evaluation, group| {
                    evaluation.property_group(group, properties)
                });
                self.group_depth -= 1;
                result
            }
            PropertyGroup::Filters { join, filters } => self.join(
                *join,
                filters,
                |evaluation, CohortMember { filter, negation }| {
                    Ok(evaluation.filter(filter, properties)? != *negation)
                },
            ),
        }
    }

    /// Joins members; one that is inconclusive does not stop the walk, for another may decide.
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
    use super::MAX_COHORT_DEPTH;
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
    fn groups_that_nest_too_deeply_from_cohort_to_cohort_are_given_up() {
        let answer = |count: usize, levels: usize| {
            let group = |inside: &str| format!(r#"{{"type":"AND","values":[{inside}]}}"#);
            let cohorts: Vec<_> = (1..=count)
                .map(|id| {
                    let next = id + 1;
                    let last = if id == count {
                        r#"{"key":"a","value":"x"}"#.to_owned()
                    } else {
                        format!(r#"{{"type":"cohort","value":{next}}}"#)
                    };
                    let nested = (0..levels).fold(group(&last), |inside, _| group(&inside));
                    format!(r#""{id}":{nested}"#)
                })
                .collect();
            ask(&format!("{{{}}}", cohorts.join(",")), "in", r#"{"a":"x"}"#)
        };
        let check = move || {
            assert_eq!(answer(1, 60), "true");
            assert_eq!(answer(90, 3), "true");
            // The stack of a worker thread that is nearly full has no room for this.
            assert_eq!(answer(99, 60), "[thrown]");
        };
        // Without optimisation every level takes many times as much.
        let thread = std::thread::Builder::new().stack_size(32 * 1024 * 1024);
        thread.spawn(check).unwrap().join().unwrap();
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

    /// Cohorts of which each holds the members of the next; the last holds everyone.
    fn nested(count: usize) -> String {
        let cohorts: Vec<_> = (1..=count)
            .map(|id| match id {
                last if last == count => format!(r#""{last}":{{}}"#),
                id => format!(
                    r#""{id}":{{"type":"AND","values":[{{"type":"cohort","value":{}}}]}}"#,
                    id + 1
                ),
            })
            .collect();
        format!("{{{}}}", cohorts.join(","))
    }

    #[test]
    fn cohorts_are_followed_a_hundred_levels_down() {
        assert_eq!(ask(&nested(MAX_COHORT_DEPTH), "in", "{}"), "true");
        assert_eq!(ask(&nested(MAX_COHORT_DEPTH + 1), "in", "{}"), "[thrown]");
    }

    #[test]
    fn many_groups_side_by_side_are_not_deep() {
        let group = r#"{"type":"OR","values":[{"type":"AND","values":[]}]}"#;
        let groups = vec![group; 2 * super::MAX_GROUP_DEPTH].join(",");
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
