//! What the poller tells JavaScript.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::binding::definitions::FlagDefinitions;
use crate::compile::DocumentSource;
use crate::panics;
use crate::poller::listener::News;
use crate::poller::load_report::{LoadEnd, LoadReport};
use crate::transport::DefinitionsRequest;

/// Something for JavaScript to do. Which fields are set depends on `kind`.
#[napi(object, object_from_js = false)]
pub struct FlagPollerCommand {
    /// What to do.
    #[napi(
        ts_type = "'shouldFetch' | 'getDefinitions' | 'store' | 'mayCarry' | 'fetch' | 'abortFetch' | 'newDefinitions' | 'loaded' | 'notModified' | 'quotaExceeded' | 'invalidBody' | 'clientError' | 'keyRefused' | 'error' | 'fellBack' | 'trace' | 'role' | 'confirmed' | 'warning' | 'finished' | 'failed' | 'newDefinitionsFailed'"
    )]
    pub kind: &'static str,
    /// To be repeated in the answer.
    pub id: u32,
    /// A message, a URL, or why a load failed.
    pub text: Option<String>,
    /// What to raise about a body, unless posthog-node says something about it.
    pub report: Option<String>,
    /// The bytes of a document.
    pub body: Option<Buffer>,
    /// Header names and values.
    pub headers: Option<Vec<Vec<String>>>,
    /// The definitions that are the current ones.
    pub definitions: Option<FlagDefinitions>,
    /// Whether they come from the network rather than the cache.
    pub from_network: Option<bool>,
    /// How the load ended that is finished.
    #[napi(ts_type = "'changed' | 'unchanged' | 'refused' | 'failed'")]
    pub end: Option<&'static str>,
    /// How many bytes of documents it received.
    pub bytes: Option<f64>,
    /// When definitions were PostHog's current ones, in milliseconds since 1970.
    pub confirmed_at: Option<f64>,
}

/// A [`FlagPollerCommand`] while it is not on JavaScript's thread.
pub(super) enum Command {
    ShouldFetch(u32),
    GetDefinitions(u32),
    Store(u32, Vec<u8>),
    MayCarry(u32),
    Fetch(u32, DefinitionsRequest),
    AbortFetch(u32),
    News(News),
    Finished(u32, LoadReport),
}

impl Command {
    /// The id of the question that the command asks, or 0.
    fn question(&self) -> u32 {
        match self {
            Self::ShouldFetch(id)
            | Self::GetDefinitions(id)
            | Self::Store(id, _)
            | Self::MayCarry(id)
            | Self::Fetch(id, _)
            | Self::Finished(id, _) => *id,
            _ => 0,
        }
    }
}

impl FlagPollerCommand {
    /// Converts a command. A panic becomes a command that says so: nothing could catch it here, and it would end the process.
    pub(super) fn guarded(command: Command) -> Self {
        let question = command.question();
        let (place, failed) = match &command {
            Command::News(News::NewDefinitions { .. }) => ("handover", "newDefinitionsFailed"),
            _ => ("command", "failed"),
        };
        let converted = panics::catch(|| {
            panics::injected(place);
            Self::from(command)
        });
        converted.unwrap_or_else(|panic| Self {
            text: Some(format!(
                "posthog-node-native {panic} while handing over what it loaded. This is a bug, \
                 please report it."
            )),
            ..Self::empty(failed, question)
        })
    }

    fn empty(kind: &'static str, id: u32) -> Self {
        Self {
            kind,
            id,
            text: None,
            report: None,
            body: None,
            headers: None,
            definitions: None,
            from_network: None,
            end: None,
            bytes: None,
            confirmed_at: None,
        }
    }
}

impl From<Command> for FlagPollerCommand {
    fn from(command: Command) -> Self {
        let empty = Self::empty;
        match command {
            Command::ShouldFetch(id) => empty("shouldFetch", id),
            Command::GetDefinitions(id) => empty("getDefinitions", id),
            Command::Store(id, body) => Self {
                body: Some(body.into()),
                ..empty("store", id)
            },
            Command::MayCarry(id) => empty("mayCarry", id),
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
            Command::News(news) => news.into(),
            Command::Finished(id, report) => {
                let (end, text) = match report.end {
                    LoadEnd::Changed => ("changed", None),
                    LoadEnd::Unchanged => ("unchanged", None),
                    LoadEnd::Refused(cause) => ("refused", Some(cause)),
                    LoadEnd::Failed(cause) => ("failed", Some(cause)),
                };
                Self {
                    end: Some(end),
                    text,
                    bytes: Some(report.bytes as f64),
                    ..empty("finished", id)
                }
            }
        }
    }
}

impl From<News> for FlagPollerCommand {
    fn from(news: News) -> Self {
        let empty = |kind| Self::empty(kind, 0);
        let text = |kind, text| Self {
            text: Some(text),
            ..empty(kind)
        };
        match news {
            News::NewDefinitions {
                definitions,
                source,
                confirmed_at,
            } => Self {
                confirmed_at,
                definitions: Some(FlagDefinitions::new(definitions)),
                from_network: Some(source == DocumentSource::Network),
                ..empty("newDefinitions")
            },
            News::Loaded(origin) => Self {
                text: origin.map(str::to_owned),
                ..empty("loaded")
            },
            News::NotModified => empty("notModified"),
            News::QuotaExceeded => empty("quotaExceeded"),
            News::InvalidBody {
                body,
                reason,
                report,
            } => Self {
                body: Some(body.into()),
                report,
                ..text("invalidBody", reason)
            },
            News::ClientError(message) => text("clientError", message),
            News::KeyRefused => empty("keyRefused"),
            News::Error(message) => text("error", message),
            News::FellBack(cause) => text("fellBack", cause),
            News::Role { leads } => {
                let role = leads.map_or("", |leads| if leads { "leader" } else { "follower" });
                text("role", role.into())
            }
            News::Confirmed { at } => Self {
                confirmed_at: Some(at),
                ..empty("confirmed")
            },
            News::Warning(message) => text("warning", message),
            News::Trace(line) => text("trace", line),
        }
    }
}
