//! Events between services over Apache Kafka: an outbox with its relay, a publisher, consumers that retry, dead-letter and commit
//! by themselves, notes of what was applied, replay. Knows the topics of the platform and what is in them, but not what a service
//! does with an event.

pub mod applied;
mod client;
mod consumer;
mod error;
mod handler;
mod lane;
pub mod outbox;
mod publisher;
mod record;
pub mod replay;
mod settings;
pub mod topics;

pub use consumer::{Consumer, OnExhausted, Policy};
pub use error::{Error, Result};
pub use handler::{ConsumeError, Handler};
pub use publisher::Publisher;
pub use record::Received;
pub use settings::Settings;
pub use topics::Event;
