'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Random } = require('../../../cli/random.js')
const { LocalEvaluator } = require('../../../index.js')
const { guessRest, randomPerson, randomProject } = require('./support/random-project.js')

const SEED = Number(process.env.SEMANTICS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const PROJECTS = 400
const PEOPLE = 5
const GUESSES = 12
const SEMANTICS = /** @type {const} */ ({ semantics: 'server', timezone: 'Europe/Berlin' })

/** @type {LocalEvaluator[]} by number of the project */
const evaluators = []

/**
 * Tries people with random projects.
 *
 * @param {import('node:test').TestContext} t
 * @param {(random: Random, project: any, evaluator: LocalEvaluator) => void} check
 */
function tryProjects(t, check) {
  t.diagnostic(`SEMANTICS_SEED=${SEED}`)
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2024-06-15T12:00:00Z') })
  for (let number = 0; number < PROJECTS; number++) {
    const random = new Random(SEED + number)
    const project = randomProject(random)
    // Each test draws the same projects.
    const evaluator = (evaluators[number] ??= new LocalEvaluator(project, SEMANTICS))
    for (let person = 0; person < PEOPLE; person++) {
      check(random, project, evaluator)
    }
  }
}

/** @param {any} project @param {string} key @param {object} more */
function describe({ flags, ...rest }, key, more) {
  const flag = flags.find((/** @type {any} */ each) => each.key === key)
  return `SEMANTICS_SEED=${SEED} ${JSON.stringify({ flag, ...more, ...rest })}`
}

test('what is answered with some properties is answered whatever the others are', (t) => {
  let decided = 0
  let open = 0
  tryProjects(t, (random, project, evaluator) => {
    const known = randomPerson(random, project)
    const answers = evaluator.getAllFlags(known.distinctId, known)
    for (let guess = 0; guess < GUESSES; guess++) {
      const whole = guessRest(random, project, known)
      const wholly = evaluator.getAllFlags(whole.distinctId, { ...whole, propertiesAreComplete: true })
      for (const { key } of project.flags) {
        if (answers[key] === undefined || wholly[key] === undefined) {
          open++
        } else {
          decided++
          if (answers[key] !== wholly[key]) {
            assert.equal(answers[key], wholly[key], describe(project, key, { known, whole }))
          }
        }
      }
    }
  })
  t.diagnostic(`${decided} answers compared, ${open} open`)
  assert.ok(decided > PROJECTS * PEOPLE * GUESSES, `${decided} answers`)
})

test('with all properties every flag is decided, one by one and all at once', (t) => {
  tryProjects(t, (random, project, evaluator) => {
    const person = randomPerson(random, project)
    const call = { ...person, propertiesAreComplete: true }
    const all = evaluator.getAllFlags(person.distinctId, call)
    for (const { key } of project.flags) {
      if (all[key] === undefined) {
        assert.fail(`no value: ${describe(project, key, { person })}`)
      }
      assert.equal(evaluator.getFeatureFlag(key, person.distinctId, call), all[key])
    }
  })
})

test('definitions as an object, as text and as bytes are decided alike', (t) => {
  /** @type {any} */
  let loaded
  /** @type {LocalEvaluator[]} */
  let others = []
  tryProjects(t, (random, project, evaluator) => {
    if (loaded !== project) {
      loaded = project
      const text = JSON.stringify(project)
      others = [text, Buffer.from(text)].map((document) => new LocalEvaluator(document, SEMANTICS))
    }
    const person = randomPerson(random, project)
    for (const propertiesAreComplete of [true, false]) {
      const call = { ...person, propertiesAreComplete }
      const answers = evaluator.getAllFlags(person.distinctId, call)
      others.forEach((other) => assert.deepEqual(other.getAllFlags(person.distinctId, call), answers))
    }
  })
})
