//! Any text as loadpath.yaml.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    std::hint::black_box(loadpath::config::load("loadpath.yaml", text).ok());
});
