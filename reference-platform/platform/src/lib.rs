//! Brings the platform up and down on one machine: stores, migrations, services. Each command of the binary is a file in
//! `commands`; tests use the same parts, to stop a store or a replica under load. Then it uses
//! the platform from its clients' side: fills it, lives a day on it, loads it. It knows how things are started and what the contracts
//! say, never how the services do it.

pub mod client;
pub mod commands;
pub mod compose;
pub mod cover;
pub mod demo;
pub mod deployed;
pub mod eventually;
pub mod folder;
pub mod keys;
pub mod limits;
pub mod load;
pub mod native;
pub mod probe;
pub mod process;
pub mod progress;
pub mod seed;
pub mod services;
pub mod state;
pub mod stores;
pub mod topics;
pub mod workload;

mod ports;
