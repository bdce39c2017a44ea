//! Rows that are inserted. Fields have the names of the columns and, in the binary format, exactly their types.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A row of `client_events`.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub struct ClientRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub event_id: Uuid,
    pub name: String,
    pub schema_version: u32,
    pub user_id: String,
    pub time_us: i64,
    pub occur_us: i64,
    pub property_names: Vec<String>,
    pub property_values: Vec<String>,
}

/// A row of `domain_events`.
#[derive(Clone, Debug, PartialEq, Row, Serialize, Deserialize)]
pub struct DomainRow {
    #[serde(with = "clickhouse::serde::uuid")]
    pub event_id: Uuid,
    pub kind: String,
    pub subject_id: String,
    pub user_id: String,
    pub time_us: i64,
}
