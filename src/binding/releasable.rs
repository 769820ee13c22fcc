//! Compiled definitions that can be released while JavaScript still holds what shares them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::compile::CompiledDefinitions;

/// Compiled definitions until they are released, by whichever of those that share them.
#[derive(Clone)]
pub struct Releasable(Rc<RefCell<Option<Arc<CompiledDefinitions>>>>);

impl Releasable {
    /// Definitions that are not released yet.
    pub fn new(compiled: Arc<CompiledDefinitions>) -> Self {
        Self(Rc::new(RefCell::new(Some(compiled))))
    }

    /// Calls back with the definitions, if they are still there.
    pub fn with<T>(&self, then: impl FnOnce(&CompiledDefinitions) -> Option<T>) -> Option<T> {
        self.0.borrow().as_deref().and_then(then)
    }

    /// Lets go of them; an evaluation that is under way keeps them. Returns whether they are gone.
    pub fn release(&self) -> bool {
        match self.0.try_borrow_mut() {
            Ok(mut definitions) => {
                *definitions = None;
                true
            }
            Err(_) => false,
        }
    }
}
