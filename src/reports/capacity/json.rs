//! Capacity as `loadpath.capacity/1`. Key names and meanings are fixed; keys may be added.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::Model;
use crate::analysis::capacity::{Row, Share};
use crate::analysis::figure::Figure;

/// Name and version of the contract.
pub const SCHEMA: &str = "loadpath.capacity/1";

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always [`SCHEMA`].
    schema: &'static str,
    /// Name of the system.
    system: &'a str,
    /// The environment whose manifests decide values.
    environment: &'a str,
    /// What is limited: what does not fit first, then what is nearest to its limit.
    rows: Vec<Limited<'a>>,
}

/// One limited thing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Limited<'a> {
    /// `connections`, `partitions`, `concurrency`, `memory`.
    resource: &'static str,
    /// The thing.
    of: &'a str,
    /// What the figures count.
    unit: &'static str,
    /// `exceeded`, `unknown`, `fits`.
    stand: &'static str,
    /// All that is asked of it.
    demand: Number<'a>,
    /// The known part of that.
    at_least: i64,
    /// What it gives.
    limit: Number<'a>,
    /// What is left; negative where more is asked for than there is; null where a figure is missing.
    headroom: Option<i64>,
    /// Who asks for it, those that ask for most first.
    shares: Vec<Part<'a>>,
    /// What is missing, and how to supply it.
    unknown: Vec<Absent<'a>>,
}

/// A number and where it comes from.
#[derive(Debug, Serialize, JsonSchema)]
struct Number<'a> {
    /// The number; null where it is not known.
    value: Option<i64>,
    /// How it came about.
    formula: &'a str,
}

/// The part of one service.
#[derive(Debug, Serialize, JsonSchema)]
struct Part<'a> {
    /// The service.
    service: &'a str,
    /// What it asks for.
    demand: Number<'a>,
    /// What each replica asks for.
    each: Number<'a>,
    /// Its replicas when nothing is rolled out.
    replicas: Number<'a>,
    /// With how many replicas of it the limit is met, if nothing else changes.
    limit_met_at: Option<i64>,
}

/// What is missing.
#[derive(Debug, Serialize, JsonSchema)]
struct Absent<'a> {
    /// What.
    what: &'a str,
    /// How to supply it.
    supply: &'a str,
}

/// The document of the rows.
#[must_use]
pub fn document<'a>(model: &'a Model<'_>, rows: &'a [Row]) -> Document<'a> {
    Document {
        schema: SCHEMA,
        system: &model.graph.system,
        environment: &model.graph.environment,
        rows: limits(model, rows),
    }
}

/// The rows alone.
#[must_use]
pub fn limits<'a>(model: &'a Model<'_>, rows: &'a [Row]) -> Vec<Limited<'a>> {
    rows.iter().map(|row| limited(model, row)).collect()
}

fn limited<'a>(model: &'a Model<'_>, row: &'a Row) -> Limited<'a> {
    let missing = row.missing().into_iter();
    Limited {
        resource: row.resource.name(),
        of: &row.of,
        unit: row.resource.unit(),
        stand: row.stand().name(),
        demand: number(&row.demand),
        at_least: row.at_least,
        limit: number(&row.limit),
        headroom: row.headroom(),
        shares: row.shares.iter().map(|share| part(model, row, share)).collect(),
        unknown: missing.map(|missing| Absent { what: &missing.what, supply: &missing.supply }).collect(),
    }
}

fn part<'a>(model: &'a Model<'_>, row: &Row, share: &'a Share) -> Part<'a> {
    Part {
        service: &model.graph.services[share.service].name,
        demand: number(&share.demand),
        each: number(&share.each),
        replicas: number(&share.replicas),
        limit_met_at: row.met_at(share),
    }
}

fn number(figure: &Figure) -> Number<'_> {
    Number { value: figure.number.as_ref().ok().copied(), formula: &figure.origin }
}
