//! Why local evaluation can never resolve a flag, from its definition alone: posthog-node's
//! `getDefinitionUnresolvedReason`.

use std::collections::HashSet;

use super::{Compiler, deep, expected};
use crate::compiled::{DefinitionReason, Support};
use crate::json::Json;
use crate::outcome::UnresolvedReason;
use crate::{js, matchers};

/// Cohorts that refer to cohorts are followed no deeper than this; no sane definition comes near.
const MAX_COHORT_DEPTH: usize = 100;

impl Compiler<'_> {
    /// The reason for one definition.
    pub(super) fn definition_reason(&self, flag: &Json) -> DefinitionReason {
        if deep::why_unreadable(flag).is_some() {
            return DefinitionReason {
                known: Ok(None),
                dates: Box::default(),
            };
        }
        let mut search = Search {
            compiler: self,
            dates: Vec::new(),
            visited: HashSet::new(),
            depth: 0,
        };
        let known = search.reason(flag);
        DefinitionReason {
            known,
            dates: search.dates.into(),
        }
    }
}

struct Search<'c> {
    compiler: &'c Compiler<'c>,
    dates: Vec<Box<str>>,
    visited: HashSet<String>,
    depth: usize,
}

impl Search<'_> {
    fn reason(&mut self, flag: &Json) -> Result<Option<UnresolvedReason>, Box<str>> {
        if !js::truthy(flag.get("active")) {
            return Ok(None);
        }
        if js::truthy(flag.get("ensure_experience_continuity")) {
            return Ok(Some(UnresolvedReason::ExperienceContinuity));
        }
        let no_filters = Json::Null;
        let filters = flag.get("filters").unwrap_or(&no_filters);
        let unsupported = Ok(Some(UnresolvedReason::UnsupportedDefinition));
        if let Some(index) = filters
            .get("aggregation_group_type_index")
            .filter(|index| **index != Json::Null)
        {
            let name = self.compiler.document.group_name(index);
            if name
                .map_err(|_| expected("aggregation_group_type_index", "an index", Some(index)))?
                .is_none()
            {
                return unsupported;
            }
        }
        for condition in list("filters.groups", filters.get("groups"))? {
            if *condition == Json::Null {
                return Err(expected("a condition", "an object", Some(condition)));
            }
            for filter in list("properties", condition.get("properties"))? {
                // Each filter of a condition looks at cohorts afresh.
                self.visited.clear();
                if self.is_unsupported(filter)? {
                    return unsupported;
                }
            }
        }
        Ok(None)
    }

    fn is_unsupported(&mut self, filter: &Json) -> Result<bool, Box<str>> {
        if *filter == Json::Null {
            return Err(expected("a filter", "an object", Some(filter)));
        }
        match filter.get("type") {
            Some(Json::String(kind)) if &**kind == "flag" => self.is_unsupported_dependency(filter),
            Some(Json::String(kind)) if &**kind == "cohort" => self.is_unsupported_cohort(filter),
            _ => match matchers::support(filter.get("operator"), filter.get("value")) {
                Support::Supported => Ok(false),
                Support::Unsupported => Ok(true),
                Support::Throws(message) => Err(message),
                Support::IfDate(text) => {
                    self.dates.push(text);
                    Ok(false)
                }
            },
        }
    }

    fn is_unsupported_dependency(&self, filter: &Json) -> Result<bool, Box<str>> {
        let chain = match filter.get("dependency_chain") {
            Some(Json::Array(chain)) if !chain.is_empty() => chain,
            _ => return Ok(true),
        };
        for link in chain {
            let refuse = |_| expected("an entry of a dependency_chain", "a flag key", Some(link));
            let key = js::to_text(Some(link)).map_err(refuse)?;
            if self.compiler.dependency_link(&key, link).is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_unsupported_cohort(&mut self, filter: &Json) -> Result<bool, Box<str>> {
        let value = filter.get("value");
        let id = js::to_text(value)
            .map_err(|_| expected("a cohort filter's value", "a cohort id", value))?;
        let Some(cohort) = self.compiler.document.cohort(&id)? else {
            return Ok(true);
        };
        if let Some(reason) = deep::why_unreadable(cohort) {
            return Err(reason);
        }
        if !self.visited.insert(id) || self.depth >= MAX_COHORT_DEPTH {
            return Ok(false);
        }
        self.depth += 1;
        let unsupported = self.is_unsupported_group(cohort);
        self.depth -= 1;
        unsupported
    }

    fn is_unsupported_group(&mut self, group: &Json) -> Result<bool, Box<str>> {
        let members = match group.get("values") {
            // Every array has a `values` method, which is no list.
            None if matches!(group, Json::Array(_)) => {
                return Err(expected("a cohort", "an object", Some(group)));
            }
            None | Some(Json::Null) => return Ok(false),
            Some(Json::Array(members)) => members,
            other => return Err(expected("a cohort's values", "a list", other)),
        };
        for member in members {
            let unsupported = match member {
                Json::Array(_) => self.is_unsupported_group(member)?,
                Json::Object(fields) if fields.contains_key("values") => {
                    self.is_unsupported_group(member)?
                }
                Json::Object(_) => self.is_unsupported(member)?,
                other => return Err(expected("a cohort's value", "an object", Some(other))),
            };
            if unsupported {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `value || []`, which has to be a list.
fn list<'a>(name: &str, value: Option<&'a Json>) -> Result<&'a [Json], Box<str>> {
    match value {
        falsy if !js::truthy(falsy) => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        other => Err(expected(name, "a list", other)),
    }
}
