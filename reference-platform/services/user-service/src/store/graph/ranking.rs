//! Questions over two edges. Each is bounded by the number of friends that it looks at, by a LIMIT and by a timeout.

use neo4rs::{Row, query};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Graph, GraphError};
use crate::domain::graph::{Entry, Suggestion};
use crate::domain::page::Page;

const MUTUALS: &str = "
    MATCH (:User {id: $viewer})-[:FOLLOWS]->(friend:User)-[follows:FOLLOWS]->(:User {id: $user})
    WHERE follows.since < $order OR (follows.since = $order AND friend.id < $id)
    RETURN friend.id AS id, follows.since AS since
    ORDER BY since DESC, id DESC
    LIMIT $limit";

/// Friends of friends. A friend who follows many says less about each of them than one who follows few.
const SUGGESTIONS: &str = "
    MATCH (viewer:User {id: $viewer})-[followed:FOLLOWS]->(friend:User)
    WITH viewer, friend ORDER BY followed.since DESC LIMIT 200
    WITH viewer, friend, toInteger(1000000 / log(10 + COUNT { (friend)-[:FOLLOWS]->() })) AS weight
    CALL (friend) {
        MATCH (friend)-[:FOLLOWS]->(candidate:User)
        RETURN candidate LIMIT 500
    }
    WITH viewer, candidate, count(*) AS mutual_count, sum(weight) AS score
    WHERE (score < $order OR (score = $order AND candidate.id < $id))
      AND candidate.discoverable AND candidate <> viewer
      AND NOT EXISTS { (viewer)-[:FOLLOWS]->(candidate) }
      AND NOT EXISTS { (viewer)-[:BLOCKS]-(candidate) }
    RETURN candidate.id AS id, mutual_count, score
    ORDER BY score DESC, id DESC
    LIMIT $limit";

impl Graph {
    /// Whom the viewer follows among the followers of a user, latest follower first: one more than the page.
    pub async fn mutuals(&self, viewer: Uuid, user_id: Uuid, page: &Page) -> Result<Vec<Entry>, GraphError> {
        let question = query(MUTUALS)
            .param("viewer", viewer.to_string())
            .param("user", user_id.to_string())
            .param("order", page.after.order)
            .param("id", page.after.id.to_string())
            .param("limit", page.limit());
        self.rows(question).await?.iter().map(entry).collect()
    }

    /// Whom a user could follow, best first: one more than the page.
    pub async fn suggestions(&self, viewer: Uuid, page: &Page) -> Result<Vec<Suggestion>, GraphError> {
        let question = query(SUGGESTIONS)
            .param("viewer", viewer.to_string())
            .param("order", page.after.order)
            .param("id", page.after.id.to_string())
            .param("limit", page.limit());
        self.rows(question).await?.iter().map(suggestion).collect()
    }
}

fn entry(row: &Row) -> Result<Entry, GraphError> {
    let since: i64 = row.get("since")?;
    Ok(Entry {
        user_id: row.get("id")?,
        since: OffsetDateTime::from_unix_timestamp_nanos(i128::from(since) * 1000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
    })
}

fn suggestion(row: &Row) -> Result<Suggestion, GraphError> {
    Ok(Suggestion { user_id: row.get("id")?, mutual_count: row.get("mutual_count")?, score: row.get("score")? })
}
