//! Values that are no primitives of JSON. Only JavaScript can say what they are.

use std::cell::OnceCell;
use std::fmt;

use crate::outcome::Fallback;

/// A value that is no primitive JSON value. JavaScript answers what is asked of it, each question once.
#[derive(Debug)]
pub struct Exotic {
    source: Box<dyn Describe>,
    text: OnceCell<Result<Box<str>, Box<str>>>,
    template: OnceCell<Result<Box<str>, Box<str>>>,
    canonical: OnceCell<Aspect<Box<str>>>,
    representable: OnceCell<Aspect<()>>,
    truthy: OnceCell<Result<bool, Box<str>>>,
    date: OnceCell<Result<Option<f64>, Box<str>>>,
}

/// The questions that matchers may ask about an exotic value. An answer may run a caller's code, so the matchers ask only
/// what they have to know.
pub trait Describe: fmt::Debug {
    /// `String(x)`, or what it throws.
    fn text(&self) -> Result<Box<str>, Box<str>>;
    /// `` `${x}` ``, or what it throws; differs from `text` for symbols.
    fn template(&self) -> Result<Box<str>, Box<str>>;
    /// The canonical JSON text that `exact` compares.
    fn canonical(&self) -> Aspect<Box<str>>;
    /// Whether JSON can represent the value.
    fn representable(&self) -> Aspect<()>;
    /// Whether it is an array of nothing but true values. Only asked of what JSON can represent.
    fn truthy(&self) -> Result<bool, Box<str>>;
    /// The time of a `Date`, in ms since the epoch, NaN if it is invalid; or what reading it throws. A value that is no
    /// `Date` is converted to text, which may throw, because posthog-node writes that text into a message.
    fn date(&self) -> Result<Option<f64>, Box<str>>;
    /// `JSON.stringify(x)`; `None` inside if it has none, and `None` if asking throws.
    fn json(&self) -> Option<Option<String>> {
        None
    }
    /// An error message, if the caller passed something else than an object where this value should be a property of it:
    /// then posthog-node throws when it looks for the value.
    fn unreadable(&self) -> Option<&str> {
        None
    }
}

impl Exotic {
    /// The value about which `source` answers.
    pub fn new(source: impl Describe + 'static) -> Self {
        Self {
            source: Box::new(source),
            text: OnceCell::new(),
            template: OnceCell::new(),
            canonical: OnceCell::new(),
            representable: OnceCell::new(),
            truthy: OnceCell::new(),
            date: OnceCell::new(),
        }
    }

    /// See [`Describe::text`].
    pub fn text(&self) -> Result<&str, Fallback> {
        as_result(self.text.get_or_init(|| self.source.text()))
    }

    /// See [`Describe::template`].
    pub fn template(&self) -> Result<&str, Fallback> {
        as_result(self.template.get_or_init(|| self.source.template()))
    }

    /// See [`Describe::canonical`].
    pub fn canonical(&self) -> Result<&str, Fallback> {
        let canonical = self.canonical.get_or_init(|| self.source.canonical());
        canonical.as_result().map(|text| &**text)
    }

    /// See [`Describe::representable`].
    pub fn assert_representable(&self) -> Result<(), Fallback> {
        let representable = self
            .representable
            .get_or_init(|| self.source.representable());
        representable.as_result().copied()
    }

    /// See [`Describe::truthy`].
    pub fn truthy(&self) -> Result<bool, Fallback> {
        let truthy = self.truthy.get_or_init(|| self.source.truthy());
        truthy.clone().map_err(Fallback::Thrown)
    }

    /// See [`Describe::date`].
    pub fn date(&self) -> Result<Option<f64>, Fallback> {
        let date = self.date.get_or_init(|| self.source.date());
        date.clone().map_err(Fallback::Thrown)
    }

    /// See [`Describe::json`].
    pub fn json(&self) -> Option<Option<String>> {
        self.source.json()
    }

    /// See [`Describe::unreadable`].
    pub fn unreadable(&self) -> Option<&str> {
        self.source.unreadable()
    }
}

fn as_result(answer: &Result<Box<str>, Box<str>>) -> Result<&str, Fallback> {
    match answer {
        Ok(text) => Ok(text),
        Err(message) => Err(Fallback::Thrown(message.clone())),
    }
}

/// The answer to one question about an exotic value.
#[derive(Debug, Clone)]
pub enum Aspect<T> {
    /// The value has this aspect.
    Is(T),
    /// posthog-node leaves it to the server.
    Inconclusive,
    /// Asking throws; the text is the message.
    Throws(Box<str>),
}

impl<T> Aspect<T> {
    /// The aspect as the result of a match.
    pub fn as_result(&self) -> Result<&T, Fallback> {
        match self {
            Self::Is(value) => Ok(value),
            Self::Inconclusive => Err(Fallback::MISSING_CONTEXT),
            Self::Throws(message) => Err(Fallback::Thrown(message.clone())),
        }
    }
}

/// Answers that are known beforehand, for tests without JavaScript. The default answers are those of a value that JSON
/// cannot represent.
#[derive(Debug, Clone)]
pub struct Described {
    /// See [`Describe::text`].
    pub text: Result<Box<str>, Box<str>>,
    /// See [`Describe::template`].
    pub template: Result<Box<str>, Box<str>>,
    /// See [`Describe::canonical`].
    pub canonical: Aspect<Box<str>>,
    /// See [`Describe::representable`].
    pub representable: Aspect<()>,
    /// See [`Describe::truthy`].
    pub truthy: Result<bool, Box<str>>,
    /// See [`Describe::date`].
    pub date: Result<Option<f64>, Box<str>>,
    /// See [`Describe::json`].
    pub json: Option<Option<String>>,
    /// See [`Describe::unreadable`].
    pub unreadable: Option<Box<str>>,
}

impl Default for Described {
    fn default() -> Self {
        Self {
            text: Ok("".into()),
            template: Ok("".into()),
            canonical: Aspect::Inconclusive,
            representable: Aspect::Inconclusive,
            truthy: Ok(false),
            date: Ok(None),
            json: None,
            unreadable: None,
        }
    }
}

impl Describe for Described {
    fn json(&self) -> Option<Option<String>> {
        self.json.clone()
    }

    fn text(&self) -> Result<Box<str>, Box<str>> {
        self.text.clone()
    }

    fn template(&self) -> Result<Box<str>, Box<str>> {
        self.template.clone()
    }

    fn canonical(&self) -> Aspect<Box<str>> {
        self.canonical.clone()
    }

    fn representable(&self) -> Aspect<()> {
        self.representable.clone()
    }

    fn truthy(&self) -> Result<bool, Box<str>> {
        self.truthy.clone()
    }

    fn date(&self) -> Result<Option<f64>, Box<str>> {
        self.date.clone()
    }

    fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }
}
