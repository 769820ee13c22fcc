//! Inputs made of the bytes that a fuzzer gives. They know nothing of what is checked.

pub mod bytes;
pub mod call;
pub mod document;
pub mod filter;
pub mod given;
pub mod pattern;
pub mod regex_oracle;
pub mod values;
pub mod version;
