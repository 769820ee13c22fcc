//! Filters on the value of another flag: posthog-node's `evaluateFlagDependency`.

use std::ptr;

use super::evaluation::Evaluation;
use super::ledger::Known;
use super::visitor::Visitor;
use crate::compiled::{DependencyLink, DependencyTarget, ExpectedValue, FlagDependency};
use crate::js::json::Json;
use crate::outcome::{Fallback, UnresolvedReason, ValueCode};

/// The value of a flag, as a flag that depends on it compares it.
enum DependencyValue<'v> {
    Bool(bool),
    Variant(&'v Json<'static>),
    Unknown,
}

impl<V: Visitor> Evaluation<'_, V> {
    pub(super) fn dependency(&mut self, dependency: &FlagDependency) -> Result<bool, Fallback> {
        let FlagDependency::Chain {
            links,
            target,
            expected,
        } = dependency
        else {
            return Err(Fallback::UNSUPPORTED);
        };
        for link in links {
            self.link(*link)?;
        }
        let value = match target {
            DependencyTarget::Link(DependencyLink::Off) => DependencyValue::Bool(false),
            DependencyTarget::Link(DependencyLink::Flag(flag)) => self.known_value(*flag),
            DependencyTarget::Elsewhere(Some(flag)) if self.was_linked(dependency, *flag) => {
                self.known_value(*flag)
            }
            DependencyTarget::Elsewhere(_) => DependencyValue::Unknown,
        };
        Ok(meets(expected, &value))
    }

    /// Evaluates one flag of the chain. If it has no value, the dependent flag is unresolved too.
    fn link(&mut self, link: DependencyLink) -> Result<(), Fallback> {
        let DependencyLink::Flag(flag) = link else {
            return Ok(());
        };
        let reason = UnresolvedReason::UnresolvedDependency;
        match self.flag_in_row(flag) {
            Ok(_) => {
                self.scratch.linked.set(flag, Known::Result(()));
                Ok(())
            }
            Err(Fallback::RequiresServer { .. }) => Err(Fallback::RequiresServer { reason }),
            Err(Fallback::Inconclusive { server_regex, .. }) => Err(Fallback::Inconclusive {
                reason,
                server_regex,
            }),
            Err(Fallback::Thrown(_)) => Err(Fallback::inconclusive(reason)),
            // posthog-node may have a value for this flag, which would decide.
            Err(unknown @ (Fallback::Unreadable(_) | Fallback::Endless(_))) => Err(unknown),
        }
    }

    /// Whether a chain had asked for a flag when the evaluation came to this filter for the first time. An evaluation that
    /// starts a flag again, after a shortcut or because the stack was high, comes to the same filter again later.
    fn was_linked(&mut self, dependency: &FlagDependency, flag: usize) -> bool {
        let is_linked = matches!(self.scratch.linked.get(flag), Known::Result(()));
        let first = &mut self.scratch.was_linked;
        *first
            .entry(ptr::from_ref(dependency).addr())
            .or_insert(is_linked)
    }

    fn known_value(&self, flag: usize) -> DependencyValue<'_> {
        match self.scratch.flags.get(flag) {
            Known::Result(Ok(code)) => match code.own_index() {
                None => DependencyValue::Bool(*code == ValueCode::TRUE),
                Some(index) => {
                    DependencyValue::Variant(&self.definitions.flags[flag].values[index])
                }
            },
            _ => DependencyValue::Unknown,
        }
    }
}

/// posthog-node's `flagEvaluatesToExpectedValue`.
fn meets(expected: &ExpectedValue, value: &DependencyValue<'_>) -> bool {
    match (expected, value) {
        (ExpectedValue::Bool(expected), DependencyValue::Bool(value)) => expected == value,
        (ExpectedValue::Bool(true), DependencyValue::Variant(Json::String(_))) => true,
        (ExpectedValue::Variant(expected), DependencyValue::Variant(Json::String(value))) => {
            **expected == **value
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Caller, flags};

    fn depends(key: &str, on: &str, expected: &str) -> String {
        format!(
            r#"{{"key":"{key}","active":true,"filters":{{"groups":[{{"properties":[
                {{"type":"flag","key":"{on}","value":{expected},"dependency_chain":["{on}"]}}]}}]}}}}"#
        )
    }

    fn ask(document: &[String], key: &str) -> String {
        Caller::new(r#"{"distinctId":"u","person":{}}"#).ask(&flags(&document.join(",")), key)
    }

    const ON: &str = r#"{"key":"on","active":true,"filters":{"groups":[{}]}}"#;
    const OFF: &str = r#"{"key":"off","active":false}"#;
    const VARIANT: &str = r#"{"key":"v","active":true,"filters":{"groups":[{}],
        "multivariate":{"variants":[{"key":"blue","rollout_percentage":100}]}}}"#;
    const OPEN: &str = r#"{"key":"open","active":true,"filters":{"groups":[{"properties":[{"key":"x","value":"y"}]}]}}"#;
    const STATIC: &str = r#"{"key":"static","active":true,"filters":{"groups":[{"properties":[{"type":"cohort","value":1}]}]}}"#;

    #[test]
    fn values_are_compared_as_the_filter_says() {
        for (other, on, expected, answer) in [
            (ON, "on", "true", "true"),
            (ON, "on", "false", "false"),
            (OFF, "off", "false", "true"),
            (VARIANT, "v", "true", "true"),
            (VARIANT, "v", "\"blue\"", "true"),
            (VARIANT, "v", "\"red\"", "false"),
            (VARIANT, "v", "1", "false"),
        ] {
            assert_eq!(
                ask(&[depends("f", on, expected), other.to_owned()], "f"),
                answer,
                "{on} {expected}"
            );
        }
    }

    #[test]
    fn a_dependency_without_a_value_leaves_its_dependents_unresolved() {
        assert_eq!(
            ask(&[depends("f", "open", "true"), OPEN.to_owned()], "f"),
            "[unresolved_dependency]"
        );
        assert_eq!(
            ask(&[depends("f", "static", "true"), STATIC.to_owned()], "f"),
            "[server: unresolved_dependency]"
        );
        assert_eq!(
            ask(&[depends("f", "none", "true")], "f"),
            "[unsupported_definition]"
        );
    }

    #[test]
    fn an_absent_or_empty_chain_is_unsupported() {
        for chain in [
            "",
            r#","dependency_chain":[]"#,
            r#","dependency_chain":"on""#,
        ] {
            let flag = format!(
                r#"{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[
                    {{"type":"flag","key":"on","value":true{chain}}}]}}]}}}}"#
            );
            assert_eq!(
                ask(&[flag, ON.to_owned()], "f"),
                "[unsupported_definition]",
                "{chain}"
            );
        }
    }

    #[test]
    fn a_flag_outside_the_chain_counts_only_if_a_chain_has_asked_for_it() {
        let outside = depends("f", "on", "true").replace(r#"["on"]"#, r#"["off"]"#);
        assert_eq!(
            ask(&[outside.clone(), ON.to_owned(), OFF.to_owned()], "f"),
            "false"
        );
        // That it has been evaluated for its own sake does not count.
        assert_eq!(
            ask(&[ON.to_owned(), OFF.to_owned(), outside.clone()], "f"),
            "false"
        );
        let asks =
            r#""properties":[{"type":"flag","key":"on","value":true,"dependency_chain":["on"]},"#;
        let after_asking = outside.replace(r#""properties":["#, asks);
        assert_eq!(
            ask(&[after_asking, ON.to_owned(), OFF.to_owned()], "f"),
            "true"
        );
    }

    #[test]
    fn what_a_chain_asks_for_later_does_not_change_an_answer_given_before() {
        let first = r#"{"properties":[{"type":"flag","key":"on","value":true,"dependency_chain":["off"]}]}"#;
        let flag = |later: &str| {
            format!(
                r#"{{"key":"f","active":true,"filters":{{"groups":[{first},{{"properties":[{later}]}}]}}}}"#
            )
        };
        let asks = |key: &str| {
            format!(r#"{{"type":"flag","key":"{key}","value":true,"dependency_chain":["{key}"]}}"#)
        };
        let document = [
            flag(&format!(r#"{},{{"key":"x","value":"y"}}"#, asks("on"))),
            ON.to_owned(),
            OFF.to_owned(),
        ];
        assert_eq!(ask(&document, "f"), "[missing_context]");
        // The row is so long that the evaluation leaves the stack and comes back.
        let off_at_last = asks("row0").replace("true", "false");
        let mut document = vec![flag(&off_at_last), ON.to_owned(), OFF.to_owned()];
        document.extend(
            (0..150).map(|n| depends(&format!("row{n}"), &format!("row{}", n + 1), "true")),
        );
        document.push(depends("row150", "on", "true"));
        assert_eq!(ask(&document, "f"), "false");
    }

    #[test]
    fn a_cycle_ends_and_takes_along_all_that_reach_it() {
        let document = [
            depends("a", "b", "true"),
            depends("b", "a", "true"),
            depends("c", "a", "true"),
            ON.to_owned(),
        ];
        for key in ["a", "b", "c"] {
            assert_eq!(ask(&document, key), "[endless]", "{key}");
        }
        assert_eq!(ask(&document, "on"), "true");
    }

    #[test]
    fn many_dependencies_side_by_side_are_not_deep() {
        let keys: Vec<_> = (0..150).map(|number| format!("\"f{number}\"")).collect();
        let chain = format!("[{}]", keys.join(","));
        let mut document: Vec<_> = (0..150)
            .map(|number| ON.replace("\"on\"", &format!("\"f{number}\"")))
            .collect();
        document.push(depends("f", "f149", "true").replace(r#"["f149"]"#, &chain));
        assert_eq!(ask(&document, "f"), "true");
    }
}
