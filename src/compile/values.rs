//! The values a flag can take, numbered.

use crate::js;
use crate::json::Json;
use crate::outcome::{ResultCode, ValueCode};

/// Gives each distinct value of one flag a code.
#[derive(Debug, Default)]
pub struct ValueTable {
    pub values: Vec<Json>,
}

impl ValueTable {
    /// The code of a value; equal values share one, as `===` has it. `None` when there are too many.
    pub fn code(&mut self, value: &Json) -> Option<ValueCode> {
        let index = match value {
            Json::Bool(value) => {
                return Some(if *value {
                    ValueCode::TRUE
                } else {
                    ValueCode::FALSE
                });
            }
            value => match self
                .values
                .iter()
                .position(|known| js::strictly_equal(Some(known), Some(value)))
            {
                Some(index) => index,
                None => {
                    self.values.push(value.clone());
                    self.values.len() - 1
                }
            },
        };
        let code = u16::try_from(index)
            .ok()?
            .checked_add(ValueCode::FIRST_OWN)?;
        (code <= ResultCode::LAST_VALUE).then_some(ValueCode(code))
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
}
