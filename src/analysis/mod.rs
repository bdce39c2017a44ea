//! What follows from the graph: one derived number per file. Knows facts, graph and settings; knows no rule.

pub mod answers;
pub mod availability;
pub mod chains;
pub mod contexts;
pub mod criticality;
pub mod cycles;
pub mod deadlines;
pub mod depth;
pub mod held;
pub mod idempotency;
pub mod mesh;
mod model;
pub mod pools;
pub mod retries;
pub mod sites;
pub mod walk;
pub mod worst;

#[cfg(test)]
mod tests;

pub use model::Model;
