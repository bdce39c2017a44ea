//! What `loadpath.yaml` can say. One struct per section; every section can be left out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Param;
use super::yaml::At;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Name of the system; its folder where it is not stated.
    pub name: Option<String>,
    /// Which rules judge: `recommended` or `strict`.
    pub profile: Profile,
    /// Services that cannot be inferred, or are to be corrected, by name.
    pub services: BTreeMap<String, Service>,
    /// Globs of paths that are not read.
    pub exclude: Vec<At<String>>,
    /// Lines between contexts, and who may cross them.
    pub boundaries: Boundaries,
    /// What is promised, by service or entry point.
    pub slo: BTreeMap<String, Slo>,
    /// Expected load, by service or entry point.
    pub load: BTreeMap<String, Load>,
    /// Measured latency, by service, entry point, datastore or external.
    pub latency: BTreeMap<String, Latency>,
    /// What datastores and topics can take.
    pub capacities: Capacities,
    /// Edges whose failure the caller survives.
    pub optional: Vec<OptionalEdge>,
    /// Systems that are not ours, by name.
    pub externals: BTreeMap<String, External>,
    /// Values, hosts and contracts that no source tells.
    pub mappings: Mappings,
    /// Severity of a rule, or `off`; by rule id, or by `category/*`.
    pub severities: BTreeMap<String, At<Override>>,
    /// Params of rules, by rule id and name.
    pub params: BTreeMap<String, BTreeMap<String, At<Param>>>,
    /// Findings that are accepted.
    pub suppressions: Vec<Suppression>,
    /// Which environment is judged first.
    pub environment: Environment,
    /// Whether and how charts are rendered.
    pub helm: Helm,
    /// The machines that workloads run on.
    pub nodes: Nodes,
}

/// Which rules judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Rules that are worth acting on in any project.
    #[default]
    Recommended,
    /// These and the ones of low precision.
    Strict,
}

/// How bad a finding is, from the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// An improvement, or something that a person must judge.
    Info,
    /// Weak design: fails under load, deploy or partial outage.
    Warning,
    /// Will fail, lose data or take down a neighbour under a foreseeable condition.
    Error,
}

impl Severity {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A severity that replaces the rule's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Override {
    /// The rule does not judge.
    Off,
    /// Every finding of the rule is an info.
    Info,
    /// Every finding of the rule is a warning.
    Warning,
    /// Every finding of the rule is an error.
    Error,
}

impl Override {
    /// The severity, or `None` for off.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// A service, as far as it is stated and not inferred.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// Name of its binary.
    pub binary: Option<String>,
    /// Its folder.
    pub path: Option<String>,
    /// Its workload: `Deployment/shop/cart`.
    pub workload: Option<String>,
    /// Images that run it, without tag.
    pub images: Vec<String>,
    /// Its language, where it is not Rust.
    pub language: Option<String>,
}

/// Who may depend on whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Boundaries {
    /// Layers, by name.
    pub layers: BTreeMap<String, Layer>,
    /// Edges that may be, against the layers.
    pub allowed: Vec<BoundaryEdge>,
    /// Edges that must not be.
    pub forbidden: Vec<BoundaryEdge>,
    /// The service that owns a datastore, table or topic.
    pub owners: BTreeMap<String, String>,
}

/// Services of one rank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Layer {
    /// Names of services, or globs of names.
    pub services: Vec<At<String>>,
    /// The layers that they may depend on, besides their own.
    pub may_use: Vec<At<String>>,
}

/// A kind of dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the kinds of edges of the graph, explained there")]
pub enum EdgeKind {
    Grpc,
    Http,
    Sql,
    Cache,
    Graphdb,
    Analytics,
    Search,
    Document,
    Object,
    Produce,
    Consume,
    Publish,
    Subscribe,
}

/// An edge by its ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoundaryEdge {
    /// The one that depends: name or glob.
    pub from: At<String>,
    /// What it depends on: name or glob.
    pub to: At<String>,
    /// Only edges of this kind.
    #[serde(default)]
    pub kind: Option<EdgeKind>,
    /// Why it may, or must not be.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What a service or an entry point promises.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Slo {
    /// Share of requests that succeed, between 0 and 1: `0.999`.
    pub availability: Option<At<f64>>,
    /// The 95th percentile of latency, in milliseconds.
    pub p95_ms: Option<At<i64>>,
}

/// Load on a service or an entry point, in requests per second.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Load {
    /// The load that is usual.
    pub rps: Option<At<f64>>,
    /// The load at peak.
    pub peak_rps: Option<At<f64>>,
}

/// Latency of one thing by itself, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// The mean.
    pub mean_ms: Option<At<f64>>,
    /// The 95th percentile.
    pub p95_ms: Option<At<f64>>,
}

/// What shared things can take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Capacities {
    /// Datastores, by name: `postgres/cart`.
    pub datastores: BTreeMap<String, DatastoreCapacity>,
    /// Topics, by name.
    pub topics: BTreeMap<String, TopicCapacity>,
}

/// What a datastore can take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DatastoreCapacity {
    /// `postgres`, `mysql`, `redis` and so on.
    pub technology: Option<String>,
    /// Connections that it accepts.
    pub max_connections: Option<At<i64>>,
    /// Connections that clients cannot have.
    pub reserved_connections: Option<At<i64>>,
}

/// What a topic can take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TopicCapacity {
    /// Number of partitions.
    pub partitions: Option<At<i64>>,
}

/// An edge whose failure the caller survives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionalEdge {
    /// The one that depends.
    pub from: At<String>,
    /// What it depends on.
    pub to: At<String>,
    /// Only edges of this kind.
    #[serde(default)]
    pub kind: Option<EdgeKind>,
}

/// A system that is not ours.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct External {
    /// Hosts at which it is reached.
    pub hosts: Vec<String>,
    /// Topics that it writes: names or globs.
    pub produces: Vec<At<String>>,
    /// Topics that it reads: names or globs.
    pub consumes: Vec<At<String>>,
    /// Share of requests that succeed, between 0 and 1.
    pub availability: Option<At<f64>>,
}

/// Values and names that no source tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mappings {
    /// Value of an environment variable, by name, or by `service/NAME` for one service only.
    pub variables: BTreeMap<String, String>,
    /// Service behind a host.
    pub hosts: BTreeMap<String, String>,
    /// Service that serves a contract.
    pub contracts: BTreeMap<String, String>,
}

/// A finding, or several, that are accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// The rule, by its id.
    pub rule: At<String>,
    /// Glob of entity ids; every entity where it is not stated.
    #[serde(default)]
    pub entity: Option<At<String>>,
    /// Why.
    pub reason: At<String>,
    /// The last day on which it applies, `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<At<String>>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// The only environment in which it applies.
    #[serde(default)]
    pub environment: Option<String>,
}

/// Which environment is judged first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Environment {
    /// Its name: that of an overlay or values file.
    pub primary: Option<String>,
}

/// Whether and how charts are rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Helm {
    /// Whether the program `helm` may be run.
    pub allow: bool,
    /// The charts, where they are not to be rendered with their own values.
    pub charts: Vec<Chart>,
}

/// One chart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Its folder.
    pub path: String,
    /// Values files, in order.
    #[serde(default)]
    pub values: Vec<String>,
    /// Name of the release.
    #[serde(default)]
    pub release: Option<String>,
    /// Its namespace.
    #[serde(default)]
    pub namespace: Option<String>,
    /// The environment that these values make.
    #[serde(default)]
    pub environment: Option<String>,
}

/// The machines that workloads run on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Nodes {
    /// Cores of the smallest node.
    pub cores: Option<At<i64>>,
    /// How many nodes there are: what a DaemonSet runs on.
    pub count: Option<At<i64>>,
}
