//! What follows from the graph: one derived number per file. Knows facts, graph and settings; knows no rule.

pub mod addressed;
pub mod answers;
pub mod availability;
pub mod boundaries;
pub mod capacity;
pub mod chains;
pub mod connections;
pub mod contexts;
pub mod criticality;
pub mod cycles;
pub mod deadlines;
pub mod delta;
pub mod deployed;
pub mod depth;
pub mod figure;
pub mod held;
pub mod idempotency;
pub mod mesh;
pub mod messaging;
mod model;
pub mod opened;
pub mod owners;
pub mod plain_secret;
pub mod plaintext;
pub mod pods;
pub mod policies;
pub mod pools;
pub mod protos;
pub mod proxied;
pub mod request;
pub mod retries;
pub mod running;
pub mod schema_change;
pub mod scraped;
pub mod sites;
pub mod statements;
pub mod tables;
pub mod tested;
pub mod traces;
pub mod unlimited;
pub mod used_in_time;
pub mod walk;
pub mod whatif;
pub mod workloads;
pub mod worst;

#[cfg(test)]
mod tests;

pub use model::Model;
