use crate::pb::price_service_client::PriceServiceClient;
use tonic::transport::{Channel, Endpoint};

#[derive(Clone)]
pub struct State {
    pub prices: PriceServiceClient<Channel>,
}

impl State {
    pub fn new() -> Self {
        let channel = Endpoint::from_static("http://price:50051").connect_lazy();
        Self { prices: PriceServiceClient::new(channel) }
    }
}
