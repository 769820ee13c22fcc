//! What flags and cohorts read and refer to.

use super::input::Slot;
use crate::footprint;

/// What each flag and each cohort reads and refers to, each thing once. Worked out where definitions are compiled, for a
/// cohort may hold very many filters and be asked for by very many flags.
#[derive(Debug)]
pub struct References {
    pub(super) flags: Box<[Box<[Reference]>]>,
    pub(super) cohorts: Box<[Box<[Reference]>]>,
}

/// One thing that a flag or a cohort reads or refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// An input of the call.
    Slot(Slot),
    /// A flag, by its index.
    Flag(usize),
    /// A cohort, by its index.
    Cohort(usize),
}

impl References {
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        let lists = |lists: &[Box<[Reference]>]| {
            footprint::list(lists, |references| footprint::boxed(&**references))
        };
        lists(&self.flags) + lists(&self.cohorts)
    }
}
