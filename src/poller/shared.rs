//! Definitions that the clients of one process share, in whichever thread, as a cache provider of our own.
//!
//! Clients whose requests would be the same meet in a *room*. One of them leads: it asks PostHog, and leaves what comes in the
//! room. The others take it from there as soon as it is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use super::kept_document::KeptDocument;
use super::listener::News;
use super::provider::{Cached, FlagDefinitionCacheProvider, ProviderError};
pub use super::room::leader_silence;
use super::room::{Leader, Member, Room, SharedDocument, Tell, close, enter};
use super::runtime;
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource};
use crate::copies::{Digest, compile_once_as, digest_of, find_copy};

/// For so long definitions stay after the last client has left.
const LINGERS: Duration = Duration::from_secs(60);

/// What a client finds in its room.
struct Look {
    leads: bool,
    has_document: bool,
    is_refused: bool,
    loads: u64,
}

/// A client's place in its room.
pub struct SharedCache {
    identity: Digest,
    room: Mutex<Arc<Room>>,
    id: u64,
    options: CompileOptions,
    interval: Option<Duration>,
    /// How long a follower waits for the first definitions of a leader.
    patience: Duration,
    tell: Arc<Tell>,
    /// The version of the document that was read or stored last.
    seen: AtomicU64,
    /// What was read before the poller began.
    first: Mutex<Option<Digest>>,
    role: Mutex<Option<bool>>,
}

impl SharedCache {
    /// Enters the room of those whose requests are the same, which `identity` says. `tell` learns what concerns this client, beside
    /// definitions; when it is told that the quota is used up, the client holds none any more.
    pub fn join(
        identity: &[u8],
        options: CompileOptions,
        interval: Option<Duration>,
        patience: Duration,
        tell: impl Fn(News) + Send + Sync + 'static,
    ) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let identity = digest_of(identity);
        let tell: Arc<Tell> = Arc::new(tell);
        let member = Member {
            id,
            tell: Arc::clone(&tell),
        };
        let room = enter(identity, member);
        Self {
            identity,
            room: Mutex::new(room),
            id,
            options: CompileOptions {
                source: DocumentSource::Network,
                ..options
            },
            interval,
            patience,
            tell,
            seen: AtomicU64::new(0),
            first: Mutex::default(),
            role: Mutex::default(),
        }
    }

    /// The definitions that are in the room, before the poller begins, and when they were current in milliseconds since 1970.
    pub fn first(&self) -> Option<(Arc<CompiledDefinitions>, f64)> {
        let Ok(cached) = self.read(None) else {
            return None;
        };
        let (definitions, digest, confirmed_at) = match cached {
            Cached::Compiled {
                definitions,
                digest,
                confirmed_at,
            } => (definitions, digest, confirmed_at),
            Cached::Document {
                document,
                confirmed_at,
            } => {
                let digest = digest_of(&document);
                let definitions = compile_once_as(digest, &document, &self.options).ok()?;
                (definitions, digest, confirmed_at)
            }
            Cached::Nothing | Cached::Held | Cached::QuotaExceeded => return None,
        };
        *self.first.lock() = Some(digest);
        Some((definitions, confirmed_at?))
    }

    /// Tells the others what this client was told as their leader, as far as it concerns them.
    pub fn pass_on(&self, news: &News) {
        let copy = || match news {
            News::QuotaExceeded => Some(News::QuotaExceeded),
            News::ClientError(text) => Some(News::ClientError(text.clone())),
            News::Error(text) => Some(News::Error(text.clone())),
            _ => None,
        };
        if copy().is_none() {
            return;
        }
        let others: Vec<_> = {
            let room = self.room();
            let mut state = room.state.lock();
            if !state.is_led_by(self.id) {
                return;
            }
            if matches!(news, News::QuotaExceeded) {
                state.document = None;
            }
            let others = state.members.iter().filter(|member| member.id != self.id);
            others.map(|member| Arc::clone(&member.tell)).collect()
        };
        for tell in others {
            copy().into_iter().for_each(|news| tell(news));
        }
    }

    fn room(&self) -> Arc<Room> {
        Arc::clone(&self.room.lock())
    }

    /// Goes back to the room after a rest, or for a load that was asked for.
    fn come_back(&self) {
        let is_there = {
            let room = self.room();
            let state = room.state.lock();
            state.members.iter().any(|member| member.id == self.id)
        };
        if !is_there {
            let member = Member {
                id: self.id,
                tell: Arc::clone(&self.tell),
            };
            *self.room.lock() = enter(self.identity, member);
        }
    }

    fn read(&self, held: Option<Digest>) -> Result<Cached, ProviderError> {
        let room = self.room();
        let state = room.state.lock();
        let Some(document) = &state.document else {
            return Ok(Cached::Nothing);
        };
        self.seen.store(state.version, Ordering::Relaxed);
        let confirmed_at = Some(milliseconds(document.confirmed_at));
        if held == Some(document.digest) {
            (self.tell)(News::Confirmed {
                at: milliseconds(document.confirmed_at),
            });
            return Ok(Cached::Held);
        }
        if let Some(definitions) = find_copy(document.digest, document.length, &self.options) {
            return Ok(Cached::Compiled {
                definitions,
                digest: document.digest,
                confirmed_at,
            });
        }
        let text = document.kept.document();
        let document = text.map_err(|error| ProviderError::new(format!("Error: {error}")))?;
        Ok(Cached::Document {
            document,
            confirmed_at,
        })
    }

    /// Which part this client has; none if it has left.
    fn tell_role(&self, leads: Option<bool>) {
        let before = std::mem::replace(&mut *self.role.lock(), leads);
        if before != leads {
            (self.tell)(News::Role { leads });
        }
    }

    /// Whether this client leads now, and if not, whether there is something to wait for.
    fn look(&self) -> Look {
        let room = self.room();
        let mut state = room.state.lock();
        let interval = self.interval.unwrap_or(Duration::MAX);
        let leads = state.is_led_by(self.id)
            || state.leader.as_ref().is_none_or(|leader| {
                // Whoever wants definitions more often asks for all.
                leader.interval > interval || leader.is_silent()
            });
        if leads {
            state.leader = Some(Leader {
                id: self.id,
                interval,
                seen_at: Instant::now(),
            });
        }
        Look {
            leads,
            has_document: state.document.is_some(),
            is_refused: state.is_refused,
            loads: state.loads,
        }
    }
}

impl FlagDefinitionCacheProvider for SharedCache {
    fn documents(&self) -> DocumentSource {
        DocumentSource::Network
    }

    async fn should_fetch_flag_definitions(&self) -> Result<bool, ProviderError> {
        self.come_back();
        let mut events = self.room().events.subscribe();
        let patience = tokio::time::sleep(self.patience);
        tokio::pin!(patience);
        let mut loads = None;
        loop {
            events.mark_unchanged();
            let look = self.look();
            self.tell_role(Some(look.leads));
            if look.leads || look.has_document {
                return Ok(look.leads);
            }
            if look.is_refused {
                (self.tell)(News::KeyRefused);
                return Ok(false);
            }
            // The leader may have failed meanwhile.
            if *loads.get_or_insert(look.loads) != look.loads {
                return Ok(false);
            }
            tokio::select! {
                _ = events.changed() => {}
                () = &mut patience => return Ok(false),
            }
        }
    }

    async fn get_flag_definitions(&self, held: Option<Digest>) -> Result<Cached, ProviderError> {
        let first = self.first.lock().take();
        self.read(held.or(first))
    }

    async fn on_flag_definitions_received(
        &self,
        document: Vec<u8>,
        etag: Option<String>,
    ) -> Result<(), ProviderError> {
        let kept = KeptDocument::new(&document)
            .map_err(|error| ProviderError::new(format!("Error: {error}")))?;
        let digest = digest_of(&document);
        let shared = SharedDocument {
            kept,
            digest,
            length: document.len(),
            etag,
            confirmed_at: SystemTime::now(),
            _compiled: find_copy(digest, document.len(), &self.options),
        };
        let replaced = {
            let room = self.room();
            let mut state = room.state.lock();
            if !state.is_led_by(self.id) {
                // It left, or was stuck, and somebody else leads.
                return Ok(());
            }
            state.is_refused = false;
            state.version += 1;
            self.seen.store(state.version, Ordering::Relaxed);
            state.document.replace(shared)
        };
        drop(replaced);
        self.room().notify();
        Ok(())
    }

    fn etag(&self) -> Option<String> {
        let room = self.room();
        let state = room.state.lock();
        let is_seen = state.version == self.seen.load(Ordering::Relaxed);
        let document = state.document.as_ref().filter(|_| is_seen);
        document.and_then(|document| document.etag.clone())
    }

    async fn confirm(&self) -> bool {
        let room = self.room();
        let mut state = room.state.lock();
        let leads = state.is_led_by(self.id);
        match &mut state.document {
            Some(document) if leads => {
                document.confirmed_at = SystemTime::now();
                true
            }
            _ => false,
        }
    }

    async fn changed(&self) {
        let mut events = self.room().events.subscribe();
        loop {
            events.mark_unchanged();
            let (version, has_document) = {
                let room = self.room();
                let state = room.state.lock();
                (state.version, state.document.is_some())
            };
            if has_document && version != self.seen.load(Ordering::Relaxed) {
                return;
            }
            if events.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    async fn key_refused(&self) {
        let room = self.room();
        let mut state = room.state.lock();
        state.is_refused |= state.is_led_by(self.id);
    }

    fn load_ended(&self) {
        let room = self.room();
        let mut state = room.state.lock();
        if let Some(leader) = state.leader.as_mut().filter(|leader| leader.id == self.id) {
            leader.seen_at = Instant::now();
            state.loads += 1;
            drop(state);
            self.room().notify();
        }
    }

    fn release(&self) {
        self.tell_role(None);
        let room = self.room();
        let mut state = room.state.lock();
        if state.is_led_by(self.id) {
            state.leader = None;
        }
        let before = state.members.len();
        state.members.retain(|member| member.id != self.id);
        let has_left = state.members.len() < before;
        let departure = (has_left && state.members.is_empty()).then(|| {
            state.departures += 1;
            state.departures
        });
        drop(state);
        if has_left {
            self.room().notify();
        }
        if let Some(departure) = departure {
            let room = self.room();
            // Without the thread there was no poller either.
            let _ = runtime::spawn(async move {
                tokio::time::sleep(LINGERS).await;
                close(&room, departure);
            });
        }
    }
}

impl Drop for SharedCache {
    fn drop(&mut self) {
        self.release();
    }
}

fn milliseconds(time: SystemTime) -> f64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs_f64() * 1000.0
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
