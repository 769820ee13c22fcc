//! Compiled definitions: what evaluation reads, immutable and shared between threads.

mod changes;
mod definitions;
pub mod description;
pub mod digests;
mod footprint;
mod input;
mod reason;
mod references;
pub mod server;
mod server_digests;
mod server_footprint;
mod slots;
mod span;
mod texts;
mod wording;

pub use changes::Changes;
pub use definitions::*;
pub use input::{GroupSlots, Input, Slot};
pub use reason::DefinitionReason;
pub use references::References;
pub use slots::Referring;
pub use span::Span;
pub(crate) use texts::{TextSet, Texts, narrow};
pub use wording::Wording;
