//! A flag that is decided as PostHog's server decides it.

use super::definitions::GroupSlots;
use super::input::Slot;
use crate::hashing::FlagHasher;
use crate::matchers::server::ServerTest;
use crate::matchers::server::zones::Zone;
use crate::outcome::ValueCode;

/// The rules of one flag.
#[derive(Debug)]
pub struct ServerRules {
    /// The zone of the project, if it is known.
    pub zone: Option<Zone>,
    /// Whether the given properties are all there are.
    pub complete: Slot,
    /// Prepared hash inputs.
    pub hasher: FlagHasher,
    /// The group that is bucketed, unless it is the person.
    pub group: Option<ServerGroup>,
    /// Persons are bucketed by device.
    pub device: Option<Slot>,
    /// The hash of a person may use an id of before the login.
    pub has_continuity: bool,
    /// The property by which people have chosen the flag themselves.
    pub enrollment: Option<Slot>,
    /// The share that is held out, if it is not all, and the value of those people.
    pub holdout: Option<(Option<f64>, ValueCode)>,
    /// The conditions in stored order.
    pub conditions: Box<[ServerCondition]>,
    /// A condition that fails by its rollout alone ends it.
    pub early_exit: bool,
    /// The share of each variant, from 0 to 1, and its value.
    pub variants: Box<[(f64, ValueCode)]>,
    /// All flags that are asked.
    pub flags: Box<[usize]>,
}

/// A group type that a definition names.
#[derive(Debug, Clone, Copy)]
pub enum ServerGroup {
    /// It is in the mapping.
    Known(GroupSlots),
    /// It is not in the mapping.
    Unknown,
}

/// One condition.
#[derive(Debug)]
pub struct ServerCondition {
    /// The group that the condition is about, unless it is the person.
    pub group: Option<ServerGroup>,
    /// All filters but those on cohorts.
    pub filters: Box<[ServerFilter]>,
    /// The filters on cohorts, which come afterwards; none if they cannot be resolved here.
    pub cohorts: Option<Box<[CohortTest]>>,
    /// The threshold of the rollout, if it leaves anybody out.
    pub rollout: Option<f64>,
    /// The variant that the condition pins.
    pub variant: Option<ValueCode>,
}

/// One filter.
#[derive(Debug)]
pub enum ServerFilter {
    /// A test of a property.
    Property(Box<(PropertyRead, ServerTest)>),
    /// A test of a property of a group type that is not in the mapping.
    UnknownGroup(Box<ServerTest>),
    /// The value of another flag.
    Flag {
        /// The flag; none if it is off.
        flag: Option<usize>,
        /// What it has to be.
        expected: ServerExpected,
    },
    /// It never matches.
    Never,
    /// Only the server knows.
    Open,
}

/// What a flag has to be.
#[derive(Debug)]
pub enum ServerExpected {
    /// On or off.
    Bool(bool),
    /// This variant.
    Variant(Box<str>),
}

/// Where a property is found.
#[derive(Debug)]
pub struct PropertyRead {
    /// The property.
    pub slot: Slot,
    /// The group whose property it is, unless it is the person's.
    pub group: Option<GroupSlots>,
    /// What the server takes instead if the property is absent, the first that is there.
    pub instead: Box<[Slot]>,
    /// It is the property `distinct_id`, which every person has.
    pub is_distinct_id: bool,
}

/// A filter on a cohort.
#[derive(Debug)]
pub struct CohortTest {
    /// An index into the definitions' server cohorts; none if the operator never matches.
    pub cohort: Option<usize>,
    /// Whether people outside the cohort are meant.
    pub is_outside: bool,
}

/// A cohort, or a part of one.
#[derive(Debug)]
pub enum CohortTree {
    /// All of these.
    And(Box<[CohortTree]>),
    /// One of these.
    Or(Box<[CohortTree]>),
    /// A filter, and whether its answer is turned.
    Leaf(ServerFilter, bool),
    /// Another cohort, and whether the answer is turned.
    Cohort(CohortTest, bool),
}
