//! Facts of Rust code: packages, binaries, what enters (entry points), what goes out (effects), and the order of things
//! between them (steps). Resolved within the project; nothing is joined with manifests, protos or settings yet.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Value, sql};
use crate::span::Span;

/// Index of a [`Function`] in [`RustFacts::functions`].
pub type FunctionId = usize;
/// Index of an [`Effect`] in [`RustFacts::effects`].
pub type EffectId = usize;
/// Index of a [`Client`] in [`RustFacts::clients`].
pub type ClientId = usize;

/// All facts of Rust code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RustFacts {
    /// Packages of the project.
    pub packages: Vec<Package>,
    /// Binaries of the project.
    pub binaries: Vec<Binary>,
    /// Functions that reach an effect, with their steps. Others are left out.
    pub functions: Vec<Function>,
    /// What functions do outward.
    pub effects: Vec<Effect>,
    /// Clients, channels, pools, producers, consumers: where they are built and with which options.
    pub clients: Vec<Client>,
    /// gRPC services implemented: contract, type, methods.
    pub implementations: Vec<Implementation>,
    /// Variables and settings read.
    pub reads: Vec<VariableRead>,
    /// Enums whose variants are names of roles: clap subcommands and value enums.
    pub roles: Vec<RoleEnum>,
}

/// A Cargo package of the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Folder, relative to the project root (empty: the root itself).
    pub path: String,
    /// Dependencies.
    pub dependencies: Vec<Dependency>,
    /// Protos that its build script compiles, as far as said; relative to the project root.
    pub protos: Vec<String>,
    /// Identifiers in its tests.
    #[serde(default)]
    pub tests: BTreeSet<String>,
    /// Where it is declared.
    pub at: Span,
}

/// A dependency of a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dependency {
    /// Name in the registry, whatever it was renamed to.
    pub name: String,
    /// Version in the lock file; else the requirement.
    pub version: String,
    /// Features asked for.
    pub features: Vec<String>,
    /// Folder of the package, if it is one of the project.
    pub path: Option<String>,
    /// Where it is declared.
    pub at: Span,
}

/// A Cargo binary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Binary {
    /// Name of the binary.
    pub name: String,
    /// Name of its package.
    pub package: String,
    /// Folder of its package.
    pub path: String,
    /// Its `main`.
    pub main: FunctionId,
    /// Entry points that its `main` reaches.
    pub entry_points: Vec<EntryPoint>,
    /// What its start-up reaches directly: all effects in steps of `main`, server registrations included.
    pub at: Span,
}

/// Where work enters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EntryPoint {
    /// `rpc`, `endpoint`, `consumer`, `task`, `startup`.
    pub kind: String,
    /// `pkg.Service/Method`, `GET /path`, topic or function name.
    pub name: String,
    /// For an rpc, the contract.
    pub contract: Option<String>,
    /// The function that handles it.
    pub function: FunctionId,
    /// What must hold for the binary to have it: role guards on the way from `main` (all of them).
    pub guards: Vec<Guard>,
    /// The registration effect, if there is one.
    pub registered_by: Option<EffectId>,
    /// Whether an endpoint keeps its connection open for what comes later: a WebSocket, a stream of events.
    #[serde(default)]
    pub streams: bool,
    /// Where it is implemented.
    pub at: Span,
}

/// A role that the code on this way was chosen by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Guard {
    /// Path of the enum, or empty for a text.
    pub of: String,
    /// Variants or texts, one of which must be chosen.
    pub one_of: Vec<String>,
}

/// An enum that chooses a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoleEnum {
    /// Path of the enum.
    pub path: String,
    /// Variant → the word on the command line that chooses it.
    pub words: BTreeMap<String, Vec<String>>,
}

/// A function that reaches an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Function {
    /// Canonical path: `cart::api::CartApi::add_item`.
    pub path: String,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// `async fn`.
    pub is_async: bool,
    /// Where.
    pub at: Span,
}

/// One thing that a function does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// An effect.
    Effect {
        /// Which.
        effect: EffectId,
        /// What happens to its failure.
        failure: Failure,
    },
    /// A call of a function of the project; several when a trait object may be any of them.
    Call {
        /// Callees.
        functions: Vec<FunctionId>,
        /// What happens to its failure.
        failure: Failure,
        /// Where.
        at: Span,
    },
    /// Futures that run at the same time: `join!`, `try_join!`, `select!`, `join_all`.
    Together {
        /// One list of steps each.
        branches: Vec<Vec<Step>>,
        /// `join`, `select`, `join_all`.
        kind: String,
        /// Where.
        at: Span,
    },
    /// Branches that exclude each other.
    Choice {
        /// The branches.
        branches: Vec<Branch>,
    },
    /// A loop.
    Loop {
        /// What it runs over: `collection`, `literal`, `range`, `forever`, `condition`, `stream`.
        over: String,
        /// How many elements a list has that is written down; 0 for others.
        #[serde(default)]
        elements: usize,
        /// How it tries again, if it goes round until something succeeds, and sleeps after each failure.
        #[serde(default)]
        again: Option<Again>,
        /// Its body.
        steps: Vec<Step>,
        /// Where.
        at: Span,
    },
    /// A task of its own: `tokio::spawn`, a thread, `spawn_blocking`.
    Spawn {
        /// `task`, `thread`, `blocking`, `local`.
        kind: String,
        /// What becomes of the handle: `dropped`, `kept`, `awaited`.
        handle: String,
        /// Its body.
        steps: Vec<Step>,
        /// Where.
        at: Span,
    },
    /// A time limit around steps: `tokio::time::timeout`.
    Timeout {
        /// The limit.
        limit: Value,
        /// What it limits.
        steps: Vec<Step>,
        /// Where.
        at: Span,
    },
    /// A retry around steps.
    Retry {
        /// Attempts, the first included.
        attempts: Value,
        /// Delays: `first_ms`, `factor`, `max_ms`, `jitter`; and `library`.
        options: BTreeMap<String, Value>,
        /// What is retried.
        steps: Vec<Step>,
        /// Where.
        at: Span,
    },
    /// A database transaction, from begin to commit or the end of its scope.
    Transaction {
        /// The pool.
        clients: Vec<ClientId>,
        /// What happens in it.
        steps: Vec<Step>,
        /// Where it begins.
        at: Span,
    },
    /// A lock held, from the guard's binding to its drop or the end of its scope.
    Lock {
        /// Whether it is one of several, by a key: it holds up only those who mean the same.
        #[serde(default)]
        keyed: bool,
        /// `std::sync::Mutex`, `tokio::sync::RwLock`, …
        lock: String,
        /// What happens under it.
        steps: Vec<Step>,
        /// Whether something is awaited under it.
        awaits: bool,
        /// Where it is taken.
        at: Span,
    },
    /// One of a fixed number of permits held, which bounds how many do this at once: that of a semaphore.
    Permit {
        /// What happens meanwhile.
        steps: Vec<Step>,
        /// Where it is taken.
        at: Span,
    },
    /// A pooled connection held, from checkout to drop or the end of its scope.
    Held {
        /// The pool.
        clients: Vec<ClientId>,
        /// What happens meanwhile.
        steps: Vec<Step>,
        /// Where it is checked out.
        at: Span,
    },
}

impl Step {
    /// The steps inside of it, branch by branch; none of an effect or a call.
    #[must_use]
    pub fn inside(&self) -> Vec<&[Self]> {
        match self {
            Self::Together { branches, .. } => branches.iter().map(Vec::as_slice).collect(),
            Self::Choice { branches } => branches.iter().map(|branch| branch.steps.as_slice()).collect(),
            Self::Loop { steps, .. }
            | Self::Spawn { steps, .. }
            | Self::Timeout { steps, .. }
            | Self::Retry { steps, .. }
            | Self::Transaction { steps, .. }
            | Self::Lock { steps, .. }
            | Self::Permit { steps, .. }
            | Self::Held { steps, .. } => vec![steps.as_slice()],
            Self::Effect { .. } | Self::Call { .. } => Vec::new(),
        }
    }
}

/// How a loop tries again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Again {
    /// Attempts, the first included; absent without an end.
    pub attempts: Value,
    /// `jitter`; `condition`, if it looks at the failure before.
    pub options: BTreeMap<String, Value>,
}

/// One of several branches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Branch {
    /// The role that chooses it, if a role does.
    pub guard: Option<Guard>,
    /// Whether it leaves the function without a failure: what follows happens on the other branches only.
    #[serde(default)]
    pub leaves: bool,
    /// What it does.
    pub steps: Vec<Step>,
}

/// What a function does when a call fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// It fails too: `?`, a returned result.
    #[default]
    Propagated,
    /// It panics: `unwrap`, `expect`.
    Panics,
    /// It goes on with another value: `unwrap_or`, `.ok()`, a match with a value in the error arm.
    Defaulted,
    /// It goes on and logs: `if let Err(e) = … { warn!(…) }`.
    Logged,
    /// It goes on: `let _ = …`.
    Ignored,
    /// It tries something else: `or_else` with another call, an error arm with another call.
    FallsBack,
}

impl Failure {
    /// Whether the caller fails with the callee.
    #[must_use]
    pub fn is_hard(self) -> bool {
        matches!(self, Self::Propagated | Self::Panics)
    }
}

/// What a function does outward, at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// What.
    pub what: What,
    /// The function that does it.
    pub function: FunctionId,
    /// The clients that may stand behind it; empty if none could be traced.
    pub clients: Vec<ClientId>,
    /// Library: crate name in the registry.
    pub library: String,
    /// Whether it stands in `async` code.
    pub in_async: bool,
    /// Details by name: `deadline_ms`, `ttl_ms`, `keyed`, `awaited`, `block_ms`, …
    pub options: BTreeMap<String, Value>,
    /// Where.
    pub at: Span,
}

/// Why a topic is open that is named after the one that a message was read from: [`Value::Unknown`] says it in these words.
pub const TOPIC_OF_A_MESSAGE: &str = "the topic that a message came from";

/// Kinds of effects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A gRPC call.
    Grpc {
        /// `pkg.Service`.
        contract: String,
        /// `Method`, as the proto has it.
        method: String,
    },
    /// An HTTP request.
    Http {
        /// `GET`, …; empty if not known.
        verb: String,
        /// The URL, or the path behind the client's base; with the verb and a space in front where the code decides
        /// both together.
        url: Value,
    },
    /// A statement on a relational database.
    Sql {
        /// `postgres`, `mysql`, `sqlite`, or empty if the code does not tell.
        technology: String,
        /// The text, as far as known.
        text: Value,
        /// What it does.
        statement: Option<sql::Statement>,
    },
    /// An operation on another store.
    Store {
        /// Kind of edge: `cache`, `document`, `graphdb`, `analytics`, `search`, `object`.
        kind: String,
        /// `redis`, `mongodb`, …
        technology: String,
        /// Command or method: `SET`, `find`, `put`.
        operation: String,
        /// Whether it changes something.
        writes: bool,
        /// Key, collection, table, bucket: as far as known.
        key: Value,
    },
    /// A message written to a topic.
    Publish {
        /// `kafka`, `nats`, `rabbitmq`, `redis`, …
        technology: String,
        /// The topic.
        topic: Value,
        /// Type of the payload, if known.
        payload: String,
    },
    /// A subscription to topics: the loop that follows is a consumer.
    Consume {
        /// `kafka`, `nats`, `rabbitmq`, `redis`, …
        technology: String,
        /// The topic.
        topic: Value,
        /// Consumer group, durable or queue group.
        group: Value,
        /// Type of the payload, if known.
        payload: String,
    },
    /// A message taken from a subscription: `recv`, `next`.
    Receive {
        /// `kafka`, …
        technology: String,
    },
    /// A position acknowledged: `commit`, `store_offset`, `ack`, `nack`.
    Acknowledge {
        /// `kafka`, …
        technology: String,
        /// Method.
        operation: String,
    },
    /// A gRPC service registered with a server.
    Serve {
        /// `pkg.Service`.
        contract: String,
        /// Path of the implementing type, if known.
        implementor: String,
    },
    /// An HTTP route registered.
    Route {
        /// `GET`, …, `ANY`, `GRAPHQL`, `WS`.
        verb: String,
        /// Path template with all prefixes, as far as known.
        path: Value,
        /// Function that handles it, if it is one of the project.
        handler: Option<FunctionId>,
    },
    /// A listening socket.
    Listen {
        /// `grpc`, `http`, `tcp`, `metrics`.
        protocol: String,
        /// `host:port`, or `unix:path`, as far as known.
        address: Value,
        /// Whether it stops on a signal: `graceful`, `none`, `default` (the library does), or unknown.
        shutdown: String,
    },
    /// A signal awaited: `terminate`, `interrupt`, …
    Signal {
        /// Which.
        signal: String,
    },
    /// A migration run: `sqlx::migrate!().run`.
    Migrate {
        /// Folder of the migrations, relative to the project root, if known.
        folder: String,
    },
    /// A call that blocks its thread.
    Blocking {
        /// Which: `std::thread::sleep`.
        operation: String,
    },
    /// A sleep: `tokio::time::sleep`.
    Sleep {
        /// How long.
        duration: Value,
    },
    /// A channel made.
    Channel {
        /// `tokio::sync::mpsc::unbounded_channel`, …
        constructor: String,
        /// Capacity; absent if unbounded.
        capacity: Value,
    },
    /// A client built here (it is also listed in [`RustFacts::clients`]).
    Build {
        /// Which.
        client: ClientId,
    },
    /// Telemetry: a metric recorded, an exporter installed, a propagator set.
    Telemetry {
        /// `metric`, `exporter`, `propagator`, `inject`, `extract`, `layer`.
        kind: String,
        /// Name of the metric, label names, or type.
        name: Value,
    },
    /// A health status set.
    Health {
        /// `serving`, `not_serving`, `service`.
        operation: String,
        /// Service name.
        service: Value,
    },
    /// Something flushed or shut down at the end: producer flush, tracer shutdown.
    Flush {
        /// What.
        target: String,
    },
}

/// A client, channel, pool, producer or consumer, at the place that builds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Client {
    /// `grpc`, `http`, `sql`, `cache`, `document`, `graphdb`, `analytics`, `search`, `object`, `producer`, `consumer`.
    pub kind: String,
    /// `postgres`, `redis`, `kafka`, …; empty if the code does not tell.
    pub technology: String,
    /// Crate name in the registry.
    pub library: String,
    /// What it connects to: URL, host list, bootstrap servers.
    pub address: Value,
    /// For a gRPC client that is built for one contract, that contract.
    pub contract: Option<String>,
    /// Options by canonical name, with units: `timeout_ms`, `connect_timeout_ms`, `max_connections`,
    /// `acquire_timeout_ms`, `statement_timeout_ms`, `keep_alive_interval_ms`, `tls`, and for Kafka the property names.
    /// An option that is not here was not set.
    pub options: BTreeMap<String, Value>,
    /// Where each option was set.
    pub options_at: BTreeMap<String, Span>,
    /// Whether it is built lazily (`connect_lazy`).
    pub lazy: bool,
    /// Whether it is a pool of connections.
    pub pool: bool,
    /// Whether it is built in a closure that runs once per worker (`HttpServer::new(|| …)`).
    pub per_worker: bool,
    /// Function that builds it.
    pub function: FunctionId,
    /// Where.
    pub at: Span,
}

/// A gRPC service implemented by a type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Implementation {
    /// `pkg.Service`.
    pub contract: String,
    /// Path of the type.
    pub implementor: String,
    /// Method of the proto → function.
    pub methods: BTreeMap<String, FunctionId>,
    /// Methods that only answer that they are not implemented.
    #[serde(default)]
    pub refused: BTreeSet<String>,
    /// Where.
    pub at: Span,
}

/// A variable or setting that code reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VariableRead {
    /// The value that is read.
    pub value: Value,
    /// Function that reads it.
    pub function: FunctionId,
    /// Whether the program fails without it.
    pub required: bool,
    /// How: `std::env`, `clap`, `envy`, `config`, `figment`, `dotenvy`.
    pub reader: String,
    /// Where.
    pub at: Span,
}

impl RustFacts {
    /// Appends the facts of another project, moving its indices.
    pub fn append(&mut self, other: Self) {
        let functions = self.functions.len();
        let effects = self.effects.len();
        let clients = self.clients.len();
        let shift = Shift { functions, effects, clients };
        self.packages.extend(other.packages);
        self.roles.extend(other.roles);
        self.binaries.extend(other.binaries.into_iter().map(|mut binary| {
            binary.main += functions;
            for entry in &mut binary.entry_points {
                entry.function += functions;
                entry.registered_by = entry.registered_by.map(|id| id + effects);
            }
            binary
        }));
        self.functions.extend(other.functions.into_iter().map(|mut function| {
            function.steps.iter_mut().for_each(|step| shift.step(step));
            function
        }));
        self.effects.extend(other.effects.into_iter().map(|mut effect| {
            effect.function += functions;
            effect.clients.iter_mut().for_each(|id| *id += clients);
            match &mut effect.what {
                What::Build { client } => *client += clients,
                What::Route { handler: Some(handler), .. } => *handler += functions,
                _ => {}
            }
            effect
        }));
        self.clients.extend(other.clients.into_iter().map(|mut client| {
            client.function += functions;
            client
        }));
        self.implementations.extend(other.implementations.into_iter().map(|mut implementation| {
            implementation.methods.values_mut().for_each(|id| *id += functions);
            implementation
        }));
        self.reads.extend(other.reads.into_iter().map(|mut read| {
            read.function += functions;
            read
        }));
    }
}

/// How far indices move when facts are appended.
struct Shift {
    functions: usize,
    effects: usize,
    clients: usize,
}

impl Shift {
    fn step(&self, step: &mut Step) {
        match step {
            Step::Effect { effect, .. } => *effect += self.effects,
            Step::Call { functions, .. } => functions.iter_mut().for_each(|id| *id += self.functions),
            Step::Together { branches, .. } => branches.iter_mut().flatten().for_each(|step| self.step(step)),
            Step::Choice { branches } => {
                branches.iter_mut().flat_map(|branch| &mut branch.steps).for_each(|step| self.step(step));
            }
            Step::Transaction { clients, steps, .. } | Step::Held { clients, steps, .. } => {
                clients.iter_mut().for_each(|id| *id += self.clients);
                steps.iter_mut().for_each(|step| self.step(step));
            }
            Step::Loop { steps, .. }
            | Step::Spawn { steps, .. }
            | Step::Timeout { steps, .. }
            | Step::Retry { steps, .. }
            | Step::Permit { steps, .. }
            | Step::Lock { steps, .. } => steps.iter_mut().for_each(|step| self.step(step)),
        }
    }
}
