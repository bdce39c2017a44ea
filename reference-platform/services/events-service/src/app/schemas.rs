//! Schemas: adding versions and reading them.

use social_runtime::page::Query;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use uuid::Uuid;

use super::{App, Listed};
use crate::domain::schema::{Schema, check_name};
use crate::store::MOST_SCHEMAS;

impl App {
    /// Adds a version. The same once more is no error.
    pub async fn put_schema(&self, schema: Schema) -> Result<Schema> {
        let schemas = self.catalog.reload().await?;
        if let Some(there) = schemas.version(&schema.name, schema.version) {
            return if *there == schema { Ok(schema) } else { Err(another_one(&schema)) };
        }
        let latest = schemas.latest(&schema.name);
        let next = latest.map_or(1, |latest| latest.version + 1);
        if schema.version != next {
            return Err(Error::failed_precondition(format!("the next version is {next}")).with_reason("VERSION_GAP"));
        }
        if let Some(latest) = latest {
            latest.check_successor(&schema).map_err(|why| {
                let message = format!("this is not compatible with version {}: {why}", latest.version);
                Error::failed_precondition(message).with_reason("INCOMPATIBLE_SCHEMA")
            })?;
        }
        if schemas.count() >= MOST_SCHEMAS {
            return Err(Error::resource_exhausted("there are too many versions of schemas"));
        }
        self.agree(&schema).await?;
        self.catalog.reload().await?;
        Ok(schema)
    }

    /// Makes a version what this caller wants, or what another one wants who came before.
    async fn agree(&self, schema: &Schema) -> Result<()> {
        let own = Uuid::now_v7();
        self.store.propose(own, schema).await?;
        let proposals = self.store.proposals(&schema.name, schema.version).await?;
        let others = proposals.iter().filter(|proposal| proposal.schema != *schema);
        let lost = others.map(|other| other.accepted).reduce(|one, other| one || other);
        match lost {
            None if proposals.iter().any(|proposal| proposal.id == own) => Ok(self.store.accept(own, schema).await?),
            // The look came so late that the own proposal counted as abandoned.
            None => Err(Error::aborted("this took too long: try again")),
            Some(accepted) => {
                self.store.withdraw(own, schema).await?;
                if accepted {
                    return Err(another_one(schema));
                }
                Err(Error::aborted("somebody else is adding this version with another definition: try again"))
            }
        }
    }

    /// One version of a schema; version 0 is the latest.
    pub async fn get_schema(&self, name: &str, version: i32) -> Result<Schema> {
        let mut request = Validation::new();
        check_name(&mut request, "name", name);
        request.check("version", version >= 0, "must not be negative");
        request.finish()?;
        let found = self.store.schema(name, version).await?;
        found.ok_or_else(|| Error::not_found("there is no such schema"))
    }

    /// The latest versions of all schemas, by name.
    pub async fn list_schemas(&self, page_size: i32, page_token: &str) -> Result<Listed<Schema>> {
        let mut request = Validation::new();
        let size = request.page_size("page_size", page_size, 50, 100);
        request.finish()?;
        let query = Query::new("ListEventSchemas");
        let after: Option<String> = query.cursor(page_token)?;
        let mut entries = self.store.latest_schemas(&after.unwrap_or_default(), size + 1).await?;
        let more = entries.len() > size as usize;
        entries.truncate(size as usize);
        let last = entries.last().filter(|_| more);
        let next_page_token = last.map(|last| query.token(&last.name)).unwrap_or_default();
        Ok(Listed { entries, next_page_token })
    }
}

fn another_one(schema: &Schema) -> Error {
    let message = format!("version {} of {} has another definition", schema.version, schema.name);
    Error::failed_precondition(message).with_reason("VERSION_TAKEN")
}
