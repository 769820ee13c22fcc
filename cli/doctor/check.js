'use strict'

/**
 * What came of one check.
 *
 * @typedef {object} Check
 * @property {string} name stable, for programs that read `--json`
 * @property {'ok' | 'warning' | 'problem' | 'skipped'} status only a problem makes the exit code 1
 * @property {string} message what was found
 * @property {string} [remedy] what to do about it
 * @property {Record<string, unknown>} [data] the same for programs
 */

/**
 * @param {Check['status']} status
 * @returns {(name: string, message: string, rest?: Pick<Check, 'remedy' | 'data'>) => Check}
 */
const withStatus = (status) => (name, message, rest) => ({ name, status, message, ...rest })

module.exports = {
  ok: withStatus('ok'),
  warning: withStatus('warning'),
  problem: withStatus('problem'),
  skipped: withStatus('skipped'),
}
