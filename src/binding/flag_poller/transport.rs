//! Who carries the requests of a poller: the native transport, JavaScript's `fetch`, or the one where the other cannot.

use std::sync::{Arc, OnceLock};

use super::command::Command;
use super::conversation::{JavaScript, JsFetch};
use crate::poller::listener::News;
use crate::transport::{
    DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, Fallback, ReqwestTransport,
    TransportError,
};

/// How the options of a poller want its requests to be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// By JavaScript's `fetch`.
    Fetch,
    /// By the native transport.
    Native,
    /// By the native transport, unless JavaScript says at the time of a request that somebody could tell the difference. What
    /// it cannot speak with or read is asked through `fetch`.
    Auto,
}

impl Wish {
    /// The wish that has this name in the option `native.transport`.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "native" => Self::Native,
            "fetch" => Self::Fetch,
            _ => Self::Auto,
        }
    }
}

/// Carries the requests of one poller. Who does is decided by the first request: reading the certificates of the machine
/// takes milliseconds, and a poller whose cache has the definitions makes no request at first, or never.
pub(super) struct Transport {
    wish: Wish,
    native: ReqwestTransport,
    javascript: Arc<JavaScript>,
    carrier: OnceLock<Carrier>,
}

enum Carrier {
    Reqwest(ReqwestTransport),
    Fetch(JsFetch),
    Both(Fallback<ReqwestTransport, JsFetch, Box<dyn Fn(String) + Send + Sync>>),
}

impl Transport {
    pub(super) fn new(wish: Wish, native: ReqwestTransport, javascript: Arc<JavaScript>) -> Self {
        Self {
            wish,
            native,
            javascript,
            carrier: OnceLock::new(),
        }
    }

    fn choose(&self) -> Carrier {
        let fetch = JsFetch(Arc::clone(&self.javascript));
        // An image without CA certificates has no trust roots for rustls; Node brings its own.
        if self.wish == Wish::Fetch || !self.native.is_available() {
            return Carrier::Fetch(fetch);
        }
        if self.wish == Wish::Native {
            return Carrier::Reqwest(self.native.clone());
        }
        let javascript = Arc::clone(&self.javascript);
        let notify = Box::new(move |cause| {
            javascript.send(Command::News(News::FellBack(cause)));
        });
        Carrier::Both(Fallback::new(self.native.clone(), fetch, notify))
    }
}

impl DefinitionsTransport for Transport {
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        if self.wish == Wish::Auto && !self.javascript.may_carry().await {
            return JsFetch(Arc::clone(&self.javascript)).fetch(request).await;
        }
        match self.carrier.get_or_init(|| self.choose()) {
            Carrier::Reqwest(transport) => transport.fetch(request).await,
            Carrier::Fetch(transport) => transport.fetch(request).await,
            Carrier::Both(transport) => transport.fetch(request).await,
        }
    }
}
