'use strict'

/** @typedef {import('../evaluation/snapshot').Snapshot['unresolvable'][number]} UnresolvableFlag */

const LEFT_UNRESOLVED = 'With strictLocalEvaluation enabled these flags are left unresolved'

/**
 * Warns on load about flags that local evaluation can never resolve: once for each definition of a flag, and again when
 * the definition changes or comes back.
 */
class FlagWarnings {
  /** @param {boolean} strictLocalEvaluation */
  constructor(strictLocalEvaluation) {
    this._strict = strictLocalEvaluation
    /** @type {Map<string, string>} fingerprint of the definition warned about, by flag key */
    this._warned = new Map()
  }

  /** @param {UnresolvableFlag[]} flags those of the definitions just loaded, in stored order */
  warn(flags) {
    const earlier = this._warned
    this._warned = new Map(flags.map(({ key, fingerprint }) => [key, fingerprint]))
    const fresh = flags.filter(({ key, fingerprint }) => earlier.get(key) !== fingerprint)
    const keys = (/** @type {UnresolvableFlag['reason']} */ reason) =>
      fresh.filter((flag) => flag.reason === reason).map(({ key }) => key)
    this._warnAboutExperienceContinuity(keys('experience_continuity'))
    this._warnAboutUnsupportedDefinitions(keys('unsupported_definition'))
  }

  /** @param {string[]} keys */
  _warnAboutExperienceContinuity(keys) {
    if (keys.length === 0) {
      return
    }
    const consequence = this._strict
      ? `${LEFT_UNRESOLVED}. To evaluate them locally, disable experience continuity on these flags in PostHog.`
      : 'Experience continuity is incompatible with local evaluation and will cause a server request on every flag ' +
        'evaluation, negating local evaluation cost savings. To avoid server requests and unexpected costs, either ' +
        'disable experience continuity on these flags in PostHog, use strictLocalEvaluation: true in client init, or ' +
        'pass onlyEvaluateLocally: true per flag call (flags that cannot be evaluated locally will return undefined).'
    console.warn(
      `[PostHog] You are using local evaluation but ${keys.length} flag(s) have experience continuity enabled and ` +
        `cannot be resolved locally (reason: experience_continuity): ${keys.join(', ')}. ${consequence}`
    )
  }

  /** @param {string[]} keys */
  _warnAboutUnsupportedDefinitions(keys) {
    if (keys.length === 0) {
      return
    }
    const consequence = this._strict
      ? `${LEFT_UNRESOLVED} when evaluation reaches that part.`
      : 'Evaluating these flags falls back to a server request when evaluation reaches that part.'
    console.warn(
      `[PostHog] You are using local evaluation but ${keys.length} flag(s) use something local evaluation does not ` +
        'support, such as a static cohort, an unknown operator, or a missing or circular flag dependency ' +
        `(reason: unsupported_definition): ${keys.join(', ')}. ${consequence} To evaluate them locally, change these ` +
        'flags in PostHog or upgrade posthog-node.'
    )
  }
}

module.exports = { FlagWarnings }
