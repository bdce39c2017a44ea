//! Where the program meets people and machines. Each face calls the library; none knows another.

pub mod cli;
pub mod tui;
