//! The caches of this package's own, by which several clients share definitions.

use std::sync::Arc;
use std::time::Duration;

use super::options::FlagPollerOptions;
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource};
use crate::poller::driver::PollerConfig;
use crate::poller::file::{FileCache, FileSettings, First, Project};
use crate::poller::listener::News;
use crate::poller::provider::FlagDefinitionCacheProvider;
use crate::poller::shared::{SharedCache, leader_silence};

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
        tell: impl Fn(News) + Send + Sync + 'static,
    ) -> Option<Self> {
        let interval = options
            .polling_interval
            .map(|interval| Duration::from_secs_f64(interval.clamp(0.0, 1e9) / 1000.0));
        let patience = config.request_timeout.unwrap_or(PATIENCE);
        let compile_options = CompileOptions {
            source: DocumentSource::Network,
            evaluation_contexts: config.evaluation_contexts.clone(),
            semantics: config.semantics,
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
                silence: leader_silence(interval),
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

    /// The `ETag` of the definitions that were read last.
    pub(super) fn etag(&self) -> Option<String> {
        match self {
            Self::File(file) => file.etag(),
            Self::Process(shared) => shared.etag(),
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
