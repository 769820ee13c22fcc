/** How a flag comes to its value. */

import type { PostHog, FeatureFlagValue } from '../../index.js'
import type { FeatureFlagResult, UnresolvedFlagReason } from '../posthog-node.js'

/** The inputs that a flag reads: names of the person's properties, and names of group properties by group type. */
export interface FlagInputs {
  /** Properties of the person; the distinct id is not among them. */
  readonly personProperties: readonly string[]
  /** By group type: the key of that group, and these of its properties. */
  readonly groups: Readonly<Record<string, readonly string[]>>
}

/** A code by which PostHog says why a flag has its value. New ones may come. */
export type FlagReasonCode =
  | 'condition_match'
  | 'no_condition_match'
  | 'out_of_rollout_bound'
  | 'no_group_type'
  | 'holdout_condition_value'
  | 'super_condition_value'
  | 'missing_dependency'
  | 'flag_disabled'
  | (string & {})

/** A filter of a condition or a cohort, and what it comes to. */
export interface PropertyExplanation {
  /** `'cohort'` and `'flag'` for filters on these; nothing for one on a property. */
  readonly type?: 'cohort' | 'flag'
  /** The property, or the key of the flag; `undefined` in a filter that is broken. */
  readonly key: any
  /** The operator, `'exact'`, `'in'` or `'flag_evaluates_to'` where the definition names none. */
  readonly operator: any
  /** The value that the definition compares with: the id of a cohort, or the value of a flag. */
  readonly value: any
  /** What the call brings: `undefined` if it brings nothing; of a filter on a flag, the value of that flag. */
  readonly given: unknown
  /** Whether it matches; `undefined` if that cannot be told. */
  readonly matches: boolean | undefined
  /** Set if the answer is turned round, which `matches` takes into account. */
  readonly negation?: true
  /** The group type, for a property of a group. */
  readonly group?: string
  /** What the cohort consists of; `undefined` if it is not in the definitions, or if it has been told of at another place. */
  readonly cohort?: CohortExplanation
  /** The flags that a filter on a flag evaluates. */
  readonly dependencies?: readonly DependencyExplanation[]
}

/** A cohort, or a part of one. */
export interface CohortExplanation {
  /** Whether all of the parts have to match, or one; `undefined` for one without parts, or of a kind that is not known. */
  readonly type: 'AND' | 'OR' | undefined
  /** Whether it matches; `undefined` if that cannot be told. */
  readonly matches: boolean | undefined
  /** Its parts, in stored order. */
  readonly values: ReadonlyArray<CohortExplanation | PropertyExplanation>
}

/** A release condition, and what it comes to. */
export interface ConditionExplanation {
  /**
   * Whether it matches, with its rollout; `undefined` if that cannot be told. A condition behind the one that decides is told of
   * as if it had been tried.
   */
  readonly matches: boolean | undefined
  /** Whether the filters match and only the rollout excludes. */
  readonly outOfRollout: boolean
  /** The share of those whom the filters match that it is for, from 0 to 100; `undefined` if the definition has no number. */
  readonly rollout: number | undefined
  /** Where the person or group falls, from 0 to 100: up to `rollout` is in. `undefined` if there is nobody to hash. */
  readonly bucket: number | undefined
  /** The variant for those whom it matches: the one that it names, or the one that the person or group falls in. */
  readonly variant: string | undefined
  /** Its filters in stored order, all of which have to match. */
  readonly properties: readonly PropertyExplanation[]
}

/** The holdout of a flag. */
export interface HoldoutExplanation {
  /** The value of those whom it takes in. */
  readonly value: FeatureFlagValue | undefined
  /** The share that it takes in, from 0 to 100. */
  readonly exclusion: number
  /** Where the person or group falls, from 0 to 100: up to `exclusion` is in. */
  readonly bucket: number | undefined
  /** Whether it takes the person or group in; `undefined` if that cannot be told. */
  readonly matches: boolean | undefined
}

/** How a flag comes to its value, without what the call lacks. */
export interface DependencyExplanation {
  /** The flag's key. */
  readonly key: string
  /** Its value, or `undefined` if it cannot be decided locally. */
  readonly value: FeatureFlagValue | undefined
  /** As in {@link FlagExplanation}. */
  readonly unresolvedReason: UnresolvedFlagReason | undefined
  /** As in {@link FlagExplanation}. */
  readonly reasonCode: FlagReasonCode | undefined
  /** As in {@link FlagExplanation}. */
  readonly conditionIndex: number | undefined
  /** As in {@link FlagExplanation}. */
  readonly holdout: HoldoutExplanation | undefined
  /** As in {@link FlagExplanation}; `undefined` if they have been told of at another place. */
  readonly conditions: readonly ConditionExplanation[] | undefined
}

/** How a flag comes out for somebody, how it comes to that, and what it depends on. */
export interface FlagExplanation {
  /** The flag's key. */
  readonly key: string
  /** Its value, or `undefined` if it cannot be decided locally. */
  readonly value: FeatureFlagValue | undefined
  /** The payload of that value, or `undefined` if it has none. */
  readonly payload: FeatureFlagResult['payload']
  /**
   * Why there is no value. `undefined` if there is a value, if the definition is broken, or if the native evaluator
   * failed (a bug, which a warning reports).
   */
  readonly unresolvedReason: UnresolvedFlagReason | undefined
  /**
   * Why it has its value, in PostHog's own words; of several conditions the most telling one counts, and of equals the last. Without
   * a value there is none, but `'missing_dependency'` if a flag is missing that it depends on, or if it depends on itself.
   */
  readonly reasonCode: FlagReasonCode | undefined
  /** The condition that the reason is about, by its place; `undefined` if it is about none. */
  readonly conditionIndex: number | undefined
  /** The holdout, if the flag has one. */
  readonly holdout: HoldoutExplanation | undefined
  /** Its conditions in stored order; none if they are not looked at, as those of a flag that is switched off. */
  readonly conditions: readonly ConditionExplanation[]
  /** Whether all is told. Of flags and cohorts within each other at most 10,000 parts are, to a depth of about 30. */
  readonly isWhole: boolean
  /** All inputs that the flag may read, including its cohorts and the flags it depends on. */
  readonly reads: FlagInputs
  /** Which of these the call did not pass. Some may not be needed: an earlier condition may decide. */
  readonly missing: FlagInputs
}
