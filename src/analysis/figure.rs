//! A number with where it comes from: what a sum is made of, and what is missing where it is not known.

use super::Model;
use crate::facts::Value;
use crate::graph::Service;
use crate::graph::schema::{Missing, Reading};

/// A number and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The number, or what is missing.
    pub number: Result<i64, Missing>,
    /// Where it comes from: `deploy.yaml:7`, `sqlx 0.8.6 default`.
    pub origin: String,
}

/// The milliseconds of a duration as people write it, `2s` or `1h 30m`: settings hold them as texts (crate humantime).
#[must_use]
pub fn written_duration(text: &str) -> Option<i64> {
    let duration: jiff::SignedDuration = text.trim().parse().ok()?;
    i64::try_from(duration.as_millis()).ok()
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok().or_else(|| written_duration(text))
}

impl Figure {
    /// A number that is known.
    #[must_use]
    pub fn known(number: i64, origin: impl Into<String>) -> Self {
        Self { number: Ok(number), origin: origin.into() }
    }

    /// A number that is not known, and how to supply it.
    #[must_use]
    pub fn missing(what: &str, supply: &str) -> Self {
        let missing = Missing { what: what.to_owned(), supply: supply.to_owned() };
        Self { number: Err(missing), origin: "not known".to_owned() }
    }

    /// The largest number that a value can be for a service: what a limit must hold for.
    #[must_use]
    pub fn of(model: &Model<'_>, service: &Service, value: &Value, what: &str) -> Self {
        let known = model.known(service, value);
        let numbers: Vec<i64> = known.texts.iter().filter_map(|text| number(text)).collect();
        let origin =
            known.at.first().map_or_else(|| "in code".to_owned(), |span| format!("{}:{}", span.file, span.line));
        match numbers.iter().max() {
            Some(number) if known.complete && numbers.len() == known.texts.len() => Self::known(*number, origin),
            _ => {
                let held = known.held_by.unwrap_or_else(|| "NAME".to_owned());
                Self::missing(what, &format!("mappings.variables.{held} in loadpath.yaml, if a variable decides it"))
            }
        }
    }

    /// What rules read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        match &self.number {
            Ok(number) => Reading::Int(*number),
            Err(missing) => Reading::Unknown(missing.clone()),
        }
    }

    /// Number and origin, for a formula.
    #[must_use]
    pub fn written(&self) -> String {
        match &self.number {
            Ok(number) => format!("{number} ({})", self.origin),
            Err(missing) => format!("? ({})", missing.what),
        }
    }
}
