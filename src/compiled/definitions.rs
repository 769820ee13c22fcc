//! All that evaluation reads of a definitions document, on one page.

use std::sync::Arc;

use super::description::Description;
use super::input::{Input, Slot};
use super::reason::DefinitionReason;
use super::references::References;
use crate::hashing::{Batch, FlagHasher};
use crate::js::json::Json;
use crate::matchers::{Matcher, Support};
use crate::outcome::ValueCode;

/// A whole definitions document, ready to evaluate.
#[derive(Debug)]
pub struct CompiledDefinitions {
    /// One entry per flag key: the last definition of that key.
    pub flags: Box<[CompiledFlag]>,
    /// Cohorts, once for each scope they are used in.
    pub cohorts: Box<[CompiledCohort]>,
    /// The tests of properties, each once, however many conditions it stands in.
    pub filters: Box<[PropertyFilter]>,
    /// What the flags read from a call; a slot is an index into this.
    pub inputs: Box<[Input]>,
    /// The hashes that the flags need, by whom they bucket.
    pub hashes: Box<[SubjectHashes]>,
    /// What flags and cohorts read and refer to.
    pub references: References,
    /// For each flag, how it is decided in short.
    pub shortcuts: Box<[Shortcut]>,
    /// What JavaScript asks of the flags.
    pub description: Arc<Description>,
    /// About how many bytes all this takes.
    pub size: usize,
}

/// An index into [`CompiledDefinitions::filters`].
pub type FilterIndex = u32;

/// The hashes of flags that bucket the same subject. All hashes are numbered: those of each entry of
/// [`CompiledDefinitions::hashes`] follow those of the entry before, rollouts before variants.
#[derive(Debug)]
pub struct SubjectHashes {
    /// Where the bucketing value is.
    pub slot: Slot,
    /// What decides rollouts.
    pub rollouts: Batch,
    /// What decides variants.
    pub variants: Batch,
}

impl SubjectHashes {
    /// None yet.
    pub fn new(slot: Slot) -> Self {
        Self {
            slot,
            rollouts: Batch::default(),
            variants: Batch::default(),
        }
    }
}

/// The numbers of a flag's hashes, for flags that need them.
#[derive(Debug, Default, Clone, Copy)]
pub struct HashNumbers {
    /// Of the one that decides rollouts.
    pub rollout: Option<u32>,
    /// Of the one that decides variants.
    pub variant: Option<u32>,
}

/// How a flag is decided for anyone whose distinct id is a plain text.
#[derive(Debug, Clone, Copy)]
pub enum Shortcut {
    /// By its rules.
    None,
    /// The same for all.
    Value(ValueCode),
    /// By its conditions, in which there is nothing out of the ordinary.
    Conditions,
    /// On for so many of the lowest hashes, see [`crate::hashing::count_up_to`].
    Rollout {
        /// The number of the hash.
        hash: u32,
        /// How many are included.
        count: u64,
    },
}

/// One flag.
#[derive(Debug)]
pub struct CompiledFlag {
    /// How it is decided.
    pub rules: Rules,
    /// Another flag refers to it, so that its value is kept for the length of an evaluation.
    pub is_dependency: bool,
    /// What it can evaluate to beside `false` and `true`.
    pub values: Box<[Json]>,
    /// Those of its values that have no text, if the flag has payloads: posthog-node throws on looking for theirs.
    pub without_payload: Box<[ValueCode]>,
}

/// How a flag is decided.
#[derive(Debug)]
pub enum Rules {
    /// It is switched off.
    Inactive,
    /// The server has to remember what it once answered.
    ExperienceContinuity,
    /// posthog-node's evaluator would throw whatever the call.
    Malformed(Box<str>),
    /// It could not be read, although posthog-node may read it.
    Unreadable(Box<str>),
    /// By its conditions.
    Targeting(Box<Targeting>),
}

/// The targeting block of a flag.
#[derive(Debug)]
pub struct Targeting {
    /// Prepared hash inputs.
    pub hasher: FlagHasher,
    /// Which of the definitions' hashes are this flag's.
    pub hash_numbers: HashNumbers,
    /// Who is bucketed, and whose properties the conditions read.
    pub subject: Subject,
    /// The experiment holdout, or what posthog-node throws on reading it.
    pub holdout: Result<Option<Box<Holdout>>, Box<str>>,
    /// Conditions in stored order.
    pub conditions: Box<[Condition]>,
    /// Set if the conditions cannot be walked at all.
    pub malformed_conditions: Option<Box<str>>,
    /// A rollout miss after a property match decides.
    pub early_exit: bool,
    /// Multivariate variants.
    pub variants: Variants,
    /// The reason that comes from the definition alone.
    pub definition_reason: DefinitionReason,
}

/// Who a flag is bucketed by.
#[derive(Debug)]
pub enum Subject {
    /// The person, by distinct id.
    Person,
    /// The person, by `$device_id`.
    Device(Slot),
    /// A group.
    Group(GroupSlots),
    /// `aggregation_group_type_index` names no known group type.
    UnknownGroupType,
}

/// Where a group of one type is found in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupSlots {
    /// [`Input::GroupKey`].
    pub key: Slot,
    /// [`Input::GroupGiven`].
    pub given: Slot,
}

/// An experiment holdout.
#[derive(Debug)]
pub struct Holdout {
    /// The hash at or below which the holdout applies; `None` holds everyone out.
    pub threshold: Option<f64>,
    /// `holdout-<id>`, or what posthog-node throws on naming it.
    pub value: Result<ValueCode, Box<str>>,
}

/// One release condition.
#[derive(Debug)]
pub struct Condition {
    /// Set if posthog-node would throw on reaching it.
    pub malformed: Option<Box<str>>,
    /// Whose properties it reads, if not those of the flag's subject.
    pub aggregation: Aggregation,
    /// The filters, all of which have to match.
    pub filters: Box<[ConditionFilter]>,
    /// Set if posthog-node would throw after the last of `filters`.
    pub malformed_filters: Option<Box<str>>,
    /// The share of those who match that it applies to; `None` is everyone.
    pub rollout: Option<Rollout>,
    /// What the condition's own `variant` comes to.
    pub variant_override: VariantOverride,
}

/// The properties a condition reads.
#[derive(Debug, Clone, Copy)]
pub enum Aggregation {
    /// Those of the flag's subject.
    Inherited,
    /// Those of a group.
    Group(GroupSlots),
    /// Its group type is unknown: the condition is skipped.
    UnknownGroupType,
}

/// A rollout percentage.
#[derive(Debug)]
pub enum Rollout {
    /// `hash > threshold` excludes; NaN excludes nobody.
    Threshold(f64),
    /// The percentage cannot be converted to a number.
    Malformed(Box<str>),
}

/// A condition's `variant`.
#[derive(Debug)]
pub enum VariantOverride {
    /// None, or not a variant of the flag.
    None,
    /// A variant of the flag.
    Value(ValueCode),
    /// posthog-node would throw on looking it up.
    Malformed(Box<str>),
}

/// The variants of a multivariate flag.
#[derive(Debug)]
pub struct Variants {
    /// Ranges of the hash, in stored order.
    pub ranges: Box<[VariantRange]>,
    /// Set if posthog-node would throw on building the ranges.
    pub malformed: Option<Box<str>>,
}

impl Variants {
    /// The value of the range that holds the hash.
    #[inline]
    pub fn pick(&self, hash: f64) -> ValueCode {
        let mut ranges = self.ranges.iter();
        let picked = ranges.find(|range| hash >= range.min && hash < range.max);
        picked.map_or(ValueCode::TRUE, |range| range.value)
    }
}

/// `min <= hash < max` selects the value.
#[derive(Debug)]
pub struct VariantRange {
    /// Lower bound, inclusive.
    pub min: f64,
    /// Upper bound, exclusive.
    pub max: f64,
    /// The variant, or `true` for a variant with an empty key.
    pub value: ValueCode,
}

/// One filter of a condition or of a cohort.
#[derive(Debug)]
pub enum ConditionFilter {
    /// A test of one property. Filters that are the same share one.
    Property(FilterIndex),
    /// Membership of a cohort.
    Cohort(Box<CohortFilter>),
    /// The value of another flag.
    Flag(Box<FlagDependency>),
    /// posthog-node would throw while evaluating it, and take that as the end of the condition.
    Throws(Box<str>),
    /// posthog-node would throw on looking at it at all.
    Malformed(Box<str>),
}

/// A test of one property.
#[derive(Debug)]
pub struct PropertyFilter {
    /// Where its value is.
    pub slot: Slot,
    /// What it is tested for.
    pub matcher: Matcher,
    /// Whether posthog-node can use the filter, whatever the value.
    pub support: Support,
}

/// Membership of a cohort.
#[derive(Debug)]
pub struct CohortFilter {
    /// Which cohort.
    pub cohort: CohortReference,
    /// The operator is `not_in`.
    pub negated: bool,
}

/// A reference to a cohort.
#[derive(Debug)]
pub enum CohortReference {
    /// An index into [`CompiledDefinitions::cohorts`].
    Known(usize),
    /// Not in the document: a static cohort, most likely.
    Missing,
    /// The document has no `cohorts` to look in.
    Throws(Box<str>),
    /// It could not be read, although posthog-node may read it.
    Unreadable(Box<str>),
}

/// A cohort, for the properties of one subject.
#[derive(Debug)]
pub struct CompiledCohort {
    /// How messages call it.
    pub name: Box<str>,
    /// Its rules.
    pub group: PropertyGroup,
}

/// A node of a cohort's tree.
#[derive(Debug)]
pub enum PropertyGroup {
    /// Empty: matches everyone.
    Everyone,
    /// A type that needs the server.
    UnsupportedType,
    /// Groups that hold groups.
    Groups {
        /// How they are joined.
        join: Join,
        /// The groups.
        groups: Box<[PropertyGroup]>,
    },
    /// Groups that hold filters.
    Filters {
        /// How they are joined.
        join: Join,
        /// The filters.
        filters: Box<[CohortMember]>,
    },
    /// posthog-node would throw on walking it.
    Throws(Box<str>),
}

/// How the members of a group are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// All of them.
    And,
    /// One of them.
    Or,
}

/// One filter of a cohort.
#[derive(Debug)]
pub struct CohortMember {
    /// The test.
    pub filter: ConditionFilter,
    /// Whether its result is inverted.
    pub negation: bool,
}

/// A filter on another flag's value.
#[derive(Debug)]
pub enum FlagDependency {
    /// The chain is absent, empty, no array, or names a flag that is not there.
    Unsupported,
    /// A chain of flags to evaluate.
    Chain {
        /// In stored order.
        links: Box<[DependencyLink]>,
        /// The flag whose value is compared.
        target: DependencyTarget,
        /// What its value has to be.
        expected: ExpectedValue,
    },
}

/// One flag of a dependency chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyLink {
    /// An index into [`CompiledDefinitions::flags`].
    Flag(usize),
    /// Off: dropped by evaluation-context filtering.
    Off,
}

/// The flag whose value a dependency compares.
#[derive(Debug, Clone, Copy)]
pub enum DependencyTarget {
    /// One of the chain.
    Link(DependencyLink),
    /// Not in the chain: it counts only if this evaluation has come by it already.
    Elsewhere(Option<usize>),
}

/// What a dependency's value is compared with.
#[derive(Debug)]
pub enum ExpectedValue {
    /// `true` also takes any variant.
    Bool(bool),
    /// Exactly this variant.
    Variant(Box<str>),
    /// Numbers, arrays and the like never match.
    Never,
}
