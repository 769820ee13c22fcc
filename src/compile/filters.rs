//! The filters of a condition or a cohort.

use super::compiler::Compiler;
use super::messages::expected;
use super::scope::Scope;
use crate::compiled::{ConditionFilter, FilterIndex, PropertyFilter, Slot, narrow};
use crate::js;
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
                        // For null properties posthog-node writes a warning that names the operator, but not in a cohort.
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
                Ok(dependency) => ConditionFilter::Flag(Box::new(dependency), self.wording(filter)),
                Err(message) => ConditionFilter::Throws(message),
            },
            _ => {
                let key = filter.get("key");
                let Ok(key) = js::to_text(key) else {
                    return ConditionFilter::Throws(expected("a filter's key", "a string", key));
                };
                let (operator, value) = (filter.get("operator"), filter.get("value"));
                let slot = self.property_slot(scope, &key);
                ConditionFilter::Property(self.property_filter(slot, operator, value))
            }
        }
    }

    /// The index of the filter with this test. People copy conditions from flag to flag, so it is often known already.
    fn property_filter(
        &mut self,
        slot: Slot,
        operator: Option<&Json>,
        value: Option<&Json>,
    ) -> FilterIndex {
        let test = &mut self.test;
        test.clear();
        test.push_str(&slot.to_string());
        write_wording(operator, value, test);
        let index = self.tests.add(test);
        if index == self.filters.len() {
            let version = self.document.property_matching_version;
            self.filters.push(PropertyFilter {
                slot,
                matcher: matchers::compile_within(operator, value, version, &mut self.regex_budget),
                support: matchers::support(operator, value),
            });
        }
        // A document with more than 2^32 filters does not fit in memory.
        index as FilterIndex
    }

    /// The number of the wording of a filter on a cohort or a flag.
    pub(super) fn wording(&mut self, filter: &Json) -> u32 {
        let wording = &mut self.test;
        wording.clear();
        if let Some(key) = filter.get("key") {
            key.write(wording);
        }
        write_wording(filter.get("operator"), filter.get("value"), wording);
        narrow(self.wordings.add(wording))
    }
}

/// Appends what [`Wording`](crate::compiled::Wording) reads again.
fn write_wording(operator: Option<&Json>, value: Option<&Json>, out: &mut String) {
    for part in [operator, value] {
        // JSON text has no control characters.
        out.push('\0');
        if let Some(part) = part {
            part.write(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::compiled::{ConditionFilter, FilterIndex};
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
            .condition_filters
            .iter()
            .map(|filter| match filter {
                ConditionFilter::Property(filter) => *filter,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(compiled, [0, 0, 1, 2, 3, 4]);
    }
}
