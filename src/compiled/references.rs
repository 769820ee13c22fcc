//! What flags and cohorts read and refer to.

use super::input::Slot;
use crate::footprint;

/// The inputs that each flag and each cohort reads, and the flags and cohorts it refers to, each once. They are collected
/// when definitions are compiled, because many flags may refer to one cohort of many filters.
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
