//! Cohorts, which are trees of property groups, and filters on membership of one.

use super::compiler::Compiler;
use super::document::deep;
use super::messages::{cohort_name, expected};
use super::scope::Scope;
use crate::compiled::{
    CohortFilter, CohortMember, CohortReference, CompiledCohort, ConditionFilter, Join,
    PropertyGroup,
};
use crate::js;
use crate::js::json::Json;

impl Compiler<'_> {
    /// A filter on membership of a cohort.
    pub(super) fn compile_cohort_filter(
        &mut self,
        filter: &Json,
        scope: &Scope,
    ) -> ConditionFilter {
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
                    format!("{} cannot be read: {reason}", cohort_name(&id)).into(),
                ),
                None => CohortReference::Known(
                    self.cohort_ids.insert_full((id.into(), scope.clone())).0,
                ),
            },
            Ok(None) => CohortReference::Missing,
            Err(message) => CohortReference::Throws(message.into()),
        };
        let negated = filter.get("operator") == Some(&Json::String("not_in".into()));
        ConditionFilter::Cohort(Box::new(CohortFilter {
            cohort,
            negated,
            wording: self.wording(filter),
        }))
    }

    /// The cohort at this place of `cohort_ids`.
    pub(super) fn compile_cohort(&mut self, index: usize) -> CompiledCohort {
        let Some((id, scope)) = self.cohort_ids.get_index(index).cloned() else {
            return CompiledCohort {
                name: Box::default(),
                group: PropertyGroup::Everyone,
            };
        };
        let definition = self.document.cohort(&id).ok().flatten();
        CompiledCohort {
            name: cohort_name(&id).into(),
            group: self.compile_group(definition, &scope),
        }
    }

    fn compile_group(&mut self, group: Option<&Json>, scope: &Scope) -> PropertyGroup {
        let fields_or_items = match group {
            falsy if !js::truthy(falsy) => 0,
            Some(Json::Object(fields)) => fields.len(),
            Some(Json::Array(items)) => items.len(),
            Some(Json::String(text)) => text.len(),
            _ => 0,
        };
        let Some(group) = group.filter(|_| fields_or_items > 0) else {
            return PropertyGroup::Everyone;
        };
        let join = match group.get("type") {
            Some(Json::String(join)) if matches!(&**join, "AND" | "property") => Join::And,
            Some(Json::String(join)) if &**join == "OR" => Join::Or,
            _ => return PropertyGroup::UnsupportedType,
        };
        let members = match group.get("values") {
            falsy if !js::truthy(falsy) => &[],
            Some(Json::Array(members)) => members.as_slice(),
            Some(object @ Json::Object(_)) if object.get("length") == Some(&Json::Number(0.0)) => {
                &[]
            }
            other => return PropertyGroup::Throws(expected("a cohort's values", "a list", other)),
        };
        match members.first() {
            None => PropertyGroup::Filters {
                join,
                filters: Box::default(),
            },
            // Every array has a `values` method, which counts.
            Some(Json::Array(_)) => self.compile_groups(join, members, scope),
            Some(first @ Json::Object(_)) if first.get("values").is_some() => {
                self.compile_groups(join, members, scope)
            }
            Some(Json::Object(_)) => {
                let filters = members
                    .iter()
                    .map(|member| self.compile_member(member, scope))
                    .collect();
                PropertyGroup::Filters { join, filters }
            }
            other => PropertyGroup::Throws(expected("a cohort's first value", "an object", other)),
        }
    }

    fn compile_groups(&mut self, join: Join, members: &[Json], scope: &Scope) -> PropertyGroup {
        let groups = members
            .iter()
            .map(|member| self.compile_group(Some(member), scope))
            .collect();
        PropertyGroup::Groups { join, groups }
    }

    fn compile_member(&mut self, member: &Json, scope: &Scope) -> CohortMember {
        let filter = match member {
            Json::Null => {
                ConditionFilter::Throws(expected("a cohort's filter", "an object", Some(member)))
            }
            member => self.compile_filter(member, scope),
        };
        CohortMember {
            filter,
            negation: js::truthy(member.get("negation")),
        }
    }
}
