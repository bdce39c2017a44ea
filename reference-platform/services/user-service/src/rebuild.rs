//! Makes the graph equal to PostgreSQL, while both go on changing: writes everything that is there, then deletes edges
//! that were not found and are too old to have come since. What an event has changed in between is newer, and stays.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::page::micros;
use crate::store::graph::{EdgeState, Graph, GraphError, MemberState};
use crate::store::{EdgeRow, MemberRow, Store};

/// Attempts at a page: a consumer that changes the same users may be in the way.
const ATTEMPTS: u32 = 5;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub members: usize,
    pub follows: usize,
    pub blocks: usize,
}

/// Writes everything, and deletes edges older than `stale_before` that are not in PostgreSQL.
pub async fn rebuild(store: &Store, graph: &Graph, stale_before: OffsetDateTime) -> anyhow::Result<Rebuilt> {
    let build = Uuid::now_v7().to_string();
    graph.prepare().await?;
    let members = write_members(store, graph).await?;
    let follows = write_follows(store, graph, &build).await?;
    let blocks = write_blocks(store, graph, &build).await?;
    graph.delete_stale(&build, micros(stale_before)).await?;
    Ok(Rebuilt { members, follows, blocks })
}

async fn write_members(store: &Store, graph: &Graph) -> anyhow::Result<usize> {
    let (mut after, mut count) = (Uuid::nil(), 0);
    loop {
        let page = store.members_after(after).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = last.user_id;
        count += page.len();
        let members: Vec<MemberState> = page.iter().map(member_state).collect();
        patiently(|| graph.set_members(&members)).await?;
    }
}

async fn write_follows(store: &Store, graph: &Graph, build: &str) -> anyhow::Result<usize> {
    let (mut after, mut count) = ((Uuid::nil(), Uuid::nil()), 0);
    loop {
        let page = store.follows_after(after.0, after.1).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = (last.from, last.to);
        count += page.len();
        let edges: Vec<EdgeState> = page.iter().map(edge_state).collect();
        patiently(|| graph.set_edges(&edges, &[], Some(build))).await?;
    }
}

/// With each block goes that nobody of both follows the other, as in the event of the block.
async fn write_blocks(store: &Store, graph: &Graph, build: &str) -> anyhow::Result<usize> {
    let (mut after, mut count) = ((Uuid::nil(), Uuid::nil()), 0);
    loop {
        let page = store.blocks_after(after.0, after.1).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = (last.from, last.to);
        count += page.len();
        let blocks: Vec<EdgeState> = page.iter().map(edge_state).collect();
        let ended: Vec<EdgeState> = blocks.iter().flat_map(EdgeState::ended_by_block).collect();
        patiently(|| graph.set_edges(&ended, &blocks, Some(build))).await?;
    }
}

async fn patiently<Work>(mut work: impl FnMut() -> Work) -> Result<(), GraphError>
where
    Work: Future<Output = Result<(), GraphError>>,
{
    for attempt in 1..ATTEMPTS {
        match work().await {
            Ok(()) => return Ok(()),
            Err(error) => tracing::warn!(attempt, %error, "a page is written again"),
        }
        tokio::time::sleep(Duration::from_millis(200) * attempt).await;
    }
    work().await
}

fn member_state(row: &MemberRow) -> MemberState {
    MemberState { user_id: row.user_id, sequence: row.sequence, discoverable: row.discoverable, erased: row.erased }
}

fn edge_state(row: &EdgeRow) -> EdgeState {
    EdgeState { from: row.from, to: row.to, at: micros(row.since), present: true }
}
