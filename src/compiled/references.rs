//! What flags and cohorts read and refer to.

use crate::footprint;

/// The inputs that each flag and each cohort reads, and the flags and cohorts it refers to, each once. They are collected
/// when definitions are compiled, because many flags may refer to one cohort of many filters.
#[derive(Debug)]
pub struct References {
    pub(super) flags: Lists,
    pub(super) cohorts: Lists,
}

/// One thing that a flag or a cohort reads or refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// An input of the call.
    Slot(u32),
    /// A flag, by its index.
    Flag(u32),
    /// A cohort, by its index.
    Cohort(u32),
}

/// Lists of references, one behind the other.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) references: Box<[Reference]>,
    pub(super) ends: Box<[u32]>,
}

impl Lists {
    /// The list at this position, empty if there is none.
    pub(super) fn get(&self, position: u32) -> &[Reference] {
        let end = |position: usize| self.ends.get(position).map(|end| *end as usize);
        let position = position as usize;
        let start = position.checked_sub(1).map_or(Some(0), end);
        let range = start.zip(end(position)).map(|(start, end)| start..end);
        range
            .and_then(|range| self.references.get(range))
            .unwrap_or_default()
    }

    fn footprint(&self) -> usize {
        footprint::boxed(&*self.references) + footprint::boxed(&*self.ends)
    }
}

impl References {
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        self.flags.footprint() + self.cohorts.footprint()
    }
}
