//! Why a flag may be undecided, as far as its definition says.

use std::sync::Arc;

use crate::outcome::UnresolvedReason;

/// The reason that comes from a flag's definition alone, as far as it is known without a call.
#[derive(Debug, Clone, PartialEq)]
pub struct DefinitionReason {
    /// The reason, or what looking for it throws.
    pub known: Result<Option<UnresolvedReason>, Box<str>>,
    /// Texts that JavaScript has to read as dates, or else the definition is unsupported. A list of them may be that of a
    /// cohort, which flags share.
    pub dates: Box<[Arc<[Box<str>]>]>,
}

impl DefinitionReason {
    /// A definition that gives no reason.
    pub fn none() -> Self {
        Self {
            known: Ok(None),
            dates: Box::default(),
        }
    }

    /// The reason, given which texts are dates.
    pub fn resolve(
        &self,
        is_date: impl Fn(&str) -> bool,
    ) -> Result<Option<UnresolvedReason>, &str> {
        if self
            .dates
            .iter()
            .flat_map(|texts| &**texts)
            .any(|text| !is_date(text))
        {
            let unsupported = UnresolvedReason::UnsupportedDefinition;
            let known = self.known.as_ref().ok().copied().flatten();
            return Ok(Some(unsupported.or_higher(known)));
        }
        match &self.known {
            Ok(reason) => Ok(*reason),
            Err(message) => Err(message),
        }
    }
}
