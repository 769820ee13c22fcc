// Faults in lib/ that no test can notice, and why. A place is known by its file and the text of its line; without `mutants`, what
// StrykerJS puts in the place of something there, all that it plants in that line is meant.

/** @param {string} file @param {string} why @param {...(string | [text: string, ...mutants: string[]])} places */
const places = (file, why, ...places) =>
  places.map((place) => {
    const [text, ...mutants] = Array.isArray(place) ? place : [place]
    return { file, why, text, mutants: mutants.length > 0 ? mutants : undefined }
  })

const NO_REASON = 'a short cut: the code of a value has no reason'
const CHECKED_FOR_TYPES = 'what is asked here was checked before; the types do not say so'
const ENDS_ANYWAY = 'without the `return` the function ends there and returns `undefined` all the same'

/** @type {{ file: string, text: string, mutants?: string[], why: string }[]} */
export const EXPLAINED = [
  ...places(
    'lib/events/quick-events-seam.js',
    'without the `return` the function returns `undefined`, which counts as `false`',
    ['} catch {', '{}']
  ),
  ...places('lib/client/option-copies.js', 'without options a client keeps none of those names either', [
    '} else if (isOptionsObject(options)) {',
    'true',
  ]),
  ...places('lib/evaluation/all-flags.js', 'the value of this code is `false`, which is there already', [
    '} else if (code > 0) {',
    'true',
    'code >= 0',
  ]),
  ...places(
    'lib/evaluation/all-flags.js',
    'an assignment to an object that inherits nothing is a plain one either way',
    ['if (isOrdinary) {', 'true']
  ),
  ...places('lib/evaluation/all-flags.js', 'it inherits from Object.prototype already', [
    'return isOrdinary && !proto ? payloads : finish(payloads, proto)',
    'false',
  ]),
  ...places('lib/evaluation/all-flags.js', NO_REASON, ['if (code > LAST_VALUE) {', 'true', 'code >= LAST_VALUE']),
  ...places('lib/evaluation/some-flags.js', NO_REASON, [
    'const reason = code > LAST_VALUE ? reasonOf(code) : undefined',
    'true',
    'code >= LAST_VALUE',
  ]),
  ...places('lib/evaluation/flag-list.js', CHECKED_FOR_TYPES, [
    "if (typeof key !== 'string' || position === null) {",
    'false',
  ]),
  ...places(
    'lib/evaluation/flag-record.js',
    'a short cut: each of its payloads is looked for and not found otherwise',
    ['if (this._payloads === NO_PAYLOADS) {', 'false', '{}']
  ),
  ...places('lib/document/plain-text.js', 'a short cut: the longer way comes to the same', [
    "return found === own || (typeof found === 'function' && nativeText(found) === nativeText(own))",
    'false',
  ]),
  ...places('lib/document/plain-text.js', 'a short cut: the longer way comes to the same', [
    'if (list[/** @type {any} */ (Symbol.iterator)] === iterate) {',
    'false',
    '{}',
  ]),
  ...places('lib/document/plain-text.js', 'a function of a user has no text that a function of the language has', [
    "return text.includes('[native code]') ? text : made",
    '""',
  ]),
  ...places('lib/document/plain-text.js', 'for numbers, both are the same', [
    'number = /** @type {any} */ (value) / 1',
    '/** @type {any} */value * 1',
  ]),
  ...places(
    'lib/document/flag-text.js',
    'only a message would say it, which nobody gets to see here',
    "id: attempt(() => exactValue(flag.id, 'id')),",
    "key: attempt(() => (isObject(flag.key) ? `${flag.key}` : exactValue(flag.key, 'key')), { toString: 0 }),",
    "evaluation_runtime: attempt(() => comparedValue(flag.evaluation_runtime, 'evaluation_runtime')),",
    "has_experiment: attempt(() => exactValue(flag.has_experiment, 'has_experiment')),",
    "objectOf(namedValues(mapping, indices, (name) => attempt(() => exactValue(name, 'group_type_mapping'))))"
  ),
  ...places(
    'lib/evaluation/snapshot.js',
    'a short cut: where no flag lacks a value there is no reason, and none that the server could tell',
    ['return undecided === 0 ? {} : this.allFlags.unresolved(codes)', 'false'],
    'return this.length === 0 || (undecided > 0 && this.allFlags.mayServerTellMore(codes))'
  ),
  ...places(
    'lib/evaluation/snapshot.js',
    'a short cut: whoever lacks no value has no failure, and the flags are looked at only for those',
    ['if (undecided === 0 || (failures.size === 0 && !reporter.debugging)) {', 'false']
  ),
  ...places('lib/evaluation/snapshot.js', 'a short cut: a flag that is off has no payload either way', [
    'return { value: record.valueAt(end), payload: end === 0 ? null : (record.payloadAt(end)?.fresh() ?? null) }',
    'false',
  ]),
  ...places('lib/evaluation/snapshot.js', 'the native side takes any name but `network` for a cache', [
    "const definitions = binding.FlagDefinitions.compile(document, 'cache', evaluationContexts, semantics, timezone)",
    '""',
  ]),
  ...places('lib/evaluation/payloads.js', 'a property of that name is looked up either way; the types do not know', [
    "const stored = payloads[value === true ? 'true' : value]",
    'false',
  ]),
  ...places('lib/evaluation/key-table.js', ENDS_ANYWAY, ['} catch {', '{}']),
  ...places('lib/evaluation/whole-objects.js', ENDS_ANYWAY, ['} catch {', '{}']),
  ...places(
    'lib/evaluation/whole-objects.js',
    'the tests of each version of V8 see one side of it',
    "const COPIES_SHAPES = Number.parseInt(process.versions.v8 ?? '', 10) < 14",
    'const mayGenerate = flags.length <= MAX_LITERAL || (flags.length <= MAX_SHAPED && COPIES_SHAPES)'
  ),
  ...places('lib/evaluation/whole-objects.js', 'the numbers only have to differ', [
    "const copy = new Function('template', `return { ...template } // ${++copiers}`)",
    '--copiers',
  ]),
  ...places(
    'lib/evaluation/evaluation-context.js',
    'the empty person is no proxy: whether there is a person is asked first because it is quick',
    ['if (person !== NOTHING && isProxy(person)) {', 'true']
  ),
  ...places(
    'lib/evaluation/exotic-value.js',
    'both ways come to the same, and a version of Node has one of them',
    "'isWellFormed' in String.prototype",
    ': (text) => !/\\p{Surrogate}/u.test(text)'
  ),
  ...places(
    'lib/evaluation/exotic-value.js',
    'each place is filled afterwards',
    ['const parts = isCopied ? slice.call(list) : new Array(length)', 'new Array()'],
    ['} else if (!isCopied) {', 'true']
  ),
  ...places(
    'lib/evaluation/exotic-value.js',
    'a short cut: what is below zero stays below it',
    ['if (depth === 0 || !(left >= 0)) {', 'true', 'false'],
    ['if (left < 0) {', 'false', '{}'],
    ['while (way.length > 0 && left >= 0) {', 'true']
  ),
  ...places(
    'lib/evaluation/exotic-value.js',
    'to copy a list is only quicker',
    ['function isCopiedAtOnce(list) {', '{}'],
    [
      "return !isProxy(list) && Object.getPrototypeOf(list) === Array.prototype && !Object.hasOwn(list, 'constructor')",
      'false',
    ]
  ),
  ...places('lib/evaluation/exotic-value.js', 'a short cut: without surrogates both orders are the same', [
    'return keys.some((key) => /[\\ud800-\\udfff]/.test(key)) ? keys.sort(compareCodePoints) : keys.sort()',
    '/[^\\ud800-\\udfff]/',
  ]),
  ...places('lib/document/whole-text.js', ENDS_ANYWAY, ['} catch {', '{}']),
  ...places('lib/loading/offline-loader.js', ENDS_ANYWAY, ['get provider() {', '{}']),
  ...places(
    'lib/client/diagnostics.js',
    'a short cut: a channel that nobody listens to takes what is published and drops it',
    ['if (CHANNELS.error.hasSubscribers) {', 'true'],
    ['if (CHANNELS.unresolved.hasSubscribers) {', 'true']
  ),
  ...places(
    'lib/client/local-evaluation-status.js',
    'only the fields that do not depend on it are handed on',
    ["engine: 'native',", '""'],
    ['isLoaded: false,', 'true'],
    ['isStopped: false,', 'true']
  ),
  ...places(
    'lib/evaluation/explanation.js',
    'it is filled once all parts are read',
    [
      'return { matches, outOfRollout, rollout, bucket, variant: valueAt(record, variant), properties: [] }',
      '["Stryker was here"]',
    ],
    ['return { type: part.type, matches, values: [] }', '["Stryker was here"]'],
    'dependencies: [],',
    'conditions: [],'
  ),
  ...places('lib/evaluation/explanation.js', 'a record has no value for a code that is none', [
    'return code === undefined ? undefined : record?.valueAt(code)',
    'false',
  ]),
  ...places('lib/evaluation/explanation.js', ENDS_ANYWAY, ['} catch {', '{}']),
  ...places('lib/evaluation/reasoning-snapshot.js', 'a short cut: no value belongs to a code that stands for none', [
    'const isSame = code <= LAST_VALUE && record.valueAt(code) === valueOf(record.key)',
    'true',
    'code < LAST_VALUE',
  ]),
  ...places('lib/requests/node-fetch.js', 'a short cut: to judge it again comes to the same', [
    'if (judged.fetch.value !== fetch) {',
    'true',
  ]),
  ...places('lib/requests/node-fetch.js', 'where nothing was judged, nothing is false', [
    'const judged = { fetch: { value: /** @type {any} */ (undefined), isNodes: false }, dispatchers: new WeakMap() }',
    '{}',
  ]),
]
