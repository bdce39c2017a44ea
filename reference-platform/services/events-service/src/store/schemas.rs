//! Versions of schemas. ClickHouse knows no unique keys, so two operators who put different definitions under one version are kept
//! apart by proposals: each inserts its proposal, then looks whether there is another one, and accepts its own only when there is
//! none. Whoever looks last sees the other, so both may give way but never both win.

use clickhouse::Row;
use serde::Deserialize;
use uuid::Uuid;

use super::{Result, Store};
use crate::domain::schema::{Kind, Property, Schema};

/// One that was neither accepted nor withdrawn in this time is abandoned: its process has died. In seconds, much longer than the
/// statements between may take.
const ABANDONED_AFTER: u32 = 120;
/// Versions of all schemas: each replica holds them in memory.
pub const MOST_SCHEMAS: usize = 5000;

#[derive(Row, Deserialize)]
struct SchemaRow {
    name: String,
    version: u32,
    property_names: Vec<String>,
    property_types: Vec<u8>,
    property_required: Vec<u8>,
}

#[derive(Row, Deserialize)]
struct ProposalRow {
    #[serde(with = "clickhouse::serde::uuid")]
    proposal: Uuid,
    state: u8,
    property_names: Vec<String>,
    property_types: Vec<u8>,
    property_required: Vec<u8>,
}

/// A version that somebody wants, or that there is.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub id: Uuid,
    pub accepted: bool,
    pub schema: Schema,
}

#[derive(Clone, Copy)]
enum State {
    Proposed = 0,
    Accepted = 1,
    Withdrawn = 2,
}

impl Store {
    /// All versions of all schemas, by name and version.
    pub async fn schemas(&self) -> Result<Vec<Schema>> {
        let sql = "SELECT name, version, property_names, property_types, property_required FROM event_schemas
                   WHERE state = 1 ORDER BY name, version LIMIT 1 BY name, version LIMIT ?";
        let rows: Vec<SchemaRow> = self.bounded("select", self.query(sql).bind(MOST_SCHEMAS).fetch_all()).await?;
        Ok(rows.into_iter().map(SchemaRow::schema).collect())
    }

    /// One version of a schema; version 0 is the latest.
    pub async fn schema(&self, name: &str, version: i32) -> Result<Option<Schema>> {
        let sql = "SELECT name, version, property_names, property_types, property_required FROM event_schemas
                   WHERE state = 1 AND name = ? AND (? = 0 OR version = ?) ORDER BY version DESC LIMIT 1";
        let query = self.query(sql).bind(name).bind(version).bind(version);
        let row: Option<SchemaRow> = self.bounded("select", query.fetch_optional()).await?;
        Ok(row.map(SchemaRow::schema))
    }

    /// The latest versions of schemas whose names come after this one, by name.
    pub async fn latest_schemas(&self, after: &str, most: u32) -> Result<Vec<Schema>> {
        let sql = "SELECT name, version, property_names, property_types, property_required FROM event_schemas
                   WHERE state = 1 AND name > ? ORDER BY name, version DESC LIMIT 1 BY name LIMIT ?";
        let rows: Vec<SchemaRow> = self.bounded("select", self.query(sql).bind(after).bind(most).fetch_all()).await?;
        Ok(rows.into_iter().map(SchemaRow::schema).collect())
    }

    /// Proposes a version.
    pub async fn propose(&self, id: Uuid, schema: &Schema) -> Result<()> {
        self.put_state(id, schema, State::Proposed).await
    }

    /// Makes a proposal a version for ever.
    pub async fn accept(&self, id: Uuid, schema: &Schema) -> Result<()> {
        self.put_state(id, schema, State::Accepted).await
    }

    /// Gives way.
    pub async fn withdraw(&self, id: Uuid, schema: &Schema) -> Result<()> {
        self.put_state(id, schema, State::Withdrawn).await
    }

    /// What is accepted or still wanted as a version.
    pub async fn proposals(&self, name: &str, version: i32) -> Result<Vec<Proposal>> {
        let sql = "SELECT proposal, state, property_names, property_types, property_required FROM event_schemas FINAL
                   WHERE name = ? AND version = ? AND (state = 1 OR (state = 0 AND propose_time > now() - ?))
                   ORDER BY proposal LIMIT 1000";
        let query = self.query(sql).bind(name).bind(version).bind(ABANDONED_AFTER);
        let rows: Vec<ProposalRow> = self.bounded("select", query.fetch_all()).await?;
        let proposal = |row: ProposalRow| Proposal {
            id: row.proposal,
            accepted: row.state == State::Accepted as u8,
            schema: Schema {
                name: name.to_owned(),
                version,
                properties: properties(row.property_names, &row.property_types, &row.property_required),
            },
        };
        Ok(rows.into_iter().map(proposal).collect())
    }

    async fn put_state(&self, id: Uuid, schema: &Schema, state: State) -> Result<()> {
        // The clock is that of the server, the same for all replicas.
        let sql = "INSERT INTO event_schemas
                   (name, version, proposal, state, propose_time, property_names, property_types, property_required)
                   SELECT ?, toUInt32(?), toUUID(?), toUInt8(?), now(), CAST(? AS Array(String)),
                   CAST(? AS Array(UInt8)), CAST(? AS Array(UInt8))";
        let names: Vec<&str> = schema.properties.iter().map(|property| property.name.as_str()).collect();
        let types: Vec<u8> = schema.properties.iter().map(|property| property.kind.number()).collect();
        let required: Vec<u8> = schema.properties.iter().map(|property| u8::from(property.required)).collect();
        let query =
            self.client.query(sql).bind(&schema.name).bind(schema.version).bind(id.to_string()).bind(state as u8);
        self.bounded("insert", query.bind(names).bind(types).bind(required).execute()).await
    }
}

impl SchemaRow {
    fn schema(self) -> Schema {
        Schema {
            name: self.name,
            // Written by this service: at most 1000.
            version: i32::try_from(self.version).unwrap_or_default(),
            properties: properties(self.property_names, &self.property_types, &self.property_required),
        }
    }
}

fn properties(names: Vec<String>, types: &[u8], required: &[u8]) -> Vec<Property> {
    let columns = names.into_iter().zip(types).zip(required);
    let property = |((name, kind), required): ((String, &u8), &u8)| {
        Kind::try_from(i32::from(*kind)).ok().map(|kind| Property { name, kind, required: *required == 1 })
    };
    columns.filter_map(property).collect()
}
