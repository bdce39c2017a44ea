//! Any text as a proto file.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("proto/a.proto", text));
