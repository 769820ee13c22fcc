//! `FlagDefinitions`: the handle JavaScript holds on compiled definitions.

use std::sync::Arc;

use napi_derive::napi;

use crate::compile::CompiledDefinitions;

/// Compiled flag definitions; immutable.
#[napi]
pub struct FlagDefinitions {
    #[expect(dead_code)]
    pub(crate) compiled: Arc<CompiledDefinitions>,
}
