//! `grpc-timeout`, which servers read and clients write.

pub(crate) use social_telemetry::deadline::{HEADER, header, timeout};
