//! Use cases of reactions.

use social_auth::Caller;
use social_proto::content::v1::{
    DeleteReactionRequest, DeleteReactionResponse, ListReactionsRequest, ListReactionsResponse, SetReactionRequest,
    SetReactionResponse,
};
use social_runtime::Error;

use super::{App, input, viewer};
use crate::convert;
use crate::domain::{Reaction, now};

impl App {
    /// Sets the reaction of the caller.
    pub async fn set_reaction(
        &self,
        caller: &Caller,
        request: SetReactionRequest,
    ) -> Result<SetReactionResponse, Error> {
        let user_id = caller.account_id()?;
        let (post_id, kind) = input::set_reaction(&request)?;
        let post = self.stored_post_for(&viewer(caller)?, post_id).await?;
        let reaction = Reaction { user_id, kind, create_time: now() };
        self.store.set_reaction(post_id, post.visibility, &reaction).await?;
        Ok(SetReactionResponse {})
    }

    /// Takes the reaction of the caller back, also from a post that the caller does not see any more.
    pub async fn delete_reaction(
        &self,
        caller: &Caller,
        request: DeleteReactionRequest,
    ) -> Result<DeleteReactionResponse, Error> {
        let user_id = caller.account_id()?;
        let post_id = input::id("post_id", &request.post_id)?;
        if !self.store.delete_reaction(post_id, user_id).await? {
            self.stored_post_for(&viewer(caller)?, post_id).await?;
        }
        Ok(DeleteReactionResponse {})
    }

    /// A page of the reactions to a post.
    pub async fn list_reactions(
        &self,
        caller: &Caller,
        request: ListReactionsRequest,
    ) -> Result<ListReactionsResponse, Error> {
        let viewer = viewer(caller)?;
        let page = input::list_reactions(&request)?;
        self.post_for(&viewer, page.post_id).await?;
        let limit = page.size as i64 + 1;
        let mut reactions = match page.kind {
            None => self.store.reactions_to(page.post_id, page.position, limit).await?,
            Some(kind) => self.store.reactions_of_kind(page.post_id, kind, page.position, limit).await?,
        };
        let more = reactions.len() > page.size;
        reactions.truncate(page.size);
        let next_page_token = match reactions.last() {
            Some(last) if more => page.token(last.create_time, last.user_id),
            Some(_) | None => String::new(),
        };
        Ok(ListReactionsResponse { reactions: reactions.iter().map(convert::reaction).collect(), next_page_token })
    }
}
