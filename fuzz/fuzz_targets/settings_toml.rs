//! Any text as settings in TOML.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("config/default.toml", text));
