use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

pub const PREFIX: &str = "shop";

/// What can happen.
#[derive(Clone, Copy)]
pub enum Event {
    OrderPlaced,
    OrderPaid,
    OrderShipped,
}

impl Event {
    pub fn topic(&self) -> String {
        format!("{PREFIX}.{}.v{}", self.name(), Self::VERSION)
    }

    const VERSION: u32 = 2;

    fn name(&self) -> &'static str {
        match self {
            Event::OrderPlaced => "order-placed",
            Event::OrderPaid => "order-paid",
            Self::OrderShipped => "order-shipped",
        }
    }
}

#[derive(Clone)]
pub struct Bus {
    producer: FutureProducer,
}

impl Bus {
    pub fn new(producer: FutureProducer) -> Self {
        Self { producer }
    }

    pub async fn publish(&self, event: Event, key: &str, payload: &[u8]) -> bool {
        let topic = event.topic();
        let record = FutureRecord::to(&topic).key(key).payload(payload);
        self.producer.send(record, Timeout::Never).await.is_ok()
    }

    pub async fn audit(&self, tenant: &str, payload: &[u8]) -> bool {
        let topic = ["audit", tenant].join(".");
        self.producer.send(FutureRecord::to(&topic).key(tenant).payload(payload), Timeout::Never).await.is_ok()
    }
}
