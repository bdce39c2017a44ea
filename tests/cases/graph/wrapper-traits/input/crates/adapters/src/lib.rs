mod price;
mod user;

pub use price::GrpcPrices;
pub use user::{CachedUsers, GrpcUsers};
