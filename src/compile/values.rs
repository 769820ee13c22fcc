//! The values a flag can take, numbered.

use std::collections::HashMap;

use crate::js;
use crate::js::identity;
use crate::js::json::Json;
use crate::outcome::{ResultCode, ValueCode};

/// What is wrong with a flag of more values than a result code can tell apart.
pub const TOO_MANY_VALUES: &str = "the flag has more than 65,000 variants";

/// From this many values on, an index is faster than a walk. Hardly any flag has as many.
const INDEX_FROM: usize = 32;

/// Gives each distinct value of one flag a code.
#[derive(Debug, Default)]
pub struct ValueTable {
    pub values: Vec<Json<'static>>,
    /// The position of each value, by its [`identity`]; empty while there are few values.
    index: HashMap<String, usize>,
}

impl ValueTable {
    /// The code of a value; equal values share one, as `===` has it. `None` when there are too many.
    pub fn code(&mut self, value: &Json) -> Option<ValueCode> {
        if let Json::Bool(value) = value {
            return Some(if *value {
                ValueCode::TRUE
            } else {
                ValueCode::FALSE
            });
        }
        let position = self.position(value).unwrap_or_else(|| self.push(value));
        let code = u16::try_from(position)
            .ok()?
            .checked_add(ValueCode::FIRST_OWN)?;
        (code <= ResultCode::LAST_VALUE).then_some(ValueCode(code))
    }

    /// The codes of values that cannot be converted to text.
    pub fn without_text(&self) -> impl Iterator<Item = ValueCode> {
        let codes = (ValueCode::FIRST_OWN..).map(ValueCode);
        let values = self.values.iter().zip(codes);
        values.filter_map(|(value, code)| js::to_text(Some(value)).is_err().then_some(code))
    }

    fn position(&self, value: &Json) -> Option<usize> {
        if self.values.len() < INDEX_FROM {
            let mut values = self.values.iter();
            return values.position(|known| js::strictly_equal(Some(known), Some(value)));
        }
        self.index.get(&identity(Some(value))?).copied()
    }

    fn push(&mut self, value: &Json) -> usize {
        self.values.push(value.clone().into_owned());
        let count = self.values.len();
        if count >= INDEX_FROM {
            let indexed = if count == INDEX_FROM { 0 } else { count - 1 };
            let unknown = self.values.iter().enumerate().skip(indexed);
            let known =
                unknown.filter_map(|(position, value)| Some((identity(Some(value))?, position)));
            self.index.extend(known);
        }
        count - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_code_and_composites_never_do() {
        let mut table = ValueTable::default();
        let text = Json::String("a".into());
        assert_eq!(table.code(&text), table.code(&text.clone()));
        assert_ne!(
            table.code(&Json::Array(vec![])),
            table.code(&Json::Array(vec![]))
        );
        assert_eq!(table.code(&Json::Bool(true)), Some(ValueCode::TRUE));
    }
    #[test]
    fn many_values_have_codes_like_few() {
        let mut table = ValueTable::default();
        let text = |index: usize| Json::String(format!("v{index}").into());
        let codes: Vec<_> = (0..1000).map(|index| table.code(&text(index))).collect();
        for (index, code) in codes.iter().enumerate() {
            assert_eq!(table.code(&text(index)), *code);
        }
        let number = table.code(&Json::Number(5.0));
        assert_eq!(table.code(&Json::Number(5.0)), number);
        assert_ne!(table.code(&Json::String("5".into())), number);
        assert_ne!(
            table.code(&Json::Array(vec![])),
            table.code(&Json::Array(vec![]))
        );
        assert_eq!(table.values.len(), 1004);
    }

    #[test]
    fn codes_run_out_without_a_walk_through_all_values() {
        let mut table = ValueTable::default();
        let codes = (0..200_000).map(|index| table.code(&Json::String(index.to_string().into())));
        assert_eq!(codes.flatten().count(), 65_519);
    }
}
