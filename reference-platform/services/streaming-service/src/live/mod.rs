//! What is under way in this replica: encoders that send, and chats that are read.

mod ingests;
mod rooms;

pub use ingests::{Ingests, Running};
pub use rooms::{Rooms, Said};
