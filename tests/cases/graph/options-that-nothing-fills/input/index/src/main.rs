//! Each pod reads everything, in a group of its own.

use events::{Consumer, Policy};

#[tokio::main]
async fn main() {
    let group = std::env::var("GROUP").unwrap();
    let policy = Policy { attempts: 3, ..Policy::default() };
    Consumer::new(&group, "orders.placed", policy).run("orders.placed").await;
}
