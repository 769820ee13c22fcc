//! A flag that is decided as PostHog's server decides it.

use super::input::{GroupSlots, Slot};
use crate::hashing::FlagHasher;
use crate::matchers::server::ServerTest;
use crate::outcome::ValueCode;

/// The rules of one flag.
#[derive(Debug)]
pub struct ServerRules {
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
    /// The experiment holdout.
    pub holdout: Option<ServerHoldout>,
    /// The conditions in stored order.
    pub conditions: Box<[ServerCondition]>,
    /// A condition that fails by its rollout alone ends it.
    pub early_exit: bool,
    /// The variants.
    pub variants: ServerVariants,
    /// All flags that are asked, each once.
    pub flags: Box<[usize]>,
    /// The server may fail to decide it: it has to ask for an id of before the login, or for a cohort that is not known here, or it
    /// depends on a flag of which the same is true.
    pub may_fail: bool,
    /// One of these flags depends on itself, directly or by way of others; or this one does.
    pub leads_into_a_circle: bool,
}

/// The people who are held out for experiments.
#[derive(Debug, Clone, Copy)]
pub struct ServerHoldout {
    /// Their share, from 0 to 1, if it is not all.
    pub threshold: Option<f64>,
    /// What the flag is for them.
    pub value: ValueCode,
}

/// The variants of a flag.
#[derive(Debug)]
pub struct ServerVariants {
    /// The share of each, from 0 to 1, and its value.
    pub shares: Box<[(f64, ValueCode)]>,
    /// What everybody gets, if it is no matter of the hash: the first that has a share has all.
    pub for_all: Option<ValueCode>,
}

impl ServerVariants {
    /// Variants with these shares.
    pub fn new(shares: Vec<(f64, ValueCode)>) -> Self {
        let first = shares.iter().find(|(share, _)| *share != 0.0).copied();
        let for_all = match first {
            None => Some(ValueCode::TRUE),
            Some((share, value)) => (share >= 1.0).then_some(value),
        };
        Self {
            shares: shares.into(),
            for_all,
        }
    }

    /// The value for this hash: `true` beyond the sum of all shares.
    pub fn of_hash(&self, hash: f64) -> ValueCode {
        let mut sum = 0.0;
        let mut shares = self.shares.iter();
        let chosen = shares.find(|(share, _)| {
            sum += share;
            hash < sum
        });
        chosen.map_or(ValueCode::TRUE, |(_, value)| *value)
    }
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
    /// The numbers of the wordings of all filters, those on cohorts last.
    pub wordings: Box<[u32]>,
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
    /// An index into the definitions' server cohorts.
    pub cohort: usize,
    /// Who is meant.
    pub membership: Membership,
}

/// Whom a filter on a cohort means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// The people in it.
    Inside,
    /// The people outside.
    Outside,
    /// Nobody: the operator is one of other filters.
    Never,
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

impl CohortTree {
    /// Calls with each cohort that it refers to itself.
    pub fn each_cohort(&self, call: &mut impl FnMut(usize)) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.each_cohort(call));
            }
            Self::Cohort(test, _) => call(test.cohort),
            Self::Leaf(..) => {}
        }
    }

    /// How many groups are within each other.
    pub fn height(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                1 + parts.iter().map(Self::height).max().unwrap_or(0)
            }
            Self::Cohort(..) | Self::Leaf(..) => 1,
        }
    }
}
