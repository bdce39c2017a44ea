//! What the types of `loadpath.yaml` cannot say: ranges, globs, dates, names that must exist elsewhere in the file.

use std::collections::BTreeMap;

use super::yaml::{self, At};
use super::{Config, ConfigError, Date, Problem, suggest};
use crate::span::Span;

/// Reads and validates a `loadpath.yaml`. An empty text gives the default settings.
///
/// # Errors
///
/// What does not fit the types (the first such place), or everything that the types cannot say.
pub fn load(path: &str, text: &str) -> Result<Config, ConfigError> {
    let config: Config = yaml::read(path, text).map_err(|problem| ConfigError { problems: vec![problem] })?;
    let mut check = Check { path, problems: Vec::new() };
    boundaries(&mut check, &config);
    figures(&mut check, &config);
    suppressions(&mut check, &config);
    for glob in &config.exclude {
        check.glob(glob);
    }
    if check.problems.is_empty() {
        return Ok(config);
    }
    check.problems.sort();
    Err(ConfigError { problems: check.problems })
}

struct Check<'a> {
    path: &'a str,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn fail<T>(&mut self, at: &At<T>, message: impl Into<String>, help: impl Into<String>) {
        let span: Span = at.span(self.path);
        self.problems.push(Problem::new(span, message, help));
    }

    fn glob(&mut self, pattern: &At<String>) {
        if let Err(error) = globset::Glob::new(pattern) {
            self.fail(pattern, format!("`{}` is no glob: {}", pattern.value, error.kind()), "`*` stands for any text");
        }
    }

    fn share(&mut self, value: Option<&At<f64>>) {
        if let Some(value) = value.filter(|value| !(value.value > 0.0 && value.value <= 1.0)) {
            let message = format!("availability is {}, expected a share above 0 and up to 1", value.value);
            self.fail(value, message, "write 99.9 % as 0.999");
        }
    }

    fn positive(&mut self, name: &str, value: Option<&At<f64>>) {
        if let Some(value) = value.filter(|value| !(value.value.is_finite() && value.value > 0.0)) {
            self.fail(value, format!("{name} is {}, expected more than 0", value.value), "");
        }
    }

    fn at_least(&mut self, name: &str, value: Option<&At<i64>>, least: i64) {
        if let Some(value) = value.filter(|value| value.value < least) {
            self.fail(value, format!("{name} is {}, expected {least} or more", value.value), "");
        }
    }
}

fn boundaries(check: &mut Check<'_>, config: &Config) {
    let layers = &config.boundaries.layers;
    let mut home: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, layer) in layers {
        for service in &layer.services {
            check.glob(service);
            if let Some(other) = home.insert(&service.value, name) {
                let message = format!("`{}` is in the layers `{other}` and `{name}`", service.value);
                check.fail(service, message, "a service has one layer");
            }
        }
        for used in layer.may_use.iter().filter(|used| !layers.contains_key(&used.value)) {
            let help = suggest::advice(used, layers.keys().map(String::as_str));
            check.fail(used, format!("there is no layer `{}`", used.value), help);
        }
    }
    for edge in config.boundaries.allowed.iter().chain(&config.boundaries.forbidden) {
        check.glob(&edge.from);
        check.glob(&edge.to);
    }
    for edge in &config.optional {
        check.glob(&edge.from);
        check.glob(&edge.to);
    }
}

fn figures(check: &mut Check<'_>, config: &Config) {
    for slo in config.slo.values() {
        check.share(slo.availability.as_ref());
        check.at_least("p95_ms", slo.p95_ms.as_ref(), 1);
    }
    for external in config.externals.values() {
        check.share(external.availability.as_ref());
        for topic in external.produces.iter().chain(&external.consumes) {
            check.glob(topic);
        }
    }
    for load in config.load.values() {
        check.positive("rps", load.rps.as_ref());
        check.positive("peak_rps", load.peak_rps.as_ref());
        if let (Some(usual), Some(peak)) = (&load.rps, &load.peak_rps)
            && peak.value < usual.value
        {
            check.fail(peak, format!("peak_rps {} is below rps {}", peak.value, usual.value), "");
        }
    }
    for latency in config.latency.values() {
        check.positive("mean_ms", latency.mean_ms.as_ref());
        check.positive("p95_ms", latency.p95_ms.as_ref());
    }
    for datastore in config.capacities.datastores.values() {
        check.at_least("max_connections", datastore.max_connections.as_ref(), 1);
        check.at_least("reserved_connections", datastore.reserved_connections.as_ref(), 0);
    }
    for topic in config.capacities.topics.values() {
        check.at_least("partitions", topic.partitions.as_ref(), 1);
    }
    check.at_least("cores", config.nodes.cores.as_ref(), 1);
    check.at_least("count", config.nodes.count.as_ref(), 1);
}

fn suppressions(check: &mut Check<'_>, config: &Config) {
    for suppression in &config.suppressions {
        if suppression.reason.trim().is_empty() {
            check.fail(&suppression.reason, "the reason is empty", "say why the finding is accepted");
        }
        if let Some(entity) = &suppression.entity {
            check.glob(entity);
        }
        if let Some(until) = &suppression.until
            && let Err(message) = until.value.parse::<Date>()
        {
            check.fail(until, message, "write the last day on which the suppression applies");
        }
    }
}
