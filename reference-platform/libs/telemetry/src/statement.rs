//! Statements of PostgreSQL as spans. sqlx tells each one by an event when it is over; here it becomes a span of what is done at
//! that time. What leaves is the kind of statement and the table, never its text.

use std::fmt::Debug;
use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_semantic_conventions::attribute::{
    DB_COLLECTION_NAME, DB_NAMESPACE, DB_OPERATION_NAME, DB_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT,
};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter, Layer};

use crate::outgoing;

/// The target of these events; part of the interface of sqlx.
const TARGET: &str = "sqlx::query";
/// What begins a statement that reads or changes something. Others (BEGIN, SET, LISTEN) say how that is done.
const OPERATIONS: [&str; 16] = [
    "select", "insert", "update", "delete", "merge", "copy", "truncate", "create", "alter", "drop", "comment", "grant",
    "revoke", "lock", "call", "do",
];
/// Those that change rows; they may stand within a WITH.
const CHANGES: [&str; 4] = ["insert", "update", "delete", "merge"];

static DATABASE: OnceLock<Vec<KeyValue>> = OnceLock::new();

/// Whose statements they are: a process has one database. The first call counts.
pub fn database(name: &str, address: &str, port: u16) {
    let attributes = vec![
        KeyValue::new(DB_SYSTEM_NAME, "postgresql"),
        KeyValue::new(DB_NAMESPACE, name.to_owned()),
        KeyValue::new(SERVER_ADDRESS, address.to_owned()),
        KeyValue::new(SERVER_PORT, i64::from(port)),
    ];
    // Several are there in tests only.
    let _ = DATABASE.set(attributes);
}

/// Makes the spans.
pub(crate) struct Statements;

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        // A text of few words stands in the summary.
        let text = if told.text.is_empty() { &told.summary } else { &told.text };
        let Some((operation, table)) = parse(text) else { return };
        let name = table.map_or_else(|| operation.to_owned(), |table| format!("{operation} {table}"));
        outgoing::finished(name, told.elapsed, || {
            let mut attributes = DATABASE.get().cloned().unwrap_or_default();
            attributes.push(KeyValue::new(DB_OPERATION_NAME, operation));
            attributes.extend(table.map(|table| KeyValue::new(DB_COLLECTION_NAME, table.to_owned())));
            attributes
        });
    }
}

/// Lets through what [`Statements`] needs, and only where a trace is kept: sqlx writes the event for nobody else.
pub(crate) struct Kept;

impl<S> Filter<S> for Kept {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.target() == TARGET && outgoing::kept()
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == TARGET { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}

#[derive(Default)]
struct Told {
    summary: String,
    text: String,
    elapsed: Duration,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.text),
            _ => {}
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).unwrap_or_default();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// What a statement does, and to which table, where that is plain to see.
fn parse(text: &str) -> Option<(&'static str, Option<&str>)> {
    let code = text.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let mut words = code.flat_map(|line| line.split(|c: char| c.is_whitespace() || "();,".contains(c)));
    let mut words = words.by_ref().filter(|word| !word.is_empty()).peekable();
    let first = words.next()?;
    let operation = if first.eq_ignore_ascii_case("with") {
        let mut before = first;
        let change = words.by_ref().find_map(|word| {
            // FOR UPDATE locks.
            let locks = std::mem::replace(&mut before, word).eq_ignore_ascii_case("for");
            CHANGES.into_iter().find(|change| !locks && change.eq_ignore_ascii_case(word))
        });
        match change {
            Some(change) => change,
            None => return Some(("select", None)),
        }
    } else {
        OPERATIONS.into_iter().find(|operation| operation.eq_ignore_ascii_case(first))?
    };
    let table = match operation {
        "update" => words.next(),
        "select" | "insert" | "delete" | "merge" => {
            let comes_after = if matches!(operation, "insert" | "merge") { "into" } else { "from" };
            words.by_ref().find(|word| word.eq_ignore_ascii_case(comes_after)).and_then(|_| words.next())
        }
        _ => None,
    };
    let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '"'));
    let is_name = |word: &&str| is_name(word) && !word.eq_ignore_ascii_case("select");
    Some((operation, table.filter(is_name)))
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanKind, TracerProvider as _};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn statements_are_read() {
        for (text, operation, table) in [
            ("SELECT 1", "select", None),
            ("\n\nselect id, name\n from posts p where a = 'from secret'\n", "select", Some("posts")),
            ("INSERT INTO applied_events (consumer) VALUES ($1)", "insert", Some("applied_events")),
            ("UPDATE posts SET text = $1", "update", Some("posts")),
            ("DELETE FROM outbox WHERE id = ANY($1)", "delete", Some("outbox")),
            (
                "WITH added AS (INSERT INTO outbox (a) VALUES (1) RETURNING id) SELECT 1 FROM added",
                "insert",
                Some("outbox"),
            ),
            (
                "WITH due AS (SELECT id FROM jobs FOR UPDATE SKIP LOCKED) DELETE FROM jobs USING due",
                "delete",
                Some("jobs"),
            ),
            ("WITH one AS (SELECT 1) SELECT * FROM one", "select", None),
            ("SELECT count(*) FROM (SELECT FROM outbox LIMIT 5) AS counted", "select", None),
            ("-- Adds a table.\nCREATE TABLE a (b text)", "create", None),
        ] {
            assert_eq!(parse(text), Some((operation, table)), "{text}");
        }
        for text in ["BEGIN", "COMMIT", "SET TIME ZONE 'UTC'", "LISTEN \"outbox\"", "", "-- nothing"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    fn statement(text: &str) {
        tracing::event!(
            target: "sqlx::query",
            tracing::Level::DEBUG,
            summary = "SELECT a, b FROM …",
            db.statement = text,
            elapsed_secs = 0.25,
        );
    }

    #[test]
    fn a_statement_is_a_span_of_what_is_done() {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
            .build();
        outgoing::install(provider.tracer("test"));
        database("users", "127.0.0.1", 5432);
        let subscriber = tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")).with_filter(LevelFilter::INFO))
            .with(Statements.with_filter(Kept));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info_span!("request").in_scope(|| statement("\n\nSELECT a, b FROM people WHERE name = 'Ada'\n"));
            // A caller that keeps no trace is followed.
            let unsampled = tracing::info_span!("unsampled");
            let pairs = [("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".as_slice())];
            crate::context::adopt(&unsampled, crate::context::extract_pairs(pairs.into_iter()));
            unsampled.in_scope(|| statement("\n\nSELECT c FROM elsewhere\n"));
        });

        let spans = exporter.get_finished_spans().unwrap();
        let named = |name: &str| spans.iter().find(|span| span.name == name);
        let (request, select) = (named("request").unwrap(), named("select people").unwrap());
        assert_eq!(select.span_kind, SpanKind::Client);
        assert_eq!(select.parent_span_id, request.span_context.span_id());
        assert_eq!(select.end_time.duration_since(select.start_time).unwrap().as_millis() / 50, 5);
        assert_eq!(attribute(select, "db.system.name"), "postgresql");
        assert_eq!(attribute(select, "db.namespace"), "users");
        assert_eq!(attribute(select, "db.operation.name"), "select");
        assert_eq!(attribute(select, "db.collection.name"), "people");
        assert!(!format!("{select:?}").contains("Ada"), "{select:?}");
        assert_eq!(spans.len(), 2, "{spans:?}");
    }

    fn attribute(span: &SpanData, name: &str) -> String {
        span.attributes.iter().find(|one| one.key.as_str() == name).unwrap().value.to_string()
    }
}
