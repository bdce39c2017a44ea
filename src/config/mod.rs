//! `loadpath.yaml`: text in, validated settings out. What no source can tell stands there, with its place.
//!
//! Knows which settings exist and how they are spelt; knows no rule, no graph and no file of the project.

mod date;
pub mod edit;
mod model;
mod owners;
mod param;
mod problem;
pub mod suggest;
#[cfg(test)]
mod tests;
mod validate;
pub mod yaml;

pub use date::Date;
pub use model::{
    Boundaries, BoundaryEdge, Capacities, Chart, Config, DatastoreCapacity, EdgeKind, Environment, External, Helm,
    Latency, Layer, Load, Mappings, Nodes, OptionalEdge, Override, Profile, Service, Severity, Slo, Suppression,
    TopicCapacity,
};
pub use owners::{CodeOwners, PLACES as OWNERS};
pub use param::Param;
pub use problem::Problem;
pub use validate::load;

/// Everything that is wrong with one `loadpath.yaml`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", problem::lines(.problems))]
pub struct ConfigError {
    /// Each problem with its place, in the order of the file.
    pub problems: Vec<Problem>,
}

/// The JSON Schema of `loadpath.yaml`, for editors.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Config)
}
