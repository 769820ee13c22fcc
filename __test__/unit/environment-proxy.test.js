'use strict'

const assert = require('node:assert/strict')
const { afterEach, beforeEach, test } = require('node:test')

const { environmentProxy } = require('../../lib/requests/environment-proxy')

const PROXY = 'http://proxy:3128'
const NAMES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']
const DISPATCHER = Symbol.for('undici.globalDispatcher.1')
/** What stands for it in newer versions of Node. */
const NEWER_DISPATCHER = Symbol.for('undici.globalDispatcher.2')

class EnvHttpProxyAgent {}

/** @type {any} */
const globals = globalThis
/** @type {Record<string, string | undefined>} */
let environment
/** @type {unknown[]} */
let dispatchers
const { undici } = process.versions

beforeEach(() => {
  environment = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]))
  dispatchers = [globals[DISPATCHER], globals[NEWER_DISPATCHER]]
  setEnvironment({})
  setDispatcher(new EnvHttpProxyAgent())
})

afterEach(() => {
  setEnvironment(environment)
  setDispatcher(dispatchers[0])
  setDispatcher(dispatchers[1], NEWER_DISPATCHER)
  setUndici(undici)
})

/** @param {string | undefined} version */
function setUndici(version) {
  Object.defineProperty(process.versions, 'undici', { value: version, configurable: true, enumerable: true })
}

/** @param {unknown} dispatcher */
function setDispatcher(dispatcher, symbol = DISPATCHER) {
  Object.defineProperty(globals, symbol, { value: dispatcher, configurable: true, writable: true })
}

/** @param {Record<string, string | undefined>} variables all that there are */
function setEnvironment(variables) {
  for (const name of NAMES) {
    const value = variables[name]
    if (value === undefined) {
      delete process.env[name]
    } else {
      process.env[name] = value
    }
  }
}

/** @param {Record<string, string>} variables @param {string} address */
function proxyOf(variables, address) {
  setEnvironment(variables)
  return environmentProxy(address)
}

/** @param {string} noProxy @param {string} address */
const isExcluded = (noProxy, address) => proxyOf({ HTTP_PROXY: PROXY, NO_PROXY: noProxy }, address) === undefined

test("only where Node's own fetch uses proxies of the environment is there one", () => {
  const variables = { HTTP_PROXY: PROXY }
  assert.equal(proxyOf(variables, 'http://host'), PROXY)
  for (const other of [undefined, null, {}, new (class Agent {})(), Object.create(null)]) {
    setDispatcher(other)
    assert.equal(proxyOf(variables, 'http://host'), undefined)
  }
  setDispatcher(new EnvHttpProxyAgent(), NEWER_DISPATCHER)
  assert.equal(proxyOf(variables, 'http://host'), PROXY)
})

test('there is a proxy for each protocol, that for http serving https as well', () => {
  const both = { HTTP_PROXY: 'http://a', HTTPS_PROXY: 'http://b' }
  assert.equal(proxyOf(both, 'http://host'), 'http://a')
  assert.equal(proxyOf(both, 'https://host'), 'http://b')
  assert.equal(proxyOf({ HTTP_PROXY: 'http://a' }, 'https://host'), 'http://a')
  assert.equal(proxyOf({ HTTPS_PROXY: 'http://b' }, 'http://host'), undefined)
  assert.equal(proxyOf({}, 'http://host'), undefined)
})

test('names in small letters come first, also when they are empty', () => {
  assert.equal(proxyOf({ http_proxy: 'http://a', HTTP_PROXY: 'http://b' }, 'http://host'), 'http://a')
  assert.equal(proxyOf({ https_proxy: 'http://a', HTTPS_PROXY: 'http://b' }, 'https://host'), 'http://a')
  assert.equal(proxyOf({ http_proxy: '', HTTP_PROXY: 'http://b' }, 'http://host'), undefined)
  assert.equal(proxyOf({ HTTP_PROXY: PROXY, no_proxy: 'other', NO_PROXY: 'host' }, 'http://host'), PROXY)
  assert.equal(proxyOf({ HTTP_PROXY: PROXY, no_proxy: 'host', NO_PROXY: 'other' }, 'http://host'), undefined)
  assert.equal(proxyOf({ HTTP_PROXY: PROXY, no_proxy: '', NO_PROXY: 'host' }, 'http://host'), PROXY)
})

test('an address that cannot be read has no proxy', () => {
  for (const address of ['', 'host', 'http://', 'http://[::1', 'http://host:99999']) {
    assert.equal(proxyOf({ HTTP_PROXY: PROXY }, address), undefined)
  }
})

test('NO_PROXY holds names, between commas or spaces', () => {
  for (const list of ['host', 'a,host', 'host,a', 'a host', ' , a ,\thost\n', 'a,,host']) {
    assert.equal(isExcluded(list, 'http://host/x'), true, list)
  }
  for (const list of ['', ' ', ',', 'other', 'hos', 'ost', 'hosts', 'a.host']) {
    assert.equal(isExcluded(list, 'http://host/x'), false, list)
  }
})

test('NO_PROXY may be written in capital letters', () => {
  assert.equal(isExcluded('LocalHost', 'http://localhost'), true)
  assert.equal(isExcluded('localhost', 'http://LOCALHOST'), true)
  assert.equal(isExcluded('.Example.COM', 'http://eu.example.com'), true)
})

test('a star alone excludes all, with any version of Node', () => {
  for (const version of ['6.0.0', '7.0.0']) {
    setUndici(version)
    assert.equal(isExcluded('*', 'http://host'), true)
    assert.equal(isExcluded('*', 'https://10.0.0.1:5'), true)
  }
})

test('a port in NO_PROXY counts, and an address without one has that of its protocol', () => {
  assert.equal(isExcluded('host:80', 'http://host'), true)
  assert.equal(isExcluded('host:443', 'http://host'), false)
  assert.equal(isExcluded('host:443', 'https://host'), true)
  assert.equal(isExcluded('host:80', 'https://host'), false)
  assert.equal(isExcluded('host:8000', 'http://host:8000'), true)
  assert.equal(isExcluded('host:8000', 'http://host:8001'), false)
  assert.equal(isExcluded('host:80', 'http://host:8000'), false)
  assert.equal(isExcluded('host', 'http://host:8000'), true)
  assert.equal(isExcluded('other:80', 'http://host'), false)
  assert.equal(isExcluded('host:0', 'http://host'), true)
  assert.equal(isExcluded('host:x', 'http://host'), false)
  assert.equal(isExcluded('host:80x', 'http://host'), false)
  assert.equal(isExcluded('xhost:80', 'http://host'), false)
})

for (const [version, includesBelow] of /** @type {[string | undefined, boolean][]} */ ([
  [undefined, false],
  ['6.24.1', false],
  ['7.0.0', true],
  ['8.1.0', true],
])) {
  test(`a name that begins with a dot or a star stands for what is below it, with undici ${version}`, () => {
    setUndici(version)
    for (const entry of ['.example.com', '*.example.com']) {
      assert.equal(isExcluded(entry, 'http://eu.example.com'), true)
      assert.equal(isExcluded(entry, 'http://a.eu.example.com'), true)
      assert.equal(isExcluded(entry, 'http://example.org'), false)
      assert.equal(isExcluded(entry, 'http://myexample.com'), false)
      assert.equal(isExcluded(entry, 'http://example.com.org'), false)
      assert.equal(isExcluded(entry, 'http://example.com'), includesBelow)
    }
    assert.equal(isExcluded('example.com', 'http://eu.example.com'), includesBelow)
    assert.equal(isExcluded('example.com', 'http://myexample.com'), false)
    assert.equal(isExcluded('example.com', 'http://example.com'), true)
    assert.equal(isExcluded('.x*y', 'http://a.xy'), false)
    assert.equal(isExcluded('a.*.com', 'http://a.com'), false)
    // A name may end with the dot of the root.
    assert.equal(isExcluded('a,,b', 'http://host.'), false)
  })
}
