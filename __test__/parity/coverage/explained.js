'use strict'

// What the differential tester does not reach, and why. A place is known by its file and the text of its line; without a
// text the whole file is meant.

/** @type {{ file: string, text?: string, why: string }[]} */
const EXPLAINED = []

module.exports = { EXPLAINED }
