//! Any text as the only Rust file of a binary.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("src/main.rs", text));
