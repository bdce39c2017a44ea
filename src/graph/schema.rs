//! The vocabulary in which entities are spoken of: kinds, types, fields, and what reading a field can give.
//!
//! Rules, reports and the documentation see entities only through this; it knows neither how the graph is made nor
//! which rules there are. The tables of fields live in `entities`, which implements [`Schema`] and [`Entities`].

use std::sync::Arc;

pub use super::model::HOLE;
use crate::span::Span;

/// The kinds of entities that rules can judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// All that the files describe, once.
    System,
    /// A deployable unit of the project.
    Service,
    /// A unit that runs to its end.
    Job,
    /// The Kubernetes object that runs a service or a job.
    Workload,
    /// One container of a workload.
    Container,
    /// Any other object of a manifest.
    Manifest,
    /// A proto service as agreed by both sides.
    Contract,
    /// One method of a contract.
    Rpc,
    /// A proto message.
    Message,
    /// A field of a proto message.
    Field,
    /// An entry point over HTTP, GraphQL or WebSocket.
    Endpoint,
    /// A place that publishes to a topic.
    Producer,
    /// An entry point that reads a topic.
    Consumer,
    /// A background entry point.
    Task,
    /// One call site.
    Call,
    /// A connection pool or client.
    Pool,
    /// A store of data.
    Datastore,
    /// A table of a datastore.
    Table,
    /// One query or other statement.
    Statement,
    /// A log or queue of messages.
    Topic,
    /// A system that is not ours.
    External,
    /// An environment variable or setting.
    Variable,
    /// Something that a function does: spawn, channel, lock, blocking call, lifecycle step, telemetry.
    Effect,
    /// One dependency, from the one that depends.
    Edge,
    /// One request from its entry point down.
    Path,
}

impl Kind {
    /// All kinds, in the order of the published schema.
    pub const ALL: [Self; 25] = [
        Self::System,
        Self::Service,
        Self::Job,
        Self::Workload,
        Self::Container,
        Self::Manifest,
        Self::Contract,
        Self::Rpc,
        Self::Message,
        Self::Field,
        Self::Endpoint,
        Self::Producer,
        Self::Consumer,
        Self::Task,
        Self::Call,
        Self::Pool,
        Self::Datastore,
        Self::Table,
        Self::Statement,
        Self::Topic,
        Self::External,
        Self::Variable,
        Self::Effect,
        Self::Edge,
        Self::Path,
    ];

    /// Its name in rules, which is also the variable that stands for the judged entity.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Service => "service",
            Self::Job => "job",
            Self::Workload => "workload",
            Self::Container => "container",
            Self::Manifest => "manifest",
            Self::Contract => "contract",
            Self::Rpc => "rpc",
            Self::Message => "message",
            Self::Field => "field",
            Self::Endpoint => "endpoint",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
            Self::Task => "task",
            Self::Call => "call",
            Self::Pool => "pool",
            Self::Datastore => "datastore",
            Self::Table => "table",
            Self::Statement => "statement",
            Self::Topic => "topic",
            Self::External => "external",
            Self::Variable => "variable",
            Self::Effect => "effect",
            Self::Edge => "edge",
            Self::Path => "path",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A truth value.
    Bool,
    /// A 64-bit integer; durations are integers of milliseconds with `_ms` in the name.
    Int,
    /// A 64-bit floating point number.
    Double,
    /// A text.
    Text,
    /// A relation to one entity.
    Entity(Kind),
    /// Several values of one type, in a fixed order.
    List(&'static Type),
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Double => f.write_str("double"),
            Self::Text => f.write_str("text"),
            Self::Entity(kind) => kind.fmt(f),
            Self::List(element) => write!(f, "list of {element}"),
        }
    }
}

/// One field of a kind: what it is called, what it holds, what it means. A name may have several parts,
/// `demand.peak`: a group of derived numbers that is no entity of its own.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name; parts are separated by dots.
    pub name: &'static str,
    /// Its type.
    pub of: Type,
    /// `ms`, `connections`, `rps`; empty where there is none.
    pub unit: &'static str,
    /// Whether it may be known to be absent: `null` in rules.
    pub nullable: bool,
    /// Whether it may be unknown.
    pub unknown: bool,
    /// The only values that a text can take; empty where any text can stand. A rule that compares with another
    /// text is refused.
    pub values: &'static [&'static str],
    /// One line of meaning.
    pub doc: &'static str,
}

impl Field {
    /// A field that is always there and always known.
    #[must_use]
    pub const fn new(name: &'static str, of: Type, doc: &'static str) -> Self {
        Self { name, of, unit: "", nullable: false, unknown: false, values: &[], doc }
    }

    /// The same field, measured in a unit.
    #[must_use]
    pub const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// The same field, which may be known to be absent.
    #[must_use]
    pub const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same field, which may be unknown.
    #[must_use]
    pub const fn or_unknown(self) -> Self {
        Self { unknown: true, ..self }
    }

    /// The same field, with a closed set of texts.
    #[must_use]
    pub const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }
}

/// One entity of a model: valid only for the model that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef {
    /// Its kind.
    pub kind: Kind,
    /// Its place among those of its kind.
    pub index: usize,
}

/// An input that is not known, and how to supply it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Missing {
    /// What is missing: `datastore.max_connections`.
    pub what: String,
    /// How to supply it: `capacities.datastores."postgres/cart".max_connections in loadpath.yaml`.
    pub supply: String,
}

/// What reading a field gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Not known.
    Unknown(Missing),
    /// Known not to be there.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Double(f64),
    /// A text.
    Text(Arc<str>),
    /// Another entity.
    Entity(EntityRef),
    /// Several values.
    List(Vec<Reading>),
}

/// Which fields each kind has: enough to check a rule, without any project.
pub trait Schema: Sync {
    /// The fields of a kind, in the order of the published schema.
    fn fields(&self, kind: Kind) -> &[Field];

    /// The field of that name.
    fn field(&self, kind: Kind, name: &str) -> Option<&Field> {
        self.fields(kind).iter().find(|field| field.name == name)
    }
}

/// The entities of one project.
pub trait Entities: Schema {
    /// All entities of a kind, in a fixed order.
    fn all(&self, kind: Kind) -> Vec<EntityRef>;

    /// What a field of an entity holds. A name that the schema does not have is never asked for.
    fn read(&self, entity: EntityRef, field: &str) -> Reading;

    /// Its identity in reports, without line numbers: `edge:feed->content`.
    fn id(&self, entity: EntityRef) -> String;

    /// The place that shows it best.
    fn span(&self, entity: EntityRef) -> Option<Span>;

    /// All evidence, each with what it shows.
    fn spans(&self, entity: EntityRef) -> Vec<(Span, String)>;

    /// How a derived number came about, with its figures.
    fn formula(&self, entity: EntityRef, field: &str) -> Option<String>;
}
