//! One filter of a condition or of a cohort, unless it is on a cohort.

use serde_json::Value;

use super::initial::substitutes;
use super::parts::{Compiled, OnlyServer};
use crate::compile::compiler::Compiler;
use crate::compile::scope::Scope;
use crate::compiled::Input;
use crate::compiled::server::{PropertyRead, ServerExpected, ServerFilter, ServerGroup};
use crate::js::{self, json::Json};
use crate::matchers::server::ServerTest;

impl Compiler<'_> {
    /// A filter of a condition that is about this group, unless it is about the person.
    pub(super) fn server_filter(
        &mut self,
        filter: &Value,
        group: Option<ServerGroup>,
    ) -> Compiled<ServerFilter> {
        // A filter with an operator that the server does not know cannot be read, whatever its type.
        let test = self.server_test(filter)?;
        let key = filter["key"].as_str().ok_or(OnlyServer)?;
        match filter["type"].as_str() {
            Some("person") => Ok(self.person_filter(key, test)),
            Some("group") => self.group_filter(filter, key, test, group),
            Some("flag") => self.flag_filter(filter, key),
            // A column of the server's database.
            Some("person_metadata") => Ok(ServerFilter::Open),
            _ => Err(OnlyServer),
        }
    }

    /// A filter of a cohort: every property is the person's.
    pub(super) fn leaf_filter(&mut self, leaf: &Value) -> Compiled<ServerFilter> {
        let test = self.server_test(leaf)?;
        let key = leaf["key"].as_str().ok_or(OnlyServer)?;
        match leaf["type"].as_str() {
            Some("person" | "group") => Ok(self.person_filter(key, test)),
            Some("flag") => Ok(ServerFilter::Never),
            _ => Err(OnlyServer),
        }
    }

    fn server_test(&mut self, filter: &Value) -> Compiled<ServerTest> {
        let version = self.document.property_matching_version;
        let is_version_2 = matches!(version, Some(Json::Number(version)) if *version == 2.0);
        let (operator, value) = (filter.get("operator"), filter.get("value"));
        ServerTest::compile(operator, value, is_version_2, &mut self.server.budget)
            .map_err(|_| OnlyServer)
    }

    fn person_filter(&mut self, key: &str, test: ServerTest) -> ServerFilter {
        let instead = substitutes(key);
        let read = PropertyRead {
            slot: self.property_slot(&Scope::Person, key),
            group: None,
            instead: instead
                .iter()
                .map(|key| self.property_slot(&Scope::Person, key))
                .collect(),
            is_distinct_id: key == "distinct_id",
        };
        ServerFilter::Property(Box::new((read, test)))
    }

    fn group_filter(
        &mut self,
        filter: &Value,
        key: &str,
        test: ServerTest,
        inherited: Option<ServerGroup>,
    ) -> Compiled<ServerFilter> {
        let group = match &filter["group_type_index"] {
            Value::Null => inherited,
            index => self.server_group(Some(index))?,
        };
        let Some(ServerGroup::Known(slots)) = group else {
            return Ok(ServerFilter::UnknownGroup(Box::new(test)));
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

    fn flag_filter(&mut self, filter: &Value, key: &str) -> Compiled<ServerFilter> {
        let flag = self.flag_index(key);
        if flag.is_none() {
            // One that was left out for its evaluation contexts is off. Any other may be there on the server.
            let name = js::identity(Some(&Json::String(key.into())));
            let is_dropped = name.is_some_and(|name| self.dropped.contains(&name));
            is_dropped.then_some(()).ok_or(OnlyServer)?;
        }
        self.server.flags.extend(flag);
        let expected = match &filter["value"] {
            Value::Bool(value) => ServerExpected::Bool(*value),
            Value::String(variant) => ServerExpected::Variant(variant.as_str().into()),
            _ => return Ok(ServerFilter::Never),
        };
        Ok(match filter["operator"].as_str() {
            Some("flag_evaluates_to") => ServerFilter::Flag { flag, expected },
            _ => ServerFilter::Never,
        })
    }
}
