//! How definitions are requested from PostHog.
//!
//! [`DefinitionsTransport`] is what the poller needs; [`ReqwestTransport`] is the one that needs no JavaScript. This file is
//! the face of the folder, for the modules outside it; those inside import from each other.

mod body;
mod brotli;
mod client;
mod client_request;
mod exchange;
mod failure;
mod fallback;
mod gzip;
mod keep_alive;
mod native;
mod request;
pub mod retry_after;
mod strictness;
mod trust;

pub use client_request::{AnswerBody, ClientRequest, Head};
pub use failure::Failure;
pub use fallback::Fallback;
pub use gzip::gzip;
pub use native::ReqwestTransport;
pub use request::{DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, TransportError};
pub use trust::Trust;
