//! Any text as settings in JSON.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("config/default.json", text));
