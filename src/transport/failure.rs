//! What went wrong with a request: in words, by the code that Node gives it, and whether another transport may do better.

use std::error::Error;
use std::io;

use rustls::pki_types::InvalidDnsNameError;

use super::request::TransportError;

/// As many characters of a cause are told.
const LONGEST_CAUSE: usize = 200;

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is said of it.
    pub error: TransportError,
    /// The `code` that Node's `fetch` gives the cause of such an error.
    pub code: Option<&'static str>,
}

impl Failure {
    /// Nothing came for too long.
    pub fn silence(code: &'static str) -> Self {
        Self {
            error: TransportError::Timeout,
            code: Some(code),
        }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self { error, code: None }
    }
}

/// The whole chain of causes, without the URL.
pub fn failure(error: reqwest::Error) -> Failure {
    let code = code(&error);
    Failure {
        error: describe(error),
        code,
    }
}

fn describe(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    let error = error.without_url();
    let mut text = causes(&error)
        .map(|cause| shorten(cause.to_string()))
        .collect::<Vec<_>>()
        .join(": ");
    if text.contains("UnknownIssuer") {
        text.push_str(
            " (trusted are the authorities of the operating system, or of SSL_CERT_FILE in their place, and those of \
             NODE_EXTRA_CA_CERTS)",
        );
    }
    let is_connecting = error.is_connect();
    if causes(&error).any(|cause| is_unreadable(cause, is_connecting)) {
        TransportError::Unreadable(text)
    } else {
        TransportError::Failed(text)
    }
}

/// posthog-node looks at one of these, `ECONNREFUSED`; users look at others.
fn code(error: &reqwest::Error) -> Option<&'static str> {
    if error.is_timeout() && error.is_connect() {
        return Some("UND_ERR_CONNECT_TIMEOUT");
    }
    causes(error).find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return code_of_kind(error.kind());
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            return error.is_incomplete_message().then_some("UND_ERR_SOCKET");
        }
        // The name of hyper's error, which is none that can be asked for.
        (cause.to_string() == "dns error").then_some("ENOTFOUND")
    })
}

fn code_of_kind(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset => "ECONNRESET",
        io::ErrorKind::ConnectionAborted => "ECONNABORTED",
        io::ErrorKind::BrokenPipe => "EPIPE",
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::HostUnreachable => "EHOSTUNREACH",
        io::ErrorKind::NetworkUnreachable => "ENETUNREACH",
        io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        // The server has closed the connection in the middle of a body.
        io::ErrorKind::UnexpectedEof => "UND_ERR_SOCKET",
        _ => return None,
    })
}

/// Some errors print all that they hold.
fn shorten(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_CAUSE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The error and what caused it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// The server is there, and what it says is not understood or not trusted. A connection that is lost is something else.
fn is_unreadable(cause: &(dyn Error + 'static), is_connecting: bool) -> bool {
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return error.is_parse();
    }
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        return !error.is_io() && error.reason() != Some(h2::Reason::NO_ERROR);
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return is_unreadable_input(error, is_connecting);
    }
    cause.is::<InvalidDnsNameError>()
}

fn is_unreadable_input(error: &io::Error, is_connecting: bool) -> bool {
    if let Some(cause) = error.get_ref() {
        // `source` passes over what an error of this kind holds, and the TLS connector puts one into another.
        let held = match cause.downcast_ref::<io::Error>() {
            Some(inner) => is_unreadable_input(inner, is_connecting),
            None => cause.is::<rustls::Error>() || cause.is::<InvalidDnsNameError>(),
        };
        if held {
            return true;
        }
    }
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => true,
        // Who accepts a connection and ends it in the handshake may know only what this TLS does not.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset if is_connecting => true,
        // A body that ends where the connection does is not whole without the farewell of TLS; to Node it is.
        io::ErrorKind::UnexpectedEof => error.to_string().contains("close_notify"),
        _ => false,
    }
}
