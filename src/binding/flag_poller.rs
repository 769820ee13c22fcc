//! `FlagPoller`: the poller as JavaScript drives it.
//!
//! Commands go to JavaScript through one weak threadsafe function, which never keeps the process alive; answers come
//! back as plain method calls. At most one question is open at a time, known by its id, so an answer that comes too
//! late is recognised and dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use napi::Status;
use napi::bindgen_prelude::{Buffer, Either, Error, Function, Result, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::definitions::FlagDefinitions;
use crate::compile::{CompiledDefinitions, DocumentSource};
use crate::poller::driver::{Poller, PollerConfig, PollerControl, PollerHost, Report};
use crate::poller::runtime;
use crate::poller::schedule::{LoadDecision, Settings};
use crate::provider::{FlagDefinitionCacheProvider, ProviderError};
use crate::retry_after::parse_retry_after;
use crate::transport::{
    self, DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, ReqwestTransport,
    TransportError,
};

/// The longest timeout that is taken as one; Node's timers take no longer ones either.
const LONGEST_TIMEOUT_MS: f64 = 2_147_483_647.0;

/// What a poller is made with.
#[napi(object, object_to_js = false)]
pub struct FlagPollerOptions {
    /// PostHog's address without a trailing slash.
    pub host: String,
    /// The project token.
    pub project_api_key: String,
    /// The secret key, if there is one.
    pub secret_key: Option<String>,
    /// Milliseconds between loads; absent loads only when asked.
    pub polling_interval: Option<f64>,
    /// The limit on a request in milliseconds; absent or 0 is no limit.
    pub request_timeout: Option<f64>,
    /// Names and values of the client's headers.
    pub custom_headers: Vec<Vec<String>>,
    /// Keeps only flags of these contexts; empty keeps all.
    pub evaluation_contexts: Vec<String>,
    /// A flag definition cache provider answers `shouldFetch`, `getDefinitions` and `store`.
    pub has_provider: bool,
    /// The limit on each call of the provider in milliseconds.
    pub provider_timeout: f64,
    /// The share of the interval by which a poll may come early, from 0 to 1.
    pub polling_jitter: f64,
    /// The largest response that is read, in bytes.
    pub max_document_bytes: f64,
    /// Requests go through JavaScript's `fetch`.
    pub uses_fetch: bool,
}

/// Something for JavaScript to do. Which fields are set depends on `kind`.
#[napi(object, object_from_js = false)]
pub struct FlagPollerCommand {
    /// What to do.
    #[napi(
        ts_type = "'shouldFetch' | 'getDefinitions' | 'store' | 'fetch' | 'abortFetch' | 'install' | 'announce' | 'clear' | 'notModified' | 'error' | 'clientError' | 'rejectBody' | 'trace' | 'finished'"
    )]
    pub kind: &'static str,
    /// To be repeated in the answer.
    pub id: u32,
    /// A message or a URL.
    pub text: Option<String>,
    /// What to raise about a body, unless posthog-node says something about it.
    pub report: Option<String>,
    /// The bytes of a document.
    pub body: Option<Buffer>,
    /// Header names and values.
    pub headers: Option<Vec<Vec<String>>>,
    /// The definitions to install.
    pub definitions: Option<FlagDefinitions>,
    /// Whether they come from the network rather than the cache.
    pub from_network: Option<bool>,
}

/// A [`FlagPollerCommand`] while it is not on JavaScript's thread.
enum Command {
    ShouldFetch(u32),
    GetDefinitions(u32),
    Store(u32, Vec<u8>),
    Fetch(u32, DefinitionsRequest),
    AbortFetch(u32),
    Install(Arc<CompiledDefinitions>, DocumentSource),
    Announce(Option<&'static str>),
    Clear,
    NotModified,
    Report(Report),
    RejectBody(Vec<u8>, String, Option<String>),
    Trace(String),
    Finished(u32),
}

impl From<Command> for FlagPollerCommand {
    fn from(command: Command) -> Self {
        let empty = |kind, id| Self {
            kind,
            id,
            text: None,
            report: None,
            body: None,
            headers: None,
            definitions: None,
            from_network: None,
        };
        let text = |kind, text| Self {
            text: Some(text),
            ..empty(kind, 0)
        };
        match command {
            Command::ShouldFetch(id) => empty("shouldFetch", id),
            Command::GetDefinitions(id) => empty("getDefinitions", id),
            Command::Store(id, body) => Self {
                body: Some(body.into()),
                ..empty("store", id)
            },
            Command::Fetch(id, request) => Self {
                text: Some(request.url),
                headers: Some(
                    request
                        .headers
                        .into_iter()
                        .map(|(name, value)| vec![name, value])
                        .collect(),
                ),
                ..empty("fetch", id)
            },
            Command::AbortFetch(id) => empty("abortFetch", id),
            Command::Install(compiled, source) => Self {
                definitions: Some(FlagDefinitions { compiled }),
                from_network: Some(source == DocumentSource::Network),
                ..empty("install", 0)
            },
            Command::Announce(origin) => Self {
                text: origin.map(str::to_owned),
                ..empty("announce", 0)
            },
            Command::Clear => empty("clear", 0),
            Command::NotModified => empty("notModified", 0),
            Command::Report(Report::Client(message)) => text("clientError", message),
            Command::Report(Report::Error(message)) => text("error", message),
            Command::RejectBody(body, reason, report) => Self {
                body: Some(body.into()),
                report,
                ..text("rejectBody", reason)
            },
            Command::Trace(line) => text("trace", line),
            Command::Finished(id) => empty("finished", id),
        }
    }
}

/// JavaScript's answer to a question.
enum Reply {
    Done,
    Decision(bool),
    Document(Option<Vec<u8>>),
    Response(DefinitionsResponse),
    Failed(String),
}

type CommandFunction = ThreadsafeFunction<Command, (), FlagPollerCommand, Status, false, true, 0>;

/// The JavaScript side, as the poller sees it: its host, the provider behind it and its `fetch`.
struct JavaScript {
    function: CommandFunction,
    ids: AtomicU32,
    question: Mutex<Option<(u32, oneshot::Sender<Reply>)>>,
}

impl JavaScript {
    /// Nothing arrives any more once the environment is closing; that ends the poller by its own `stop`.
    fn send(&self, command: Command) -> bool {
        let status = self
            .function
            .call(command, ThreadsafeFunctionCallMode::NonBlocking);
        status == Status::Ok
    }

    /// Asks and waits. Never returns once the environment is gone: the poller is stopped with it.
    async fn ask(&self, question: impl FnOnce(u32) -> Command) -> Reply {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        *self.question.lock() = Some((id, sender));
        if self.send(question(id))
            && let Ok(reply) = answer.await
        {
            return reply;
        }
        std::future::pending().await
    }

    fn answer(&self, id: u32, reply: Reply) {
        let mut question = self.question.lock();
        if let Some((_, sender)) = question.take_if(|(open, _)| *open == id) {
            // The poller may have stopped waiting in this very moment.
            let _ = sender.send(reply);
        }
    }
}

struct JsProvider(Arc<JavaScript>);

impl FlagDefinitionCacheProvider for JsProvider {
    async fn should_fetch_flag_definitions(&self) -> std::result::Result<bool, ProviderError> {
        match self.0.ask(Command::ShouldFetch).await {
            Reply::Decision(decision) => Ok(decision),
            reply => Err(refusal(reply)),
        }
    }

    async fn get_flag_definitions(&self) -> std::result::Result<Option<Vec<u8>>, ProviderError> {
        match self.0.ask(Command::GetDefinitions).await {
            Reply::Document(document) => Ok(document),
            reply => Err(refusal(reply)),
        }
    }

    async fn on_flag_definitions_received(
        &self,
        document: Vec<u8>,
    ) -> std::result::Result<(), ProviderError> {
        match self.0.ask(|id| Command::Store(id, document)).await {
            Reply::Done => Ok(()),
            reply => Err(refusal(reply)),
        }
    }
}

fn refusal(reply: Reply) -> ProviderError {
    match reply {
        Reply::Failed(text) => ProviderError::new(text),
        _ => ProviderError::new("Error: unexpected answer"),
    }
}

/// Requests through reqwest, or through JavaScript's `fetch`.
enum Transport {
    Reqwest,
    Fetch(Arc<JavaScript>),
}

impl DefinitionsTransport for Transport {
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> std::result::Result<DefinitionsResponse, TransportError> {
        match self {
            Self::Reqwest => ReqwestTransport.fetch(request).await,
            Self::Fetch(javascript) => fetch_through(javascript, request).await,
        }
    }
}

async fn fetch_through(
    javascript: &JavaScript,
    request: DefinitionsRequest,
) -> std::result::Result<DefinitionsResponse, TransportError> {
    let (timeout, limit) = (request.timeout, request.max_body_bytes);
    let exchange = javascript.ask(|id| Command::Fetch(id, request));
    let reply = match timeout {
        None => exchange.await,
        Some(timeout) => match tokio::time::timeout(timeout, exchange).await {
            Ok(reply) => reply,
            Err(_) => {
                javascript.send(Command::AbortFetch(0));
                return Err(TransportError::Timeout);
            }
        },
    };
    match reply {
        Reply::Response(response) if response.body.len() > limit => {
            Err(TransportError::BodyTooLarge(limit))
        }
        Reply::Response(response) => Ok(response),
        Reply::Failed(text) => Err(TransportError::Failed(text)),
        _ => Err(TransportError::Failed("unexpected answer".into())),
    }
}

struct JsHost(Arc<JavaScript>);

impl PollerHost for JsHost {
    fn install(&self, definitions: Arc<CompiledDefinitions>, source: DocumentSource) {
        self.0.send(Command::Install(definitions, source));
    }

    fn announce(&self, origin: Option<&'static str>) {
        self.0.send(Command::Announce(origin));
    }

    fn clear(&self) {
        self.0.send(Command::Clear);
    }

    fn not_modified(&self) {
        self.0.send(Command::NotModified);
    }

    fn report(&self, report: Report) {
        self.0.send(Command::Report(report));
    }

    fn reject_body(&self, body: Vec<u8>, reason: String, report: Option<String>) {
        self.0.send(Command::RejectBody(body, reason, report));
    }

    fn trace(&self, line: String) {
        self.0.send(Command::Trace(line));
    }

    async fn finish(&self) {
        // JavaScript calls `FlagPoller.finish`, which is the answer. Waiting for it also means that a blocked event
        // loop is not flooded with loads.
        self.0.ask(Command::Finished).await;
    }
}

/// Polls flag definitions in the background and tells a function what to do about them.
#[napi]
pub struct FlagPoller {
    control: Arc<PollerControl>,
    javascript: Arc<JavaScript>,
}

#[napi]
impl FlagPoller {
    /// A poller that calls `receive` with each command, in order, on the thread that made it. It begins with the first
    /// `load`, and never keeps the process alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        options: FlagPollerOptions,
        receive: Function<'_, FlagPollerCommand, ()>,
    ) -> Result<Self> {
        let function = receive
            .build_threadsafe_function::<Command>()
            .weak::<true>()
            .callee_handled::<false>()
            .build_callback(|context| Ok(FlagPollerCommand::from(context.value)))?;
        let javascript = Arc::new(JavaScript {
            function,
            ids: AtomicU32::new(1),
            question: Mutex::new(None),
        });
        let control = PollerControl::new(Settings {
            has_key: options.secret_key.is_some(),
            has_provider: options.has_provider,
            polling_interval_ms: options.polling_interval,
            polling_jitter: options.polling_jitter,
        });
        let config = PollerConfig {
            host: options.host,
            project_api_key: options.project_api_key,
            secret_key: options.secret_key,
            custom_headers: options
                .custom_headers
                .into_iter()
                .filter_map(|pair| <[String; 2]>::try_from(pair).ok())
                .map(|[name, value]| (name, value))
                .collect(),
            request_timeout: options.request_timeout.and_then(timeout),
            provider_timeout: timeout(options.provider_timeout).unwrap_or(Duration::MAX),
            // The conversion stops at the largest number there is.
            max_document_bytes: options.max_document_bytes as usize,
            evaluation_contexts: options.evaluation_contexts,
        };
        let uses_fetch = options.uses_fetch;
        let provider = options
            .has_provider
            .then(|| JsProvider(Arc::clone(&javascript)));
        let host = JsHost(Arc::clone(&javascript));
        let poller = {
            let (control, javascript) = (Arc::clone(&control), Arc::clone(&javascript));
            async move {
                // An image without CA certificates has no trust roots for rustls; Node brings its own.
                let transport = if uses_fetch || !transport::is_available() {
                    Transport::Fetch(javascript)
                } else {
                    Transport::Reqwest
                };
                Poller {
                    control,
                    config,
                    transport,
                    provider,
                    host,
                }
                .run()
                .await;
            }
        };
        runtime::spawn(poller).map_err(|cause| Error::new(Status::GenericFailure, cause))?;
        Ok(Self {
            control,
            javascript,
        })
    }

    /// Asks for a load and says whether one is under way now, which ends with `finished`. `force` loads although the
    /// server refused a moment ago.
    #[napi(ts_return_type = "'loading' | 'blocked' | 'stopped'", catch_unwind)]
    pub fn load(&self, force: bool) -> &'static str {
        match self.control.load(force) {
            LoadDecision::Started | LoadDecision::Joined => "loading",
            LoadDecision::Blocked => "blocked",
            LoadDecision::Stopped => "stopped",
        }
    }

    /// Takes note of `finished`: from now on a load may begin.
    #[napi(catch_unwind)]
    pub fn finish(&self, id: u32) {
        self.control.finish();
        self.javascript.answer(id, Reply::Done);
    }

    /// Answers `shouldFetch`.
    #[napi(catch_unwind)]
    pub fn reply_should_fetch(&self, id: u32, decision: bool) {
        self.javascript.answer(id, Reply::Decision(decision));
    }

    /// Answers `getDefinitions` with JSON text, or with nothing for a miss.
    #[napi(catch_unwind)]
    pub fn reply_definitions(&self, id: u32, document: Option<Either<String, Uint8Array>>) {
        self.javascript
            .answer(id, Reply::Document(document.map(bytes)));
    }

    /// Answers `store`.
    #[napi(catch_unwind)]
    pub fn reply_stored(&self, id: u32) {
        self.javascript.answer(id, Reply::Done);
    }

    /// Answers `fetch`.
    #[napi(catch_unwind)]
    pub fn reply_response(
        &self,
        id: u32,
        status: u16,
        etag: Option<String>,
        retry_after: Option<String>,
        body: Option<Either<String, Uint8Array>>,
    ) {
        let response = DefinitionsResponse {
            status,
            etag: etag.filter(|etag| !etag.is_empty()),
            retry_after: retry_after.and_then(|text| parse_retry_after(&text, SystemTime::now())),
            body: body.map(bytes).unwrap_or_default(),
        };
        self.javascript.answer(id, Reply::Response(response));
    }

    /// Answers any question with a failure; `text` is the error as JavaScript prints it.
    #[napi(catch_unwind)]
    pub fn reply_failed(&self, id: u32, text: String) {
        self.javascript.answer(id, Reply::Failed(text));
    }

    /// Aborts the load under way; none begins any more.
    #[napi(catch_unwind)]
    pub fn stop(&self) {
        self.control.stop();
    }
}

impl Drop for FlagPoller {
    fn drop(&mut self) {
        self.control.stop();
    }
}

fn bytes(text: Either<String, Uint8Array>) -> Vec<u8> {
    match text {
        Either::A(text) => text.into_bytes(),
        Either::B(bytes) => bytes.to_vec(),
    }
}

/// A time limit as posthog-node takes it: 0 and not a number are none.
fn timeout(ms: f64) -> Option<Duration> {
    (ms > 0.0 && ms <= LONGEST_TIMEOUT_MS).then(|| Duration::from_secs_f64(ms / 1000.0))
}
