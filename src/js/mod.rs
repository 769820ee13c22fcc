//! JavaScript as the engine imitates it.

mod conversions;
pub mod exotic;
pub mod host;
pub mod json;
pub mod text;
pub mod value;

pub use conversions::{
    NoText, identity, number_to_string, parse_float, strictly_equal, to_number, to_text, truthy,
};
