//! Whoever starts says once where events go; a macro sends them.

use std::sync::{Arc, OnceLock};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Trace,
    Usage,
}

pub trait EventLogger: Send + Sync {
    fn log_event(&self, name: &str, labels: serde_json::Value, values: Vec<(String, f64)>, level: Level);
}

static LOGGER: OnceLock<Arc<dyn EventLogger>> = OnceLock::new();

pub fn event_logger<'a>() -> Option<&'a Arc<dyn EventLogger>> {
    LOGGER.get()
}

pub fn init(logger: Arc<dyn EventLogger>) {
    let _ = LOGGER.set(logger);
}

#[macro_export]
macro_rules! log_event {
    ($name:expr, { $($labels:tt)* }, [ $($key:expr => $value:expr),* $(,)? ]) => {
        if let Some(event_logger) = events::event_logger() {
            let labels = serde_json::json!({ $($labels)* });
            let values = {
                let mut map = vec![];
                $(
                    map.push(($key.to_string(), $value as f64));
                )*
                map
            };
            event_logger.log_event($name, labels, values, events::Level::Usage);
        }
    };
    ($name:expr, { $($labels:tt)* }) => {
        log_event!($name, { $($labels)* }, []);
    };
}
