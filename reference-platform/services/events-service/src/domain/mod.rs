//! Rules of analytics: schemas and what fits them, times and their steps. Knows no store and no transport.

pub mod event;
pub mod metric;
pub mod schema;
pub mod window;
