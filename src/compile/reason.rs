//! Why local evaluation can never resolve a flag, from its definition alone: posthog-node's
//! `getDefinitionUnresolvedReason`.

use std::collections::HashSet;
use std::sync::Arc;

use super::document::deep;
use super::usable::{UsableCohorts, cohort_id};
use super::{Compiler, expected};
use crate::compiled::DefinitionReason;
use crate::js;
use crate::js::json::Json;
use crate::matchers;
use crate::matchers::Support;
use crate::outcome::UnresolvedReason;

/// Texts that have to be dates.
pub type Dates = Arc<[Box<str>]>;

/// Whether something can never be used, or what looking at it throws.
pub type Looked = Result<bool, Box<str>>;

impl Compiler<'_> {
    /// The reason for one definition.
    pub(super) fn definition_reason(
        &self,
        flag: &Json,
        cohorts: &mut UsableCohorts,
    ) -> DefinitionReason {
        if deep::why_unreadable(flag).is_some() {
            return DefinitionReason {
                known: Ok(None),
                dates: Box::default(),
            };
        }
        let mut search = Search::new(self);
        let mut dates = Vec::new();
        let known = search.reason(flag, cohorts, &mut dates);
        if matches!(known, Ok(Some(_))) {
            // No date changes that.
            dates.clear();
        } else {
            dates.extend(search.take_dates());
        }
        DefinitionReason {
            known,
            dates: dates.into(),
        }
    }
}

/// Looks through a definition, up to what cannot be used.
pub struct Search<'c> {
    compiler: &'c Compiler<'c>,
    dates: Vec<Box<str>>,
}

impl<'c> Search<'c> {
    pub fn new(compiler: &'c Compiler<'c>) -> Self {
        Self {
            compiler,
            dates: Vec::new(),
        }
    }

    /// The texts met so far that have to be dates, if there are any.
    pub fn take_dates(&mut self) -> Option<Dates> {
        let mut known = HashSet::new();
        let mut dates = std::mem::take(&mut self.dates);
        dates.retain(|text| known.insert(text.clone()));
        (!dates.is_empty()).then(|| dates.into())
    }

    fn reason(
        &mut self,
        flag: &Json,
        cohorts: &mut UsableCohorts,
        dates: &mut Vec<Dates>,
    ) -> Result<Option<UnresolvedReason>, Box<str>> {
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
                let is_unsupported = match self.cohort_of(filter) {
                    None => self.is_unsupported(filter)?,
                    Some(id) => match id? {
                        None => true,
                        Some(id) => {
                            let verdict = cohorts.verdict(&id);
                            dates.extend(verdict.dates);
                            verdict.known?
                        }
                    },
                };
                if is_unsupported {
                    return unsupported;
                }
            }
        }
        Ok(None)
    }

    /// The id of the cohort that a filter asks for: `None` if it asks for none, or the cohort is not there.
    pub fn cohort_of(&self, filter: &Json) -> Option<Result<Option<String>, Box<str>>> {
        match filter.get("type") {
            Some(Json::String(kind)) if &**kind == "cohort" => {
                Some(cohort_id(filter).and_then(|id| {
                    let cohort = self.compiler.document.cohort(&id)?;
                    Ok(cohort.map(|_| id))
                }))
            }
            _ => None,
        }
    }

    /// Whether a filter that asks for no cohort cannot be used.
    pub fn is_unsupported(&mut self, filter: &Json) -> Looked {
        if *filter == Json::Null {
            return Err(expected("a filter", "an object", Some(filter)));
        }
        match filter.get("type") {
            Some(Json::String(kind)) if &**kind == "flag" => self.is_unsupported_dependency(filter),
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

    fn is_unsupported_dependency(&self, filter: &Json) -> Looked {
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
}

/// `value || []`, which has to be a list.
fn list<'a>(name: &str, value: Option<&'a Json>) -> Result<&'a [Json], Box<str>> {
    match value {
        falsy if !js::truthy(falsy) => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        other => Err(expected(name, "a list", other)),
    }
}
