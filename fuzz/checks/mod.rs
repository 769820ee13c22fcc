//! What must hold for any input whatever, one module for each fuzz target. `fuzz_targets/` runs these under libFuzzer, and
//! `tests/corpora.rs` on the inputs that are kept in `corpus/` and `crashes/`.

// For the tests this is a module, for the fuzz targets a crate; neither uses all of it.
#![allow(dead_code, missing_docs)]

pub mod agreement;
pub mod arguments;
pub mod compile;
pub mod dates;
pub mod evaluate;
pub mod filter;
pub mod generate;
pub mod hashing;
pub mod regex;
pub mod semver;
pub mod server_dates;
pub mod server_regex;
pub mod server_semver;
