//! Any text as the manifest of a package.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("Cargo.toml", text));
