//! `FlagDefinitions`: the handle JavaScript holds on compiled definitions.

use std::sync::Arc;

use napi::bindgen_prelude::{Either, Env, Error, Object, Result, Status, Uint8Array, Uint32Array};
use napi_derive::napi;

use super::evaluator;
use crate::compile::{self, CompileOptions, CompiledDefinitions, DocumentSource};
use crate::description::Description;

/// What the JavaScript side needs to know of the flags; see `src/description.rs`.
#[napi(object, object_from_js = false)]
pub struct FlagDefinitionsDescription {
    /// JSON of what is read at once.
    pub overview: String,
    /// JSON objects of what is read of a flag when it is first asked for, one after the other.
    pub details: String,
    /// Where each of them ends, in UTF-16 code units.
    pub ends: Uint32Array,
}

/// Compiled flag definitions; immutable.
#[napi]
pub struct FlagDefinitions {
    pub(crate) compiled: Arc<CompiledDefinitions>,
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
            Ok(compiled) => Ok(Self {
                compiled: Arc::new(compiled),
            }),
            Err(error) => {
                env.throw_type_error(&error.to_string(), None)?;
                Err(Error::from_status(Status::PendingException))
            }
        }
    }

    /// What the JavaScript side needs to know of the flags. Handed over once: a second call gets empty texts.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> FlagDefinitionsDescription {
        let Description {
            overview,
            details,
            ends,
        } = self.compiled.take_description();
        FlagDefinitionsDescription {
            overview,
            details,
            ends: ends.into(),
        }
    }

    /// The inputs that one flag reads, with the flags and cohorts it refers to: indices into `inputs` of `describe()`.
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
