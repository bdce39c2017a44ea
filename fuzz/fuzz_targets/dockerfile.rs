//! Any text as a Dockerfile.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("Dockerfile", text));
