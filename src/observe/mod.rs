//! A running system as facts: traces in, what the services were seen to do out.
//!
//! [`receive`] is an OTLP receiver, gRPC and HTTP on one port. Each span is reduced to what it says of the architecture (`span`,
//! by the semantic conventions in `conventions`), held until its trace has come together (`traces`), and joined with the
//! others of that trace (`join`): a client span of one service whose child is a server span of another is an edge. Times are not
//! looked at, so clocks may differ. Whoever sends is not trusted: requests, texts, spans held and distinct facts are bounded, and
//! what did not fit is counted. Knows nothing of code and of how facts are used.

mod conventions;
mod join;
mod receiver;
mod span;
mod traces;

#[cfg(test)]
mod tests;

pub use join::running;
pub use receiver::{Counts, receive};
pub use span::{Role, Span};
