//! Why local evaluation can never resolve a flag, from its definition alone: posthog-node's
//! `getDefinitionUnresolvedReason`.

use super::compiler::Compiler;
use super::document::deep;
use super::flags::has_unknown_version;
use super::messages::expected;
use super::search::{Dates, Search};
use super::usable::UsableCohorts;
use crate::compiled::DefinitionReason;
use crate::js;
use crate::js::json::Json;
use crate::outcome::UnresolvedReason;

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
            // The reason is the same whether or not the texts are dates.
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

impl Search<'_> {
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
        if has_unknown_version(flag) {
            return unsupported;
        }
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
}

/// `value || []`, which has to be a list.
fn list<'a>(name: &str, value: Option<&'a Json<'a>>) -> Result<&'a [Json<'a>], Box<str>> {
    match value {
        falsy if !js::truthy(falsy) => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        other => Err(expected(name, "a list", other)),
    }
}
