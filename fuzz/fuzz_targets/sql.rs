//! Any text as a migration.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("migrations/1_a.sql", text));
