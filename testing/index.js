'use strict'

const { PostHog } = require('../index.js')
const { definitionsOf } = require('../lib/testing/flag-definitions')
const { defineTestClient } = require('../lib/testing/test-client')

module.exports = { definitionsOf, testClient: defineTestClient(PostHog) }
