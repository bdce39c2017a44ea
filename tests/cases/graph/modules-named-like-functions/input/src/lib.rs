//! The name of a function is led through a module of the same name before that module knows it.

mod store;

pub use store::migrate;
