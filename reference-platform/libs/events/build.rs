//! A migration that was added is seen by the tests.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
