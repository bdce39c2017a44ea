//! What must not stay: months that are too old, and what points at users who are gone.

use clickhouse::Row;
use clickhouse::sql::Identifier;
use serde::Deserialize;

use super::{Result, Store};

/// Users of one change: each change reads all parts, and its text is bounded.
const MOST_USERS: usize = 1000;

#[derive(Row, Deserialize)]
struct PartitionRow {
    partition: String,
}

#[derive(Row, Deserialize)]
struct UserRow {
    subject_id: String,
}

impl Store {
    /// Drops partitions of months before this many months ago. Returns how many.
    pub async fn drop_old_months(&self, months: u32) -> Result<usize> {
        let mut dropped = 0;
        for table in ["client_events", "domain_events"] {
            // A month as a number, 202611, is also the name of its partition.
            let sql = "SELECT DISTINCT partition FROM system.parts WHERE database = currentDatabase() AND table = ? AND active
                       AND toUInt32OrZero(partition) < toYYYYMM(addMonths(toStartOfMonth(today()), ?)) ORDER BY partition LIMIT 1000";
            let query = self.query(sql).bind(table).bind(-i64::from(months));
            let old: Vec<PartitionRow> = self.bounded("select", query.fetch_all()).await?;
            for PartitionRow { partition } in old {
                let sql = "ALTER TABLE ? DROP PARTITION ?";
                // 197001 and the like: digits only, by the condition above.
                let month: u32 = partition.parse().unwrap_or_default();
                self.bounded("alter", self.client.query(sql).bind(Identifier(table)).bind(month).execute()).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    /// Erases users whose accounts are gone: what their clients told is deleted, what they did stays without their id. Returns of how
    /// many, at most 1000. The server does it in the background.
    pub async fn erase_deleted_users(&self) -> Result<usize> {
        // Only those of whom there is something left.
        let sql = "SELECT DISTINCT subject_id FROM domain_events
                   WHERE kind = 'account_deleted' AND (
                       subject_id IN (SELECT user_id FROM client_events WHERE user_id != '')
                       OR subject_id IN (SELECT user_id FROM domain_events WHERE user_id != '')
                       OR subject_id IN (SELECT subject_id FROM domain_events WHERE kind != 'account_deleted')
                   ) LIMIT ?";
        let users: Vec<UserRow> = self.bounded("select", self.query(sql).bind(MOST_USERS).fetch_all()).await?;
        if users.is_empty() {
            return Ok(0);
        }
        let ids: Vec<String> = users.into_iter().map(|row| row.subject_id).collect();
        let delete = "ALTER TABLE client_events DELETE WHERE has(?, user_id)";
        self.bounded("alter", self.client.query(delete).bind(&ids).execute()).await?;
        let actors = "ALTER TABLE domain_events UPDATE user_id = '' WHERE has(?, user_id)";
        self.bounded("alter", self.client.query(actors).bind(&ids).execute()).await?;
        let subjects =
            "ALTER TABLE domain_events UPDATE subject_id = '' WHERE has(?, subject_id) AND kind != 'account_deleted'";
        self.bounded("alter", self.client.query(subjects).bind(&ids).execute()).await?;
        Ok(ids.len())
    }
}
