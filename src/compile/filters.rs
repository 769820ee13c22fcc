//! The filters of a condition or a cohort.

use super::document::deep;
use super::{Compiler, Scope, expected, quoted};
use crate::compiled::{
    CohortFilter, CohortReference, ConditionFilter, DependencyLink, DependencyTarget,
    ExpectedValue, FilterIndex, FlagDependency, PropertyFilter, Slot,
};
use crate::js;
use crate::js::identity;
use crate::js::json::Json;
use crate::matchers;

impl Compiler<'_> {
    /// The filters of a condition, and what posthog-node throws after the last of them, if it does.
    pub(super) fn compile_condition_filters(
        &mut self,
        properties: Option<&Json>,
        scope: &Scope,
    ) -> (Vec<ConditionFilter>, Option<Box<str>>) {
        match properties {
            Some(Json::Array(filters)) => {
                let filters = filters.iter().map(|filter| match filter {
                    Json::Null => {
                        ConditionFilter::Malformed(expected("a filter", "an object", Some(filter)))
                    }
                    filter => match self.compile_filter(filter, scope) {
                        // In a condition posthog-node warns of null and names the operator, in a cohort it does not.
                        ConditionFilter::Property(_)
                            if js::to_text(filter.get("operator")).is_err() =>
                        {
                            let operator = filter.get("operator");
                            ConditionFilter::Throws(expected(
                                "a filter's operator",
                                "a string",
                                operator,
                            ))
                        }
                        compiled => compiled,
                    },
                });
                (filters.collect(), None)
            }
            // A string is walked by character, none of which has any fields.
            Some(Json::String(text)) => {
                let primitive = Json::Bool(true);
                (
                    text.chars()
                        .map(|_| self.compile_filter(&primitive, scope))
                        .collect(),
                    None,
                )
            }
            Some(object @ Json::Object(_)) => {
                let length = js::to_number(object.get("length"));
                let walked = length.map_or(true, |length| length > 0.0);
                (
                    Vec::new(),
                    walked.then(|| expected("properties", "a list of filters", properties)),
                )
            }
            _ => (Vec::new(), None),
        }
    }

    /// A filter that is not null.
    pub(super) fn compile_filter(&mut self, filter: &Json, scope: &Scope) -> ConditionFilter {
        let kind = match filter.get("type") {
            Some(Json::String(kind)) => &**kind,
            _ => "",
        };
        match kind {
            "cohort" => self.compile_cohort_filter(filter, scope),
            "flag" => match self.compile_dependency(filter) {
                Ok(dependency) => ConditionFilter::Flag(Box::new(dependency)),
                Err(message) => ConditionFilter::Throws(message),
            },
            _ => {
                let key = filter.get("key");
                let Ok(key) = js::to_text(key) else {
                    return ConditionFilter::Throws(expected("a filter's key", "a string", key));
                };
                let (operator, value) = (filter.get("operator"), filter.get("value"));
                let slot = self.property_slot(scope, key);
                ConditionFilter::Property(self.property_filter(slot, operator, value))
            }
        }
    }

    /// The filter with this test. People copy conditions from flag to flag, so it is often there already.
    fn property_filter(
        &mut self,
        slot: Slot,
        operator: Option<&Json>,
        value: Option<&Json>,
    ) -> FilterIndex {
        let mut test = slot.to_string();
        for part in [operator, value] {
            // JSON text has no control characters.
            test.push('\0');
            if let Some(part) = part {
                part.write(&mut test);
            }
        }
        let version = self.document.property_matching_version;
        let budget = &mut self.regex_budget;
        let entry = self.filters.entry(test.into());
        let index = entry.index();
        entry.or_insert_with(|| PropertyFilter {
            slot,
            matcher: matchers::compile_within(operator, value, version, budget),
            support: matchers::support(operator, value),
        });
        // A document of four thousand million filters does not fit in memory.
        index as FilterIndex
    }

    fn compile_cohort_filter(&mut self, filter: &Json, scope: &Scope) -> ConditionFilter {
        let value = filter.get("value");
        let Ok(id) = js::to_text(value) else {
            return ConditionFilter::Throws(expected(
                "a cohort filter's value",
                "a cohort id",
                value,
            ));
        };
        let cohort = match self.document.cohort(&id) {
            Ok(Some(cohort)) => match deep::why_unreadable(cohort) {
                Some(reason) => CohortReference::Unreadable(
                    format!("{} cannot be read: {reason}", Self::cohort_name(&id)).into(),
                ),
                None => CohortReference::Known(
                    self.cohort_ids.insert_full((id.into(), scope.clone())).0,
                ),
            },
            Ok(None) => CohortReference::Missing,
            Err(message) => CohortReference::Throws(message.into()),
        };
        let negated = filter.get("operator") == Some(&Json::String("not_in".into()));
        ConditionFilter::Cohort(Box::new(CohortFilter { cohort, negated }))
    }

    /// posthog-node's `evaluateFlagDependency`, as far as the definitions decide it.
    fn compile_dependency(&mut self, filter: &Json) -> Result<FlagDependency, Box<str>> {
        // Even the messages about what is wrong with a chain name the flag, so posthog-node throws without a readable key.
        let target = filter.get("key");
        let target = js::to_text(target)
            .map_err(|_| expected("a flag filter's key", "a flag key", target))?;
        let chain = match filter.get("dependency_chain") {
            Some(Json::Array(chain)) if !chain.is_empty() => chain,
            _ => return Ok(FlagDependency::Unsupported),
        };
        let mut keys = Vec::with_capacity(chain.len());
        let mut links = Vec::with_capacity(chain.len());
        for link in chain {
            let key = js::to_text(Some(link)).map_err(|_| {
                expected("an entry of a dependency_chain", "a flag key", Some(link))
            })?;
            match self.dependency_link(&key, link) {
                Some(link) => links.push(link),
                None => return Ok(FlagDependency::Unsupported),
            }
            keys.push(key);
        }
        let target = match keys.iter().position(|key| *key == target) {
            Some(position) => DependencyTarget::Link(links[position]),
            None => DependencyTarget::Elsewhere(self.flag_index(&target)),
        };
        let read = links.iter().filter_map(|link| match link {
            DependencyLink::Flag(flag) => Some(*flag),
            DependencyLink::Off => None,
        });
        self.dependencies.extend(read);
        if let DependencyTarget::Elsewhere(Some(flag)) = target {
            self.dependencies.insert(flag);
        }
        let expected = match filter.get("value") {
            Some(Json::Bool(value)) => ExpectedValue::Bool(*value),
            Some(Json::String(variant)) => ExpectedValue::Variant(variant.clone()),
            _ => ExpectedValue::Never,
        };
        Ok(FlagDependency::Chain {
            links: links.into(),
            target,
            expected,
        })
    }

    /// What a chain's entry refers to; `None` if there is no such flag.
    pub(super) fn dependency_link(&self, key: &str, link: &Json) -> Option<DependencyLink> {
        match self.flag_index(key) {
            Some(flag) => Some(DependencyLink::Flag(flag)),
            None => identity(Some(link))
                .is_some_and(|key| self.dropped.contains(&key))
                .then_some(DependencyLink::Off),
        }
    }

    /// For messages: the name of the cohort in quotes.
    pub(super) fn cohort_name(id: &str) -> String {
        format!("cohort {}", quoted(id))
    }
}

#[cfg(test)]
mod tests {
    use crate::compiled::{ConditionFilter, FilterIndex, Rules};
    use crate::testing::flags;

    #[test]
    fn filters_that_are_the_same_share_one_and_others_do_not() {
        let filters = |flag: &str| format!(r#""properties":[{flag}]"#);
        let same = r#"{"key":"plan","value":["pro",1.5],"operator":"exact"}"#;
        let others = [
            r#"{"key":"plan","value":["pro","1.5"],"operator":"exact"}"#,
            r#"{"key":"plan","value":["pro",1.5],"operator":"is_not"}"#,
            r#"{"key":"plan","value":["pro",1.5]}"#,
            r#"{"key":"tier","value":["pro",1.5],"operator":"exact"}"#,
        ];
        let document: Vec<_> = [same, same]
            .into_iter()
            .chain(others)
            .enumerate()
            .map(|(index, filter)| {
                let filters = filters(filter);
                format!(
                    r#"{{"key":"{index}","active":true,"filters":{{"groups":[{{{filters}}}]}}}}"#
                )
            })
            .collect();
        let definitions = flags(&document.join(","));
        let compiled: Vec<FilterIndex> = definitions
            .flags
            .iter()
            .map(|flag| match &flag.rules {
                Rules::Targeting(targeting) => match &targeting.conditions[0].filters[0] {
                    ConditionFilter::Property(filter) => *filter,
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(compiled, [0, 0, 1, 2, 3, 4]);
    }
}
