//! Any text as a rule file, its conditions and message templates included.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    std::hint::black_box(loadpath::rules::load("a/b.yaml", text, &loadpath::entities::EntitySchema).ok());
});
