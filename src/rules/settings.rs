//! What `loadpath.yaml` changes about rules: profile, severities, params.

use std::collections::BTreeMap;

use super::rule::{Precision, Rule, find};
use crate::config::yaml::At;
use crate::config::{Config, Override, Param, Problem, Profile, Severity, suggest};

/// Settings of rules, by names that need not exist: [`check`](Settings::check) tells.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Which rules judge.
    pub profile: Profile,
    /// Severities by id, earlier id, or `category/*`.
    pub severities: BTreeMap<String, At<Override>>,
    /// Params by rule and name.
    pub params: BTreeMap<String, BTreeMap<String, At<Param>>>,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self { profile: config.profile, severities: config.severities.clone(), params: config.params.clone() }
    }
}

impl Settings {
    /// What is set for rules and params that are not there, or in another type.
    #[must_use]
    pub fn check(&self, rules: &[Rule], file: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let ids = || rules.iter().map(|rule| &*rule.id);
        for (name, set) in &self.severities {
            let category = name.strip_suffix("/*");
            let there = category.map_or_else(
                || find(rules, name).is_some(),
                |category| rules.iter().any(|rule| rule.category() == category),
            );
            if !there {
                let message = format!("severities: there is no rule `{name}`");
                problems.push(Problem::new(set.span(file), message, suggest::advice(name, ids())));
            }
        }
        for (name, params) in &self.params {
            let rule = find(rules, name);
            for (param, value) in params {
                let at = value.span(file);
                let Some(rule) = rule else {
                    let message = format!("params: there is no rule `{name}`");
                    problems.push(Problem::new(at, message, suggest::advice(name, ids())));
                    continue;
                };
                match rule.params.get(param) {
                    None => {
                        let help = suggest::advice(param, rule.params.keys().map(String::as_str));
                        problems.push(Problem::new(at, format!("`{name}` has no param `{param}`"), help));
                    }
                    Some(default) if value.value.like(default).is_none() => {
                        let (met, expected) = (value.value.type_name(), default.type_name());
                        problems.push(Problem::new(at, format!("`{param}` is {met}, expected {expected}"), ""));
                    }
                    Some(_) => {}
                }
            }
        }
        problems.sort();
        problems
    }

    /// Whether a rule judges, and the severity that replaces its own. `None`: it does not judge.
    ///
    /// A severity that is set for the rule itself turns it on, whatever the profile.
    #[must_use]
    #[allow(clippy::option_option, reason = "off, on as it is, and on with another severity")]
    pub fn of(&self, rule: &Rule) -> Option<Option<Severity>> {
        let own = [&*rule.id].into_iter().chain(rule.aliases.iter().map(String::as_str));
        if let Some(set) = own.filter_map(|name| self.severities.get(name)).next() {
            return set.value.severity().map(Some);
        }
        let in_profile = rule.profiles.contains(&self.profile);
        if !in_profile || (rule.precision == Precision::Low && self.profile != Profile::Strict) {
            return None;
        }
        match self.severities.get(&format!("{}/*", rule.category())) {
            Some(set) => set.value.severity().map(Some),
            None => Some(None),
        }
    }

    /// The params of a rule, with what is set put over the defaults.
    #[must_use]
    pub fn params_of(&self, rule: &Rule) -> BTreeMap<String, Param> {
        let mut params = rule.params.clone();
        let names = rule.aliases.iter().map(String::as_str).chain([&*rule.id]);
        for set in names.filter_map(|name| self.params.get(name)) {
            for (name, default) in &mut params {
                if let Some(value) = set.get(name).and_then(|value| value.value.like(default)) {
                    *default = value;
                }
            }
        }
        params
    }
}
