use crate::compile::compile;
use std::collections::VecDeque;
use std::future::pending;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::super::schedule::Settings;
use super::*;
use crate::transport::{DefinitionsRequest, DefinitionsResponse, TransportError};

/// Answers with the next of its responses, then never.
struct ScriptedTransport {
    responses: Mutex<VecDeque<DefinitionsResponse>>,
    requests: Mutex<Vec<DefinitionsRequest>>,
}

impl DefinitionsTransport for Arc<ScriptedTransport> {
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        self.requests.lock().push(request);
        let response = self.responses.lock().pop_front();
        match response {
            Some(response) if response.status == 0 => panic!("a transport that panics"),
            Some(response) => Ok(response),
            None => pending().await,
        }
    }
}

/// A provider that leads, and never settles when asked to store.
struct HangingStore;

impl FlagDefinitionCacheProvider for HangingStore {
    async fn should_fetch_flag_definitions(&self) -> Result<bool, ProviderError> {
        Ok(true)
    }

    async fn get_flag_definitions(&self, _: Option<Digest>) -> Result<Cached, ProviderError> {
        Ok(Cached::Nothing)
    }

    async fn on_flag_definitions_received(
        &self,
        _: Vec<u8>,
        _: Option<String>,
    ) -> Result<(), ProviderError> {
        pending().await
    }
}

/// A provider that follows, and gives each of its documents once.
struct CachedDocuments(Mutex<VecDeque<Vec<u8>>>);

impl FlagDefinitionCacheProvider for CachedDocuments {
    async fn should_fetch_flag_definitions(&self) -> Result<bool, ProviderError> {
        Ok(false)
    }

    async fn get_flag_definitions(&self, _: Option<Digest>) -> Result<Cached, ProviderError> {
        let document = self.0.lock().pop_front();
        Ok(
            document.map_or(Cached::Nothing, |document| Cached::Document {
                document,
                confirmed_at: None,
            }),
        )
    }

    async fn on_flag_definitions_received(
        &self,
        _: Vec<u8>,
        _: Option<String>,
    ) -> Result<(), ProviderError> {
        Ok(())
    }
}

struct RecordingListener {
    control: Arc<PollerControl>,
    log: mpsc::UnboundedSender<String>,
}

impl RecordingListener {
    fn note(&self, line: impl Into<String>) {
        let _ = self.log.send(line.into());
    }
}

impl DefinitionListener for RecordingListener {
    fn tell(&self, news: News) {
        self.note(match news {
            News::Role { leads } => format!("leads: {leads:?}"),
            News::Confirmed { .. } => "confirmed".to_owned(),
            News::Warning(text) => format!("warning: {text}"),
            News::NewDefinitions { source, .. } => format!("new definitions from {source:?}"),
            News::Loaded(_) => "loaded".to_owned(),
            News::NotModified => "not modified".to_owned(),
            News::QuotaExceeded => "quota exceeded".to_owned(),
            News::InvalidBody { body, .. } => {
                format!("invalid body {}", String::from_utf8_lossy(&body))
            }
            News::Trace(line) => line,
            error => format!("{error:?}"),
        });
    }

    fn memory_freed(&self, _: usize) {}

    async fn finish(&self, _: LoadReport) {
        self.control.finish();
        self.note("finish");
    }
}

fn response(status: u16, body: &[u8]) -> DefinitionsResponse {
    DefinitionsResponse {
        status,
        etag: Some("\"1\"".into()),
        body: body.to_vec(),
        ..DefinitionsResponse::default()
    }
}

/// Runs a poller over `responses` and hands back its log up to the last of them.
fn run<P: FlagDefinitionCacheProvider + 'static>(
    provider: Option<P>,
    responses: Vec<DefinitionsResponse>,
) -> (Vec<String>, Vec<DefinitionsRequest>) {
    run_loads(responses.len(), provider, responses)
}

/// Runs a poller with a 100 ms interval and hands back its log up to the end of so many loads.
fn run_loads<P: FlagDefinitionCacheProvider + 'static>(
    loads: usize,
    provider: Option<P>,
    responses: Vec<DefinitionsResponse>,
) -> (Vec<String>, Vec<DefinitionsRequest>) {
    let control = PollerControl::new(Settings {
        has_key: true,
        has_provider: provider.is_some(),
        is_shared_by_us: false,
        polling_interval_ms: Some(100.0),
        polling_jitter: 0.0,
    });
    let transport = Arc::new(ScriptedTransport {
        responses: Mutex::new(responses.into()),
        requests: Mutex::new(Vec::new()),
    });
    let (log, mut lines) = mpsc::unbounded_channel();
    let poller = Poller {
        control: Arc::clone(&control),
        config: PollerConfig {
            host: "https://example.test".into(),
            project_api_key: "phc_x".into(),
            secret_key: Some("phs_1".into()),
            custom_headers: vec![("User-Agent".into(), "posthog-node/5".into())],
            request_timeout: Some(Duration::from_secs(10)),
            provider_timeout: Duration::from_millis(20),
            max_document_bytes: 1000,
            evaluation_contexts: Vec::new(),
            semantics: Default::default(),
        },
        transport: Arc::clone(&transport),
        provider,
        listener: RecordingListener {
            control: Arc::clone(&control),
            log,
        },
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let recorded = runtime.block_on(async {
        let task = tokio::spawn(poller.run());
        control.load(false);
        let mut recorded = Vec::new();
        let mut finished = 0;
        while finished < loads {
            let line = lines.recv().await.unwrap();
            finished += usize::from(line == "finish");
            recorded.push(line);
        }
        // The load that follows hangs in the transport; stopping must end it.
        control.stop();
        task.await.unwrap();
        recorded
    });
    let requests = transport.requests.lock().clone();
    (recorded, requests)
}

#[test]
fn each_poll_sends_what_posthog_node_sends_and_stop_ends_a_request_under_way() {
    let (log, requests) = run::<HangingStore>(
        None,
        vec![response(200, b"{\"flags\":[]}"), response(304, b"")],
    );
    assert_eq!(
        log,
        [
            "new definitions from Network",
            "loaded",
            "finish",
            "not modified",
            "finish"
        ]
    );
    assert_eq!(
        requests[0].url,
        "https://example.test/flags/definitions?token=phc_x&send_cohorts"
    );
    let mut headers = vec![
        ("User-Agent".to_owned(), "posthog-node/5".to_owned()),
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("Authorization".to_owned(), "Bearer phs_1".to_owned()),
    ];
    assert_eq!(requests[0].headers, headers);
    headers.push(("If-None-Match".to_owned(), "\"1\"".to_owned()));
    assert_eq!(requests[1].headers, headers);
}

#[test]
fn a_body_that_is_no_definitions_document_goes_to_the_listener_and_polling_goes_on() {
    let (log, _) = run::<HangingStore>(
        None,
        vec![
            response(200, b"{\"detail\":1}"),
            response(200, b"\xEF\xBB\xBF{\"flags\":[]}"),
        ],
    );
    assert_eq!(
        log,
        [
            "invalid body {\"detail\":1}",
            "finish",
            "new definitions from Network",
            "loaded",
            "finish"
        ]
    );
}

#[test]
fn a_provider_that_never_settles_is_given_up_after_its_time_and_the_load_goes_on() {
    let (log, _) = run(
        Some(HangingStore),
        vec![response(200, b"{\"flags\":[]}"), response(304, b"")],
    );
    assert_eq!(log[0], "new definitions from Network");
    let given_up =
        "Failed to store in cache: Error: onFlagDefinitionsReceived did not settle within 20ms";
    let reported = format!("Error(\"{given_up}\")");
    assert_eq!(
        log[1..4],
        [&reported, "loaded", "finish"].map(str::to_owned)
    );
    assert_eq!(
        log[4..],
        ["not modified", given_up, "finish"].map(str::to_owned),
        "and is tried again although nothing changed, without another report"
    );
}

#[test]
fn a_cached_document_beyond_the_limit_is_refused_and_what_was_loaded_stays() {
    let within = br#"{"flags":[]}"#.to_vec();
    let beyond = [within.as_slice(), &[b' '; 1000]].concat();
    let provider = CachedDocuments(Mutex::new([within, beyond].into()));
    let (log, requests) = run_loads(2, Some(provider), Vec::new());
    assert_eq!(
        log,
        [
            "new definitions from Cache",
            "loaded",
            "finish",
            "Error(\"Failed to load from cache: Error: the document is larger than \
             native.maxDocumentBytes, 1000 bytes\")",
            "finish"
        ]
    );
    assert_eq!(requests, [], "there is something to go on with");
}

#[test]
fn a_cached_document_is_installed_again_only_if_it_is_another_or_was_replaced() {
    let (one, other) = (br#"{"flags":[]}"#.to_vec(), br#"{"flags":[] }"#.to_vec());
    let documents = [&one, &one, &other, &other, &one].map(Clone::clone);
    let provider = CachedDocuments(Mutex::new(documents.into()));
    let (log, _) = run_loads(5, Some(provider), Vec::new());
    let installed = ["new definitions from Cache", "loaded", "finish"];
    let confirmed = ["loaded", "finish"];
    let expected = [
        &installed[..],
        &confirmed,
        &installed,
        &confirmed,
        &installed,
    ];
    assert_eq!(log, expected.concat());
}

#[test]
fn a_panic_during_a_load_becomes_an_error_and_the_next_load_runs() {
    let (log, _) = run::<HangingStore>(
        None,
        vec![response(0, b""), response(200, b"{\"flags\":[]}")],
    );
    assert!(
        log[0].contains("This is a bug, please report it."),
        "{}",
        log[0]
    );
    assert_eq!(
        log[1..],
        ["finish", "new definitions from Network", "loaded", "finish"].map(str::to_owned)
    );
}

#[test]
fn after_a_panic_the_whole_document_is_asked_for_again() {
    let found = || response(200, b"{\"flags\":[]}");
    let (_, requests) = run::<HangingStore>(None, vec![found(), response(0, b""), found()]);
    let is_conditional = |request: &DefinitionsRequest| {
        let mut names = request.headers.iter().map(|(name, _)| name.as_str());
        names.any(|name| name == "If-None-Match")
    };
    assert!(!is_conditional(&requests[0]));
    assert!(is_conditional(&requests[1]));
    assert!(!is_conditional(&requests[2]));
}

#[test]
fn the_servers_document_is_kept_for_a_provider_alone() {
    let options = CompileOptions {
        source: DocumentSource::Network,
        evaluation_contexts: Vec::new(),
        semantics: Default::default(),
    };
    let held = |has_provider| {
        let compiled = compile_unless_held(b"{\"flags\":[]}", &options, false, None, has_provider);
        compiled.unwrap().unwrap().1
    };
    assert!(matches!(held(false), HeldDocument::Unknown));
    assert!(matches!(held(true), HeldDocument::FromServer(_)));
}

#[tokio::test]
async fn definitions_that_were_replaced_are_freed_here_once_nobody_uses_them() {
    let options = CompileOptions {
        source: DocumentSource::Network,
        evaluation_contexts: Vec::new(),
        semantics: Default::default(),
    };
    let definitions = || Arc::new(compile(b"{\"flags\":[]}", &options).unwrap());
    let (old, current) = (definitions(), definitions());
    let mut held = HeldDefinitions::default();
    held.hold(Arc::clone(&old));
    held.hold(Arc::clone(&current));
    assert_eq!(held.free_now().await, 0, "both are in use");
    let freed = Arc::downgrade(&old);
    drop(old);
    assert!(freed.upgrade().is_some(), "the other side only lets go");
    assert!(held.free_now().await > 0);
    assert!(freed.upgrade().is_none());
    assert_eq!(Arc::strong_count(&current), 2);
}

#[tokio::test]
async fn definitions_that_several_pollers_held_are_freed_by_the_last_of_them() {
    let options = CompileOptions {
        source: DocumentSource::Network,
        evaluation_contexts: Vec::new(),
        semantics: Default::default(),
    };
    let definitions = Arc::new(compile(b"{\"flags\":[]}", &options).unwrap());
    let [mut one, mut other] = [HeldDefinitions::default(), HeldDefinitions::default()];
    for _ in 0..2 {
        one.hold(Arc::clone(&definitions));
        other.hold(Arc::clone(&definitions));
    }
    assert_eq!(Arc::strong_count(&definitions), 3);
    assert_eq!(one.free_now().await, 0, "they are in use");
    drop(definitions);
    assert_eq!(one.free_now().await, 0, "the other holds them");
    assert!(other.free_now().await > 0);
}

#[test]
fn debug_output_of_the_configuration_shows_no_credentials() {
    let config = PollerConfig {
        host: "https://example.test".into(),
        project_api_key: "phc_x".into(),
        secret_key: Some("phs_1".into()),
        custom_headers: vec![("X-Key".into(), "phs_2".into())],
        request_timeout: None,
        provider_timeout: Duration::from_secs(10),
        max_document_bytes: 1000,
        evaluation_contexts: Vec::new(),
        semantics: Default::default(),
    };
    let text = format!("{config:?}");
    assert!(!text.contains("phc_x") && !text.contains("phs_"), "{text}");
}
