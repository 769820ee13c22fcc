//! `ClientRequest`: a request of posthog-node's client, made on the background thread.
//!
//! Each has a threadsafe function of its own, which keeps the process alive until the request is over, as a socket of Node's
//! `fetch` does.

use std::sync::Arc;
use std::time::Duration;

use napi::Status;
use napi::bindgen_prelude::{Buffer, Either, Env, Error, Function, ObjectFinalize, Result};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::bytes::Bytes;
use crate::panics;
use crate::poller::aside::aside;
use crate::poller::runtime;
use crate::transport::{
    self, AnswerBody, ClientRequest as Request, Failure, Head, ReqwestTransport, TransportError,
    Trust,
};

/// The body of most answers comes with the head, or so soon after it that one call of JavaScript tells of both.
const SOON: Duration = Duration::from_millis(1);

/// As much of a body is read before anybody asks for it.
const UNASKED: usize = 64 * 1024;

/// What a request is made with.
#[napi(object, object_to_js = false)]
pub struct ClientRequestOptions {
    /// The HTTP method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Names and values of headers by turns.
    pub headers: Vec<String>,
    /// Whether the body is sent as gzip. The header that says so is among `headers`.
    pub gzip: bool,
    /// The largest body of an answer that is read, in bytes.
    pub max_body_bytes: f64,
    /// The address of the proxy that the request goes through.
    pub proxy: Option<String>,
    /// The file of `SSL_CERT_FILE`.
    pub certificate_file: Option<String>,
    /// The folders of `SSL_CERT_DIR`.
    pub certificate_directories: Option<String>,
    /// The file of `NODE_EXTRA_CA_CERTS`.
    pub extra_certificates: Option<String>,
}

/// What becomes of a request. Which fields are set depends on `kind`.
#[napi(object, object_from_js = false)]
pub struct ClientRequestNews {
    /// What there is to tell. `head` comes first, and brings the body if that is there already.
    #[napi(ts_type = "'head' | 'body' | 'failed'")]
    pub kind: &'static str,
    /// The HTTP status.
    pub status: Option<u16>,
    /// What HTTP calls it.
    pub status_text: Option<&'static str>,
    /// Names and values of headers by turns.
    pub headers: Option<Vec<String>>,
    /// Where the answer comes from, if the request was redirected.
    pub redirected_to: Option<String>,
    /// The whole body.
    pub body: Option<Buffer>,
    /// Why it failed.
    pub text: Option<String>,
    /// The code of an error of Node that says the same.
    pub code: Option<&'static str>,
    /// Whether another transport may be able to make the request.
    pub is_unreadable: Option<bool>,
}

impl ClientRequestNews {
    fn empty(kind: &'static str) -> Self {
        Self {
            kind,
            status: None,
            status_text: None,
            headers: None,
            redirected_to: None,
            body: None,
            text: None,
            code: None,
            is_unreadable: None,
        }
    }
}

/// [`ClientRequestNews`] while they are not on JavaScript's thread.
enum News {
    Head(Head, Option<Vec<u8>>),
    Body(Vec<u8>),
    Failed(Failure),
}

impl From<News> for ClientRequestNews {
    fn from(news: News) -> Self {
        match news {
            News::Head(head, body) => Self {
                status: Some(head.status),
                status_text: Some(head.status_text),
                headers: Some(head.headers.into_iter().flat_map(<[_; 2]>::from).collect()),
                redirected_to: head.redirected_to,
                body: body.map(Into::into),
                ..Self::empty("head")
            },
            News::Body(body) => Self {
                body: Some(body.into()),
                ..Self::empty("body")
            },
            News::Failed(failure) => Self {
                is_unreadable: Some(matches!(failure.error, TransportError::Unreadable(_))),
                text: Some(failure.error.to_string()),
                code: failure.code,
                ..Self::empty("failed")
            },
        }
    }
}

/// What is told of work that ended without a result.
fn broken() -> Failure {
    let text = "posthog-node-native failed to make the request; this is a bug, please report it";
    TransportError::Failed(text.into()).into()
}

/// The function of JavaScript that is to hear what becomes of a request, of its end at the latest when this is dropped.
struct Receiver {
    function: ThreadsafeFunction<News, (), ClientRequestNews, Status, false, false, 0>,
    has_told_last: bool,
}

impl Receiver {
    fn new(function: Function<'_, ClientRequestNews, ()>) -> Result<Self> {
        Ok(Self {
            function: function
                .build_threadsafe_function::<News>()
                .callee_handled::<false>()
                .build_callback(|context| Ok(ClientRequestNews::from(context.value)))?,
            has_told_last: false,
        })
    }

    /// Nobody hears once the environment is closing.
    fn tell(&self, news: News) {
        let _ = self
            .function
            .call(news, ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn tell_last(mut self, news: News) {
        self.has_told_last = true;
        self.tell(news);
    }
}

impl Drop for Receiver {
    /// Without a last word the work has ended by a panic or by being aborted.
    fn drop(&mut self) {
        if !self.has_told_last {
            self.tell(News::Failed(broken()));
        }
    }
}

/// A request under way.
#[napi(custom_finalize)]
pub struct ClientRequest {
    task: AbortHandle,
    is_wanted: Arc<Notify>,
}

#[napi]
impl ClientRequest {
    /// Makes a request and calls `receive` with what becomes of it, on the thread that made it: with the head and then with
    /// the body, or with a failure.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        options: ClientRequestOptions,
        #[napi(ts_arg_type = "string | Uint8Array | undefined")] body: Option<
            Either<String, Bytes>,
        >,
        receive: Function<'_, ClientRequestNews, ()>,
    ) -> Result<Self> {
        let receiver = Receiver::new(receive)?;
        let body = match body {
            None => None,
            Some(Either::A(text)) => Some(text.into_bytes()),
            Some(Either::B(bytes)) => Some(bytes.read(<[u8]>::to_vec)?),
        };
        let transport = ReqwestTransport {
            proxy: options.proxy,
            trust: Trust {
                file: options.certificate_file,
                directories: options.certificate_directories,
                extra: options.extra_certificates,
            },
        };
        let request = Request {
            method: options.method,
            url: options.url,
            headers: pairs(options.headers),
            body,
            // The conversion stops at the largest number there is.
            max_body_bytes: options.max_body_bytes as usize,
        };
        let is_wanted = Arc::new(Notify::new());
        let wanted = Arc::clone(&is_wanted);
        let task = run(transport, request, options.gzip, wanted, receiver);
        Ok(Self {
            task: runtime::spawn(task)
                .map_err(|cause| Error::new(Status::GenericFailure, cause))?,
            is_wanted,
        })
    }

    /// Somebody reads the body, however long it is.
    #[napi(catch_unwind)]
    pub fn read(&self) {
        self.is_wanted.notify_one();
    }

    /// Ends the request. It has no effect on one that is over.
    #[napi(catch_unwind)]
    pub fn abort(&self) {
        self.task.abort();
    }
}

impl ObjectFinalize for ClientRequest {
    fn finalize(self, _: Env) -> Result<()> {
        // Nobody has it any more, or the thread ends.
        let _ = panics::catch(|| {
            self.task.abort();
            drop(self);
        });
        Ok(())
    }
}

fn pairs(texts: Vec<String>) -> Vec<(String, String)> {
    let mut texts = texts.into_iter();
    let mut pairs = Vec::with_capacity(texts.len() / 2);
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        pairs.push((name, value));
    }
    pairs
}

async fn run(
    transport: ReqwestTransport,
    mut request: Request,
    gzip: bool,
    is_wanted: Arc<Notify>,
    receiver: Receiver,
) {
    panics::injected("request");
    if gzip && let Some(text) = request.body.take() {
        match aside(text.len(), move || transport::gzip(&text)).await {
            Ok(packed) => request.body = Some(packed),
            Err(cause) => {
                let failure = TransportError::Failed(cause).into();
                return receiver.tell_last(News::Failed(failure));
            }
        }
    }
    let (head, mut body) = match transport.ask(request).await {
        Ok(answer) => answer,
        Err(failure) => return receiver.tell_last(News::Failed(failure)),
    };
    match tokio::time::timeout(SOON, body.read(UNASKED)).await {
        Ok(Ok(Some(whole))) => return receiver.tell_last(News::Head(head, Some(whole))),
        // What failed now fails again, or is lost to nobody: the head is what counts.
        Ok(Err(failure)) => {
            receiver.tell(News::Head(head, None));
            return receiver.tell_last(News::Failed(failure));
        }
        Ok(Ok(None)) | Err(_) => receiver.tell(News::Head(head, None)),
    }
    receiver.tell_last(match rest(&mut body, &is_wanted).await {
        Ok(whole) => News::Body(whole),
        Err(failure) => News::Failed(failure),
    });
}

/// What remains of a body, of which only so much is read unasked.
async fn rest(body: &mut AnswerBody, is_wanted: &Notify) -> std::result::Result<Vec<u8>, Failure> {
    if let Some(whole) = body.read(UNASKED).await? {
        return Ok(whole);
    }
    is_wanted.notified().await;
    Ok(body.read(usize::MAX).await?.unwrap_or_default())
}
