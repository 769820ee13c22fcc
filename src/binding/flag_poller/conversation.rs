//! The JavaScript side as the poller sees it: what learns about loads, the provider and `fetch`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::super::memory;
use super::command::{Command, FlagPollerCommand};
use super::sharing::SharingCache;
use crate::copies::Digest;
use crate::poller::listener::{DefinitionListener, News};
use crate::poller::load_report::LoadReport;
use crate::poller::provider::{Cached, FlagDefinitionCacheProvider, Method, ProviderError};
use crate::transport::{
    DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, TransportError,
};

/// JavaScript's answer to a question.
pub(super) enum Reply {
    Done,
    Decision(bool),
    /// Whether a document was found, which is in the pieces then.
    Definitions {
        found: bool,
    },
    /// The answer of a server, whose body is in the pieces.
    Response(DefinitionsResponse),
    Failed(String),
}

pub(super) type CommandFunction =
    ThreadsafeFunction<Command, (), FlagPollerCommand, Status, false, true, 0>;

/// What the poller waits for.
struct Question {
    id: u32,
    sender: oneshot::Sender<(Reply, Pieces)>,
    pieces: Pieces,
    /// How many bytes the pieces have.
    size: usize,
    /// How many bytes there was no memory for, if a piece could not be kept.
    lacking: Option<usize>,
}

/// A document as JavaScript hands it over. Copying all of it at once would hold up the event loop, and most of that would
/// be the kernel finding memory for it.
type Pieces = Vec<Vec<u8>>;

/// The JavaScript side, as the poller sees it: its listener, the provider behind it and its `fetch`.
pub(super) struct JavaScript {
    /// What receives commands; nothing after [`close`](Self::close).
    function: Mutex<Option<CommandFunction>>,
    ids: AtomicU32,
    max_document_bytes: usize,
    question: Mutex<Option<Question>>,
    /// The last question that each of the provider's methods was asked.
    latest: Mutex<[u32; Method::ALL.len()]>,
}

impl JavaScript {
    pub(super) fn new(function: CommandFunction, max_document_bytes: usize) -> Self {
        Self {
            function: Mutex::new(Some(function)),
            max_document_bytes,
            ids: AtomicU32::new(1),
            question: Mutex::new(None),
            latest: Mutex::default(),
        }
    }

    /// Calls this function from now on, after [`close`](Self::close) or in place of another.
    pub(super) fn open(&self, function: CommandFunction) {
        *self.function.lock() = Some(function);
    }

    /// Nothing arrives any more once the environment is closing; that ends the poller by its own `stop`.
    pub(super) fn send(&self, command: Command) -> bool {
        self.function.lock().as_ref().is_some_and(|function| {
            function.call(command, ThreadsafeFunctionCallMode::NonBlocking) == Status::Ok
        })
    }

    /// Lets go of the function at once, not when the poller has ended and the JavaScript object was collected: until then
    /// Node would count it among what is open.
    pub(super) fn close(&self) {
        drop(self.function.lock().take());
    }

    /// Asks and waits for the answer and its document. Never returns once the environment is gone: the poller is stopped
    /// with it.
    async fn ask(&self, question: impl FnOnce(u32) -> Command) -> (Reply, Vec<u8>) {
        self.ask_as(self.next_id(), question).await
    }

    /// Whether a request may be made without JavaScript, because nobody there could tell the difference.
    pub(super) async fn may_carry(&self) -> bool {
        matches!(
            self.ask(Command::MayCarry).await,
            (Reply::Decision(true), _)
        )
    }

    /// Asks a method of the provider.
    async fn call(
        &self,
        method: Method,
        question: impl FnOnce(u32) -> Command,
    ) -> (Reply, Vec<u8>) {
        let id = self.next_id();
        self.latest.lock()[method as usize] = id;
        self.ask_as(id, question).await
    }

    fn next_id(&self) -> u32 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    async fn ask_as(&self, id: u32, question: impl FnOnce(u32) -> Command) -> (Reply, Vec<u8>) {
        let (sender, answer) = oneshot::channel();
        *self.question.lock() = Some(Question {
            id,
            sender,
            pieces: Pieces::new(),
            size: 0,
            lacking: None,
        });
        if self.send(question(id))
            && let Ok((reply, pieces)) = answer.await
        {
            return join(pieces)
                .map_or_else(|reply| (reply, Vec::new()), |document| (reply, document));
        }
        std::future::pending().await
    }

    /// Whether more of the document is wanted: the question is open, and this is not too much already. Of what is, one byte
    /// beyond the limit is kept, by which the poller knows.
    pub(super) fn add_piece(&self, id: u32, piece: &[u8]) -> bool {
        let mut question = self.question.lock();
        match question
            .as_mut()
            .filter(|open| open.id == id && !open.sender.is_closed())
        {
            None => false,
            Some(open) => {
                let room = self.max_document_bytes.saturating_add(1) - open.size;
                let taken = &piece[..piece.len().min(room)];
                open.size += taken.len();
                let mut copy = Vec::new();
                if copy.try_reserve_exact(taken.len()).is_err() {
                    open.lacking = Some(open.size);
                    return false;
                }
                copy.extend_from_slice(taken);
                open.pieces.push(copy);
                open.size <= self.max_document_bytes
            }
        }
    }

    /// Hands an answer to the poller. If that has given up on it, names the method of the provider that settles with it,
    /// unless the method was called again meanwhile.
    pub(super) fn answer(&self, id: u32, reply: Reply) -> Option<Method> {
        if let Some(question) = self.question.lock().take_if(|open| open.id == id) {
            let sent = match question.lacking {
                None => question.sender.send((reply, question.pieces)),
                Some(bytes) => question.sender.send((no_memory(bytes), Pieces::new())),
            };
            if sent.is_ok() {
                return None;
            }
        }
        let latest = self.latest.lock();
        Method::ALL
            .into_iter()
            .find(|method| latest[*method as usize] == id)
    }
}

/// The document, or that there is no memory for it.
fn join(mut pieces: Pieces) -> Result<Vec<u8>, Reply> {
    if pieces.len() < 2 {
        return Ok(pieces.pop().unwrap_or_default());
    }
    let length = pieces.iter().map(Vec::len).sum();
    let mut document = Vec::new();
    if document.try_reserve_exact(length).is_err() {
        return Err(no_memory(length));
    }
    for piece in pieces {
        document.extend_from_slice(&piece);
    }
    Ok(document)
}

fn no_memory(bytes: usize) -> Reply {
    Reply::Failed(format!("Error: {}", TransportError::no_memory(bytes)))
}

/// The user's flag definition cache provider.
pub(super) struct JsProvider(pub(super) Arc<JavaScript>);

impl FlagDefinitionCacheProvider for JsProvider {
    async fn should_fetch_flag_definitions(&self) -> Result<bool, ProviderError> {
        match self.0.call(Method::ShouldFetch, Command::ShouldFetch).await {
            (Reply::Decision(decision), _) => Ok(decision),
            (reply, _) => Err(refusal(reply)),
        }
    }

    async fn get_flag_definitions(&self, _: Option<Digest>) -> Result<Cached, ProviderError> {
        match self.0.call(Method::Read, Command::GetDefinitions).await {
            (Reply::Definitions { found: false }, _) => Ok(Cached::Nothing),
            (Reply::Definitions { found: true }, document) => Ok(Cached::Document {
                document,
                confirmed_at: None,
            }),
            (reply, _) => Err(refusal(reply)),
        }
    }

    async fn on_flag_definitions_received(
        &self,
        document: Vec<u8>,
        _: Option<String>,
    ) -> Result<(), ProviderError> {
        let store = |id| Command::Store(id, document);
        match self.0.call(Method::Store, store).await {
            (Reply::Done, _) => Ok(()),
            (reply, _) => Err(refusal(reply)),
        }
    }
}

fn refusal(reply: Reply) -> ProviderError {
    match reply {
        Reply::Failed(text) => ProviderError::new(text),
        _ => ProviderError::new("Error: unexpected answer"),
    }
}

/// JavaScript's `fetch`: the user's own, or the process's.
pub(super) struct JsFetch(pub(super) Arc<JavaScript>);

impl DefinitionsTransport for JsFetch {
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        let (timeout, limit) = (request.timeout, request.max_body_bytes);
        let exchange = self.0.ask(|id| Command::Fetch(id, request));
        let reply = match timeout {
            None => exchange.await,
            Some(timeout) => match tokio::time::timeout(timeout, exchange).await {
                Ok(reply) => reply,
                Err(_) => {
                    self.0.send(Command::AbortFetch(0));
                    return Err(TransportError::Timeout);
                }
            },
        };
        match reply {
            (Reply::Response(_), body) if body.len() > limit => {
                Err(TransportError::BodyTooLarge(limit))
            }
            (Reply::Response(response), body) => Ok(DefinitionsResponse { body, ..response }),
            (Reply::Failed(text), _) => Err(TransportError::Failed(text)),
            _ => Err(TransportError::Failed("unexpected answer".into())),
        }
    }
}

/// The JavaScript side as it learns what the poller finds out.
pub(super) struct JsListener {
    pub(super) javascript: Arc<JavaScript>,
    /// Through which others are told, too.
    pub(super) sharing: Option<SharingCache>,
}

impl DefinitionListener for JsListener {
    fn tell(&self, news: News) {
        if let Some(sharing) = &self.sharing {
            sharing.pass_on(&news);
        }
        self.javascript.send(Command::News(news));
    }

    fn memory_freed(&self, bytes: usize) {
        memory::release(bytes);
    }

    async fn finish(&self, report: LoadReport) {
        // JavaScript calls `FlagPoller.finish`, which is the answer. Waiting for it also means that a blocked event
        // loop is not flooded with loads.
        self.javascript
            .ask(|id| Command::Finished(id, report))
            .await;
    }
}
