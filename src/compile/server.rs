//! Flags that are decided as PostHog's server decides them. Numbers are read from the text once more, because the server tells
//! `1` from `1.0`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::compiler::Compiler;
use super::document::Document;
use super::scope::Scope;
use super::semantics::Semantics;
use super::values::ValueTable;
use crate::compiled::server::{
    CohortTest, CohortTree, PropertyRead, ServerCondition, ServerExpected, ServerFilter,
    ServerGroup, ServerRules,
};
use crate::compiled::{CompiledFlag, Input, Rules};
use crate::hashing::FlagHasher;
use crate::js::json::Json;
use crate::matchers::server::{PatternBudget, ServerTest, is_known};
use crate::outcome::ValueCode;

/// A definition that only the server can read, or decide.
pub struct OnlyServer;

type Compiled<T> = Result<T, OnlyServer>;

/// Properties of a person's first visit, which take the value of today's if they are absent.
const INITIAL: [&str; 42] = [
    "$app_build",
    "$app_name",
    "$app_namespace",
    "$app_version",
    "$browser",
    "$browser_version",
    "$current_url",
    "$device_type",
    "$os",
    "$os_version",
    "$pathname",
    "$raw_user_agent",
    "$referrer",
    "$referring_domain",
    "$screen_height",
    "$screen_width",
    "$viewport_height",
    "$viewport_width",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "gclid",
    "gad_source",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "twclid",
    "li_fat_id",
    "mc_cid",
    "igshid",
    "ttclid",
    "rdt_cid",
    "epik",
    "qclid",
    "sccid",
    "irclid",
    "_kx",
];

/// The server's own depth of cohorts within each other.
const MAX_DEPTH: usize = 64;

/// What compiling for the server keeps beside the rest.
#[derive(Default)]
pub struct ServerParts {
    /// The cohorts of the document by id, with `1` apart from `1.0`.
    pub stored: Map<String, Value>,
    /// Those compiled so far; none if they are open.
    known: HashMap<String, Option<usize>>,
    /// The compiled cohorts.
    pub cohorts: Vec<CohortTree>,
    budget: PatternBudget,
    flags: Vec<usize>,
}

impl ServerParts {
    /// What is needed of a document, which is nothing unless the server's decisions are wanted.
    pub fn of(document: &Document<'_>, semantics: Semantics) -> Result<Self, serde_json::Error> {
        let mut parts = Self::default();
        if semantics.is_server()
            && let Some(text) = document.cohorts_text
            && let Ok(Value::Object(stored)) = serde_json::from_str(text)
        {
            parts.stored = stored;
        }
        Ok(parts)
    }
}

impl Compiler<'_> {
    /// The rules of an active flag with this index.
    pub(super) fn compile_server(
        &mut self,
        index: usize,
        text: &str,
        values: &mut ValueTable,
    ) -> Compiled<ServerRules> {
        let flag: Value = serde_json::from_str(text).map_err(|_| OnlyServer)?;
        let nothing = Value::Object(Map::new());
        let filters = flag
            .get("filters")
            .filter(|filters| !filters.is_null())
            .unwrap_or(&nothing);
        self.server.flags.clear();
        let key = self.keys.get(index).to_owned();
        let group = self.server_group(filters.get("aggregation_group_type_index"))?;
        let is_true = |value: Option<&Value>| value == Some(&Value::Bool(true));
        let complete = self.slot(Input::Complete);
        let device = match flag.get("bucketing_identifier").and_then(Value::as_str) {
            Some("device_id") => Some(self.slot(Input::Person("$device_id".into()))),
            _ => None,
        };
        let enrollment = is_true(filters.get("feature_enrollment"))
            .then(|| self.slot(Input::Person(format!("$feature_enrollment/{key}").into())));
        let holdout = match filters.get("holdout").filter(|holdout| !holdout.is_null()) {
            None => None,
            Some(holdout) => Some(compile_holdout(holdout, values)?),
        };
        let mut variants = Vec::new();
        let stored = filters
            .get("multivariate")
            .and_then(|all| all.get("variants"));
        for variant in stored.and_then(Value::as_array).into_iter().flatten() {
            let name = variant
                .get("key")
                .and_then(Value::as_str)
                .ok_or(OnlyServer)?;
            let share = variant
                .get("rollout_percentage")
                .and_then(Value::as_f64)
                .ok_or(OnlyServer)?;
            let code = values.code(&Json::String(name.into())).ok_or(OnlyServer)?;
            variants.push((share / 100.0, code));
        }
        let mut conditions = Vec::new();
        match filters.get("groups") {
            None | Some(Value::Null) => {}
            Some(Value::Array(groups)) => {
                for condition in groups {
                    let condition = self.server_condition(condition, group, &variants, values)?;
                    conditions.push(condition);
                }
            }
            Some(_) => return Err(OnlyServer),
        }
        self.dependencies.extend(&self.server.flags);
        Ok(ServerRules {
            zone: self.semantics.zone(),
            complete,
            hasher: FlagHasher::new(&key),
            group,
            device,
            has_continuity: is_true(flag.get("ensure_experience_continuity"))
                && group.is_none()
                && device.is_none(),
            enrollment,
            holdout,
            conditions: conditions.into(),
            early_exit: is_true(filters.get("early_exit")),
            variants: variants.into(),
            flags: self.server.flags.as_slice().into(),
        })
    }

    fn server_group(&mut self, index: Option<&Value>) -> Compiled<Option<ServerGroup>> {
        let number = match index {
            None | Some(Value::Null) => return Ok(None),
            Some(index) => index.as_i64().ok_or(OnlyServer)?,
        };
        let name = self.document.group_name(&Json::Number(number as f64));
        Ok(Some(match name.map_err(|_| OnlyServer)? {
            None => ServerGroup::Unknown,
            Some(name) => {
                let slots = self.group_slots(&name);
                ServerGroup::Known(slots)
            }
        }))
    }

    fn server_condition(
        &mut self,
        condition: &Value,
        inherited: Option<ServerGroup>,
        variants: &[(f64, ValueCode)],
        values: &mut ValueTable,
    ) -> Compiled<ServerCondition> {
        let Value::Object(condition) = condition else {
            return Err(OnlyServer);
        };
        let index = condition.get("aggregation_group_type_index");
        let group = match index {
            Some(_) => self.server_group(index)?,
            None => inherited,
        };
        let mut filters = Vec::new();
        let mut cohorts = Some(Vec::new());
        let properties = match condition.get("properties") {
            None | Some(Value::Null) => &Vec::new(),
            Some(Value::Array(properties)) => properties,
            Some(_) => return Err(OnlyServer),
        };
        for filter in properties {
            if filter.get("type").and_then(Value::as_str) == Some("cohort") {
                let test = self.cohort_test(filter, 0);
                match (test, &mut cohorts) {
                    (Ok(test), Some(known)) => known.push(test),
                    _ => cohorts = None,
                }
            } else {
                filters.push(self.server_filter(filter, group, false)?);
            }
        }
        let rollout = match condition.get("rollout_percentage") {
            None | Some(Value::Null) => None,
            Some(percentage) => Some(percentage.as_f64().ok_or(OnlyServer)?),
        };
        let pinned = condition.get("variant").and_then(Value::as_str);
        let pinned = pinned.and_then(|name| values.code(&Json::String(name.into())));
        Ok(ServerCondition {
            group,
            filters: filters.into(),
            cohorts: cohorts.map(Into::into),
            rollout: rollout
                .filter(|percentage| *percentage < 100.0)
                .map(|percentage| percentage / 100.0),
            variant: pinned.filter(|code| variants.iter().any(|(_, known)| known == code)),
        })
    }

    /// A filter that is not on a cohort. In a cohort every property is the person's.
    fn server_filter(
        &mut self,
        filter: &Value,
        group: Option<ServerGroup>,
        in_cohort: bool,
    ) -> Compiled<ServerFilter> {
        let Value::Object(filter) = filter else {
            return Err(OnlyServer);
        };
        let operator = filter
            .get("operator")
            .filter(|operator| !operator.is_null());
        if let Some(operator) = operator {
            let known = operator.as_str().is_some_and(is_known);
            if !known {
                return Err(OnlyServer);
            }
        }
        let key = filter
            .get("key")
            .and_then(Value::as_str)
            .ok_or(OnlyServer)?;
        match filter.get("type").and_then(Value::as_str) {
            Some("person") => {}
            Some("group") if in_cohort => {}
            Some("group") => return self.group_filter(filter, key, group),
            Some("flag") if in_cohort => return Ok(ServerFilter::Never),
            Some("flag") => return self.flag_filter(filter, key, operator),
            Some("person_metadata") if !in_cohort => return Ok(ServerFilter::Open),
            _ => return Err(OnlyServer),
        }
        let slot = self.property_slot(&Scope::Person, key);
        let mut instead = Vec::new();
        let os = |key: &str| match key {
            "$os" => Some("$os_name"),
            "$os_name" => Some("$os"),
            _ => None,
        };
        if let Some(other) = os(key) {
            instead.push(self.property_slot(&Scope::Person, other));
        }
        let later = key.strip_prefix("$initial_").and_then(|name| {
            INITIAL
                .iter()
                .find(|known| known.strip_prefix('$').unwrap_or(known) == name)
        });
        if let Some(later) = later {
            instead.push(self.property_slot(&Scope::Person, later));
            if let Some(other) = os(later) {
                instead.push(self.property_slot(&Scope::Person, other));
            }
        }
        let read = PropertyRead {
            slot,
            group: None,
            instead: instead.into(),
            is_distinct_id: key == "distinct_id",
        };
        let test = self.server_test(filter)?;
        Ok(ServerFilter::Property(Box::new((read, test))))
    }

    fn server_test(&mut self, filter: &Map<String, Value>) -> Compiled<ServerTest> {
        let version = self.document.property_matching_version;
        let is_version_2 = matches!(version, Some(Json::Number(version)) if *version == 2.0);
        let (operator, value) = (filter.get("operator"), filter.get("value"));
        ServerTest::compile(operator, value, is_version_2, &mut self.server.budget)
            .map_err(|_| OnlyServer)
    }

    fn group_filter(
        &mut self,
        filter: &Map<String, Value>,
        key: &str,
        inherited: Option<ServerGroup>,
    ) -> Compiled<ServerFilter> {
        let index = filter
            .get("group_type_index")
            .filter(|index| !index.is_null());
        let group = match index {
            Some(_) => self.server_group(index)?,
            None => inherited,
        };
        let test = self.server_test(filter)?;
        let slots = match group {
            Some(ServerGroup::Known(slots)) => slots,
            Some(ServerGroup::Unknown) => return Ok(ServerFilter::UnknownGroup(Box::new(test))),
            None => return Ok(ServerFilter::UnknownGroup(Box::new(test))),
        };
        let Some(Input::GroupKey(name)) = self.inputs.get_index(slots.key).cloned() else {
            return Err(OnlyServer);
        };
        let slot = match key {
            // The key that the group is named by, whatever the caller gives as a property.
            "$group_key" => slots.key,
            key => self.property_slot(&Scope::Group(name), key),
        };
        let read = PropertyRead {
            slot,
            group: Some(slots),
            instead: Box::default(),
            is_distinct_id: false,
        };
        Ok(ServerFilter::Property(Box::new((read, test))))
    }

    fn flag_filter(
        &mut self,
        filter: &Map<String, Value>,
        key: &str,
        operator: Option<&Value>,
    ) -> Compiled<ServerFilter> {
        let flag = match self.flag_index(key) {
            Some(flag) => Some(flag),
            None => {
                let name = crate::js::identity(Some(&Json::String(key.into())));
                match name.is_some_and(|name| self.dropped.contains(&name)) {
                    true => None,
                    false => return Err(OnlyServer),
                }
            }
        };
        self.server.flags.extend(flag);
        let expected = match filter.get("value") {
            Some(Value::Bool(value)) => ServerExpected::Bool(*value),
            Some(Value::String(variant)) => ServerExpected::Variant(variant.as_str().into()),
            _ => return Ok(ServerFilter::Never),
        };
        if operator.and_then(Value::as_str) != Some("flag_evaluates_to") {
            return Ok(ServerFilter::Never);
        }
        Ok(ServerFilter::Flag { flag, expected })
    }

    fn cohort_test(&mut self, filter: &Value, depth: usize) -> Compiled<CohortTest> {
        let id = filter
            .get("value")
            .and_then(Value::as_i64)
            .ok_or(OnlyServer)?;
        let cohort = self.server_cohort(&id.to_string(), depth)?;
        let operator = match filter.get("operator") {
            None | Some(Value::Null) => "in",
            Some(operator) => operator.as_str().ok_or(OnlyServer)?,
        };
        if !is_known(operator) {
            return Err(OnlyServer);
        }
        Ok(CohortTest {
            cohort: matches!(operator, "in" | "not_in").then_some(cohort),
            is_outside: operator == "not_in",
        })
    }

    /// The index of a cohort. Every cohort below has to be there, and none may contain itself.
    fn server_cohort(&mut self, id: &str, depth: usize) -> Compiled<usize> {
        if let Some(known) = self.server.known.get(id) {
            return known.ok_or(OnlyServer);
        }
        if depth > MAX_DEPTH {
            return Err(OnlyServer);
        }
        // While it is compiled it is open, so a cohort that contains itself is.
        self.server.known.insert(id.to_owned(), None);
        let stored = self.server.stored.get(id).cloned().ok_or(OnlyServer)?;
        match stored.get("type").and_then(Value::as_str) {
            Some("AND" | "OR") => {}
            _ => return Err(OnlyServer),
        }
        let tree = self.cohort_tree(&stored, depth)?;
        self.server.cohorts.push(tree);
        let index = self.server.cohorts.len() - 1;
        self.server.known.insert(id.to_owned(), Some(index));
        Ok(index)
    }

    fn cohort_tree(&mut self, node: &Value, depth: usize) -> Compiled<CohortTree> {
        let Some(values) = node.get("values").and_then(Value::as_array) else {
            return self.cohort_leaf(node, depth);
        };
        let parts: Compiled<Vec<_>> = values
            .iter()
            .map(|part| self.cohort_tree(part, depth))
            .collect();
        match node.get("type").and_then(Value::as_str) {
            Some("AND" | "property") => Ok(CohortTree::And(parts?.into())),
            Some("OR") => Ok(CohortTree::Or(parts?.into())),
            _ => Err(OnlyServer),
        }
    }

    fn cohort_leaf(&mut self, leaf: &Value, depth: usize) -> Compiled<CohortTree> {
        let is_turned = leaf.get("negation") == Some(&Value::Bool(true));
        if leaf.get("type").and_then(Value::as_str) == Some("cohort") {
            return Ok(CohortTree::Cohort(
                self.cohort_test(leaf, depth + 1)?,
                is_turned,
            ));
        }
        Ok(CohortTree::Leaf(
            self.server_filter(leaf, None, true)?,
            is_turned,
        ))
    }
}

fn compile_holdout(holdout: &Value, values: &mut ValueTable) -> Compiled<(Option<f64>, ValueCode)> {
    let id = holdout
        .get("id")
        .and_then(Value::as_i64)
        .ok_or(OnlyServer)?;
    let share = holdout
        .get("exclusion_percentage")
        .and_then(Value::as_f64)
        .ok_or(OnlyServer)?;
    let code = values
        .code(&Json::String(format!("holdout-{id}").into()))
        .ok_or(OnlyServer)?;
    let share = share.clamp(0.0, 100.0);
    Ok(((share < 100.0).then_some(share / 100.0), code))
}

/// Switches off all flags that depend on flags in a circle.
pub fn switch_off_circles(flags: &mut [CompiledFlag]) {
    // What is left after taking away, again and again, all flags whose own dependencies are settled, leads into a circle.
    let mut waits: Vec<usize> = Vec::with_capacity(flags.len());
    let mut asked_by: Vec<Vec<usize>> = vec![Vec::new(); flags.len()];
    for (index, flag) in flags.iter().enumerate() {
        let on: &[usize] = match &flag.rules {
            Rules::Server(rules) => &rules.flags,
            _ => &[],
        };
        waits.push(on.len());
        for other in on {
            asked_by[*other].push(index);
        }
    }
    let mut settled: Vec<usize> = (0..flags.len()).filter(|flag| waits[*flag] == 0).collect();
    while let Some(flag) = settled.pop() {
        for other in &asked_by[flag] {
            waits[*other] -= 1;
            if waits[*other] == 0 {
                settled.push(*other);
            }
        }
    }
    for (flag, waits) in flags.iter_mut().zip(waits) {
        if waits > 0 {
            flag.rules = Rules::Circular;
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
