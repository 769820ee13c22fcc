//! Panics: where they end, and what is told of them.
//!
//! None is expected. One that comes all the same is a bug of this package, which must cost no more than the call it came
//! in: every function that JavaScript, Node or the operating system calls runs inside [`catch`].

use std::fmt;
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Once;

use parking_lot::Mutex;

/// So much of a path tells a source file: `regex-1.13.0/src/lib.rs`.
const PATH_SEGMENTS: usize = 3;

/// Where the last panic was.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// A panic that was caught. It tells where it came from, and never its message, which may quote a person's property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panic {
    place: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(formatter, "failed at {place}"),
            None => formatter.write_str("failed"),
        }
    }
}

/// Runs something that may panic. What it was changing must be sound afterwards, or not be used again.
///
/// # Errors
/// If it panics.
pub fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Panic> {
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|_| Panic {
        place: LAST.lock().take(),
    })
}

/// From now on panics of this library are noted, not printed to the standard error of a process that is somebody else's.
pub fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|panic| {
            *LAST.lock() = panic.location().map(place);
        }));
    });
}

/// The file, without the folders of the machine that it was compiled on, and the line.
fn place(location: &Location<'_>) -> String {
    let segments: Vec<&str> = location.file().split(['/', '\\']).collect();
    let start = segments.len().saturating_sub(PATH_SEGMENTS);
    format!("{}:{}", segments[start..].join("/"), location.line())
}

/// Panics if a test has asked for it. What is shipped is built without the feature `injected-panics`, so that nothing from
/// outside can make it.
#[cfg(not(feature = "injected-panics"))]
#[inline(always)]
pub fn injected(_place: &str) {}

#[cfg(feature = "injected-panics")]
pub use injection::{inject, injected};

#[cfg(feature = "injected-panics")]
mod injection {
    use parking_lot::Mutex;

    /// Places, and how many panics are still to come there.
    static ORDERS: Mutex<Vec<(String, u32)>> = Mutex::new(Vec::new());

    /// Has the next `times` runs of a place panic. Returns how many were still to come.
    pub fn inject(place: String, times: u32) -> u32 {
        let mut orders = ORDERS.lock();
        let earlier = orders.iter().position(|(other, _)| *other == place);
        let left = earlier.map_or(0, |order| orders.swap_remove(order).1);
        orders.push((place, times));
        left
    }

    /// Panics if that was asked for.
    pub fn injected(place: &str) {
        let is_due = ORDERS.lock().iter_mut().any(|(other, times)| {
            let due = other == place && *times > 0;
            if due {
                *times -= 1;
            }
            due
        });
        assert!(!is_due, "a test asked for this, about a person's secret");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_panic_is_passed_through() {
        assert_eq!(catch(|| 5), Ok(5));
    }

    #[test]
    fn a_place_is_a_file_and_a_line_without_the_folders_of_another_machine() {
        let place = place(Location::caller());
        let (file, line) = place.rsplit_once(':').unwrap();
        assert_eq!(file, "src/panics.rs");
        assert!(line.parse::<u32>().is_ok());
    }

    #[test]
    fn a_panic_is_told_without_its_message() {
        let failed = catch(|| std::panic::panic_any("secret")).unwrap_err();
        assert!(failed.to_string().starts_with("failed"), "{failed}");
        assert!(!format!("{failed:?}").contains("secret"));
    }
}
