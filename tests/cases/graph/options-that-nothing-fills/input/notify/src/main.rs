//! Later events do not wait for one that cannot be applied.

use std::time::Duration;

use events::{Consumer, Policy};

#[tokio::main]
async fn main() {
    let policy = Policy { retry: Some(Duration::from_secs(30)), ..Policy::default() };
    Consumer::new("notify", "orders.placed", policy).run("orders.placed").await;
}
