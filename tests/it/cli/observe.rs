//! `loadpath observe`: the exporter of OpenTelemetry sends over a socket to the running program.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{
    SpanBuilder, SpanId, SpanKind, TraceContextExt as _, TraceId, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Compression, SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, SdkTracerProvider};
use serde_json::Value;

use super::{case, failure, loadpath};

/// Ids that are the same in each run: what is printed holds those of traces.
#[derive(Debug)]
struct Counting(&'static AtomicU64);

impl IdGenerator for Counting {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// A system whose services export their spans to the program.
struct System {
    runtime: tokio::runtime::Runtime,
    endpoint: String,
    ids: &'static AtomicU64,
    providers: BTreeMap<&'static str, SdkTracerProvider>,
}

impl System {
    fn new(address: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = format!("http://{address}");
        let ids = Box::leak(Box::new(AtomicU64::new(1)));
        Self { runtime, endpoint, ids, providers: BTreeMap::new() }
    }

    fn provider(&mut self, service: &'static str) -> &SdkTracerProvider {
        let _inside = self.runtime.enter();
        self.providers.entry(service).or_insert_with(|| {
            let exporter = SpanExporter::builder()
                .with_tonic()
                .with_endpoint(&self.endpoint)
                .with_compression(Compression::Gzip)
                .build()
                .unwrap();
            SdkTracerProvider::builder()
                .with_batch_exporter(exporter)
                .with_id_generator(Counting(self.ids))
                .with_resource(Resource::builder_empty().with_service_name(service).build())
                .build()
        })
    }

    /// One span; what comes below it gets its context, as if it had been sent along.
    fn span(
        &mut self,
        service: &'static str,
        parent: &Context,
        kind: SpanKind,
        pairs: &[(&'static str, &'static str)],
    ) -> Context {
        let tracer = self.provider(service).tracer("test");
        let attributes = pairs.iter().map(|(key, value)| KeyValue::new(*key, *value));
        let builder = SpanBuilder::from_name("test").with_kind(kind).with_attributes(attributes);
        parent.with_span(tracer.build_with_context(builder, parent))
    }

    /// A request of the case `shop`, as its code does it.
    fn request(&mut self) {
        let root = Context::new();
        let get = ("http.request.method", "GET");
        let show = self.span("storefront", &root, SpanKind::Server, &[get, ("http.route", "/cart/{id}")]);
        let ask = self.span("storefront", &show, SpanKind::Client, &[get, ("url.full", "http://cart:8080/carts/7")]);
        let carts = self.span("cart", &ask, SpanKind::Server, &[get, ("http.route", "/carts/{id}")]);
        let database = [("db.system.name", "postgresql"), ("db.namespace", "cart"), ("db.operation.name", "SELECT")];
        self.span("cart", &carts, SpanKind::Client, &database);
        let topic = [("messaging.system", "kafka"), ("messaging.destination.name", "cart.viewed")];
        self.span("cart", &carts, SpanKind::Producer, &topic);
        let ask = self.span("storefront", &show, SpanKind::Client, &[get, ("url.full", "http://price:8080/prices/7")]);
        let prices = self.span("price", &ask, SpanKind::Server, &[get, ("http.route", "/prices/{id}")]);
        let cache = [("db.system", "redis"), ("db.operation", "GET"), ("server.address", "prices")];
        self.span("price", &prices, SpanKind::Client, &cache);
    }

    /// Sends what is not sent yet.
    fn end(self) {
        for provider in self.providers.into_values() {
            provider.shutdown().unwrap();
        }
    }
}

/// The program, listening.
struct Listening {
    program: Child,
    address: String,
}

fn listen(arguments: &[&str]) -> Listening {
    let mut program = Command::new(env!("CARGO_BIN_EXE_loadpath"))
        .args(["observe", case("shop").to_str().unwrap(), "--no-cache", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.split_whitespace().nth(3).unwrap_or_else(|| panic!("{line}")).to_owned();
    Listening { program, address }
}

impl Listening {
    /// What it prints, and its exit code, when it is told to end.
    fn end(mut self) -> (String, i32) {
        let told = Command::new("kill").args(["-TERM", &self.program.id().to_string()]).status().unwrap();
        assert!(told.success());
        let mut text = String::new();
        self.program.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        (text, self.program.wait().unwrap().code().unwrap())
    }
}

fn observed(arguments: &[&str], happens: impl FnOnce(&mut System)) -> (String, i32) {
    let listening = listen(arguments);
    let mut system = System::new(&listening.address);
    happens(&mut system);
    system.end();
    listening.end()
}

#[test]
fn a_system_that_runs_as_it_is_written_differs_in_nothing() {
    let (text, code) = observed(&[], System::request);
    insta::assert_snapshot!(text);
    assert_eq!(code, 0);
}

#[test]
fn what_differs_is_told_with_a_trace_or_a_line() {
    let happens = |system: &mut System| {
        let root = Context::new();
        let get = ("http.request.method", "GET");
        let carts = system.span("cart", &root, SpanKind::Server, &[get, ("http.route", "/carts/{id}")]);
        let call = [get, ("url.full", "http://price:8080/prices/7")];
        let ask = system.span("cart", &carts, SpanKind::Client, &call);
        system.span("price", &ask, SpanKind::Server, &[get, ("http.route", "/prices/{id}")]);
        system.span("cart", &carts, SpanKind::Client, &[("db.system", "postgresql"), ("db.name", "orders")]);
        system.span("gateway", &root, SpanKind::Client, &[get, ("url.full", "http://cart:8080/carts/7")]);
        system.span("price", &root, SpanKind::Server, &[get, ("http.route", "/secret")]);
    };
    let (text, code) = observed(&[], happens);
    insta::assert_snapshot!(text);
    assert_eq!(code, 1);
}

#[test]
fn what_was_seen_is_kept_and_compared_again() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("seen.json");
    let (text, _) = observed(&["--save", kept.to_str().unwrap(), "--format", "json"], System::request);
    let shop = case("shop");
    let again = ["observe", shop.to_str().unwrap(), "--no-cache", "--from", kept.to_str().unwrap(), "--format", "json"];
    let assert = loadpath(&again).assert().success();
    assert_eq!(String::from_utf8(assert.get_output().stdout.clone()).unwrap(), text);
    fits(&text, "observed");
    fits(&std::fs::read_to_string(&kept).unwrap(), "running");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema"], "loadpath.observed/1");
    assert_eq!(document["same"], true);
    let edge = document["edges"].as_array().unwrap().iter().find(|edge| edge["to"] == "service:price").unwrap();
    assert_eq!((&edge["status"], &edge["times"]), (&"same".into(), &1.into()));
    assert_eq!(edge["evidence"][0]["file"], "src/bin/storefront.rs");
}

fn fits(text: &str, schema: &str) {
    let document: Value = serde_json::from_str(text).unwrap();
    let schema: Value = serde_json::from_str(loadpath::reports::schemas::schema(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn traces_come_over_http_too_and_nonsense_is_refused() {
    let listening = listen(&[]);
    let answer = |head: &str, body: &[u8]| {
        let mut socket = TcpStream::connect(&listening.address).unwrap();
        let length = body.len();
        write!(
            socket,
            "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{head}\r\n\r\n"
        )
        .unwrap();
        socket.write_all(body).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer.split_whitespace().nth(1).unwrap().to_owned()
    };
    let protobuf = "content-type: application/x-protobuf";
    // One resource with the name `cart`, and one server span in it.
    let text = |tag: u8, text: &[u8]| [&[tag, u8::try_from(text.len()).unwrap()], text].concat();
    let value = text(0x12, &text(0x0a, b"cart"));
    let attribute = text(0x0a, &[text(0x0a, b"service.name"), value].concat());
    let span = [text(0x0a, &[1; 16]), text(0x12, &[2; 8]), vec![0x30, 2]].concat();
    let scope = text(0x12, &text(0x12, &span));
    let request = text(0x0a, &[text(0x0a, &attribute), scope].concat());
    assert_eq!(answer(protobuf, &request), "200");
    assert_eq!(answer(protobuf, b"nonsense"), "400");
    assert_eq!(answer("content-type: application/json", b"{}"), "415");
    let (text, code) = listening.end();
    assert!(text.contains("1 span of 1 service\n"), "{text}");
    assert_eq!(code, 1);
}

#[test]
fn files_that_hold_something_else_are_neither_read_nor_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.json");
    std::fs::write(&file, "{\"mine\": true}").unwrap();
    let name = file.to_str().unwrap();
    let shop = case("shop");
    let shop = shop.to_str().unwrap();
    let said = failure(&["observe", shop, "--listen", "127.0.0.1:0", "--for", "1s", "--save", name]);
    assert!(said.contains("move the file away, or name another"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"mine\": true}");
    let nowhere = folder.path().join("no/such.json");
    let said = failure(&["observe", shop, "--for", "1s", "--save", nowhere.to_str().unwrap()]);
    assert!(said.contains("there is no such folder"), "{said}");
    let said = failure(&["observe", shop, "--from", name]);
    assert!(said.contains("it does not hold what was seen"), "{said}");
    let said = failure(&["observe", shop, "--from", name, "--for", "1s"]);
    assert!(said.contains("cannot be used with"), "{said}");
    let said = failure(&["observe", shop, "--for", "soon"]);
    assert!(said.contains("a duration is expected"), "{said}");
}
