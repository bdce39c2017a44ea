//! Channels beside those of tokio and the standard library: flume, async-channel, crossbeam, kanal.

use super::act::{Act, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};

/// Channels. Those without a bound say so by their name.
pub static LIBRARY: Library = Library {
    name: "flume",
    crates: &["flume", "async_channel", "crossbeam", "crossbeam_channel", "kanal"],
    apis: &[api("", &["bounded", "unbounded", "bounded_async", "unbounded_async"], Act::Custom(channel))],
    macros: &[],
};

fn channel(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    super::tokio::queue(eval, library, call)
}
