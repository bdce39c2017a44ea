//! The service dependency graph: services, datastores, topics, externals, the edges between them, and what proves each.
//!
//! Plain data, in a deterministic order. Made by [`super::link`]; read by analysis, rules and reports.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Value;
use crate::facts::rust::{ClientId, EffectId, FunctionId};
use crate::span::Span;

/// Index of a [`Service`].
pub type ServiceId = usize;
/// Index of a [`Node`].
pub type NodeId = usize;
/// Index of an [`Edge`].
pub type EdgeId = usize;
/// Index of an [`EntryPoint`].
pub type EntryId = usize;

/// The graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Name of the system.
    pub system: String,
    /// The environment whose manifests decide values; empty without manifests.
    pub environment: String,
    /// Services and jobs, by name.
    pub services: Vec<Service>,
    /// Datastores, topics and externals, by id.
    pub nodes: Vec<Node>,
    /// Dependencies, by their ends, kind and contract.
    pub edges: Vec<Edge>,
    /// Entry points of all services.
    pub entries: Vec<EntryPoint>,
    /// Calls that could not be joined to a target.
    pub unresolved: Vec<Unresolved>,
    /// What could not be joined between files: manifests without code, ambiguous names. One sentence each.
    pub notes: Vec<(Option<Span>, String)>,
}

/// A deployable unit.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// `service:<name>` or `job:<name>`.
    pub id: String,
    /// Name.
    pub name: String,
    /// `service` or `job`.
    pub kind: String,
    /// Folder of its code.
    pub path: String,
    /// Its package, for Rust.
    pub package: Option<String>,
    /// Its binary, for Rust: index in the facts.
    pub binary: Option<usize>,
    /// Name of its binary.
    pub binary_name: Option<String>,
    /// Its language, when it is not Rust.
    pub language: Option<String>,
    /// Workloads of the environment that run it: (index of the environment, index of the workload, index of the container).
    pub workloads: Vec<(usize, usize, usize)>,
    /// `Kind/namespace/name` of each workload.
    pub workload_names: Vec<String>,
    /// Compose services that run it: index in the facts.
    pub compose: Vec<usize>,
    /// Contracts that it serves.
    pub serves: BTreeSet<String>,
    /// Its entry points.
    pub entries: Vec<EntryId>,
    /// Effects that its code reaches, in order.
    pub effects: BTreeSet<EffectId>,
    /// Functions that its code reaches.
    pub functions: BTreeSet<FunctionId>,
    /// Clients that its code reaches.
    pub clients: BTreeSet<ClientId>,
    /// Variables that its deployment sets.
    pub variables: BTreeMap<String, Setting>,
    /// Whether its image starts it through a shell that stays in front of it, and keeps signals to itself.
    pub shell: bool,
    /// Words of its command line, entrypoint included.
    pub arguments: Vec<String>,
    /// What proves it.
    pub evidence: Vec<Span>,
}

/// What a deployment sets a variable to.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The text, if it is written down.
    pub value: Option<String>,
    /// `secret/key` or the like, if it comes from there.
    pub from: Option<String>,
    /// Where it is set.
    pub at: Span,
}

/// A datastore, topic or external.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// `datastore:postgres/cart`, `topic:orders.v1`, `external:api.stripe.com`.
    pub id: String,
    /// `datastore`, `topic`, `external`.
    pub kind: String,
    /// `postgres`, `kafka`, …; empty for externals.
    pub technology: String,
    /// Name.
    pub name: String,
    /// Whether the name is known; else it is a pattern or made up of technology and service.
    pub name_known: bool,
    /// Server, if it is known: host.
    pub server: Option<String>,
    /// Of a topic, systems outside of the project that write it, as `loadpath.yaml` states.
    pub produced_by: Vec<String>,
    /// Of a topic, systems outside of the project that read it, as `loadpath.yaml` states.
    pub consumed_by: Vec<String>,
    /// What proves it.
    pub evidence: Vec<Span>,
}

/// An end of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A service.
    Service(ServiceId),
    /// A datastore, topic or external.
    Node(NodeId),
}

/// How sure an edge is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A resolved call to a resolved target.
    #[default]
    Proven,
    /// One heuristic step, which is named.
    Likely,
    /// Only configuration says so.
    Declared,
}

impl Confidence {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Declared => "declared",
        }
    }
}

/// A dependency.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Who depends.
    pub from: ServiceId,
    /// On whom.
    pub to: End,
    /// `grpc`, `http`, `sql`, `cache`, `graphdb`, `analytics`, `search`, `document`, `object`, `produce`, `consume`,
    /// `publish`, `subscribe`.
    pub kind: String,
    /// Contract, for gRPC.
    pub contract: Option<String>,
    /// Methods: of the contract, or `VERB /path`, or operations.
    pub methods: BTreeSet<String>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The heuristic step, when it is only likely.
    pub because: Option<String>,
    /// Effects that make it: indices in the facts.
    pub effects: Vec<EffectId>,
    /// Tables that it touches: name and whether it writes.
    pub tables: BTreeMap<String, bool>,
    /// What proves it.
    pub evidence: Vec<Span>,
}

impl Edge {
    /// Whether the caller waits for an answer: a chain goes on over it.
    #[must_use]
    pub fn is_sync(&self) -> bool {
        !matches!(self.kind.as_str(), "produce" | "consume" | "publish" | "subscribe")
    }
}

/// An entry point of a service.
#[derive(Clone, Debug)]
pub struct EntryPoint {
    /// `cart/shop.cart.v1.CartService/AddItem`: service, then name.
    pub id: String,
    /// Its service.
    pub service: ServiceId,
    /// `rpc`, `endpoint`, `consumer`, `task`, `startup`.
    pub kind: String,
    /// Name within the service.
    pub name: String,
    /// Contract, for an rpc.
    pub contract: Option<String>,
    /// The function behind it.
    pub function: FunctionId,
    /// Whether an endpoint keeps its connection open for what comes later.
    pub streams: bool,
    /// Where.
    pub at: Span,
}

/// A call whose target is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// `grpc client target`, `http target`, …
    pub what: String,
    /// Where.
    pub at: Span,
    /// Why.
    pub why: String,
    /// The service, if one reaches it.
    pub service: Option<String>,
}

/// A value as one service sees it: its deployment decides variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Texts that it may be; holes are U+FFFC.
    pub texts: Vec<String>,
    /// Whether each text is complete and no other is possible.
    pub complete: bool,
    /// The Secret key or variable that holds it, when its text is not written down.
    pub held_by: Option<String>,
    /// Why something is not known.
    pub why: Option<String>,
    /// Places that decide it.
    pub at: Vec<Span>,
}

impl Graph {
    /// The id of an end.
    #[must_use]
    pub fn id_of(&self, end: End) -> &str {
        match end {
            End::Service(id) => &self.services[id].id,
            End::Node(id) => &self.nodes[id].id,
        }
    }

    /// The name of an end.
    #[must_use]
    pub fn name_of(&self, end: End) -> &str {
        match end {
            End::Service(id) => &self.services[id].name,
            End::Node(id) => &self.nodes[id].name,
        }
    }

    /// What an end is called beside others: its id without its kind, `postgres/cart`.
    #[must_use]
    pub fn called(&self, end: End) -> &str {
        match end {
            End::Service(_) => self.name_of(end),
            End::Node(_) => {
                let id = self.id_of(end);
                id.split_once(':').map_or(id, |(_, name)| name)
            }
        }
    }

    /// Edges that go out of a service.
    pub fn out_of(&self, service: ServiceId) -> impl Iterator<Item = (EdgeId, &Edge)> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.from == service)
    }

    /// Edges that go into an end.
    pub fn into_end(&self, end: End) -> impl Iterator<Item = (EdgeId, &Edge)> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.to == end)
    }
}

/// The character that stands for a hole in a text.
pub const HOLE: char = '\u{FFFC}';

/// Whether a value holds nothing that a deployment decides.
#[must_use]
pub fn is_constant(value: &Value) -> bool {
    matches!(
        value,
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Millis(_) | Value::Absent
    )
}
