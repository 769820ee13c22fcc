//! All that evaluation reads of a definitions document, on one page.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use super::description::Description;
use super::input::{GroupSlots, Input, Slot};
use super::reason::DefinitionReason;
use super::references::References;
use super::server::{CohortTree, ServerRules};
use super::span::Span;
use super::texts::Texts;
use crate::hashing::{Batch, FlagHasher};
use crate::js::json::Json;
use crate::matchers::server::zones::Zone;
use crate::matchers::{Matcher, Support};
use crate::outcome::{UnresolvedReason, ValueCode};

/// A whole definitions document, ready to evaluate.
#[derive(Debug)]
pub struct CompiledDefinitions {
    /// One entry per flag key: the last definition of that key.
    pub flags: Box<[CompiledFlag]>,
    /// Cohorts, once for each scope they are used in.
    pub cohorts: Box<[CompiledCohort]>,
    /// Cohorts as the server reads them.
    pub server_cohorts: Box<[CohortTree]>,
    /// The time zone of the project, for the server's decisions, if it is known.
    pub zone: Option<Zone>,
    /// The conditions of all flags.
    pub conditions: Box<[Condition]>,
    /// The filters of all these conditions.
    pub condition_filters: Box<[ConditionFilter]>,
    /// The tests of properties. Conditions with the same test share one.
    pub filters: Box<[PropertyFilter]>,
    /// What the flags read from a call; a slot is an index into this.
    pub inputs: Box<[Input]>,
    /// The hashes that the flags need: one entry for each subject that flags bucket.
    pub hashes: Box<[SubjectHashes]>,
    /// What flags and cohorts read and refer to.
    pub references: References,
    /// The shortcut of each flag.
    pub shortcuts: Box<[Shortcut]>,
    /// What each of `filters` means.
    pub test_digests: Box<[Digest]>,
    /// How the definitions put each of `filters`, see [`super::Wording`].
    pub tests: Texts,
    /// The same of filters on cohorts and on flags.
    pub wordings: Texts,
    /// What each flag means, once somebody has asked.
    pub digests: OnceLock<Box<[Digest]>>,
    /// What JavaScript reads of the flags.
    pub description: Arc<Description>,
    /// About how many bytes all this takes.
    pub size: usize,
    /// How many pollers hold them, so that they are freed on the background thread.
    pub held: AtomicUsize,
}

/// The meaning of something, as a number. That two meanings have the same one by chance is as good as impossible.
pub type Digest = u64;

/// An index into [`CompiledDefinitions::filters`].
pub type FilterIndex = u32;

/// The hashes of flags that bucket the same subject. All hashes are numbered: those of each entry of
/// [`CompiledDefinitions::hashes`] follow those of the entry before, rollouts before variants.
#[derive(Debug)]
pub struct SubjectHashes {
    /// The input that is the bucketing value.
    pub slot: Slot,
    /// The hashes that decide rollouts.
    pub rollouts: Batch,
    /// The hashes that decide variants.
    pub variants: Batch,
}

impl SubjectHashes {
    /// An entry without hashes.
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
    /// The number of the hash that decides rollouts.
    pub rollout: Option<u32>,
    /// The number of the hash that decides variants.
    pub variant: Option<u32>,
}

/// How a flag is decided in few steps, for a person whose distinct id is a plain text.
#[derive(Debug, Clone, Copy)]
pub enum Shortcut {
    /// There is no shortcut: the flag is decided by its rules.
    None,
    /// The flag has this value for every person.
    Value(ValueCode),
    /// The flag is decided by its conditions, none of which throws, reads a group or has another special rule.
    Conditions,
    /// The flag is on for the lowest `count` hashes, see [`crate::hashing::count_up_to`].
    Rollout {
        /// The number of the hash.
        hash: u32,
        /// How many hashes are included.
        count: u64,
    },
}

/// One flag.
#[derive(Debug)]
pub struct CompiledFlag {
    /// How it is decided.
    pub rules: Rules,
    /// Another flag refers to this one, so an evaluation keeps its value.
    pub is_dependency: bool,
    /// What it can evaluate to beside `false` and `true`.
    pub values: Box<[Json<'static>]>,
    /// If the flag has payloads, those of its values that have no text: posthog-node throws when it looks for their payload.
    pub without_payload: Box<[ValueCode]>,
}

impl CompiledFlag {
    /// What stands in a list where a flag is still to come.
    pub fn vacant() -> Self {
        Self {
            rules: Rules::Inactive,
            is_dependency: false,
            values: Box::default(),
            without_payload: Box::default(),
        }
    }

    /// Whether PostHog's server may fail to decide the flag, as far as is known here. What depends on it fails with it.
    pub fn may_fail(&self) -> bool {
        match &self.rules {
            Rules::Inactive => false,
            Rules::Server(rules) => rules.may_fail,
            _ => true,
        }
    }
}

/// How a flag is decided.
#[derive(Debug)]
pub enum Rules {
    /// It is switched off.
    Inactive,
    /// Only the server decides it, for this reason.
    Undecided(UnresolvedReason),
    /// posthog-node's evaluator would throw whatever the call.
    Malformed(Box<str>),
    /// It could not be read, although posthog-node may read it.
    Unreadable(Box<str>),
    /// As PostHog's server decides it.
    Server(Box<ServerRules>),
    /// By its conditions.
    Targeting(Targeting),
}

/// The targeting block of a flag.
#[derive(Debug)]
pub struct Targeting {
    /// Prepared hash inputs.
    pub hasher: FlagHasher,
    /// Which of the definitions' hashes are this flag's.
    pub hash_numbers: HashNumbers,
    /// The person or group that is bucketed, and whose properties the conditions read.
    pub subject: Subject,
    /// The experiment holdout, or what posthog-node throws on reading it.
    pub holdout: Result<Option<Box<Holdout>>, Box<str>>,
    /// Conditions in stored order, of [`CompiledDefinitions::conditions`].
    pub conditions: Span<Condition>,
    /// Set if the conditions cannot be walked at all.
    pub malformed_conditions: Option<Box<str>>,
    /// The first condition whose filters match and whose rollout excludes makes the flag `false`.
    pub early_exit: bool,
    /// Multivariate variants.
    pub variants: Variants,
    /// The reason that comes from the definition alone.
    pub definition_reason: DefinitionReason,
}

/// The person or group that a flag buckets.
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
    /// The person or group whose properties the condition reads, and that it buckets.
    pub aggregation: Aggregation,
    /// The filters, all of which have to match, of [`CompiledDefinitions::condition_filters`].
    pub filters: Span<ConditionFilter>,
    /// Set if posthog-node would throw after the last of `filters`.
    pub malformed_filters: Option<Box<str>>,
    /// The share of the matching people that the condition applies to; `None` is all of them.
    pub rollout: Option<Rollout>,
    /// The variant that the condition names.
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
    /// The condition names no variant, or one that the flag does not have.
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
    /// The value of another flag, and the number of the filter's wording.
    Flag(Box<FlagDependency>, u32),
    /// posthog-node would throw while evaluating it, and end the condition there.
    Throws(Box<str>),
    /// posthog-node would throw as soon as it looks at the filter.
    Malformed(Box<str>),
}

/// A test of one property.
#[derive(Debug)]
pub struct PropertyFilter {
    /// The input that is tested.
    pub slot: Slot,
    /// The test.
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
    /// The number of the filter's wording.
    pub wording: u32,
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
    /// The name of the cohort in messages.
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
    /// A flag outside the chain, if there is one with its key. Its value counts only if this evaluation already has it.
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
