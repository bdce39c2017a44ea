//! What all services use of the web framework, under names of our own.

pub mod http {
    pub use actix_web::*;
}

pub use launcher::{runtime, Builder, Startup};
