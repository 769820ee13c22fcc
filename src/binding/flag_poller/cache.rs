//! The cache of a poller: the user's provider, or one of this package's.

use std::sync::Arc;
use std::time::Duration;

use super::FlagPollerOptions;
use super::command::Command;
use super::conversation::{JavaScript, JsProvider};
use crate::compile::copies::Digest;
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource};
use crate::poller::driver::{PollerConfig, PollerControl};
use crate::poller::file::{FileCache, FileSettings, First, Project};
use crate::poller::listener::News;
use crate::poller::provider::{Cached, FlagDefinitionCacheProvider, ProviderError};
use crate::poller::shared::SharedCache;

/// How long a follower waits for the first definitions of its leader where requests have no limit.
const PATIENCE: Duration = Duration::from_secs(10);

/// Beyond that, a cache of this package's answers within this time.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// A cache that several clients share.
#[derive(Clone)]
pub(super) enum SharingCache {
    File(Arc<FileCache>),
    Process(Arc<SharedCache>),
}

/// What a cache has before the poller begins.
pub(super) enum Beginning {
    Nothing,
    Definitions(Arc<CompiledDefinitions>, Option<f64>),
    Problem(String),
}

impl SharingCache {
    /// The cache of this package's that the options ask for.
    pub(super) fn new(
        options: &FlagPollerOptions,
        config: &PollerConfig,
        javascript: &Arc<JavaScript>,
        control: &Arc<PollerControl>,
    ) -> Option<Self> {
        let (javascript, control) = (Arc::clone(javascript), Arc::clone(control));
        let tell = move |news| {
            if matches!(news, News::QuotaExceeded) {
                // The same definitions may come again.
                control.forget();
            }
            javascript.send(Command::News(news));
        };
        let interval = options
            .polling_interval
            .map(|interval| Duration::from_secs_f64(interval.clamp(0.0, 1e9) / 1000.0));
        let patience = config.request_timeout.unwrap_or(PATIENCE);
        let compile_options = CompileOptions {
            source: DocumentSource::Network,
            evaluation_contexts: config.evaluation_contexts.clone(),
        };
        if let Some(path) = &options.file {
            let settings = FileSettings {
                path: path.into(),
                project: Project {
                    host: config.host.clone(),
                    api_key: config.project_api_key.clone(),
                },
                max_document_bytes: config.max_document_bytes,
                options: compile_options,
                user: options.user,
            };
            let file = FileCache::new(settings, interval, patience, Box::new(tell));
            return Some(Self::File(Arc::new(file)));
        }
        let fetch = options.shared.as_ref()?;
        let identity = format!(
            "{config:?} {:?}",
            (
                (&config.host, &config.project_api_key, &config.secret_key),
                (&config.custom_headers, config.max_document_bytes),
                (&options.proxy, &options.certificate_file),
                (
                    &options.certificate_directories,
                    &options.extra_certificates
                ),
                (&options.transport, fetch),
            )
        );
        let shared = SharedCache::join(
            identity.as_bytes(),
            compile_options,
            interval,
            patience,
            tell,
        );
        Some(Self::Process(Arc::new(shared)))
    }

    /// How long its methods may take.
    pub(super) fn limit(config: &PollerConfig) -> Duration {
        config.request_timeout.unwrap_or(PATIENCE) + ANSWERS_WITHIN
    }

    pub(super) fn begin(&self) -> Beginning {
        match self {
            Self::File(file) => match file.read_first() {
                First::Nothing => Beginning::Nothing,
                First::Definitions(definitions, at) => Beginning::Definitions(definitions, at),
                First::Problem(problem) => Beginning::Problem(problem),
            },
            Self::Process(shared) => shared
                .first()
                .map_or(Beginning::Nothing, |(definitions, at)| {
                    Beginning::Definitions(definitions, Some(at))
                }),
        }
    }

    pub(super) fn release(&self) {
        match self {
            Self::File(file) => file.release(),
            Self::Process(shared) => shared.release(),
        }
    }

    /// Tells others what concerns them too.
    pub(super) fn pass_on(&self, news: &News) {
        if let Self::Process(shared) = self {
            shared.pass_on(news);
        }
    }
}

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

    async fn on_flag_definitions_received(&self, document: Vec<u8>) -> Result<(), ProviderError> {
        match self {
            Self::Users(provider) => provider.on_flag_definitions_received(document).await,
            Self::File(file) => file.on_flag_definitions_received(document).await,
            Self::Process(shared) => shared.on_flag_definitions_received(document).await,
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
