'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { DEFAULT_HOST, findMixup, readKeys } = require('../../../cli/doctor/keys')

test('keys are taken without the blanks around them', () => {
  assert.deepEqual(
    readKeys({ POSTHOG_API_KEY: ' phc_a\n', POSTHOG_SECRET_KEY: '\tphs_b ', POSTHOG_HOST: ' http://h ' }),
    {
      projectKey: { name: 'POSTHOG_API_KEY', value: 'phc_a' },
      secretKey: { name: 'POSTHOG_SECRET_KEY', value: 'phs_b' },
      host: 'http://h',
    }
  )
})

test('of several names the first that is set counts, and blanks are nothing', () => {
  assert.deepEqual(
    readKeys({
      POSTHOG_PROJECT_API_KEY: '  ',
      POSTHOG_KEY: 'phc_late',
      POSTHOG_PROJECT_TOKEN: 'phc_early',
      POSTHOG_PERSONAL_API_KEY: 'phx_personal',
    }),
    {
      projectKey: { name: 'POSTHOG_PROJECT_TOKEN', value: 'phc_early' },
      secretKey: { name: 'POSTHOG_PERSONAL_API_KEY', value: 'phx_personal' },
      host: DEFAULT_HOST,
    }
  )
  assert.deepEqual(readKeys({}), { projectKey: undefined, secretKey: undefined, host: DEFAULT_HOST })
})

test('keys that stand in for each other are found', () => {
  const found = (/** @type {string} */ project, /** @type {string} */ secret) =>
    findMixup(readKeys({ POSTHOG_API_KEY: project, POSTHOG_SECRET_KEY: secret }))
  const secretAsProject = 'POSTHOG_API_KEY holds a secret or personal key where the project API key, phc_…, is expected'
  assert.equal(found('phs_a', 'phs_b'), secretAsProject)
  assert.equal(found('phx_a', 'phs_b'), secretAsProject)
  assert.equal(found(' phx_a', ''), secretAsProject)
  assert.equal(
    found('phc_a', 'phc_b'),
    'POSTHOG_SECRET_KEY holds a project API key, phc_…, where a secret or personal key is expected'
  )
  for (const [project, secret] of [
    ['phc_a', 'phs_b'],
    ['phc_a', 'phx_b'],
    ['', ''],
    ['own', 'own'],
    ['a phs_', 'a phc_'],
  ]) {
    assert.equal(found(project, secret), undefined)
  }
})
