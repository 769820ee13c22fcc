//! Reads the inputs of an evaluation from its arguments. Knows of Node only what [`Argument`] says.
//!
//! Every kind of value has its own cheapest question, so strings are asked for first, then numbers, then booleans; only
//! what is none of these has its type looked up. Short strings are read as UTF-16, which is exact and no slower than any
//! other encoding, and narrowed. Long ones are read when their text is asked for, and so is anything else.

use crate::compiled::Slot;
use crate::evaluate::call::CallInputs;
use crate::js::exotic::Exotic;
use crate::js::text;
use crate::js::value::LongText;

/// Strings of fewer code units are read in one call.
const SHORT: usize = 128;

/// So many code units are looked at one by one.
const FEW: usize = 8;

/// So many code units are looked at together; a divisor of `SHORT`.
const BLOCK: usize = 16;

/// Strings of so many code units are read when they are asked for.
const LONG: usize = 1024;

/// A value that may be a string, of which the code units can be read.
pub trait Text {
    /// Reads a string as far as there is room for it and for the zero behind it; the number of code units without that.
    /// `None` if the value is no string.
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize>;
    /// The same for a string of which every code unit is below 0x100.
    fn read_latin1(&self, buffer: &mut [u8]) -> Option<usize>;
    /// How many code units the string has.
    fn utf16_length(&self) -> Option<usize>;
    /// How many bytes of UTF-8 the string comes to.
    fn utf8_length(&self) -> Option<usize>;
}

/// What can be asked of an argument.
pub trait Argument: Text {
    /// The string, to be read later in the call.
    fn later(&self) -> LongText;
    /// The value, if it is a number.
    fn number(&self) -> Option<f64>;
    /// The value, if it is a boolean.
    fn bool(&self) -> Option<bool>;
    /// What a value that is none of these is.
    fn other(&self) -> Other;
}

/// What an argument is that is no string, number or boolean.
#[derive(Debug)]
pub enum Other {
    /// `undefined`, which is passed where there is no such property.
    Absent,
    /// A property that is there and `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// Anything else.
    Exotic(Exotic),
}

/// Reads one input.
#[inline]
pub fn read_input(inputs: &mut CallInputs, slot: Slot, argument: &impl Argument) {
    if read_string(inputs, slot, argument) {
        return;
    }
    if let Some(number) = argument.number() {
        return inputs.set_number(slot, number);
    }
    if let Some(boolean) = argument.bool() {
        return inputs.set_bool(slot, boolean);
    }
    match argument.other() {
        Other::Absent => inputs.set_missing(slot),
        Other::Undefined => inputs.set_undefined(slot),
        Other::Null => inputs.set_null(slot),
        Other::Exotic(exotic) => inputs.set_exotic(slot, exotic),
    }
}

/// Reads an input that is a string; whether it is one.
#[inline]
fn read_string(inputs: &mut CallInputs, slot: Slot, argument: &impl Argument) -> bool {
    let mut units = [0u16; SHORT];
    let Some(length) = argument.read_utf16(&mut units) else {
        return false;
    };
    let mut bytes = [0u8; SHORT];
    let is_ascii = narrow(&units, &mut bytes, length);
    // A full buffer may hold but the start of the string.
    if length < SHORT - 1 && is_ascii {
        // SAFETY: every unit is below 0x80, so each byte is a character of its own.
        inputs.set_ascii(slot, unsafe {
            std::str::from_utf8_unchecked(&bytes[..length])
        });
        return true;
    }
    if argument.utf16_length().is_some_and(|length| length >= LONG) {
        inputs.set_long_text(slot, argument.later());
        return true;
    }
    match read_text(argument) {
        Some(text) => inputs.set_text(slot, &text),
        None => return false,
    }
    true
}

/// Makes bytes of the first code units, and of zeros behind them up to a whole block, which is quicker than one by one.
/// Whether all of them are ASCII.
#[inline]
fn narrow(units: &[u16; SHORT], bytes: &mut [u8; SHORT], length: usize) -> bool {
    let mut all = 0;
    // What has just been written one by one is read one by one faster than in a block.
    if length <= FEW {
        for (unit, byte) in units.iter().zip(bytes).take(length) {
            all |= unit;
            *byte = *unit as u8;
        }
        return all < 0x80;
    }
    let blocks = units.chunks_exact(BLOCK).zip(bytes.chunks_exact_mut(BLOCK));
    for (units, bytes) in blocks.take(length.div_ceil(BLOCK)) {
        for (unit, byte) in units.iter().zip(bytes) {
            all |= unit;
            *byte = *unit as u8;
        }
    }
    all < 0x80
}

fn is_ascii(units: &[u16]) -> bool {
    units.iter().fold(0, |all, unit| all | unit) < 0x80
}

/// Reads a string of any length; `None` if the value is none.
pub fn read_text(string: &impl Text) -> Option<String> {
    let length = string.utf16_length()?;
    let mut short = [0u16; SHORT];
    let read = string.read_utf16(&mut short)?;
    // A text of as many bytes as code units is ASCII, which is read several times faster.
    if is_ascii(&short[..read]) && string.utf8_length()? == length {
        let mut bytes = vec![0; length + 1];
        let read = string.read_latin1(&mut bytes)?;
        bytes.truncate(read);
        if let Ok(text) = String::from_utf8(bytes) {
            return Some(text);
        }
    }
    // Node-API ends the text with a zero.
    let mut units = vec![0u16; length + 1];
    let read = string.read_utf16(&mut units)?;
    Some(text::from_utf16(&units[..read]))
}

/// Reads the first code units of a string, at most so many and without half of a pair at the end.
pub fn read_start(string: &impl Text, count: usize) -> Option<String> {
    let mut units = vec![0u16; count + 1];
    let read = string.read_utf16(&mut units)?;
    let units = match &units[..read] {
        [start @ .., 0xD800..=0xDBFF] => start,
        all => all,
    };
    Some(text::from_utf16(units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_beyond_ascii_is_seen_wherever_it_is() {
        for length in 1..SHORT {
            for place in 0..length {
                let mut units = [0u16; SHORT];
                units[..length].fill(u16::from(b'a'));
                let mut bytes = [0u8; SHORT];
                assert!(narrow(&units, &mut bytes, length));
                assert!(bytes[..length].iter().all(|byte| *byte == b'a'));
                units[place] = 0x161;
                assert!(!narrow(&units, &mut bytes, length));
            }
        }
    }
}
