//! The cache of a poller: the user's provider, or one of this package's.

use std::sync::Arc;

use super::conversation::JsProvider;
use super::sharing::SharingCache;
use crate::compile::DocumentSource;
use crate::copies::Digest;
use crate::poller::file::FileCache;
use crate::poller::provider::{Cached, FlagDefinitionCacheProvider, ProviderError};
use crate::poller::shared::SharedCache;

/// The cache of a poller.
pub(super) enum Cache {
    Users(JsProvider),
    File(Arc<FileCache>),
    Process(Arc<SharedCache>),
}

impl From<SharingCache> for Cache {
    fn from(cache: SharingCache) -> Self {
        match cache {
            SharingCache::File(file) => Self::File(file),
            SharingCache::Process(shared) => Self::Process(shared),
        }
    }
}

impl FlagDefinitionCacheProvider for Cache {
    async fn should_fetch_flag_definitions(&self) -> Result<bool, ProviderError> {
        match self {
            Self::Users(provider) => provider.should_fetch_flag_definitions().await,
            Self::File(file) => file.should_fetch_flag_definitions().await,
            Self::Process(shared) => shared.should_fetch_flag_definitions().await,
        }
    }

    async fn get_flag_definitions(&self, held: Option<Digest>) -> Result<Cached, ProviderError> {
        match self {
            Self::Users(provider) => provider.get_flag_definitions(held).await,
            Self::File(file) => file.get_flag_definitions(held).await,
            Self::Process(shared) => shared.get_flag_definitions(held).await,
        }
    }

    async fn on_flag_definitions_received(
        &self,
        document: Vec<u8>,
        etag: Option<String>,
    ) -> Result<(), ProviderError> {
        match self {
            Self::Users(provider) => provider.on_flag_definitions_received(document, etag).await,
            Self::File(file) => file.on_flag_definitions_received(document, etag).await,
            Self::Process(shared) => shared.on_flag_definitions_received(document, etag).await,
        }
    }

    fn etag(&self) -> Option<String> {
        match self {
            Self::Users(provider) => provider.etag(),
            Self::File(file) => file.etag(),
            Self::Process(shared) => shared.etag(),
        }
    }

    async fn quota_exceeded(&self) {
        match self {
            Self::Users(provider) => provider.quota_exceeded().await,
            Self::File(file) => file.quota_exceeded().await,
            Self::Process(shared) => shared.quota_exceeded().await,
        }
    }

    fn documents(&self) -> DocumentSource {
        match self {
            Self::Users(provider) => provider.documents(),
            Self::File(file) => file.documents(),
            Self::Process(shared) => shared.documents(),
        }
    }

    async fn confirm(&self) -> bool {
        match self {
            Self::Users(provider) => provider.confirm().await,
            Self::File(file) => file.confirm().await,
            Self::Process(shared) => shared.confirm().await,
        }
    }

    async fn changed(&self) {
        match self {
            Self::Users(provider) => provider.changed().await,
            Self::File(file) => file.changed().await,
            Self::Process(shared) => shared.changed().await,
        }
    }

    async fn key_refused(&self) {
        match self {
            Self::Users(provider) => provider.key_refused().await,
            Self::File(file) => file.key_refused().await,
            Self::Process(shared) => shared.key_refused().await,
        }
    }

    fn load_ended(&self) {
        match self {
            Self::Users(provider) => provider.load_ended(),
            Self::File(file) => file.load_ended(),
            Self::Process(shared) => shared.load_ended(),
        }
    }

    fn release(&self) {
        match self {
            Self::Users(provider) => provider.release(),
            Self::File(file) => file.release(),
            Self::Process(shared) => shared.release(),
        }
    }
}
