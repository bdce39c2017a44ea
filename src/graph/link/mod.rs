//! Joins facts to entities.
