'use strict'

const { environmentProxy } = require('../../lib/requests/environment-proxy.js')
const { reasonForFetch } = require('../../lib/requests/node-fetch.js')
const { loadBinding } = require('../../lib/addon/load-binding.js')
const { requirePosthogNode } = require('../../lib/original.js')
const { messageOf } = require('../definitions/file.js')
const { explainAnswer } = require('./answers.js')
const { ok, problem, skipped, warning } = require('./check.js')
const { NativeRequests, requestByFetch } = require('./definitions-request.js')
const { PROJECT_KEY_NAMES, SECRET_KEY_NAMES, findMixup } = require('./keys.js')

/**
 * @typedef {import('./check.js').Check} Check
 * @typedef {import('./definitions-request.js').Answer} Answer
 * @typedef {import('./definitions-request.js').Target} Target
 */

/**
 * Whether PostHog can be reached from here and accepts the keys, by asking it for definitions as a client does.
 *
 * @param {import('./keys.js').Keys} keys
 * @param {number} timeoutMs
 * @returns {Promise<{ checks: Check[], document?: import('../definitions/file.js').Document }>}
 */
async function checkServer(keys, timeoutMs) {
  const { projectKey, secretKey } = keys
  if (projectKey === undefined || secretKey === undefined) {
    return { checks: [withoutKeys(keys)] }
  }
  const mixup = findMixup(keys)
  const checks = mixup === undefined ? [] : [warning('keys', mixup, { remedy: 'swap them' })]
  const target = targetOf(keys.host, projectKey.value, secretKey.value, timeoutMs)
  if (target instanceof Error) {
    return { checks: [...checks, problem('server', messageOf(target), { remedy: 'check the keys and the host' })] }
  }
  if (!isAddonUsable()) {
    const answer = await requestByFetch(target)
    return { checks: [...checks, describe(target, 'fetch', answer)], document: answer.document }
  }
  const requests = new NativeRequests(target)
  try {
    const answer = await requests.send()
    if (answer.document !== undefined) {
      const isNative = answer.fallback === undefined && target.reasonForFetch === undefined
      const transport = isNative ? 'native' : 'fetch'
      return {
        checks: [...checks, describe(target, transport, answer, await requests.send())],
        document: answer.document,
      }
    }
    const second = answer.status === undefined ? await requestByFetch(target) : undefined
    return {
      checks: [
        ...checks,
        withSecondOpinion(describe(target, target.reasonForFetch === undefined ? 'native' : 'fetch', answer), second),
      ],
    }
  } finally {
    await requests.close()
  }
}

/** @param {import('./keys.js').Keys} keys */
function withoutKeys({ projectKey, secretKey }) {
  const wanted = [
    ...(projectKey === undefined ? [`the project API key in ${PROJECT_KEY_NAMES[0]}`] : []),
    ...(secretKey === undefined ? [`the secret key in ${SECRET_KEY_NAMES[0]}`] : []),
  ]
  return skipped('server', `not asked: set ${wanted.join(' and ')} in the environment`, {
    data: { names: { projectKey: PROJECT_KEY_NAMES, secretKey: SECRET_KEY_NAMES } },
  })
}

/**
 * @param {string} host
 * @param {string} projectKey
 * @param {string} secretKey
 * @param {number} timeoutMs
 * @returns {Target | Error}
 */
function targetOf(host, projectKey, secretKey, timeoutMs) {
  try {
    const { PostHog } = requirePosthogNode()
    /** @type {any} */
    const client = new PostHog(projectKey, { host, enableLocalEvaluation: false })
    const headers = client.getCustomHeaders()
    return { host: client.host, projectKey, secretKey, timeoutMs, headers, reasonForFetch: reasonForFetch() }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function isAddonUsable() {
  try {
    return Boolean(loadBinding())
  } catch {
    return false
  }
}

/**
 * @param {Target} target
 * @param {'native' | 'fetch'} transport
 * @param {Answer} answer
 * @param {Answer} [repeated] what came when the same was asked again, with the ETag
 * @returns {Check}
 */
function describe({ host, reasonForFetch: reason }, transport, answer, repeated) {
  const way = wayTo(host, transport, reason)
  const data = {
    host,
    transport,
    proxy: Boolean(environmentProxy(host)),
    status: answer.status ?? null,
    ms: Math.round(answer.ms),
    ...(repeated && { conditional: repeated.status === 304 }),
  }
  const place = `${host}, ${way},`
  if (answer.document === undefined) {
    const { message, remedy } = explainAnswer(answer)
    return problem('server', `${place} ${message}`, { remedy, data })
  }
  const message = `${place} accepts the keys: ${answer.document.flags.length} flags in ${data.ms} ms`
  if (repeated !== undefined && repeated.status !== 304) {
    return warning('server', `${message}; asked again with its ETag, it did not answer 304`, {
      remedy:
        'every poll transfers all definitions, even if they have not changed: let proxies pass the headers ETag and ' +
        'If-None-Match on',
      data,
    })
  }
  if (answer.fallback !== undefined) {
    return warning('server', `${message}; the native transport cannot ask it: ${answer.fallback}`, {
      remedy:
        "nothing must be done; new PostHog(key, { native: { transport: 'fetch' } }) spares the attempt and a warning",
      data,
    })
  }
  return ok('server', repeated ? `${message}; unchanged, in ${Math.round(repeated.ms)} ms (304)` : message, { data })
}

/**
 * Where Node reaches what the addon does not, its `fetch` is the remedy.
 *
 * @param {Check} check
 * @param {Answer} [second]
 * @returns {Check}
 */
function withSecondOpinion(check, second) {
  if (second?.status === undefined) {
    return check
  }
  return {
    ...check,
    message: `${check.message}; Node's fetch gets an answer (${second.status})`,
    remedy: `new PostHog(key, { native: { transport: 'fetch' } }) makes requests with Node's fetch. Or: ${check.remedy}`,
    data: { ...check.data, fetchStatus: second.status },
  }
}

/**
 * @param {string} host
 * @param {'native' | 'fetch'} transport
 * @param {string} [reason]
 */
function wayTo(host, transport, reason) {
  const because = reason === undefined ? '' : ` (${reason})`
  const by = transport === 'native' ? 'by the native transport' : `by Node's fetch${because}`
  return environmentProxy(host) ? `${by} through the proxy of the environment` : by
}

module.exports = { checkServer, isAddonUsable, targetOf }
