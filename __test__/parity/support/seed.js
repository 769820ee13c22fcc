'use strict'

const { randomInt } = require('node:crypto')

/** The seed of this run: PARITY_SEED, or a fresh one. Whoever asks prints it. */
const chooseSeed = () => process.env.PARITY_SEED ?? String(randomInt(2 ** 31))

/** How many flag evaluations the bulk run compares. */
const chosenEvaluations = () => Number(process.env.PARITY_EVALUATIONS ?? 120_000)

module.exports = { chooseSeed, chosenEvaluations }
