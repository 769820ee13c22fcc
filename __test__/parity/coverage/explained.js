'use strict'

// What the parity tests do not reach, and why. A place is known by its file and the text of its line; without a text the
// whole file is meant.

const NO_ERROR = 'JSON that was read as raw text before cannot fail here'
const ALWAYS_THERE = 'a guard that the type asks for: the index comes from the very list'
const NEVER_EMPTY = 'split always gives a first part'
const CHECKED_BEFORE = 'what is asked here was checked before; the types do not say so'
const PROCESSOR =
  'only on other processors; the tests of `src/hashing/batch.rs` take each way of hashing that a processor has'
const ONLY_MESSAGES = 'serde asks for it when a visitor takes no value of a type; this one takes all'

/** @param {string} file @param {string} why @param {string[]} texts */
const places = (file, why, ...texts) => texts.map((text) => ({ file, text, why }))

/** @type {{ file: string, text?: string, why: string }[]} */
const EXPLAINED = [
  { file: 'src/hashing/avx2.rs', why: PROCESSOR },
  ...places(
    'src/hashing/path.rs',
    PROCESSOR,
    'if is_x86_feature_detected!("avx2") {',
    'return Self::Avx2;',
    'Self::Single'
  ),
  ...places(
    'src/hashing/batch.rs',
    PROCESSOR,
    'path != Path::Single && self.count >= WORTHWHILE',
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
  ...places('src/evaluate/hashes.rs', PROCESSOR, 'if path == Path::Single {', 'return;'),
  ...places(
    'src/evaluate/shortcuts.rs',
    'shortcuts are for flags with conditions and for distinct ids that are text',
    'let Rules::Targeting(targeting) = &self.definitions.flags[flag].rules else {',
    'return None;',
    '&& bucketed.rollout(&targeting.hasher).ok()? > threshold',
    '.pick(bucketed.variant(&targeting.hasher).ok()?),'
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
    'while access.next_element::<IgnoredAny>()?.is_some() {}',
    "while let Some(key) = access.next_key::<Cow<'de, str>>()? {",
    'access.next_value::<IgnoredAny>()?;'
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

module.exports = { EXPLAINED }
