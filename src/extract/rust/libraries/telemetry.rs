//! Telemetry: metrics with their labels, exporters, trace context, spans. metrics, prometheus, opentelemetry, tracing.

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::tree::{Expr, ExprKind, Literal, Macro};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

use super::Want;

/// metrics and its exporter for Prometheus.
pub static METRICS: Library = Library {
    name: "metrics",
    crates: &["metrics", "metrics_exporter_prometheus"],
    apis: &[
        api("PrometheusBuilder", &["new"], Act::Give("metrics_exporter_prometheus::PrometheusBuilder")),
        api("PrometheusBuilder", &["with_http_listener"], Act::Custom(listener)),
        api("PrometheusBuilder", &["install", "install_recorder", "build_recorder", "build"], Act::Custom(exporter)),
        api("PrometheusBuilder", &["*"], Act::Same),
    ],
    macros: &[
        ("counter", metric),
        ("gauge", metric),
        ("histogram", metric),
        ("increment_counter", metric),
        ("increment_gauge", metric),
        ("decrement_gauge", metric),
        ("absolute_counter", metric),
    ],
};

/// prometheus: labels are named where a metric is made.
pub static PROMETHEUS: Library = Library {
    name: "prometheus",
    crates: &["prometheus", "prometheus_client"],
    apis: &[
        api("IntCounterVec", &["new"], Act::Custom(vector)),
        api("CounterVec", &["new"], Act::Custom(vector)),
        api("IntGaugeVec", &["new"], Act::Custom(vector)),
        api("GaugeVec", &["new"], Act::Custom(vector)),
        api("HistogramVec", &["new"], Act::Custom(vector)),
    ],
    macros: &[
        ("register_counter_vec", register),
        ("register_int_counter_vec", register),
        ("register_gauge_vec", register),
        ("register_int_gauge_vec", register),
        ("register_histogram_vec", register),
    ],
};

/// opentelemetry: the context of a trace over the wire.
pub static OPENTELEMETRY: Library = Library {
    name: "opentelemetry",
    crates: &[
        "opentelemetry",
        "opentelemetry_sdk",
        "opentelemetry_http",
        "opentelemetry_otlp",
        "tracing_opentelemetry",
    ],
    apis: &[
        api("MeterProviderBuilder", &["with_periodic_exporter", "with_reader"], Act::Custom(push)),
        api("SdkMeterProvider", &["builder"], Act::Give("opentelemetry_sdk::metrics::MeterProviderBuilder")),
        api("MeterProviderBuilder", &["*"], Act::Same),
        api("PeriodicReader", &["builder", "new"], Act::Custom(push)),
        api("MetricExporter", &["builder"], Act::Custom(push)),
        api("", &["set_text_map_propagator"], Act::Custom(propagator)),
        api("", &["get_text_map_propagator"], Act::Custom(context)),
        api("*", &["inject", "inject_context"], Act::Custom(inject)),
        api("*", &["extract", "extract_with_context"], Act::Custom(extract)),
    ],
    macros: &[],
};

/// tracing: a span that is entered is entered by its thread, not by its task.
pub static TRACING: Library = Library {
    name: "tracing",
    crates: &["tracing"],
    apis: &[
        api("Span", &["current", "none"], Act::Give("tracing::Span")),
        api("Span", &["record"], Act::Same),
        api("Span", &["enter", "entered"], Act::Custom(super::std::lock)),
    ],
    macros: &[
        ("span", span),
        ("trace_span", span),
        ("debug_span", span),
        ("info_span", span),
        ("warn_span", span),
        ("error_span", span),
    ],
};

fn listener(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Socket(0));
    let what = What::Listen { protocol: "metrics".to_owned(), address, shutdown: "default".to_owned() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    Some(call.receiver.as_ref()?.val.clone())
}

fn exporter(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    noted(eval, library, call, "exporter")
}

fn propagator(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    noted(eval, library, call, "propagator")
}

/// Metrics that are sent by the service itself. A reader that is handed over may be one that waits to be asked.
fn push(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone());
    if call.name != "with_reader" {
        noted(eval, library, call, "metric push");
    } else {
        run_steps(eval, call);
    }
    Some(receiver.unwrap_or_else(|| Val::of(call.owner.clone())))
}

fn inject(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    noted(eval, library, call, "inject")
}

fn extract(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    noted(eval, library, call, "extract")
}

/// What the closure does with the propagator is not followed: it may do either.
fn context(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    noted(eval, library, call, "context")
}

fn noted(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall, kind: &str) -> Option<Val> {
    run_steps(eval, call);
    let what = What::Telemetry { kind: kind.to_owned(), name: Value::Text(call.name.clone()) };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

fn span<'a>(_: &mut Eval<'_, 'a>, _: &'a Macro, _: &Want) -> Option<Val> {
    Some(Val::of(Ty::of("tracing::Span")))
}

/// `counter!("requests_total", "user" => user_id)`
fn metric<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, want: &Want) -> Option<Val> {
    let mut name = String::new();
    let mut labels: Vec<(String, Vec<String>)> = Vec::new();
    for word in &of.words {
        match word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
            Some(text) if name.is_empty() => text.clone_into(&mut name),
            Some(text) => labels.push((text.to_owned(), Vec::new())),
            None => {
                if let Some((_, words)) = labels.last_mut() {
                    words.push(word.clone());
                }
            }
        }
    }
    for argument in &of.arguments {
        eval.expr(argument, want);
        match &*argument.kind {
            ExprKind::Literal(Literal::Text(text)) if name.is_empty() => name.clone_from(text),
            ExprKind::Tuple(pair) => {
                if let [label, value] = pair.as_slice()
                    && let ExprKind::Literal(Literal::Text(label)) = &*label.kind
                {
                    let mut words = Vec::new();
                    words_of(eval, value, &mut words);
                    labels.push((label.clone(), words));
                }
            }
            _ => {}
        }
    }
    // How many texts a program holds is known when it is built.
    let fixed = |words: &[String]| matches!(words, [name] if eval.is_text_of_the_program(name));
    let unbounded: Vec<String> = labels
        .iter()
        .filter(|(label, words)| is_unbounded(label, words) && !fixed(words))
        .map(|(label, _)| label.clone())
        .collect();
    record(eval, "metrics", &name, &unbounded, of, want);
    Some(Val::default())
}

/// The names in an expression: variables, fields, methods. What a function of the project is given says nothing of what
/// it answers: it may put users into classes.
fn words_of(eval: &Eval<'_, '_>, expr: &Expr, into: &mut Vec<String>) {
    match &*expr.kind {
        ExprKind::Path(path) => into.extend(path.segments.iter().map(|segment| segment.name.clone())),
        ExprKind::MethodCall { receiver, method, arguments, .. } => {
            words_of(eval, receiver, into);
            into.push(method.clone());
            arguments.iter().for_each(|argument| words_of(eval, argument, into));
        }
        ExprKind::Field(base, name) => {
            words_of(eval, base, into);
            into.push(name.clone());
        }
        ExprKind::Call(callee, arguments) => {
            words_of(eval, callee, into);
            if !eval.is_own_function(callee) {
                arguments.iter().for_each(|argument| words_of(eval, argument, into));
            }
        }
        ExprKind::Reference(inner) | ExprKind::Dereference(inner) | ExprKind::Try(inner) | ExprKind::Await(inner) => {
            words_of(eval, inner, into);
        }
        ExprKind::Macro(of) => of.arguments.iter().for_each(|argument| words_of(eval, argument, into)),
        _ => {}
    }
}

/// `register_int_counter_vec!("requests_total", "help", &["path"])`
fn register<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, want: &Want) -> Option<Val> {
    let vals: Vec<Val> = of.arguments.iter().map(|argument| eval.expr(argument, want)).collect();
    let name = vals.first().and_then(Val::text).unwrap_or_default().to_owned();
    let labels = vals.iter().skip(1).flat_map(texts);
    let unbounded: Vec<String> = labels.filter(|label| is_unbounded(label, &[])).collect();
    record(eval, "prometheus", &name, &unbounded, of, want);
    Some(Val::default())
}

/// `IntCounterVec::new(opts, &["path"])`
fn vector(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let labels: Vec<String> = call.arguments.iter().skip(1).flat_map(|argument| texts(&argument.val)).collect();
    let unbounded: Vec<String> = labels.into_iter().filter(|label| is_unbounded(label, &[])).collect();
    let what = What::Telemetry { kind: "metric".to_owned(), name: Value::Text(String::new()) };
    let id = eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    if !unbounded.is_empty() {
        eval.set_option(id, "unbounded", Value::Text(unbounded.join(", ")));
    }
    None
}

fn record<'a>(eval: &mut Eval<'_, 'a>, library: &str, name: &str, unbounded: &[String], of: &'a Macro, want: &Want) {
    let what = What::Telemetry { kind: "metric".to_owned(), name: Value::Text(name.to_owned()) };
    let id = eval.effect(what, library, Vec::new(), of.at, want);
    if !unbounded.is_empty() {
        eval.set_option(id, "unbounded", Value::Text(unbounded.join(", ")));
    }
}

/// The texts of a list.
fn texts(val: &Val) -> Vec<String> {
    fn add(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Text(text) => into.push(text.clone()),
            Value::OneOf(all) => all.iter().for_each(|value| add(value, into)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    val.value.iter().for_each(|value| add(value, &mut all));
    val.parts.iter().flat_map(|parts| parts.iter()).filter_map(Val::text).for_each(|text| all.push(text.to_owned()));
    all
}

/// Whether a label can have any number of values: by its name, or by the words of its value. Source: Prometheus
/// documentation, "Metric and label naming".
fn is_unbounded(label: &str, words: &[String]) -> bool {
    // Ids of a small, fixed set.
    const FEW: &[&str] = &["partition_id", "shard_id", "service_id", "node_id", "worker_id", "cluster_id", "region_id"];
    let names = |name: &str| {
        let name = name.to_lowercase();
        !FEW.contains(&name.as_str())
            && (name.ends_with("_id")
                || matches!(name.as_str(), "email" | "user_agent" | "uuid" | "timestamp" | "session" | "ip" | "query"))
    };
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let template = has("MatchedPath") || has("match_pattern") || has("matched_path");
    let raw_path = has("path") && (has("uri") || has("req") || has("request"));
    let failure = has("to_string") && (has("e") || has("err") || has("error"));
    !template && (names(label) || words.iter().any(|word| names(word)) || raw_path || failure)
}
