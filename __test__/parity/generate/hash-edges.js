'use strict'

// Percentages on the very edge of a hash: the hash itself, and the doubles above and below.

const { createHash } = require('node:crypto')
const { nextDouble } = require('./near-miss.js')

const LONG_SCALE = 2 ** 60

/** posthog-node's hash of a text, from 0 to 1. */
const hashOf = (text) => parseInt(createHash('sha1').update(text).digest('hex').slice(0, 15), 16) / LONG_SCALE

/** The percentage whose hundredth is `hash`, where there is one. */
function percentageOf(hash) {
  const near = hash * 100
  const candidates = [near, nextDouble(near, true), nextDouble(near, false)]
  return candidates.find((percentage) => percentage / 100 === hash) ?? near
}

/** A percentage for which whoever has this hash is just in or just out. */
function edgeOf(random, hash) {
  const percentage = percentageOf(hash)
  return random.oneOf(
    [2, () => percentage],
    [1, () => nextDouble(percentage, true)],
    [1, () => nextDouble(percentage, false)],
    [1, () => Math.round(percentage)]
  )
}

const rolloutHash = (key, id) => hashOf(`${key}.${id}`)
const variantHash = (key, id) => hashOf(`${key}.${id}variant`)
const holdoutHash = (id) => hashOf(`holdout-${id}`)

module.exports = { edgeOf, rolloutHash, variantHash, holdoutHash }
