//! What `state.json` holds: the parts of the platform and the processes that this program started for them.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::process::Process;

/// All that has to be known to find, judge and stop the platform.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    /// What runs the stores; nothing until they were brought up.
    pub backend: Option<Backend>,
    /// By name: a store (`kafka`) or a replica of a service (`auth-1`).
    pub parts: BTreeMap<String, Part>,
    /// Where services and jobs send their traces, by OTLP over gRPC.
    #[serde(default)]
    pub otlp: Option<String>,
}

/// One store, or one replica of a service.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Part {
    /// By what they are for. They stay the same when the part is stopped and started.
    pub ports: BTreeMap<String, u16>,
    /// The process that was started last, unless it was stopped since. It may have died.
    pub process: Option<Process>,
    /// Tells whether the process was started with what it would be started with now; zero where nothing depends on it.
    pub fingerprint: u64,
}

impl Part {
    /// The port for `purpose`. It is there in every part that was given ports for it.
    pub fn port(&self, purpose: &str) -> u16 {
        self.ports.get(purpose).copied().unwrap_or_default()
    }

    /// The process, if it lives.
    pub fn alive(&self) -> Option<&Process> {
        self.process.as_ref().filter(|process| process.is_alive())
    }
}

/// What runs the stores.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Processes of this machine.
    Native,
    /// Containers, by Docker Compose.
    Compose,
}
