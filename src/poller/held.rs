//! The definitions that JavaScript may still use, freed here once it does not.

use std::sync::Arc;
use std::time::Duration;

use super::aside::aside;
use super::listener::DefinitionListener;
use crate::compile::CompiledDefinitions;

/// How often definitions that were replaced are looked at, until nobody uses them.
const FREE_INTERVAL: Duration = Duration::from_secs(1);

/// The definitions that were told of and may still be in use. Taking definitions of many megabytes apart takes a while, so the
/// last hold on them must not be JavaScript's, whose thread would do it during garbage collection.
#[derive(Default)]
pub(super) struct HeldDefinitions {
    pub(super) definitions: Vec<Arc<CompiledDefinitions>>,
    /// How many bytes were freed that nobody has been told of.
    pub(super) freed: usize,
}

impl HeldDefinitions {
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
        let is_unused = |definitions: &mut Arc<_>| Arc::strong_count(definitions) == 1;
        let unused: Vec<_> = self.definitions.extract_if(.., is_unused).collect();
        let bytes = unused.iter().map(|definitions| definitions.size).sum();
        self.freed += bytes;
        aside(bytes, || drop(unused)).await;
        std::mem::take(&mut self.freed)
    }
}
