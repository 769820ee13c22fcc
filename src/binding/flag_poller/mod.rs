//! `FlagPoller`: the poller as JavaScript drives it.
//!
//! Commands go to JavaScript through one weak threadsafe function, which never keeps the process alive; answers come
//! back as plain method calls. At most one question is open at a time. An answer names the id of its question, so that one
//! which comes too late is recognised and dropped.

mod cache;
mod command;
mod conversation;
mod options;
mod sharing;
mod transport;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use napi::Status;
use napi::bindgen_prelude::{Either, Env, Error, Function, ObjectFinalize, Result};
use napi_derive::napi;

use self::cache::Cache;
use self::command::{Command, FlagPollerCommand};
use self::conversation::{CommandFunction, JavaScript, JsListener, JsProvider, Reply};
use self::options::FlagPollerOptions;
use self::sharing::{Beginning, SharingCache};
use self::transport::{Transport, Wish};
use super::bytes::Bytes;
use super::definitions::FlagDefinitions;
use super::semantics;
use crate::js::text;
use crate::panics;
use crate::poller::driver::{Poller, PollerConfig, PollerControl};
use crate::poller::listener::News;
use crate::poller::runtime;
use crate::poller::schedule::{LoadDecision, Settings};
use crate::transport::retry_after::parse_retry_after;
use crate::transport::{DefinitionsRequest, DefinitionsResponse, ReqwestTransport, Trust};

/// The longest time that a timer of Node takes.
const LONGEST_TIMEOUT_MS: f64 = 2_147_483_647.0;

/// A request for definitions that JavaScript makes.
#[napi(object, object_from_js = false)]
pub struct FlagPollerRequest {
    /// Where to.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<Vec<String>>,
}

impl From<DefinitionsRequest> for FlagPollerRequest {
    fn from(request: DefinitionsRequest) -> Self {
        let pair = |(name, value)| vec![name, value];
        Self {
            url: request.url,
            headers: request.headers.into_iter().map(pair).collect(),
        }
    }
}

/// Polls flag definitions in the background and tells a function what to do about them.
#[napi(custom_finalize)]
pub struct FlagPoller {
    control: Arc<PollerControl>,
    javascript: Arc<JavaScript>,
    config: PollerConfig,
    sharing: Option<SharingCache>,
}

/// What a poller has before it polls.
#[napi(object, object_from_js = false)]
pub struct FlagPollerBeginning {
    /// Definitions, if there are some already.
    pub definitions: Option<FlagDefinitions>,
    /// When they were PostHog's current ones, in milliseconds since 1970.
    pub confirmed_at: Option<f64>,
    /// Why those that there are cannot be used.
    pub problem: Option<String>,
}

#[napi]
impl FlagPoller {
    /// A poller that calls `receive` with each command, in order, on the thread that made it. It begins with the first
    /// `load`, and never keeps the process alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        options: FlagPollerOptions,
        receive: Function<'_, FlagPollerCommand, ()>,
    ) -> Result<Self> {
        let zone = options.timezone.as_deref();
        let semantics = semantics::read_or_throw(env, options.semantics.as_deref(), zone)?;
        let function = command_function(receive)?;
        // The conversion stops at the largest number there is.
        let max_document_bytes = options.max_document_bytes as usize;
        let javascript = Arc::new(JavaScript::new(function, max_document_bytes));
        let is_shared_by_us = options.file.is_some() || options.shared.is_some();
        let control = PollerControl::new(Settings {
            has_key: options.secret_key.is_some(),
            has_provider: options.has_provider || is_shared_by_us,
            is_shared_by_us,
            polling_interval_ms: options.polling_interval,
            polling_jitter: options.polling_jitter,
        });
        let mut config = PollerConfig {
            host: options.host.clone(),
            project_api_key: options.project_api_key.clone(),
            secret_key: options.secret_key.clone(),
            custom_headers: options
                .custom_headers
                .iter()
                .filter_map(|pair| <[String; 2]>::try_from(pair.clone()).ok())
                .map(|[name, value]| (name, value))
                .collect(),
            request_timeout: options.request_timeout.and_then(timeout),
            provider_timeout: timeout(options.provider_timeout).unwrap_or(Duration::MAX),
            max_document_bytes,
            evaluation_contexts: options
                .evaluation_contexts
                .iter()
                .map(|context| text::from_utf16(context))
                .collect(),
            semantics,
        };
        let sharing = SharingCache::new(&options, &config, {
            let (control, javascript) = (Arc::clone(&control), Arc::clone(&javascript));
            move |news| {
                if matches!(news, News::QuotaExceeded) {
                    // The same definitions may come again.
                    control.forget();
                }
                javascript.send(Command::News(news));
            }
        });
        if sharing.is_some() {
            config.provider_timeout = SharingCache::limit(&config);
        }
        let native = ReqwestTransport {
            proxy: options.proxy,
            trust: Trust {
                file: options.certificate_file,
                directories: options.certificate_directories,
                extra: options.extra_certificates,
            },
        };
        let users = || Cache::Users(JsProvider(Arc::clone(&javascript)));
        let provider = match sharing.clone() {
            Some(sharing) => Some(sharing.into()),
            None => options.has_provider.then(users),
        };
        let listener = JsListener {
            javascript: Arc::clone(&javascript),
            sharing: sharing.clone(),
        };
        let poller = Poller {
            control: Arc::clone(&control),
            config: config.clone(),
            transport: Transport::new(
                Wish::named(&options.transport),
                native,
                Arc::clone(&javascript),
            ),
            provider,
            listener,
        };
        runtime::spawn(poller.run()).map_err(|cause| Error::new(Status::GenericFailure, cause))?;
        Ok(Self {
            control,
            javascript,
            config,
            sharing,
        })
    }

    /// What there is before the first load, read on this thread.
    #[napi(catch_unwind)]
    pub fn begin(&self, env: Env) -> Result<FlagPollerBeginning> {
        let mut beginning = FlagPollerBeginning {
            definitions: None,
            confirmed_at: None,
            problem: None,
        };
        let found = self.sharing.as_ref().map(|sharing| {
            panics::catch(|| {
                panics::injected("call");
                sharing.begin()
            })
        });
        match found {
            None | Some(Ok(Beginning::Nothing)) => {}
            Some(Ok(Beginning::Definitions(definitions, confirmed_at))) => {
                let definitions = FlagDefinitions::new(definitions);
                definitions.supersede(env, None)?;
                self.control
                    .start_from(self.sharing.as_ref().and_then(SharingCache::etag));
                beginning.definitions = Some(definitions);
                beginning.confirmed_at = confirmed_at;
            }
            Some(Ok(Beginning::Problem(problem))) => beginning.problem = Some(problem),
            Some(Err(panic)) => {
                beginning.problem = Some(format!(
                    "posthog-node-native {panic} while reading flag definitions. This is a bug, please report it."
                ));
            }
        }
        Ok(beginning)
    }

    /// Asks for a load and says whether one begins or is under way, which ends with `finished`. `force` loads although the
    /// server refused a moment ago.
    #[napi(
        ts_return_type = "'started' | 'joined' | 'blocked' | 'stopped'",
        catch_unwind
    )]
    pub fn load(&self, force: bool) -> &'static str {
        match self.control.load(force) {
            LoadDecision::Started => "started",
            LoadDecision::Joined => "joined",
            LoadDecision::Blocked => "blocked",
            LoadDecision::Stopped => "stopped",
        }
    }

    /// The request that a load which begins now makes, for who wants to make it at once: the command `fetch` then asks for
    /// its answer.
    #[napi(catch_unwind)]
    pub fn request(&self) -> FlagPollerRequest {
        self.config.request(self.control.etag()).into()
    }

    /// Takes note of `finished`: from now on a load may begin.
    #[napi(catch_unwind)]
    pub fn finish(&self, id: u32) {
        self.control.finish();
        self.answer(id, Reply::Done);
    }

    /// Takes note that the last `newDefinitions` did not come into use: the next load brings them again.
    #[napi(catch_unwind)]
    pub fn forget(&self) {
        self.control.forget();
    }

    /// Answers `shouldFetch` and `mayCarry`.
    #[napi(catch_unwind)]
    pub fn reply_decision(&self, id: u32, decision: bool) {
        self.answer(id, Reply::Decision(decision));
    }

    /// Takes another piece of the document that the answer to a question will be about, JSON text or UTF-8 bytes, and says
    /// whether more of it is wanted: nobody may wait for it any more, or it may be too large already.
    #[napi(catch_unwind)]
    pub fn add_piece(
        &self,
        id: u32,
        #[napi(ts_arg_type = "string | Uint8Array")] piece: Either<String, Bytes>,
    ) -> Result<bool> {
        match &piece {
            Either::A(text) => Ok(self.javascript.add_piece(id, text.as_bytes())),
            Either::B(bytes) => bytes.read(|bytes| self.javascript.add_piece(id, bytes)),
        }
    }

    /// Answers `getDefinitions` with the pieces added, or with a miss.
    #[napi(catch_unwind)]
    pub fn reply_definitions(&self, id: u32, found: bool) {
        self.answer(id, Reply::Definitions { found });
    }

    /// Answers `store`.
    #[napi(catch_unwind)]
    pub fn reply_stored(&self, id: u32) {
        self.answer(id, Reply::Done);
    }

    /// Answers `fetch`, with the pieces added as the body.
    #[napi(catch_unwind)]
    pub fn reply_response(
        &self,
        id: u32,
        status: u16,
        etag: Option<String>,
        retry_after: Option<String>,
    ) {
        let response = DefinitionsResponse {
            status,
            etag: etag.filter(|etag| !etag.is_empty()),
            retry_after: retry_after.and_then(|text| parse_retry_after(&text, SystemTime::now())),
            body: Vec::new(),
        };
        self.answer(id, Reply::Response(response));
    }

    /// Answers any question with a failure; `text` is the error as JavaScript prints it.
    #[napi(catch_unwind)]
    pub fn reply_failed(&self, id: u32, text: String) {
        self.answer(id, Reply::Failed(text));
    }

    /// Lets loads begin only when asked for from now on. True if none is under way.
    #[napi(catch_unwind)]
    pub fn stop_polling(&self) -> bool {
        let is_idle = self.control.stop_polling();
        if is_idle {
            self.release();
        }
        is_idle
    }

    /// Lets loads begin only when asked for until `wake`.
    #[napi(catch_unwind)]
    pub fn rest(&self) {
        if self.control.rest() {
            self.release();
        }
    }

    /// Lets loads begin by themselves again: at once if one would have begun meanwhile.
    #[napi(catch_unwind)]
    pub fn wake(&self) {
        self.control.wake();
    }

    /// Lets go of the function that receives commands, which Node counts among what is open. Only while no load is under way.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.javascript.close();
    }

    /// Calls `receive` with each command from now on.
    #[napi(catch_unwind)]
    pub fn open(&self, receive: Function<'_, FlagPollerCommand, ()>) -> Result<()> {
        self.javascript.open(command_function(receive)?);
        Ok(())
    }

    /// Says whether somebody wants to know which flags a load changes, so that it is worked out here what each of them means.
    #[napi(catch_unwind)]
    pub fn watch_changes(&self, wanted: bool) {
        self.control.watch_changes(wanted);
    }

    /// Aborts the load under way; none begins any more, and nothing is received.
    #[napi(catch_unwind)]
    pub fn stop(&self) {
        self.control.stop();
        self.javascript.close();
        self.release();
    }
}

impl FlagPoller {
    /// Leaves the lead to another.
    fn release(&self) {
        if let Some(sharing) = &self.sharing {
            sharing.release();
        }
    }

    fn answer(&self, id: u32, reply: Reply) {
        if let Some(method) = self.javascript.answer(id, reply) {
            self.control.settled_late(method);
        }
    }
}

/// A weak function, which does not keep the process alive.
fn command_function(receive: Function<'_, FlagPollerCommand, ()>) -> Result<CommandFunction> {
    receive
        .build_threadsafe_function::<Command>()
        .weak::<true>()
        .callee_handled::<false>()
        .build_callback(|context| Ok(FlagPollerCommand::guarded(context.value)))
}

impl ObjectFinalize for FlagPoller {
    fn finalize(self, _: Env) -> Result<()> {
        // JavaScript has dropped the poller, so nothing of its is left that could be told of a panic.
        let _ = panics::catch(|| {
            panics::injected("finalizer");
            self.control.stop();
            self.release();
            drop(self);
        });
        Ok(())
    }
}

/// A time limit as posthog-node takes it, with a timer of Node: 0 and not a number are none, and what is no time for a timer
/// is a millisecond.
fn timeout(ms: f64) -> Option<Duration> {
    if ms == 0.0 || ms.is_nan() {
        return None;
    }
    let is_time = (1.0..=LONGEST_TIMEOUT_MS).contains(&ms);
    Some(Duration::from_secs_f64(
        if is_time { ms } else { 1.0 } / 1000.0,
    ))
}
