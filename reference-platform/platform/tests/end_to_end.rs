//! A day on the platform, with two replicas of what has live sessions. The programs must be built: `cargo build --workspace --bins`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod running;

use platform::demo;
use platform::progress::Progress;
use platform::services::Replicas;
use running::Running;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_on_the_platform() {
    let running = Running::up(&Replicas::from([("messaging", 2)]), "0s").await;
    let left_out = demo::run(&running.services, &Progress::visible()).await.unwrap();
    assert_eq!(left_out, Vec::<String>::new());
    running.down().await;
}
