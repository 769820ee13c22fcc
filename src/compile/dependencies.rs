//! Filters on the value of another flag.

use super::compiler::Compiler;
use super::messages::expected;
use crate::compiled::{DependencyLink, DependencyTarget, ExpectedValue, FlagDependency};
use crate::js;
use crate::js::identity;
use crate::js::json::Json;

impl Compiler<'_> {
    /// posthog-node's `evaluateFlagDependency`, as far as the definitions decide it.
    pub(super) fn compile_dependency(&mut self, filter: &Json) -> Result<FlagDependency, Box<str>> {
        // Even the messages about what is wrong with a chain name the flag, so posthog-node throws without a readable key.
        let target = filter.get("key");
        let target = js::to_text(target)
            .map_err(|_| expected("a flag filter's key", "a flag key", target))?;
        let chain = match filter.get("dependency_chain") {
            Some(Json::Array(chain)) if !chain.is_empty() => chain,
            _ => return Ok(FlagDependency::Unsupported),
        };
        let mut keys = Vec::with_capacity(chain.len());
        let mut links = Vec::with_capacity(chain.len());
        for link in chain {
            let key = js::to_text(Some(link)).map_err(|_| {
                expected("an entry of a dependency_chain", "a flag key", Some(link))
            })?;
            match self.dependency_link(&key, link) {
                Some(link) => links.push(link),
                None => return Ok(FlagDependency::Unsupported),
            }
            keys.push(key);
        }
        let target = match keys.iter().position(|key| *key == target) {
            Some(position) => DependencyTarget::Link(links[position]),
            None => DependencyTarget::Elsewhere(self.flag_index(&target)),
        };
        let read = links.iter().filter_map(|link| match link {
            DependencyLink::Flag(flag) => Some(*flag),
            DependencyLink::Off => None,
        });
        self.dependencies.extend(read);
        if let DependencyTarget::Elsewhere(Some(flag)) = target {
            self.dependencies.insert(flag);
        }
        let expected = match filter.get("value") {
            Some(Json::Bool(value)) => ExpectedValue::Bool(*value),
            Some(Json::String(variant)) => ExpectedValue::Variant(variant.as_ref().into()),
            _ => ExpectedValue::Never,
        };
        Ok(FlagDependency::Chain {
            links: links.into(),
            target,
            expected,
        })
    }

    /// What a chain's entry refers to; `None` if there is no such flag.
    pub(super) fn dependency_link(&self, key: &str, link: &Json) -> Option<DependencyLink> {
        match self.flag_index(key) {
            Some(flag) => Some(DependencyLink::Flag(flag)),
            None => identity(Some(link))
                .is_some_and(|key| self.dropped.contains(&key))
                .then_some(DependencyLink::Off),
        }
    }
}
