//! How fast the log of one partition gets into ClickHouse.

use std::time::{Duration, Instant};

use social_testing::eventually;
use uuid::Uuid;

use crate::queries::registered;
use crate::world::{World, now};

/// Events of one partition. One after the other they would take more than a minute: the insert of each waits for others.
const EVENTS: usize = 1000;
const BOUND: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_is_not_as_slow_as_one_insert_for_each_event() {
    let world = World::start().await;
    let events: Vec<_> = (0..EVENTS).map(|_| registered(Uuid::now_v7(), now())).collect();
    let begin = Instant::now();
    world.publish(&events).await;
    eventually(BOUND, || async {
        let inserted = world.sql("SELECT uniqExact(event_id) FROM domain_events").await;
        anyhow::ensure!(inserted == EVENTS.to_string(), "{inserted} after {:?}", begin.elapsed());
        Ok(())
    })
    .await
    .unwrap();
    println!("{:.0} events a second of one partition", EVENTS as f64 / begin.elapsed().as_secs_f64());
    world.stop().await;
}
