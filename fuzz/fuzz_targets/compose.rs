//! Any text as a compose file.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("compose.yaml", text));
