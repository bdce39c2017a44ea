//! Everything, in pages by key: from it the graph is built again.

use social_database::Result;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Store;

/// How many rows are read at a time.
const PAGE: i64 = 1000;

/// A member as the graph knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRow {
    pub user_id: Uuid,
    pub sequence: i64,
    pub erased: bool,
    pub discoverable: bool,
}

/// An edge as the graph knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeRow {
    pub from: Uuid,
    pub to: Uuid,
    pub since: OffsetDateTime,
}

impl Store {
    /// The clock of the database, which edges are dated by.
    pub async fn now(&self) -> Result<OffsetDateTime> {
        let now = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(&self.pool).await?;
        Ok(now)
    }

    /// The next members after an id; none at the end.
    pub async fn members_after(&self, after: Uuid) -> Result<Vec<MemberRow>> {
        let members = sqlx::query_as!(
            MemberRow,
            r#"SELECT m.user_id, m.event_sequence AS sequence, m.erase_time IS NOT NULL AS "erased!",
                      coalesce(s.discoverable, false) AS "discoverable!"
               FROM members m LEFT JOIN settings s ON s.user_id = m.user_id
               WHERE m.user_id > $1
               ORDER BY m.user_id
               LIMIT $2"#,
            after,
            PAGE
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(members)
    }

    /// The next follows after one; none at the end.
    pub async fn follows_after(&self, from: Uuid, to: Uuid) -> Result<Vec<EdgeRow>> {
        let edges = sqlx::query_as!(
            EdgeRow,
            r#"SELECT follower_id AS "from", followee_id AS "to", create_time AS since
               FROM follows
               WHERE (follower_id, followee_id) > ($1, $2)
               ORDER BY follower_id, followee_id
               LIMIT $3"#,
            from,
            to,
            PAGE
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(edges)
    }

    /// The next blocks after one; none at the end.
    pub async fn blocks_after(&self, from: Uuid, to: Uuid) -> Result<Vec<EdgeRow>> {
        let edges = sqlx::query_as!(
            EdgeRow,
            r#"SELECT blocker_id AS "from", blocked_id AS "to", create_time AS since
               FROM blocks
               WHERE (blocker_id, blocked_id) > ($1, $2)
               ORDER BY blocker_id, blocked_id
               LIMIT $3"#,
            from,
            to,
            PAGE
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(edges)
    }
}
