import { definitions } from './fleet.mjs'

const text = JSON.stringify(definitions('never-seen'))

/**
 * What can go wrong with a request for definitions.
 *
 * @type {Record<string, import('../../../support/definitions-server.js').ScriptedAnswer>}
 */
export const FAULTS = {
  'status 500': { status: 500, body: 'Internal Server Error' },
  'status 429': { status: 429, body: { type: 'throttled' } },
  'status 402': { status: 402, body: { type: 'quota_limited' } },
  'status 401': { status: 401, body: { type: 'authentication_error' } },
  'a body of garbage': { body: '<!doctype html><title>Sign in to the network</title>' },
  'a body of other JSON': { body: { detail: 'moved' } },
  'half a body': { body: text, cutBody: true },
  'half a body that counts as whole': { body: text.slice(0, text.length / 2) },
  'a body that never ends': { body: text, hangBody: true },
  'no answer': { hang: true },
  'a lost connection': { drop: true },
}
