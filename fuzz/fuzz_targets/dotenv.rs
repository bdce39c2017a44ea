//! Any text as a file of variables.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project(".env", text));
