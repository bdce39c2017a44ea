//! loadpath
fn main() {}
