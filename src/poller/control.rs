//! What the poller and those who ask it for loads share.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::provider::Method;
use super::schedule::{Event, LoadDecision, Next, Schedule, Settings, Step};

/// The shared end of a poller: any thread may ask for a load or stop it. No lock is held across a wait.
#[derive(Debug)]
pub struct PollerControl {
    schedule: Mutex<Schedule>,
    created: Instant,
    wake: Notify,
    stopped: watch::Sender<bool>,
    watches_changes: AtomicBool,
}

impl PollerControl {
    /// The control of a poller that is yet to run.
    pub fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            schedule: Mutex::new(Schedule::new(settings)),
            created: Instant::now(),
            wake: Notify::new(),
            stopped: watch::Sender::new(false),
            watches_changes: AtomicBool::new(false),
        })
    }

    /// Asks for a load; see [`LoadDecision`].
    pub fn load(&self, force: bool) -> LoadDecision {
        let decision = self.schedule.lock().request_load(force, self.now());
        if decision == LoadDecision::Started {
            self.wake.notify_one();
        }
        decision
    }

    /// Ends the load under way.
    pub fn finish(&self) {
        self.schedule.lock().finish(self.now(), random_fraction());
    }

    /// Lets loads begin only when asked for from now on. True if none is under way.
    pub fn stop_polling(&self) -> bool {
        self.schedule.lock().stop_polling()
    }

    /// See [`Schedule::rest`].
    pub fn rest(&self) -> bool {
        self.schedule.lock().rest()
    }

    /// See [`Schedule::wake`].
    pub fn wake(&self) {
        self.schedule.lock().wake();
        self.wake.notify_one();
    }

    /// Whether loads begin by themselves.
    pub fn polls(&self) -> bool {
        self.schedule.lock().polls()
    }

    /// Has the next load begin now.
    pub(super) fn poll_now(&self) {
        self.schedule.lock().poll_now(self.now());
    }

    /// A method of the provider settled after it was given up, in the last call of it.
    pub fn settled_late(&self, method: Method) {
        self.schedule.lock().settled_late(method);
    }

    /// The definitions of the load under way or just over did not come into use. The same document may come again.
    pub fn forget(&self) {
        self.schedule.lock().forget();
    }

    /// The `ETag` of the definitions held.
    pub fn etag(&self) -> Option<String> {
        self.schedule.lock().etag().map(str::to_owned)
    }

    /// The definitions that the poller starts from have this `ETag`.
    pub fn start_from(&self, etag: Option<String>) {
        self.schedule.lock().start_from(etag);
    }

    pub(super) fn found_in_cache(&self, etag: Option<String>) {
        self.schedule.lock().found_in_cache(etag);
    }

    /// Whether somebody wants to know which flags a load changes.
    pub fn watch_changes(&self, wanted: bool) {
        self.watches_changes.store(wanted, Ordering::Relaxed);
    }

    pub(super) fn watches_changes(&self) -> bool {
        self.watches_changes.load(Ordering::Relaxed)
    }

    /// Aborts the load under way and lets none begin.
    pub fn stop(&self) {
        self.schedule.lock().stop();
        self.stopped.send_replace(true);
    }

    pub(super) fn take_forgotten(&self) -> bool {
        self.schedule.lock().take_forgotten()
    }

    pub(super) fn begin(&self) -> Step {
        self.schedule.lock().begin(self.now())
    }

    pub(super) fn advance(&self, event: Event) -> Next {
        self.schedule.lock().advance(event, self.now())
    }

    fn now(&self) -> Duration {
        self.created.elapsed()
    }

    pub(super) async fn until_stopped(&self) {
        // Fails only when the sender is gone, and that is `self`.
        let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Returns when a load is to be carried out.
    pub(super) async fn until_load(&self) {
        loop {
            let next_poll = {
                let mut schedule = self.schedule.lock();
                if schedule.poll_if_due(self.now()) {
                    return;
                }
                schedule.next_poll()
            };
            match next_poll {
                Some(moment) => tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(moment.saturating_sub(self.now())) => {}
                },
                None => self.wake.notified().await,
            }
        }
    }
}

/// From 0 up to 1. The standard library seeds its hash maps with it; that is random enough to spread polls.
fn random_fraction() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_fractions_lie_between_0_and_1_and_differ() {
        let fractions: Vec<f64> = (0..100).map(|_| random_fraction()).collect();
        assert!(fractions.iter().all(|x| (0.0..1.0).contains(x)));
        assert!(fractions.iter().any(|x| *x < 0.5) && fractions.iter().any(|x| *x > 0.5));
    }
}
