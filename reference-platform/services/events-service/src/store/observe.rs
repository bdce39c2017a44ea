//! Statements as spans: what kind each one is and where it goes, never its text.

use std::borrow::Cow;

use social_telemetry::attribute::{DB_NAMESPACE, DB_OPERATION_NAME, DB_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT};
use social_telemetry::{KeyValue, outgoing};
use url::Url;

use super::Settings;

/// Where the statements go.
#[derive(Clone)]
pub(super) struct Observer {
    server: Vec<KeyValue>,
}

impl Observer {
    /// For statements in `database`.
    pub(super) fn new(settings: &Settings, database: &str) -> Self {
        let mut server =
            vec![KeyValue::new(DB_SYSTEM_NAME, "clickhouse"), KeyValue::new(DB_NAMESPACE, database.to_owned())];
        // A URL that is none fails with the first statement.
        if let Ok(url) = Url::parse(&settings.clickhouse_url) {
            server.extend(url.host_str().map(|host| KeyValue::new(SERVER_ADDRESS, host.to_owned())));
            server.extend(url.port_or_known_default().map(|port| KeyValue::new(SERVER_PORT, i64::from(port))));
        }
        Self { server }
    }

    /// One statement, of the kind `operation`.
    pub(super) async fn statement<T, E>(
        &self,
        operation: impl Into<Cow<'static, str>>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let operation = operation.into();
        let span = outgoing::client(operation.clone(), || {
            let mut attributes = self.server.clone();
            attributes.push(KeyValue::new(DB_OPERATION_NAME, operation));
            attributes
        });
        span.of(work).await
    }
}
