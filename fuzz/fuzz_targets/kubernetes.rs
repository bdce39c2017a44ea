//! Any text as a manifest of Kubernetes.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| loadpath_fuzz::project("k8s/a.yaml", text));
