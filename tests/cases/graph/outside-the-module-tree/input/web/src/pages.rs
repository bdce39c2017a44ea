use axum::extract::{Path, State as Shared};

use crate::pb::QuoteRequest;
use crate::state::State;

pub async fn price(Shared(mut state): Shared<State>, Path(sku): Path<String>) -> String {
    match state.prices.quote(QuoteRequest { sku }).await {
        Ok(reply) => reply.into_inner().cents.to_string(),
        Err(status) => status.message().to_owned(),
    }
}
