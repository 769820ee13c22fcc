//! Turns a definitions document into what evaluation reads.

use std::fmt;

/// Where a definitions document comes from; decides which spellings and defaults apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentSource {
    /// The body of `GET /flags/definitions`.
    Network,
    /// What a cache provider returned, or a user's own document: both spellings are read.
    Cache,
}

/// How to compile a document.
#[derive(Debug, Clone)]
pub struct CompileOptions {
    /// Where the document comes from.
    pub source: DocumentSource,
    /// posthog-node's `evaluationContexts`; empty keeps every flag.
    pub evaluation_contexts: Vec<String>,
}

/// Why a document as a whole cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionsError;

impl fmt::Display for DefinitionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid definitions")
    }
}

/// Everything an evaluation needs, immutable and shared.
#[derive(Debug)]
pub struct CompiledDefinitions;

/// Compiles a document.
pub fn compile(
    _document: &[u8],
    _options: &CompileOptions,
) -> Result<CompiledDefinitions, DefinitionsError> {
    Ok(CompiledDefinitions)
}
