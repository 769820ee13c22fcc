//! Properties as they arrive at the server.

use serde_json::Value as Json;

use super::numbers::number_as_sent;
use super::subject::cut;
use crate::compiled::Slot;
use crate::compiled::server::PropertyRead;
use crate::evaluate::evaluation::Evaluation;
use crate::evaluate::visitor::Visitor;
use crate::js::value::Value;
use crate::matchers::server::dates::Clock;
use crate::matchers::server::{Answer, ServerTest, text};

/// What is known of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    Given(Json),
    Absent,
    Unknown,
    /// Given, but what the server sees of it is not known here.
    Open,
}

impl<V: Visitor> Evaluation<'_, V> {
    pub(super) fn server_property(
        &self,
        read: &PropertyRead,
        test: &ServerTest,
        is_complete: bool,
    ) -> Answer {
        let mut known = match read.group {
            Some(group) => match self.value(group.key) {
                // As if the group had no properties.
                Value::Missing => Known::Absent,
                _ if read.slot == group.key => match self.usable_key(group.key) {
                    Ok(Some(_)) => self.known(read.slot, true),
                    _ => Known::Open,
                },
                _ => self.known(read.slot, is_complete),
            },
            None if read.is_distinct_id => self.own_id(read.slot),
            None => self.known(read.slot, is_complete),
        };
        if known == Known::Absent {
            let mut instead = read.instead.iter().map(|slot| self.known(*slot, true));
            known = instead
                .find(|known| *known != Known::Absent)
                .unwrap_or(known);
        }
        let clock = &Clock {
            host: &self.host,
            zone: self.definitions.zone,
        };
        match known {
            Known::Given(value) => test.matches(&value, clock),
            Known::Absent => test.absent(),
            Known::Open if test.asks_nothing() => test.matches(&Json::Null, clock),
            Known::Unknown if test.is_never() => Answer::No,
            Known::Unknown | Known::Open => Answer::Open,
        }
    }

    /// The property `distinct_id`: cut as the distinct id is, unless the caller has given another text as the property.
    fn own_id(&self, slot: Slot) -> Known {
        match (self.known(slot, true), self.value(0).whole()) {
            (Known::Given(Json::String(text)), Value::Text(id)) if text == id => {
                Known::Given(Json::from(cut(id)))
            }
            (known, _) => known,
        }
    }

    /// A property as it arrives at the server.
    pub(super) fn known(&self, slot: Slot, is_complete: bool) -> Known {
        let absent = match is_complete {
            true => Known::Absent,
            false => Known::Unknown,
        };
        match self.value(slot).whole() {
            Value::Missing | Value::Undefined => absent,
            Value::Null => Known::Given(Json::Null),
            Value::Bool(value) => Known::Given(Json::Bool(value)),
            Value::Number(number) => number_as_sent(number).map_or(Known::Open, Known::Given),
            Value::Text(text) => Known::Given(Json::String(text.to_owned())),
            Value::Exotic(exotic) => match exotic.json() {
                Some(Some(json)) => match serde_json::from_str::<Json>(&json) {
                    Ok(value) if text(&value).is_some() => Known::Given(value),
                    _ => Known::Open,
                },
                Some(None) => absent,
                None => Known::Open,
            },
            _ => Known::Open,
        }
    }
}
