//! What takes minutes: failures, restarts, crashes, what a replica needs, what it tells of itself. Each on a platform of its own, one after the other:
//! `cargo build --workspace --bins`, then `cargo test -p platform --test endurance -- --ignored --test-threads=1`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../running/mod.rs"]
mod running;

mod crashes;
mod failures;
mod metrics;
mod needs;
mod observed;
mod restarts;

use platform::seed::Size;

/// Enough that no two operations meet at the same post all the time.
fn small() -> Size {
    Size { users: 8, follows: 3, posts: 2, images: 3 }
}
