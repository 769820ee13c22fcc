//! Who a flag is asked for, as the server has them.

use std::borrow::Cow;

use super::numbers::number_as_sent;
use crate::compiled::Slot;
use crate::evaluate::evaluation::Evaluation;
use crate::evaluate::visitor::Visitor;
use crate::js::value::Value;
use crate::matchers::server::text;
use crate::outcome::Fallback;

/// From this length in bytes on, a distinct id is cut to as many characters.
const LONGEST_ID: usize = 200;

impl<'a, V: Visitor> Evaluation<'a, V> {
    /// The distinct id.
    pub(super) fn distinct_id(&self) -> Option<Cow<'a, str>> {
        match self.value(0).whole() {
            Value::Text(text) => Some(Cow::Borrowed(cut(text))),
            Value::Number(number) => text_of(number),
            _ => None,
        }
    }

    /// The key of a group, unless it counts as none.
    pub(super) fn usable_key(&self, slot: Slot) -> Result<Option<Cow<'a, str>>, Fallback> {
        match self.value(slot).whole() {
            Value::Text("") => Ok(None),
            Value::Text(text) => Ok(Some(Cow::Borrowed(text))),
            Value::Number(number) if number.is_finite() => match text_of(number) {
                None => Err(Fallback::UNSUPPORTED),
                key => Ok(key),
            },
            _ => Ok(None),
        }
    }

    /// The device, if there is one. Whether the server takes one that is no text is not known.
    pub(super) fn device(
        &self,
        slot: Slot,
        is_complete: bool,
    ) -> Result<Option<Cow<'a, str>>, Fallback> {
        match self.value(slot).whole() {
            // It may be among the properties that the server has.
            Value::Missing | Value::Undefined if !is_complete => Err(Fallback::MISSING_CONTEXT),
            Value::Text("") | Value::Missing | Value::Undefined | Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(Cow::Borrowed(text))),
            _ => Err(Fallback::MISSING_CONTEXT),
        }
    }
}

/// A distinct id as far as the server takes it.
pub fn cut(id: &str) -> &str {
    if id.len() <= LONGEST_ID {
        return id;
    }
    let end = id.char_indices().nth(LONGEST_ID);
    end.and_then(|(end, _)| id.get(..end)).unwrap_or(id)
}

/// The text of a number as the server has it, if that is known and there is one.
fn text_of<'a>(number: f64) -> Option<Cow<'a, str>> {
    let sent = number_as_sent(number).filter(serde_json::Value::is_number)?;
    Some(Cow::Owned(text(&sent)?.into_owned()))
}
