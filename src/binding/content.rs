//! What is behind a handle on definitions.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::releasable::Releasable;
use crate::compile::CompiledDefinitions;
use crate::compiled::description::Description;

/// What is behind a handle.
pub struct Content {
    pub(super) compiled: Releasable,
    pub(super) description: RefCell<Arc<Description>>,
    /// How many bytes V8 has been told are behind this handle, of which it would collect very many before it saw a need to.
    pub(super) accounted: Cell<i64>,
}

impl Content {
    /// Definitions that V8 has not been told of.
    pub fn new(compiled: Arc<CompiledDefinitions>) -> Self {
        Self {
            description: RefCell::new(Arc::clone(&compiled.description)),
            compiled: Releasable::new(compiled),
            accounted: Cell::new(0),
        }
    }

    /// How many bytes V8 knows of.
    pub fn accounted(&self) -> i64 {
        self.accounted.get()
    }

    /// How many bytes there are.
    pub fn size(&self) -> i64 {
        let compiled = self.compiled.with(|definitions| Some(definitions.size));
        let size = compiled.unwrap_or_else(|| self.description.borrow().size());
        i64::try_from(size).unwrap_or(i64::MAX)
    }

    /// Lets go of what only evaluation needs. How many bytes less V8 has to know of.
    pub fn let_go(&self) -> i64 {
        self.compiled.release();
        let before = self.accounted.get();
        self.accounted.set(before.min(self.size()));
        before - self.accounted.get()
    }

    /// Lets go of all, unless an evaluation is under way. How many bytes less V8 has to know of.
    pub fn dispose(&self) -> i64 {
        if !self.compiled.release() {
            return 0;
        }
        self.description.replace(Arc::default());
        self.accounted.replace(0)
    }
}
