//! Facts joined into one graph of entities. Knows no file format and no parser.

pub mod delta;
pub mod find;
pub mod json;
pub mod layout;
pub mod link;
pub mod model;
pub mod schema;

pub use model::{Confidence, Edge, End, EntryPoint, Graph, Known, Node, Service, Setting, Unresolved};
