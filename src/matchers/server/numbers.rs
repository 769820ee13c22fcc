//! Numbers as the server reads them: the whole text has to be one.

use serde_json::Value;

/// The value as a double.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        // The grammar of `f64::from_str`: `5.`, `.5`, `inf` and `nan` are numbers, ` 5` and `0x10` are none.
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The two bounds of `between`.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    low: f64,
    high: f64,
}

/// The filter's value is no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeError;

impl Range {
    /// Reads a list of two numbers, the lower one first.
    pub fn read(value: &Value) -> Result<Self, RangeError> {
        let Value::Array(bounds) = value else {
            return Err(RangeError);
        };
        let [low, high] = bounds.as_slice() else {
            return Err(RangeError);
        };
        match (number(low), number(high)) {
            (Some(low), Some(high)) if low <= high => Ok(Self { low, high }),
            _ => Err(RangeError),
        }
    }

    /// Whether a number is within the bounds.
    pub fn contains(self, number: f64) -> bool {
        self.low <= number && number <= self.high
    }
}
