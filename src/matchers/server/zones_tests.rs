//! The table against the crate of the server that it was made of.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

#[cfg(write_zones)]
use chrono::Offset;
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::Zone;

const DAY: i64 = 24 * 60 * 60;
/// The first of January of 1800, and of 2110.
const YEARS: (i64, i64) = (-62_092 * DAY, 51_134 * DAY);

#[cfg(write_zones)]
fn offset(zone: Tz, at: i64) -> i32 {
    let at = DateTime::from_timestamp(at, 0).unwrap().naive_utc();
    zone.offset_from_utc_datetime(&at).fix().local_minus_utc()
}

/// The changes of a zone, as far as two of them are not within `step` seconds.
#[cfg(write_zones)]
fn changes(zone: Tz, step: i64) -> Vec<(i64, i32)> {
    let mut changes = Vec::new();
    let mut from = YEARS.0;
    while from < YEARS.1 {
        let (mut before, mut after) = (from, from + step);
        from = after;
        if offset(zone, before) == offset(zone, after) {
            continue;
        }
        while before + 1 < after {
            let middle = before + (after - before) / 2;
            match offset(zone, middle) == offset(zone, before) {
                true => before = middle,
                false => after = middle,
            }
        }
        changes.push((after, offset(zone, after)));
    }
    changes
}

fn earliest(zone: Tz, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
        LocalResult::None => None,
    }
}

#[test]
fn clocks_show_what_they_show_in_the_servers_table() {
    for tz in TZ_VARIANTS {
        let zone = Zone::of_name(tz.name()).unwrap_or_else(|| panic!("no {tz}"));
        let known: Vec<_> = zone.0.changes.iter().map(|(at, _)| *at).collect();
        let now_and_then = (YEARS.0..YEARS.1).step_by(301 * DAY as usize + 1);
        for at in now_and_then.chain(known) {
            for near in [-1, 0, 1800] {
                let at = DateTime::from_timestamp(at + near, 0).unwrap();
                let wall = at.with_timezone(&tz).naive_local();
                assert_eq!(zone.wall_clock(at), Some(wall), "{tz} at {at}");
                // A clock that is put forward shows nothing of what it skips.
                for wall in [wall, at.naive_utc()] {
                    assert_eq!(zone.instant(wall), earliest(tz, wall), "{tz} shows {wall}");
                }
            }
        }
    }
}

#[test]
fn a_name_may_be_written_in_any_letter_case_and_an_alias_is_the_same_zone() {
    let berlin = Zone::of_name("Europe/Berlin").unwrap();
    assert_eq!(Zone::of_name("europe/BERLIN"), Some(berlin));
    assert_eq!(
        Zone::of_name("US/Pacific"),
        Zone::of_name("America/Los_Angeles")
    );
    let utc = Zone::of_name("UTC").unwrap();
    assert_ne!(berlin, utc);
    assert_eq!(HashSet::from([berlin, utc, berlin]).len(), 2);
    let hash = |zone: Zone| BuildHasherDefault::<DefaultHasher>::default().hash_one(zone);
    assert_ne!(hash(berlin), hash(utc));
    let kathmandu = Zone::of_name("Asia/Katmandu").unwrap();
    assert_eq!(format!("{kathmandu:?}"), "Asia/Kathmandu");
    for name in [
        "",
        " ",
        "Europe",
        "Europe/Berlin ",
        "Mars/Olympus",
        "+01:00",
        "0",
        ";",
    ] {
        assert_eq!(Zone::of_name(name), None, "{name}");
    }
}

#[test]
fn no_instant_and_no_clock_is_too_early_or_too_late() {
    let zone = Zone::of_name("Asia/Tokyo").unwrap();
    assert_eq!(zone.wall_clock(DateTime::<Utc>::MAX_UTC), None);
    assert_eq!(zone.instant(NaiveDateTime::MIN), None);
    let last = NaiveDateTime::MAX - TimeDelta::days(1);
    assert!(zone.instant(last).is_some());
}

/// Writes the table anew, see CONTRIBUTING.md.
#[cfg(write_zones)]
#[test]
fn write_zones() {
    let mut zones = std::collections::BTreeMap::<String, Vec<&str>>::new();
    for tz in TZ_VARIANTS {
        let mut text = format!(";{}", offset(tz, YEARS.0));
        let mut last = 0;
        for (at, offset) in changes(tz, DAY / 8) {
            text += &format!(";{} {offset}", at - last);
            last = at;
        }
        zones.entry(text).or_default().push(tz.name());
    }
    let mut lines: Vec<_> = zones
        .into_iter()
        .map(|(text, names)| format!("{}{text}\n", names.join(" ")))
        .collect();
    lines.sort_unstable();
    let packed = zstd::bulk::compress(lines.concat().as_bytes(), 22).unwrap();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/matchers/server/zones.txt.zst"
    );
    std::fs::write(path, packed).unwrap();
}
