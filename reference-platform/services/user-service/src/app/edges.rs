//! Following and blocking, and what two users are to each other.

use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use uuid::Uuid;

use super::App;
use crate::domain::Viewer;
use crate::domain::graph::Relationship;

impl App {
    /// Makes the caller follow somebody.
    pub async fn follow(&self, caller: Uuid, user_id: &str) -> Result<()> {
        let other = other_user(caller, user_id)?;
        Ok(self.store.follow(caller, other).await?)
    }

    /// Ends following.
    pub async fn unfollow(&self, caller: Uuid, user_id: &str) -> Result<()> {
        let other = other_user(caller, user_id)?;
        Ok(self.store.unfollow(caller, other).await?)
    }

    /// Blocks somebody, also one who has blocked the caller.
    pub async fn block(&self, caller: Uuid, user_id: &str) -> Result<()> {
        let other = other_user(caller, user_id)?;
        Ok(self.store.block(caller, other).await?)
    }

    /// Ends a block.
    pub async fn unblock(&self, caller: Uuid, user_id: &str) -> Result<()> {
        let other = other_user(caller, user_id)?;
        Ok(self.store.unblock(caller, other).await?)
    }

    /// What two users are to each other. A user may ask only where they are one of the two: blocks of others are not
    /// theirs.
    pub async fn relationship(&self, viewer: Viewer, user_id: &str, other_user_id: &str) -> Result<Relationship> {
        let mut request = Validation::new();
        let user_id = request.uuid("user_id", user_id);
        let other = request.uuid("other_user_id", other_user_id);
        request.finish()?;
        if let Viewer::User(caller) = viewer
            && caller != user_id
            && caller != other
        {
            return Err(Error::permission_denied("you can ask only about yourself and another user"));
        }
        let found = self.store.relationship(user_id, other).await?;
        found.ok_or_else(|| Error::not_found("there is no such user"))
    }
}

fn other_user(caller: Uuid, user_id: &str) -> Result<Uuid> {
    let mut request = Validation::new();
    let other = request.uuid("user_id", user_id);
    request.finish()?;
    if other == caller {
        return Err(Error::failed_precondition("this cannot be done to oneself"));
    }
    Ok(other)
}
