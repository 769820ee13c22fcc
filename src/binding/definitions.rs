//! `FlagDefinitions`: the handle JavaScript holds on compiled definitions.

use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{
    Either, Env, Error, JsValue, Object, ObjectFinalize, Result, Status, This, Utf16String,
};
use napi_derive::napi;

use super::bytes::Bytes;
use super::content::Content;
use super::guard::guarded;
use super::{evaluator, memory, semantics, unreachable};
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource};
use crate::compiled::Changes;
use crate::copies::compile_once;
use crate::js::text;
use crate::panics;

/// Compiled flag definitions; immutable, until they are released.
#[napi(custom_finalize)]
pub struct FlagDefinitions {
    content: Rc<Content>,
}

impl FlagDefinitions {
    /// A handle that JavaScript does not have yet.
    pub fn new(compiled: Arc<CompiledDefinitions>) -> Self {
        Self {
            content: Rc::new(Content::new(compiled)),
        }
    }
}

impl ObjectFinalize for FlagDefinitions {
    fn finalize(self, env: Env) -> Result<()> {
        // A finalizer has no caller that a panic could be reported to.
        let freed = panics::catch(|| {
            panics::injected("finalizer");
            let freed = self.content.dispose();
            env.adjust_external_memory(-freed)?;
            drop(self);
            memory::release_in_background(usize::try_from(freed).unwrap_or_default());
            Ok(())
        });
        freed.unwrap_or(Ok(()))
    }
}

#[napi]
impl FlagDefinitions {
    /// Compiles a document, JSON as text or UTF-8 bytes. Throws a `TypeError` if it is no flag definitions document.
    #[napi(catch_unwind)]
    pub fn compile(
        env: Env,
        #[napi(ts_arg_type = "string | Uint8Array")] document: Either<String, Bytes>,
        #[napi(ts_arg_type = "'network' | 'cache'")] source: String,
        evaluation_contexts: Vec<Utf16String>,
        #[napi(ts_arg_type = "'posthog-node' | 'server'")] semantics: Option<String>,
        timezone: Option<String>,
    ) -> Result<Self> {
        let semantics = semantics::read_or_throw(env, semantics.as_deref(), timezone.as_deref())?;
        let source = if source == "network" {
            DocumentSource::Network
        } else {
            DocumentSource::Cache
        };
        let options = CompileOptions {
            source,
            semantics,
            evaluation_contexts: evaluation_contexts
                .iter()
                .map(|context| text::from_utf16(context))
                .collect(),
        };
        let compile = |bytes: &[u8]| {
            guarded(|| {
                panics::injected("call");
                compile_once(bytes, &options)
            })
        };
        let compiled = match &document {
            Either::A(text) => compile(text.as_bytes()),
            Either::B(bytes) => bytes.read(compile)?,
        };
        let compiled =
            compiled.map_err(|panic| Error::new(Status::GenericFailure, panic.reason.clone()))?;
        match compiled {
            Ok(compiled) => {
                let definitions = Self::new(compiled);
                definitions.supersede(env, None)?;
                Ok(definitions)
            }
            Err(error) => {
                env.throw_type_error(&error.to_string(), None)?;
                Err(Error::from_status(Status::PendingException))
            }
        }
    }

    /// JSON of what is read at once, see src/compiled/description.rs.
    #[napi(catch_unwind)]
    pub fn overview(&self) -> Result<String, &'static str> {
        guarded(|| {
            panics::injected("overview");
            self.content.description.borrow().overview.clone()
        })
    }

    /// Takes the place of these definitions, which are released. V8 is told of the difference alone: it counts whatever is
    /// added as garbage to come, and soon collects it.
    #[napi(catch_unwind)]
    pub fn supersede(&self, env: Env, replaced: Option<&FlagDefinitions>) -> Result<()> {
        let size = self.content.size();
        let before = self.content.accounted.replace(size);
        let released = replaced.map_or(0, |replaced| replaced.content.let_go());
        env.adjust_external_memory(size - before - released)?;
        Ok(())
    }

    /// JSON of the keys that these definitions add, remove and change in comparison with earlier ones: `{ added, removed,
    /// changed }`. Neither of them may be released.
    #[napi(catch_unwind)]
    pub fn changes_since(&self, earlier: &FlagDefinitions) -> Result<String, &'static str> {
        guarded(|| {
            panics::injected("changes");
            let compare = |later: &CompiledDefinitions| {
                let compiled = &earlier.content.compiled;
                compiled.with(|earlier| Some(later.changes_since(earlier).to_json()))
            };
            let changes = self.content.compiled.with(compare);
            changes.unwrap_or_else(|| Changes::default().to_json())
        })
    }

    /// JSON of what an evaluation of all flags reads of each, by position.
    #[napi(catch_unwind)]
    pub fn outline(&self) -> String {
        self.content.description.borrow().outline()
    }

    /// JSON of the keys of all flags, by position.
    #[napi(catch_unwind)]
    pub fn keys(&self) -> String {
        self.content.description.borrow().keys()
    }

    /// The position of the flag that posthog-node finds by this key.
    #[napi(catch_unwind)]
    pub fn find(&self, key: Utf16String) -> Option<u32> {
        let position = self
            .content
            .description
            .borrow()
            .find(&text::from_utf16(&key))?;
        u32::try_from(position).ok()
    }

    /// JSON of what is read of the flag at a position when it is first asked for.
    #[napi(catch_unwind)]
    pub fn details(&self, position: u32) -> String {
        self.content.description.borrow().details(position as usize)
    }

    /// The inputs that one flag reads, with the flags and cohorts it refers to: indices into `inputs` of the overview.
    #[napi(catch_unwind)]
    pub fn inputs_of(&self, flag: u32) -> Result<Vec<u32>, &'static str> {
        guarded(|| {
            panics::injected("inputs");
            let compiled = &self.content.compiled;
            let slots = compiled.with(|definitions| Some(definitions.slots_of(flag as usize)));
            let slots = slots.unwrap_or_default();
            slots.into_iter().map(|slot| slot as u32).collect()
        })
    }

    /// Lets go of all that only evaluation needs, for V8 collects a handle late. What is known of the flags stays, for
    /// results that were read from these.
    #[napi(catch_unwind)]
    pub fn release(&self, env: Env) -> Result<()> {
        env.adjust_external_memory(-self.content.let_go())?;
        Ok(())
    }

    /// Lets go of all there is. Nothing is known of the flags any more either.
    #[napi(catch_unwind)]
    pub fn dispose(&self, env: Env) -> Result<()> {
        let freed = self.content.dispose();
        env.adjust_external_memory(-freed)?;
        memory::release_in_background(usize::try_from(freed).unwrap_or_default());
        Ok(())
    }

    /// The functions that evaluate, and of how many flags; see `src/binding/evaluator.rs`.
    #[napi(
        catch_unwind,
        ts_args_type = "hooks: object",
        ts_return_type = "{ one: Function, some: Function, all: Function, reasoned: Function, explain: Function, count: number }"
    )]
    pub fn evaluator<'env>(
        &self,
        env: &'env Env,
        this: This<'env>,
        hooks: Object<'env>,
    ) -> Result<Object<'env>> {
        unreachable::watch(env, this.value().value, &self.content)?;
        evaluator::create(env, self.content.compiled.clone(), &hooks)
    }
}
