//! `FlagDefinitions`: the handle JavaScript holds on compiled definitions.

use std::cell::Cell;
use std::sync::Arc;

use napi::bindgen_prelude::{
    Either, Env, Error, Object, ObjectFinalize, Result, Status, Uint8Array, Utf16String,
};
use napi_derive::napi;

use super::evaluator;
use crate::compile::{self, CompileOptions, CompiledDefinitions, DocumentSource};
use crate::text;

/// Compiled flag definitions; immutable.
#[napi(custom_finalize)]
pub struct FlagDefinitions {
    compiled: Arc<CompiledDefinitions>,
    /// V8 has been told of the memory behind this handle, of which it would collect very many before it saw a need to.
    is_accounted_for: Cell<bool>,
}

impl FlagDefinitions {
    /// A handle that JavaScript does not have yet.
    pub fn new(compiled: Arc<CompiledDefinitions>) -> Self {
        Self {
            compiled,
            is_accounted_for: Cell::new(false),
        }
    }

    fn size(&self) -> i64 {
        i64::try_from(self.compiled.size).unwrap_or(i64::MAX)
    }
}

impl ObjectFinalize for FlagDefinitions {
    fn finalize(self, env: Env) -> Result<()> {
        if self.is_accounted_for.get() {
            env.adjust_external_memory(-self.size())?;
        }
        Ok(())
    }
}

#[napi]
impl FlagDefinitions {
    /// Compiles a document, JSON as text or UTF-8 bytes. Throws a `TypeError` if it is no flag definitions document.
    #[napi(catch_unwind)]
    pub fn compile(
        env: Env,
        document: Either<String, Uint8Array>,
        #[napi(ts_arg_type = "'network' | 'cache'")] source: String,
        evaluation_contexts: Vec<String>,
    ) -> Result<Self> {
        let source = if source == "network" {
            DocumentSource::Network
        } else {
            DocumentSource::Cache
        };
        let options = CompileOptions {
            source,
            evaluation_contexts,
        };
        let bytes = match &document {
            Either::A(text) => text.as_bytes(),
            Either::B(bytes) => bytes,
        };
        match compile::compile(bytes, &options) {
            Ok(compiled) => Ok(Self::new(Arc::new(compiled))),
            Err(error) => {
                env.throw_type_error(&error.to_string(), None)?;
                Err(Error::from_status(Status::PendingException))
            }
        }
    }

    /// JSON of what is read at once, see src/description.rs. Handed over once: a second call gets an empty text.
    #[napi(catch_unwind)]
    pub fn take_overview(&self, env: Env) -> Result<String> {
        if !self.is_accounted_for.replace(true) {
            env.adjust_external_memory(self.size())?;
        }
        Ok(self.compiled.take_overview())
    }

    /// JSON of the keys of all flags, by position.
    #[napi(catch_unwind)]
    pub fn keys(&self) -> String {
        self.compiled.keys()
    }

    /// The position of the flag that posthog-node finds by this key.
    #[napi(catch_unwind)]
    pub fn find(&self, key: Utf16String) -> Option<u32> {
        let position = self.compiled.find(&text::from_utf16(&key))?;
        u32::try_from(position).ok()
    }

    /// JSON of what is read of the flag at a position when it is first asked for.
    #[napi(catch_unwind)]
    pub fn details(&self, position: u32) -> String {
        self.compiled.details(position as usize)
    }

    /// The inputs that one flag reads, with the flags and cohorts it refers to: indices into `inputs` of the overview.
    #[napi(catch_unwind)]
    pub fn inputs_of(&self, flag: u32) -> Vec<u32> {
        let slots = self.compiled.slots_of(flag as usize);
        slots.into_iter().map(|slot| slot as u32).collect()
    }

    /// The functions that evaluate, and where they write the result codes of all flags; see `src/binding/evaluator.rs`.
    #[napi(
        catch_unwind,
        ts_args_type = "hooks: object",
        ts_return_type = "{ one: Function, all: Function, codes: Uint16Array }"
    )]
    pub fn evaluator<'env>(&self, env: &'env Env, hooks: Object<'env>) -> Result<Object<'env>> {
        evaluator::create(env, Arc::clone(&self.compiled), &hooks)
    }
}
