'use strict'

/**
 * An answer whose body is there. posthog-node asks most answers for nothing but `status`, and lets go of the body; a genuine
 * `Response` and its stream take longer to make than all the rest of a request does. This one makes them when they are asked for.
 *
 * @typedef {{ status: number, create: () => Response, response?: Response, isCancelled: boolean }} State
 */

/** @type {WeakMap<object, State>} of each answer, and of its body */
const states = new WeakMap()

/** @param {object} of */
const stateOf = (of) => /** @type {State} */ (states.get(of))

/** It has one. @param {Response} response */
const bodyOf = ({ body }) => /** @type {ReadableStream} */ (body)

/** @param {object} of an answer or its body */
function responseOf(of) {
  const state = stateOf(of)
  if (state.response === undefined) {
    state.response = state.create()
    if (state.isCancelled) {
      void bodyOf(state.response).cancel()
    }
  }
  return state.response
}

/**
 * A prototype whose members are those of another, each asked of the genuine object.
 *
 * @param {any} prototype
 * @param {(of: object) => any} genuineOf
 * @param {PropertyDescriptorMap} own members that ask nobody
 */
function standIn(prototype, genuineOf, own) {
  /** @type {PropertyDescriptorMap} */
  const members = {}
  for (const key of Reflect.ownKeys(prototype)) {
    const { get, value } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, key))
    if (get !== undefined) {
      members[/** @type {string} */ (key)] = {
        get() {
          return genuineOf(this)[key]
        },
      }
    } else if (typeof value === 'function' && key !== 'constructor') {
      members[/** @type {string} */ (key)] = {
        value(/** @type {unknown[]} */ ...args) {
          return genuineOf(this)[key](...args)
        },
      }
    }
  }
  return Object.create(prototype, { ...members, ...own })
}

/** @type {{ response: object, body: object } | undefined} made when first needed: `Response` is loaded then */
let prototypes

function createPrototypes() {
  const body = standIn(require('node:stream/web').ReadableStream.prototype, (of) => bodyOf(responseOf(of)), {
    cancel: {
      value(/** @type {unknown} */ reason) {
        const state = stateOf(this)
        if (state.response !== undefined) {
          return bodyOf(state.response).cancel(reason)
        }
        state.isCancelled = true
        return Promise.resolve()
      },
    },
  })
  const response = standIn(Response.prototype, responseOf, {
    status: {
      get() {
        return stateOf(this).status
      },
    },
    ok: {
      get() {
        return Math.trunc(stateOf(this).status / 100) === 2
      },
    },
    body: {
      get() {
        const state = stateOf(this)
        if (state.response !== undefined) {
          return state.response.body
        }
        const stream = Object.create(body)
        states.set(stream, state)
        return stream
      },
    },
  })
  return { response, body }
}

/**
 * @param {number} status
 * @param {() => Response} create makes the genuine answer, which has a body
 * @returns {Response}
 */
function lazyResponse(status, create) {
  prototypes ??= createPrototypes()
  const response = Object.create(prototypes.response)
  states.set(response, { status, create, isCancelled: false })
  return response
}

module.exports = { lazyResponse }
