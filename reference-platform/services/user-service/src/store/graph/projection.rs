//! Keeps the graph as the events say. Each change carries its time, and each pair of users remembers the time of the
//! last change in a relationship SEEN: one that comes twice or late changes nothing. Two events about one edge can come
//! in any order, because a block by one user is in another partition than what the other one does.

use std::collections::HashMap;
use std::time::Duration;

use neo4rs::{BoltType, Query, query};
use uuid::Uuid;

use super::{Graph, GraphError};

const UNIQUE_USERS: &str = "CREATE CONSTRAINT user_id IF NOT EXISTS FOR (user:User) REQUIRE user.id IS UNIQUE";

/// Removes the index that a creation of the constraint leaves behind when it is cut off. That of a constraint which is
/// there cannot be dropped so.
const DROP_LEFT_BEHIND: &str = "DROP INDEX user_id IF EXISTS";

/// A constraint on a graph that is full takes a while, and must not be cut off.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(120);

/// An erased user stays as a mark without data, so that late events do not bring edges back.
const SET_MEMBERS: &str = "
    UNWIND $members AS member
    MERGE (user:User {id: member.id})
    WITH user, member
    WHERE coalesce(user.sequence, 0) <= member.sequence AND NOT coalesce(user.erased, false)
    SET user.sequence = member.sequence, user.discoverable = member.discoverable, user.erased = member.erased";

const SET_FOLLOWS: &str = "
    UNWIND $edges AS edge
    MERGE (from:User {id: edge.from})
    MERGE (to:User {id: edge.to})
    MERGE (from)-[seen:SEEN]->(to)
    WITH from, to, seen, edge
    WHERE coalesce(seen.follow, 0) <= edge.at
      AND NOT coalesce(from.erased, false) AND NOT coalesce(to.erased, false)
    SET seen.follow = edge.at
    FOREACH (ignored IN CASE WHEN edge.present THEN [1] ELSE [] END |
        MERGE (from)-[follows:FOLLOWS]->(to)
        SET follows.since = edge.at, follows.build = coalesce($build, follows.build))
    WITH from, to, edge
    WHERE NOT edge.present
    MATCH (from)-[ended:FOLLOWS]->(to)
    DELETE ended";

const SET_BLOCKS: &str = "
    UNWIND $edges AS edge
    MERGE (from:User {id: edge.from})
    MERGE (to:User {id: edge.to})
    MERGE (from)-[seen:SEEN]->(to)
    WITH from, to, seen, edge
    WHERE coalesce(seen.block, 0) <= edge.at
      AND NOT coalesce(from.erased, false) AND NOT coalesce(to.erased, false)
    SET seen.block = edge.at
    FOREACH (ignored IN CASE WHEN edge.present THEN [1] ELSE [] END |
        MERGE (from)-[blocks:BLOCKS]->(to)
        SET blocks.since = edge.at, blocks.build = coalesce($build, blocks.build))
    WITH from, to, edge
    WHERE NOT edge.present
    MATCH (from)-[ended:BLOCKS]->(to)
    DELETE ended";

const DELETE_EDGES_OF: &str = "
    MATCH (:User {id: $user})-[edge]-()
    WITH edge LIMIT 5000
    DELETE edge
    RETURN count(*) AS deleted";

/// Edges that the truth did not have when the build went over it, and that are too old to have come since.
const DELETE_STALE: &str = "
    MATCH (:User)-[edge:FOLLOWS|BLOCKS]->(:User)
    WHERE edge.since < $before AND coalesce(edge.build, '') <> $build
    WITH edge LIMIT 5000
    DELETE edge
    RETURN count(*) AS deleted";

/// A user as the graph keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberState {
    pub user_id: Uuid,
    /// Number of the event that says so.
    pub sequence: i64,
    pub discoverable: bool,
    pub erased: bool,
}

/// Whether there is an edge, and since which change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeState {
    pub from: Uuid,
    pub to: Uuid,
    /// Microseconds since 1970.
    pub at: i64,
    pub present: bool,
}

impl EdgeState {
    /// That following ends in both directions, which goes with a block.
    pub fn ended_by_block(&self) -> [EdgeState; 2] {
        let ended = EdgeState { present: false, ..*self };
        [ended, EdgeState { from: self.to, to: self.from, ..ended }]
    }
}

impl Graph {
    /// Makes what the statements here rely on; nothing happens when it is there.
    pub async fn prepare(&self) -> Result<(), GraphError> {
        let Err(error) = self.rows_within(PREPARE_TIMEOUT, query(UNIQUE_USERS)).await else { return Ok(()) };
        tracing::warn!(%error, "the graph cannot be prepared yet");
        self.rows_within(PREPARE_TIMEOUT, query(DROP_LEFT_BEHIND)).await?;
        self.rows_within(PREPARE_TIMEOUT, query(UNIQUE_USERS)).await.map(drop)
    }

    /// Takes over what is newer than what it knows.
    pub async fn set_members(&self, members: &[MemberState]) -> Result<(), GraphError> {
        let members: Vec<BoltType> = members.iter().map(member_parameter).collect();
        self.write(vec![query(SET_MEMBERS).param("members", members)]).await
    }

    /// Takes over what is newer than what it knows, in one transaction: a block together with the follows that it ends.
    /// `build` marks edges that a rebuild has found in the truth.
    pub async fn set_edges(
        &self,
        follows: &[EdgeState],
        blocks: &[EdgeState],
        build: Option<&str>,
    ) -> Result<(), GraphError> {
        self.write(vec![edges_query(SET_FOLLOWS, follows, build), edges_query(SET_BLOCKS, blocks, build)]).await
    }

    /// Deletes all edges of a user, in steps.
    pub async fn delete_edges_of(&self, user_id: Uuid) -> Result<(), GraphError> {
        while self.deleted(query(DELETE_EDGES_OF).param("user", user_id.to_string())).await? > 0 {}
        Ok(())
    }

    /// Deletes, in steps, the edges older than a time in microseconds that are not of the given build.
    pub async fn delete_stale(&self, build: &str, before: i64) -> Result<(), GraphError> {
        while self.deleted(query(DELETE_STALE).param("build", build).param("before", before)).await? > 0 {}
        Ok(())
    }

    async fn deleted(&self, query: Query) -> Result<i64, GraphError> {
        match self.rows(query).await?.first() {
            Some(row) => Ok(row.get("deleted")?),
            None => Ok(0),
        }
    }
}

fn edges_query(text: &str, edges: &[EdgeState], build: Option<&str>) -> Query {
    let edges: Vec<BoltType> = edges.iter().map(edge_parameter).collect();
    query(text).param("edges", edges).param("build", build)
}

fn member_parameter(member: &MemberState) -> BoltType {
    HashMap::from([
        ("id", BoltType::from(member.user_id.to_string())),
        ("sequence", BoltType::from(member.sequence)),
        ("discoverable", BoltType::from(member.discoverable)),
        ("erased", BoltType::from(member.erased)),
    ])
    .into()
}

fn edge_parameter(edge: &EdgeState) -> BoltType {
    HashMap::from([
        ("from", BoltType::from(edge.from.to_string())),
        ("to", BoltType::from(edge.to.to_string())),
        ("at", BoltType::from(edge.at)),
        ("present", BoltType::from(edge.present)),
    ])
    .into()
}
