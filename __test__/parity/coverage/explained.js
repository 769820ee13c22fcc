'use strict'

// What the parity tests do not reach, and why. A place is known by its file and the text of its line.

const NO_ERROR = 'JSON that was read as raw text before cannot fail here'
const ALWAYS_THERE = 'a guard that the type asks for: the index comes from the very list'
const NEVER_EMPTY = 'split always gives a first part'
const CHECKED_BEFORE = 'what is asked here was checked before; the types do not say so'
const BY_PROCESSOR =
  'only on some processors; the tests of `src/hashing/batch.rs` take each way of hashing that a processor has'
const ONLY_MESSAGES = 'serde asks for it when a visitor takes no value of a type; this one takes all'

/** What is not measured. */
const NOT_MEASURED = [
  ...['compile', 'evaluate', 'matchers'].map((part) => ({
    path: `src/${part}/server`,
    why:
      'posthog-node does not decide like the server, so there is nothing to compare with. The vectors of ' +
      '`__test__/evaluation/server-semantics` and unit tests say what the answers are, and mutants what those tests miss',
  })),
  ...['explanation', 'reasons', 'report', 'visitor'].map((part) => ({
    path: `src/evaluate/${part}.rs`,
    why:
      'explains an answer and decides none. The answers that it explains are compared here all the same. ' +
      '`__test__/evaluation/local-evaluator`, unit tests and mutants hold what it says',
  })),
  ...['avx2', 'avx512'].map((way) => ({ path: `src/hashing/${way}.rs`, why: BY_PROCESSOR })),
]

/** @param {string} file @param {string} why @param {string[]} texts */
const places = (file, why, ...texts) => texts.map((text) => ({ file, text, why }))

/** @type {{ file: string, text: string, why: string }[]} */
const EXPLAINED = [
  ...places(
    'src/hashing/path.rs',
    BY_PROCESSOR,
    'if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {',
    'return Self::Avx512;',
    'if is_x86_feature_detected!("avx2") {',
    'return Self::Avx2;',
    'Self::Single'
  ),
  ...places(
    'src/hashing/batch.rs',
    BY_PROCESSOR,
    'path != Path::Single && self.count >= WORTHWHILE',
    'Path::Avx512 if is_x86_feature_detected!("avx512bw") => {',
    'self.steps(heads, |lanes| unsafe { avx512::heads(lanes, tail) })',
    'Path::Avx2 if is_x86_feature_detected!("avx2") => {',
    'self.steps(heads, |lanes| unsafe { avx2::heads(lanes, tail) })',
    '_ => 0,'
  ),
  ...places(
    'src/hashing/batch.rs',
    'belongs to `len`; nobody needs it',
    'pub fn is_empty(&self) -> bool {',
    'self.count == 0'
  ),
  ...places(
    'src/evaluate/evaluation.rs',
    'what tests and benchmarks of the core begin with',
    'pub fn new(',
    'Self::visited(definitions, inputs, host, scratch, ())'
  ),
  ...places('src/evaluate/hashes.rs', BY_PROCESSOR, 'if path == Path::Single {', 'return;'),
  ...places(
    'src/evaluate/shortcuts.rs',
    'shortcuts are for flags with conditions and for distinct ids that are text',
    'let Rules::Targeting(targeting) = &self.definitions.flags[flag].rules else {',
    'return None;',
    '&& bucketed.rollout(&targeting.hasher).ok()? > threshold',
    '.pick(bucketed.variant(&targeting.hasher).ok()?),'
  ),
  ...places(
    'src/evaluate/ledger.rs',
    'those in progress are met in the reverse order of their row, and no more than stand behind the place',
    'matches!(self.entries[*index], Known::InProgress(place) if place.position >= from.position)'
  ),
  ...places(
    'src/evaluate/dependencies.rs',
    'a flag is only looked up once it is linked, and it is only linked with a value',
    '_ => DependencyValue::Unknown,'
  ),
  ...places(
    'src/compile/cohorts.rs',
    ALWAYS_THERE,
    'let Some((id, scope)) = self.cohort_ids.get_index(index).cloned() else {',
    'return CompiledCohort {'
  ),
  ...places(
    'src/evaluate/shortcuts.rs',
    'whoever explains an answer asks for no shortcut; the constant says so',
    'Value::Text(id) if !V::TAKES_THE_LONG_WAY => Some(id),'
  ),
  ...places('src/compile/hashes.rs', ALWAYS_THERE, 'if let Rules::Targeting(targeting) = &mut flags[flag].rules {'),
  ...places(
    'src/compile/shortcuts.rs',
    'without variants there is none to override with',
    '&& matches!(only.variant_override, VariantOverride::None);'
  ),
  ...places(
    'src/compile/shortcuts.rs',
    'a hash is only gathered for a rollout below one',
    '(Some(Rollout::Threshold(threshold)), Some(hash)) if *threshold < 1.0 => {'
  ),
  ...places(
    'src/compile/values.rs',
    'variants and overrides are only asked for if they are truthy',
    'return Some(if *value {',
    'ValueCode::FALSE'
  ),
  ...places(
    'src/compile/values.rs',
    'a flag has its last code before its values are more than 16 bits can number; the test of the table goes on',
    '.ok()?',
    '.checked_add(ValueCode::FIRST_OWN)?;'
  ),
  ...places(
    'src/compile/flags.rs',
    'a holdout is the first value of its flag, for which there is room',
    '.ok_or_else(|| TOO_MANY_VALUES.into()),'
  ),
  ...places(
    'src/compile/document/root.rs',
    ONLY_MESSAGES,
    "fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {",
    'formatter.write_str("a JSON value")'
  ),
  ...places(
    'src/compile/document/head.rs',
    ONLY_MESSAGES,
    "fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {",
    'formatter.write_str("a JSON value")'
  ),
  ...places(
    'src/compile/document/head.rs',
    NO_ERROR,
    'let fields = Json::deserialize(value.into_deserializer())?;',
    'while let Some(Key(key)) = access.next_key()? {'
  ),
  ...places(
    'src/compile/document/definition.rs',
    ONLY_MESSAGES,
    "fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {",
    'JsonVisitor.expecting(formatter)'
  ),
  ...places(
    'src/compile/document/deep.rs',
    ONLY_MESSAGES,
    "fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {",
    'formatter.write_str("an object or a list of cohorts")'
  ),
  ...places(
    'src/compile/document/deep.rs',
    NO_ERROR,
    'Ok(read(text.get())?.unwrap_or_else(|| {',
    'items.push(read_cohort(text).map_err(serde::de::Error::custom)?);',
    'let cohort = read_cohort(text).map_err(serde::de::Error::custom)?;'
  ),
  ...places(
    'src/compile/document/deep.rs',
    'the mark always has a reason, which is text',
    '_ => Some("it cannot be read".into()),'
  ),
  ...places(
    'src/compile/document/outline.rs',
    'the text of a value that begins with a quote ends with one',
    `let inner = text.strip_prefix('"')?.strip_suffix('"')?;`
  ),
  ...places(
    'src/compile/usable.rs',
    ALWAYS_THERE,
    'if let Ok(Some(cohort)) = compiler.document.cohort(id) {',
    'let Some(&number) = self.numbers.get(id) else {',
    'return Verdict::usable();',
    'if let Some(&number) = self.numbers.get(id)'
  ),
  ...places(
    'src/matchers/date.rs',
    'the clock of a process is a time that a date can hold',
    'let Some(now) = time_clip(now) else {',
    'return f64::NAN;'
  ),
  ...places(
    'src/matchers/date.rs',
    'the digits were counted before they are read',
    '1 => number(20, 21)? * 100,',
    '2 => number(20, 22)? * 10,',
    '3..=9 => number(20, 23)?,'
  ),
  ...places(
    'src/matchers/equality.rs',
    'a value whose truth cannot be read is not representable either, which is asked first',
    'Ok(*target == is_true(value)?)'
  ),
  ...places(
    'src/matchers/equality.rs',
    'JavaScript only fails to convert a text while its thread is being ended',
    'None => false,',
    'let Some(lowered) = settled.or_else(|| host.to_lower_case(text).map(Cow::Owned)) else {',
    'return false;'
  ),
  ...places(
    'src/matchers/mod.rs',
    'for unit tests and fuzzing; the filters of a document share a budget',
    'pub fn compile(operator: Option<&Json>, value: Option<&Json>, version: Option<&Json>) -> Matcher {',
    'compile_within(operator, value, version, &mut RegexBudget::default())'
  ),
  ...places(
    'src/matchers/regex/caches.rs',
    ALWAYS_THERE,
    'let cache = self.caches.get_mut(number)?.take()?;',
    'if let Some(place) = self.caches.get_mut(number) {'
  ),
  ...places('src/matchers/equality.rs', 'only asked of filters that are like booleans', '_ => false,'),
  ...places('src/matchers/regex/translate.rs', CHECKED_BEFORE, 'Member::One(code.ok_or(Refusal::Syntax)?)'),
  ...places('src/matchers/regex/translate.rs', CHECKED_BEFORE, 'let min = self.count().ok_or(Refusal::Syntax)?;'),
  ...places('src/matchers/semver.rs', CHECKED_BEFORE, 'Self::Unsupported => false,'),
  ...places(
    'src/matchers/semver.rs',
    NEVER_EMPTY,
    "let base = version.split('-').next()?.split('+').next()?;",
    'let major = numeric_part(parts.next()?)?;'
  ),
]

module.exports = { BY_PROCESSOR, EXPLAINED, NOT_MEASURED }
