//! Runs the checks of the fuzz targets on the inputs that are kept in `fuzz/`, so that what fuzzing has found once is
//! looked at with every change, on any toolchain. `npm run fuzz` looks for more.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "../fuzz/checks/mod.rs"]
mod checks;

use std::fs;
use std::path::Path;

/// Miri takes seconds for each input, so it gets a few.
const FEW: usize = 12;

/// Runs the check of a target on its corpus and on what has once failed.
fn replay(target: &str, check: fn(&[u8])) {
    let mut files = Vec::new();
    for folder in ["corpus", "crashes"] {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let entries = fs::read_dir(fuzz.join(folder).join(target));
        files.extend(
            entries
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path()),
        );
    }
    files.sort();
    assert!(files.len() >= FEW, "{target} has {} inputs", files.len());
    let step = if cfg!(miri) { files.len() / FEW } else { 1 };
    for file in files.iter().step_by(step) {
        // The test prints this if the check fails.
        println!("{}", file.display());
        check(&fs::read(file).unwrap());
    }
}

#[test]
fn arguments_are_read_back_as_they_were_given() {
    replay("arguments", checks::arguments::check);
}

#[test]
fn any_bytes_are_refused_or_compile_to_flags_that_all_have_an_answer() {
    replay("compile", checks::compile::check);
}

#[test]
fn printed_dates_stand_for_their_time() {
    replay("dates", checks::dates::check);
}

#[test]
fn every_way_to_the_answer_of_a_flag_leads_to_the_same() {
    replay("evaluate", checks::evaluate::check);
}

#[test]
fn batches_are_hashed_as_the_crate_sha1_hashes() {
    replay("hashing", checks::hashing::check);
}

#[test]
fn patterns_match_what_their_tree_matches() {
    replay("regex", checks::regex::check);
}

#[test]
fn versions_compare_as_their_numbers_do() {
    replay("semver", checks::semver::check);
}

#[test]
fn dates_that_are_decided_without_a_zone_are_decided_so_in_each() {
    replay("server_dates", checks::server_dates::check);
}

#[test]
fn patterns_of_the_server_and_their_opposites_are_decided_together() {
    replay("server_regex", checks::server_regex::check);
}

#[test]
fn versions_of_the_server_are_in_an_order() {
    replay("server_semver", checks::server_semver::check);
}
