//! Time zones, with the offsets that the server's own table of them has. The table is packed, and only the zones that somebody
//! asks for are unpacked.

use std::hash::{Hash, Hasher};
use std::sync::LazyLock;
use std::{fmt, ptr};

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};
use parking_lot::Mutex;

/// A line for all names of a zone: `<names, with spaces between>;<first offset>;<seconds until the next> <offset>;…`. The first
/// change is counted from 1970, every other one from the one before. The test that is ignored writes it.
const TABLE: &[u8] = include_bytes!("zones.txt.zst");

/// How long the table is when it is unpacked, at most.
const LARGEST_TABLE: usize = 1024 * 1024;

/// No offset is larger than this.
const LARGEST_OFFSET: TimeDelta = TimeDelta::hours(26);

/// A time zone of the IANA database.
#[derive(Clone, Copy)]
pub struct Zone(&'static Offsets);

struct Offsets {
    /// The place in the table.
    line: usize,
    /// The first of its names.
    name: Box<str>,
    /// The offset before the first change, in seconds east of UTC.
    first: i32,
    /// When the offset changes, in seconds since 1970, and to what.
    changes: Box<[(i64, i32)]>,
}

impl Zone {
    /// The zone with this name, in whichever letter case.
    pub fn of_name(name: &str) -> Option<Self> {
        /// There are some 340 zones, so those asked for are kept for as long as the process lives.
        static KNOWN: Mutex<Vec<Zone>> = Mutex::new(Vec::new());

        let table = unpacked()?;
        let (line, text) = table.lines().enumerate().find(|(_, line)| {
            let names = line.split(';').next().unwrap_or_default();
            names
                .split(' ')
                .any(|known| known.eq_ignore_ascii_case(name))
        })?;
        let mut known = KNOWN.lock();
        if let Some(zone) = known.iter().find(|zone| zone.0.line == line) {
            return Some(*zone);
        }
        let zone = Self(Box::leak(Box::new(Offsets::read(line, text)?)));
        known.push(zone);
        Some(zone)
    }

    /// What clocks in the zone show at an instant.
    pub(super) fn wall_clock(self, at: DateTime<Utc>) -> Option<NaiveDateTime> {
        let offset = self.0.offset(at.timestamp());
        at.naive_utc()
            .checked_add_offset(FixedOffset::east_opt(offset)?)
    }

    /// When clocks in the zone show this: the earlier instant if they do twice, `None` if they never do.
    pub(super) fn instant(self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        let seconds = wall.and_utc().timestamp();
        let reach = LARGEST_OFFSET.num_seconds();
        let offsets = self.0.offsets_between(seconds - reach, seconds + reach);
        let mut instants = offsets.filter(|offset| {
            let at = seconds - i64::from(*offset);
            self.0.offset(at) == *offset
        });
        // The larger the offset is, the earlier is the instant.
        let first = instants.by_ref().max()?;
        // A leap second stays one.
        let utc = wall.checked_sub_offset(FixedOffset::east_opt(first)?)?;
        Some(utc.and_utc())
    }
}

fn unpacked() -> Option<String> {
    let table = zstd::bulk::decompress(TABLE, LARGEST_TABLE).ok()?;
    String::from_utf8(table).ok()
}

/// Whether clocks in some zone never show this.
pub(super) fn is_skipped_somewhere(wall: NaiveDateTime) -> bool {
    /// What is skipped, in seconds since 1970 as a clock shows them, in order and apart from each other.
    static SKIPPED: LazyLock<Vec<(i64, i64)>> = LazyLock::new(skipped);

    let seconds = wall.and_utc().timestamp();
    let before = SKIPPED.partition_point(|(from, _)| *from <= seconds);
    let last = before.checked_sub(1).and_then(|last| SKIPPED.get(last));
    last.is_some_and(|(_, to)| seconds < *to)
}

fn skipped() -> Vec<(i64, i64)> {
    let table = unpacked().unwrap_or_default();
    let mut skipped = Vec::new();
    for offsets in table.lines().filter_map(|line| Offsets::read(0, line)) {
        let mut before = offsets.first;
        for (at, offset) in offsets.changes {
            if offset > before {
                skipped.push((at + i64::from(before), at + i64::from(offset)));
            }
            before = offset;
        }
    }
    skipped.sort_unstable();
    skipped.dedup_by(|next, last| {
        let touches = next.0 <= last.1;
        if touches {
            last.1 = last.1.max(next.1);
        }
        touches
    });
    skipped
}

impl Offsets {
    fn read(line: usize, text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let name = parts.next()?.split(' ').next()?;
        let first = parts.next()?.parse().ok()?;
        let mut at = 0;
        let changes = parts.map(|part| {
            let (seconds, offset) = part.split_once(' ')?;
            at += seconds.parse::<i64>().ok()?;
            Some((at, offset.parse().ok()?))
        });
        Some(Self {
            line,
            name: name.into(),
            first,
            changes: changes.collect::<Option<_>>()?,
        })
    }

    /// How many changes there have been, at an instant in seconds since 1970.
    fn changes_until(&self, at: i64) -> usize {
        self.changes.partition_point(|(change, _)| *change <= at)
    }

    fn offset(&self, at: i64) -> i32 {
        let until = self.changes.get(..self.changes_until(at));
        until
            .and_then(<[_]>::last)
            .map_or(self.first, |(_, offset)| *offset)
    }

    /// All offsets from one instant to another.
    fn offsets_between(&self, from: i64, to: i64) -> impl Iterator<Item = i32> {
        let changes = self
            .changes
            .get(self.changes_until(from)..self.changes_until(to));
        let later = changes
            .unwrap_or_default()
            .iter()
            .map(|(_, offset)| *offset);
        std::iter::once(self.offset(from)).chain(later)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.0, other.0)
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.line.hash(state);
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.name)
    }
}

#[cfg(test)]
#[path = "zones_tests.rs"]
mod tests;
