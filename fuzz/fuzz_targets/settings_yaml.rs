//! Any text as settings in YAML.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("config/default.yaml", text));
