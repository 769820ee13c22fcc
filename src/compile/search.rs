//! What a definition asks for that local evaluation may not have: part of posthog-node's `getDefinitionUnresolvedReason`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::compiler::Compiler;
use super::messages::expected;
use crate::js;
use crate::js::json::Json;
use crate::matchers;
use crate::matchers::Support;

/// Texts that have to be dates.
pub type Dates = Arc<[Box<str>]>;

/// Whether something can never be used, or what looking at it throws.
pub type Looked = Result<bool, Box<str>>;

/// Looks through a definition, up to what cannot be used.
pub struct Search<'c> {
    /// Its document is looked into.
    pub compiler: &'c Compiler<'c>,
    dates: Vec<Box<str>>,
}

impl<'c> Search<'c> {
    /// Begins to look.
    pub fn new(compiler: &'c Compiler<'c>) -> Self {
        Self {
            compiler,
            dates: Vec::new(),
        }
    }

    /// The texts met so far that have to be dates, if there are any.
    pub fn take_dates(&mut self) -> Option<Dates> {
        let mut known = HashSet::new();
        let mut dates = std::mem::take(&mut self.dates);
        dates.retain(|text| known.insert(text.clone()));
        (!dates.is_empty()).then(|| dates.into())
    }

    /// The id of the cohort that a filter asks for: `None` if it asks for none, or the cohort is not there.
    pub fn cohort_of<'a>(
        &self,
        filter: &'a Json<'_>,
    ) -> Option<Result<Option<Cow<'a, str>>, Box<str>>> {
        match filter.get("type") {
            Some(Json::String(kind)) if &**kind == "cohort" => {
                Some(cohort_id(filter).and_then(|id| {
                    let cohort = self.compiler.document.cohort(&id)?;
                    Ok(cohort.map(|_| id))
                }))
            }
            _ => None,
        }
    }

    /// Whether a filter that asks for no cohort cannot be used.
    pub fn is_unsupported(&mut self, filter: &Json) -> Looked {
        if *filter == Json::Null {
            return Err(expected("a filter", "an object", Some(filter)));
        }
        match filter.get("type") {
            Some(Json::String(kind)) if &**kind == "flag" => self.is_unsupported_dependency(filter),
            _ => match matchers::support(filter.get("operator"), filter.get("value")) {
                Support::Supported => Ok(false),
                Support::Unsupported => Ok(true),
                Support::Throws(message) => Err(message),
                Support::IfDate(text) => {
                    self.dates.push(text);
                    Ok(false)
                }
            },
        }
    }

    fn is_unsupported_dependency(&self, filter: &Json) -> Looked {
        let chain = match filter.get("dependency_chain") {
            Some(Json::Array(chain)) if !chain.is_empty() => chain,
            _ => return Ok(true),
        };
        for link in chain {
            let refuse = |_| expected("an entry of a dependency_chain", "a flag key", Some(link));
            let key = js::to_text(Some(link)).map_err(refuse)?;
            if self.compiler.dependency_link(&key, link).is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The id that a filter gives of its cohort.
pub fn cohort_id<'a>(filter: &'a Json<'_>) -> Result<Cow<'a, str>, Box<str>> {
    let value = filter.get("value");
    js::to_text(value).map_err(|_| expected("a cohort filter's value", "a cohort id", value))
}
