//! How a document is compiled.

use super::document::DocumentSource;
use super::semantics::Semantics;

/// How to compile a document.
#[derive(Debug, Clone)]
pub struct CompileOptions {
    /// Where the document comes from.
    pub source: DocumentSource,
    /// posthog-node's `evaluationContexts`; empty keeps every flag.
    pub evaluation_contexts: Vec<String>,
    /// Whose decisions the answers are.
    pub semantics: Semantics,
}
