//! Every block of Rust in the knowledge base, as it stands there.
#![allow(dead_code, clippy::all)]
// What only the tests of an article use is unused without them.
#![cfg_attr(not(test), allow(unused_imports))]

include!(concat!(env!("OUT_DIR"), "/articles.rs"));
