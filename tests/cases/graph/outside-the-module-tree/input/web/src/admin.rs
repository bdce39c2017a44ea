// No `mod admin` leads here: this file is not part of the program.
use crate::pb::QuoteRequest;
use crate::state::State;

pub async fn reset(mut state: State) {
    let _ = state.prices.reset(QuoteRequest { sku: String::new() }).await;
    let _ = reqwest::get("http://audit:8080/reset").await;
}
