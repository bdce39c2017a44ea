//! Traces, metrics, logs, correlation ids and deadlines, the same in each service. Knows no service, and nothing of what a
//! service does.

#![forbid(unsafe_code)]

pub mod context;
pub mod deadline;
pub mod grpc;
mod log;
pub mod outgoing;
mod recorder;
pub mod rest;
mod statement;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

pub use opentelemetry::KeyValue;
pub use opentelemetry_semantic_conventions::attribute;
pub use recorder::{install, render, upkeep};
pub use statement::database;

/// What is observed, and where it goes.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Settings {
    /// OTLP collector, gRPC. Absent: no traces are sent.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// Part of the traces begun here that is kept, 0 to 1. A caller's decision is followed.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 1.0)]
    pub trace_sample_ratio: f64,
    /// Which log lines are written, in the syntax of `tracing_subscriber::EnvFilter`.
    #[arg(long, env = "RUST_LOG", default_value = "info")]
    pub log_filter: String,
    /// How log lines look.
    #[arg(long, env = "LOG_FORMAT", default_value = "json")]
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people at a terminal.
    Text,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            trace_sample_ratio: 1.0,
            log_filter: "info".to_owned(),
            log_format: LogFormat::Json,
        }
    }
}

/// Keeps traces flowing; see [`Guard::shutdown`].
#[derive(Debug)]
#[must_use = "traces that are not sent yet are lost when nobody shuts the guard down"]
pub struct Guard {
    provider: Option<SdkTracerProvider>,
}

impl Guard {
    /// Sends the spans that are left; gives up after the five seconds of the exporter.
    pub async fn shutdown(mut self) {
        let Some(provider) = self.provider.take() else { return };
        // The provider waits for an export that needs this very runtime.
        match tokio::task::spawn_blocking(move || provider.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces were not sent"),
            Err(error) => tracing::warn!(%error, "the last traces were not sent"),
        }
    }
}

/// Installs logs, traces and metrics for the process. Must be called within a Tokio runtime, by which the collector is reached.
///
/// # Errors
///
/// A setting that makes no sense, or another `init` before in this process.
pub fn init(service: &'static str, settings: &Settings) -> anyhow::Result<Guard> {
    let filter = EnvFilter::try_new(&settings.log_filter).context("RUST_LOG")?;
    anyhow::ensure!(
        (0.0..=1.0).contains(&settings.trace_sample_ratio),
        "OTEL_TRACES_SAMPLER_ARG must be between 0 and 1"
    );
    install();

    let mut provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.trace_sample_ratio))))
        .with_resource(Resource::builder().with_service_name(service).build());
    if let Some(endpoint) = &settings.otlp_endpoint {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .context("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        provider = provider.with_batch_exporter(exporter);
    }
    // Without a collector spans have ids nevertheless, for logs and for the services that are called.
    let provider = provider.build();
    if settings.otlp_endpoint.is_some() {
        outgoing::install(provider.tracer(service));
    }
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_filter(LevelFilter::INFO);

    // Spans pass whatever the filter says: log lines below them need their fields.
    let filter = filter.or(filter_fn(|metadata| metadata.is_span() && *metadata.level() <= Level::INFO));
    let lines = match settings.log_format {
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .event_format(log::JsonLines::new(service))
            .with_filter(filter)
            .boxed(),
        LogFormat::Text => tracing_subscriber::fmt::layer().with_filter(filter).boxed(),
    };
    let statements = statement::Statements.with_filter(statement::Kept);
    tracing_subscriber::registry()
        .with(traces)
        .with(statements)
        .with(lines)
        .try_init()
        .context("telemetry is there already")?;
    Ok(Guard { provider: Some(provider) })
}
