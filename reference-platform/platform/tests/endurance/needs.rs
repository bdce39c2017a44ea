//! What a replica needs: memory when idle, time to start.

use std::fs;
use std::time::{Duration, Instant};

use platform::progress::Progress;
use platform::services::Replicas;

use crate::running::Running;

/// Idle means that what was needed to start was given back.
const IDLE: Duration = Duration::from_secs(20);
const MEMORY_KB: u64 = 64 * 1024;
const START: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute"]
async fn a_replica_is_small_and_starts_soon() {
    let running = Running::up(&Replicas::new(), "0s").await;
    let progress = Progress::visible();
    tokio::time::sleep(IDLE).await;
    let mut excess = Vec::new();
    for service in running.selected() {
        let replica = service.replica(1);
        let resident = resident(running.services.process(&replica).unwrap().unwrap().pid);
        running.services.stop(&replica).await.unwrap();
        let begin = Instant::now();
        running.services.start(&replica).await.unwrap();
        let start = begin.elapsed();
        let line =
            format!("{replica:<20} {:.1} MB idle, ready after {:.1} s", resident as f64 / 1024.0, start.as_secs_f64());
        progress.say(&line);
        if resident > MEMORY_KB || start > START {
            excess.push(line);
        }
    }
    assert_eq!(excess, Vec::<String>::new());
    running.down().await;
}

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
