//! Live sessions: who is connected to this replica, what comes to them from all replicas, and what each of them does. Knows neither
//! gRPC nor WebSocket: both edges give a stream of requests and a queue for answers.

mod hub;
mod inbox;
mod presence;
mod session;
mod wire;

pub use hub::{Hub, Pace};
pub use presence::Presences;
pub use session::{Bounds, Sessions};
pub use wire::Publisher;
