//! Any text as a kustomization of a Deployment.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { containers: [ { name: a, image: a } ] } } }\n";
    loadpath_fuzz::projects(&[("k8s/deployment.yaml", deployment), ("k8s/kustomization.yaml", text)]);
});
