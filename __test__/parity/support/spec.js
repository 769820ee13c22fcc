'use strict'

// A case is kept as a *spec*: plain data that can be shrunk node by node and printed as a program. What plain data
// cannot say is a leaf: `js('new Map()')` is a JavaScript expression (contexts only), `rawJson('1e400')` is a piece of
// JSON text exactly as it stands on the wire (documents only).

/** A JavaScript expression; building the spec evaluates it anew. */
class Js {
  constructor(source) {
    this.source = source
  }
}

/** A piece of JSON text, for what JSON.stringify would never write: `-0`, `1e400`, `1.0`, duplicate keys. */
class RawJson {
  constructor(text) {
    this.text = text
  }
}

const js = (source) => new Js(source)
const rawJson = (text) => new RawJson(text)

/** Assigns an own property even where the key is `__proto__`. */
function setOwn(object, key, value) {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[key] = value
  }
  return object
}

const compiled = new Map()

function evaluateSource(source) {
  let make = compiled.get(source)
  if (make === undefined) {
    make = new Function(`return (${source}\n)`)
    compiled.set(source, make)
  }
  return make()
}

/** The live value of a spec. */
function build(spec) {
  if (spec instanceof Js) {
    return evaluateSource(spec.source)
  }
  if (spec instanceof RawJson) {
    return JSON.parse(spec.text)
  }
  if (Array.isArray(spec)) {
    return spec.map(build)
  }
  if (typeof spec === 'object' && spec !== null) {
    const object = {}
    for (const key of Object.keys(spec)) {
      setOwn(object, key, build(spec[key]))
    }
    return object
  }
  return spec
}

/** JavaScript source that evaluates to the value of a spec. */
function toSource(spec) {
  if (spec instanceof Js) {
    return spec.source
  }
  if (spec instanceof RawJson) {
    return `JSON.parse(${JSON.stringify(spec.text)})`
  }
  if (Array.isArray(spec)) {
    return `[${spec.map(toSource).join(', ')}]`
  }
  if (typeof spec === 'object' && spec !== null) {
    const entries = Object.keys(spec).map((key) => {
      const name = key === '__proto__' ? '["__proto__"]' : /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)
      return `${name}: ${toSource(spec[key])}`
    })
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
  }
  if (typeof spec === 'bigint') {
    return `${spec}n`
  }
  if (typeof spec === 'string') {
    return JSON.stringify(spec)
  }
  return Object.is(spec, -0) ? '-0' : String(spec)
}

/** The JSON text of a document spec. */
function toJson(spec) {
  if (spec instanceof RawJson) {
    return spec.text
  }
  if (Array.isArray(spec)) {
    return `[${spec.map(toJson).join(',')}]`
  }
  if (typeof spec === 'object' && spec !== null) {
    return `{${Object.keys(spec)
      .filter((key) => spec[key] !== undefined)
      .map((key) => `${JSON.stringify(key)}:${toJson(spec[key])}`)
      .join(',')}}`
  }
  return JSON.stringify(spec)
}

module.exports = { Js, RawJson, js, rawJson, build, toSource, toJson, setOwn }
