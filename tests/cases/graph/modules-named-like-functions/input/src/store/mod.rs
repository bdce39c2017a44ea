mod migrate;

pub use migrate::migrate;
