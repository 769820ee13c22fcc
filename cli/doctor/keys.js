'use strict'

/** Where keys are looked for, the first that is set counts. They never come as arguments, which other users can see. */
const PROJECT_KEY_NAMES = [
  'POSTHOG_PROJECT_API_KEY',
  'POSTHOG_PROJECT_TOKEN',
  'POSTHOG_API_KEY',
  'POSTHOG_KEY',
  'NEXT_PUBLIC_POSTHOG_KEY',
]
const SECRET_KEY_NAMES = ['POSTHOG_SECRET_KEY', 'POSTHOG_PERSONAL_API_KEY']
const HOST_NAMES = ['POSTHOG_HOST', 'NEXT_PUBLIC_POSTHOG_HOST']
const DEFAULT_HOST = 'https://us.i.posthog.com'

/** What the help of a command says of them. */
const KEYS_HELP = `Keys come from the environment and are never printed:
  project API key     ${PROJECT_KEY_NAMES.slice(0, 3).join(', ')},
                      ${PROJECT_KEY_NAMES.slice(3).join(', ')}
  secret key          ${SECRET_KEY_NAMES.join(', ')}
  host                ${HOST_NAMES.join(', ')}; otherwise ${DEFAULT_HOST}`

/**
 * @typedef {{ name: string, value: string }} Found by this name in the environment
 *
 * @typedef {object} Keys
 * @property {Found} [projectKey]
 * @property {Found} [secretKey]
 * @property {string} host
 */

/**
 * @param {Record<string, string | undefined>} env
 * @returns {Keys}
 */
function readKeys(env) {
  return {
    projectKey: find(env, PROJECT_KEY_NAMES),
    secretKey: find(env, SECRET_KEY_NAMES),
    host: find(env, HOST_NAMES)?.value ?? DEFAULT_HOST,
  }
}

/**
 * @param {Record<string, string | undefined>} env
 * @param {string[]} names
 * @returns {Found | undefined}
 */
function find(env, names) {
  const name = names.find((each) => env[each]?.trim())
  return name === undefined ? undefined : { name, value: String(env[name]).trim() }
}

/**
 * What is odd about keys, by how they begin: `phc_` for projects, `phs_` and `phx_` for secret and personal ones.
 *
 * @param {Keys} keys
 * @returns {string | undefined}
 */
function findMixup({ projectKey, secretKey }) {
  if (projectKey && /^ph[sx]_/.test(projectKey.value)) {
    return `${projectKey.name} holds a secret or personal key where the project API key, phc_…, is expected`
  }
  if (secretKey?.value.startsWith('phc_')) {
    return `${secretKey.name} holds a project API key, phc_…, where a secret or personal key is expected`
  }
  return undefined
}

module.exports = { DEFAULT_HOST, HOST_NAMES, KEYS_HELP, PROJECT_KEY_NAMES, SECRET_KEY_NAMES, findMixup, readKeys }
