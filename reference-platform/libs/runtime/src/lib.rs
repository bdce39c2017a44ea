//! How a service starts, tells its health, answers errors and stops in order. Knows no store and no contract. The README shows a
//! whole service and how it is tested.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admin;
mod error;
mod grpc;
mod health;
mod openapi;
pub mod page;
mod rest;
mod runtime;
mod settings;
pub mod timestamp;
pub mod validate;

pub use error::{Error, Problem, Result, ResultExt, Violation};
pub use grpc::{GrpcRouter, Limits, LimitsLayer, until_stopping};
pub use health::Importance;
pub use openapi::{BearerToken, Outage, Refusal};
pub use rest::MAX_BODY_BYTES;
pub use runtime::{Bound, Handle, Phase, Runtime};
pub use settings::Settings;
