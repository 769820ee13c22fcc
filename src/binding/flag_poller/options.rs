//! What a poller is made with.

use napi::bindgen_prelude::Utf16String;
use napi_derive::napi;

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
    pub evaluation_contexts: Vec<Utf16String>,
    /// Whose decisions the answers are; posthog-node's if it is not said.
    #[napi(ts_type = "'posthog-node' | 'server'")]
    pub semantics: Option<String>,
    /// The IANA name of the project's time zone, for the semantics of the server.
    pub timezone: Option<String>,
    /// A flag definition cache provider answers `shouldFetch`, `getDefinitions` and `store`.
    pub has_provider: bool,
    /// The file in which all processes of the machine share definitions.
    pub file: Option<String>,
    /// The user of this process, where there are users.
    pub user: Option<u32>,
    /// All clients of the process share definitions whose requests are the same. They differ if this text does, beside what
    /// is said of requests here.
    pub shared: Option<String>,
    /// The limit on each call of the provider in milliseconds.
    pub provider_timeout: f64,
    /// The share of the interval by which a poll may come early, from 0 to 1.
    pub polling_jitter: f64,
    /// The largest document that is taken from a response or from the provider, in bytes.
    pub max_document_bytes: f64,
    /// The address of the proxy that requests go through, unless they go through JavaScript's `fetch`.
    pub proxy: Option<String>,
    /// The file of `SSL_CERT_FILE`.
    pub certificate_file: Option<String>,
    /// The folders of `SSL_CERT_DIR`.
    pub certificate_directories: Option<String>,
    /// The file of `NODE_EXTRA_CA_CERTS`.
    pub extra_certificates: Option<String>,
    /// Who carries requests.
    #[napi(ts_type = "'native' | 'fetch' | 'auto'")]
    pub transport: String,
}
