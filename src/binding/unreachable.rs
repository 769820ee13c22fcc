//! Frees definitions that JavaScript no longer has, without waiting for the event loop.
//!
//! Node runs the finalizer of a handle in a later turn of the loop, so that code which makes one evaluator after the other
//! and never yields would keep them all. But a weak reference tells as soon as the garbage collector has run that its
//! object is gone. So each handle that is made is a reason to look after those made before.

use std::cell::RefCell;
use std::ptr;
use std::rc::{Rc, Weak};

use napi::bindgen_prelude::{Env, Error, Result, Status};
use napi::sys;

use super::content::Content;
use super::memory;

/// So many bytes are made before it is worth to look again; more where more are alive, so that each byte is looked after a
/// few times only, however many there are.
const WORTHWHILE: i64 = 4 * 1024 * 1024;

/// The same for handles.
const MANY: usize = 256;

thread_local! {
    static WATCHED: RefCell<Watched> = RefCell::default();
}

#[derive(Default)]
struct Watched {
    handles: Vec<Handle>,
    /// How many bytes and handles have been added since the last look.
    added: i64,
    added_handles: usize,
    /// How many were alive then.
    alive: i64,
}

struct Handle {
    env: sys::napi_env,
    /// Weak: it does not keep the object.
    reference: sys::napi_ref,
    /// What is behind it, until its finalizer has run.
    content: Weak<Content>,
}

/// Begins to watch an object that has this content.
pub fn watch(env: &Env, object: sys::napi_value, content: &Rc<Content>) -> Result<()> {
    let mut reference = ptr::null_mut();
    // SAFETY: `object` is a handle of the running callback, and the out-pointer is a local. A count of 0 makes it weak.
    let status = unsafe { sys::napi_create_reference(env.raw(), object, 0, &mut reference) };
    if status != sys::Status::napi_ok {
        return Err(Error::new(
            Status::from(status),
            "cannot watch the definitions".to_owned(),
        ));
    }
    WATCHED.with_borrow_mut(|watched| {
        watched.handles.push(Handle {
            env: env.raw(),
            reference,
            content: Rc::downgrade(content),
        });
        watched.added += content.accounted();
        watched.added_handles += 1;
        let is_due = watched.added > WORTHWHILE.max(watched.alive / 2)
            || watched.added_handles > MANY.max(watched.handles.len() / 3);
        if is_due { watched.look(env) } else { Ok(()) }
    })
}

impl Watched {
    fn look(&mut self, env: &Env) -> Result<()> {
        let mut freed = 0;
        self.alive = 0;
        self.handles.retain(|handle| {
            if handle.env != env.raw() {
                // It belongs to another copy of the addon, which looks after it.
                return true;
            }
            let content = handle.content.upgrade();
            match content {
                Some(content) if handle.is_alive() => {
                    self.alive += content.accounted();
                    return true;
                }
                Some(content) => freed += content.dispose(),
                None => {}
            }
            // SAFETY: the reference is of this environment, and is forgotten now.
            unsafe { sys::napi_delete_reference(handle.env, handle.reference) };
            false
        });
        (self.added, self.added_handles) = (0, 0);
        env.adjust_external_memory(-freed)?;
        memory::release_in_background(usize::try_from(freed).unwrap_or_default());
        Ok(())
    }
}

impl Handle {
    fn is_alive(&self) -> bool {
        let mut object = ptr::null_mut();
        // SAFETY: a callback is running in `env`, and the out-pointer is a local; it becomes null if the object is gone.
        let status =
            unsafe { sys::napi_get_reference_value(self.env, self.reference, &mut object) };
        status != sys::Status::napi_ok || !object.is_null()
    }
}
