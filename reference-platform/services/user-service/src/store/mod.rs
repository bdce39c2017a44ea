//! PostgreSQL, the truth about profiles, settings and edges. Each write is one transaction together with its event.
//!
//! Locks are always taken in this order, so that no two transactions wait for each other: the pair, the member who
//! acts, the profile of the other one, edges, counters.

mod accounts;
mod edges;
mod events;
pub mod graph;
mod lists;
mod profiles;
mod settings;
mod sweep;
mod truth;

use social_database::Result;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub use accounts::Registration;
pub use truth::{EdgeRow, MemberRow};

/// The database of the service. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// A store on a pool.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

/// Locks a member until the transaction ends: what one user changes happens, and is told, one after the other. False
/// when there is no such member, or no longer.
async fn lock_member(tx: &mut PgConnection, user_id: Uuid) -> Result<bool> {
    let row = sqlx::query_scalar!(
        "SELECT user_id FROM members WHERE user_id = $1 AND erase_time IS NULL FOR NO KEY UPDATE",
        user_id
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// As [`lock_member`], for the one who asks for a change.
async fn lock_caller(tx: &mut PgConnection, user_id: Uuid) -> Result<()> {
    if lock_member(tx, user_id).await? { Ok(()) } else { Err(no_own_profile().into()) }
}

/// The account is known by its token, but the event that makes its profile has not come yet, or the account is gone.
fn no_own_profile() -> social_runtime::Error {
    social_runtime::Error::not_found("you have no profile yet")
}
