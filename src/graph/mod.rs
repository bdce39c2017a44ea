//! Facts joined into one graph of entities. Knows no file format and no parser.

pub mod schema;
