//! The rooms in which clients meet whose requests would be the same, see [`shared`](super::shared).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::kept_document::KeptDocument;
use super::listener::News;
use crate::compile::CompiledDefinitions;
use crate::copies::Digest;

/// A leader that gives no sign for so many of its intervals, and this long beside, is stuck. Another leads in its place.
const SILENT_INTERVALS: u32 = 3;
const SILENT_BESIDE: Duration = Duration::from_secs(30);

static ROOMS: LazyLock<Mutex<HashMap<Digest, Arc<Room>>>> = LazyLock::new(Mutex::default);

/// A room.
pub(super) struct Room {
    pub(super) identity: Digest,
    pub(super) state: Mutex<State>,
    /// Counts what followers may wait for: documents, loads that ended, leaders that left.
    pub(super) events: watch::Sender<u64>,
}

/// Who and what is in a room.
#[derive(Default)]
pub(super) struct State {
    pub(super) members: Vec<Member>,
    pub(super) leader: Option<Leader>,
    pub(super) document: Option<SharedDocument>,
    /// The key that all have was refused the last time that PostHog was asked.
    pub(super) is_refused: bool,
    /// Counts the documents.
    pub(super) version: u64,
    /// How many loads the leaders have ended.
    pub(super) loads: u64,
    /// Counts how often the room was left by all.
    pub(super) departures: u64,
}

/// A client in a room.
pub(super) struct Member {
    pub(super) id: u64,
    pub(super) tell: Arc<Tell>,
}

/// Tells a client what concerns it.
pub(super) type Tell = dyn Fn(News) + Send + Sync;

/// The client that asks PostHog.
pub(super) struct Leader {
    pub(super) id: u64,
    pub(super) interval: Duration,
    pub(super) seen_at: Instant,
}

/// The document that is in a room.
pub(super) struct SharedDocument {
    pub(super) kept: KeptDocument,
    pub(super) digest: Digest,
    pub(super) length: usize,
    pub(super) etag: Option<String>,
    pub(super) confirmed_at: SystemTime,
    /// Lets what was compiled of it stay after the last client has left.
    pub(super) _compiled: Option<Arc<CompiledDefinitions>>,
}

impl State {
    pub(super) fn is_led_by(&self, id: u64) -> bool {
        self.leader.as_ref().is_some_and(|leader| leader.id == id)
    }
}

impl Leader {
    pub(super) fn is_silent(&self) -> bool {
        self.seen_at.elapsed() > leader_silence(Some(self.interval))
    }
}

/// How long a leader may give no sign of life, where something is polled each `interval`.
pub fn leader_silence(interval: Option<Duration>) -> Duration {
    let intervals = interval
        .unwrap_or(Duration::MAX)
        .saturating_mul(SILENT_INTERVALS);
    intervals.saturating_add(SILENT_BESIDE)
}

impl Room {
    pub(super) fn notify(&self) {
        self.events.send_modify(|events| *events += 1);
    }
}

/// Enters the room with this identity.
pub(super) fn enter(identity: Digest, member: Member) -> Arc<Room> {
    let mut rooms = ROOMS.lock();
    let room = rooms.entry(identity).or_insert_with(|| {
        Arc::new(Room {
            identity,
            state: Mutex::default(),
            events: watch::Sender::new(0),
        })
    });
    room.state.lock().members.push(member);
    Arc::clone(room)
}

/// Closes a room that nobody has entered since it was left by all.
pub(super) fn close(room: &Room, departure: u64) {
    let mut rooms = ROOMS.lock();
    let is_empty = {
        let state = room.state.lock();
        state.members.is_empty() && state.departures == departure
    };
    if is_empty {
        rooms.remove(&room.identity);
    }
}
