//! What is published stands in rows: the relay knows no topic, those who add events do.
pub mod consumer;
pub mod outbox;
