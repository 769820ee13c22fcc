//! The definitions that JavaScript may still use, freed here once it does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::aside::aside;
use super::listener::DefinitionListener;
use crate::compile::CompiledDefinitions;

/// How often definitions that were replaced are looked at, until nobody uses them.
const FREE_INTERVAL: Duration = Duration::from_secs(1);

/// A poller's hold on definitions. Pollers that were told of the same document hold the same definitions.
#[derive(Debug)]
struct Hold(Arc<CompiledDefinitions>);

impl Hold {
    fn new(definitions: Arc<CompiledDefinitions>) -> Self {
        definitions.held.fetch_add(1, Ordering::Relaxed);
        Self(definitions)
    }

    /// Whether nobody but pollers holds the definitions any more.
    fn is_unused(&self) -> bool {
        Arc::strong_count(&self.0) == self.0.held.load(Ordering::Relaxed)
    }

    /// How many bytes are freed with it.
    fn size(&self) -> usize {
        if Arc::strong_count(&self.0) == 1 {
            self.0.size
        } else {
            0
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The definitions that were told of and may still be in use. Taking definitions of many megabytes apart takes a while, so the
/// last hold on them must not be JavaScript's, whose thread would do it during garbage collection.
#[derive(Default)]
pub(super) struct HeldDefinitions {
    definitions: Vec<Hold>,
    /// How many bytes were freed that nobody has been told of.
    pub(super) freed: usize,
}

impl HeldDefinitions {
    /// Takes a hold on definitions that were told of, which may be those held already.
    pub(super) fn hold(&mut self, definitions: Arc<CompiledDefinitions>) {
        let is_held = |hold: &Hold| Arc::ptr_eq(&hold.0, &definitions);
        if !self.definitions.iter().any(is_held) {
            self.definitions.push(Hold::new(definitions));
        }
    }

    /// Frees what nobody else holds, again and again while something old is left. Never returns.
    pub(super) async fn free_unused(&mut self, listener: &impl DefinitionListener) {
        while self.definitions.len() > 1 {
            tokio::time::sleep(FREE_INTERVAL).await;
            listener.memory_freed(self.free_now().await);
        }
        std::future::pending().await
    }

    /// How many bytes that frees.
    pub(super) async fn free_now(&mut self) -> usize {
        let unused: Vec<_> = self
            .definitions
            .extract_if(.., |hold| hold.is_unused())
            .collect();
        let bytes = unused.iter().map(Hold::size).sum();
        self.freed += bytes;
        aside(bytes, || drop(unused)).await;
        std::mem::take(&mut self.freed)
    }
}
