//! A small model for tests: four kinds of a shop, and `effect` with fields of every type for laws of the evaluator.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::schema::{Entities, EntityRef, Field, Kind, Missing, Reading, Schema, Type};
use crate::span::Span;

const SERVICE: &[Field] = &[
    Field::new("name", Type::Text, "its name"),
    Field::new("replicas", Type::Int, "pods").or_unknown(),
    Field::new("availability", Type::Double, "promised").or_null(),
    Field::new("edges", Type::List(&Type::Entity(Kind::Edge)), "what it depends on"),
    Field::new("pools", Type::List(&Type::Entity(Kind::Pool)), "its pools"),
];

const POOL: &[Field] = &[
    Field::new("name", Type::Text, "its name"),
    Field::new("max", Type::Int, "connections").unit("connections").or_unknown(),
    Field::new("datastore", Type::Entity(Kind::Datastore), "what it connects to").or_null(),
    Field::new("service", Type::Entity(Kind::Service), "who has it"),
];

const DATASTORE: &[Field] = &[
    Field::new("name", Type::Text, "its name"),
    Field::new("technology", Type::Text, "what it is").one_of(&["postgres", "redis", "kafka"]),
    Field::new("max_connections", Type::Int, "accepted").unit("connections").or_unknown(),
    Field::new("reserved_connections", Type::Int, "kept back").unit("connections"),
    Field::new("demand.peak", Type::Int, "all pools together").unit("connections").or_unknown(),
    Field::new("demand.largest_pool", Type::Entity(Kind::Pool), "the largest").or_null(),
    Field::new("pools", Type::List(&Type::Entity(Kind::Pool)), "pools that connect to it"),
];

const EDGE: &[Field] = &[
    Field::new("from", Type::Entity(Kind::Service), "who depends"),
    Field::new("to", Type::Entity(Kind::Service), "on whom"),
    Field::new("deadline_ms", Type::Int, "limit of one attempt").unit("ms").or_null().or_unknown(),
    Field::new("attempts", Type::Int, "tries"),
    Field::new("methods", Type::List(&Type::Text), "called"),
    Field::new("hot", Type::Bool, "on a hot path").or_unknown(),
];

const EFFECT: &[Field] = &[
    Field::new("p", Type::Bool, "").or_unknown(),
    Field::new("q", Type::Bool, "").or_unknown(),
    Field::new("r", Type::Bool, "").or_unknown(),
    Field::new("i", Type::Int, "").or_unknown(),
    Field::new("j", Type::Int, "").or_unknown(),
    Field::new("n", Type::Int, "").or_null().or_unknown(),
    Field::new("d", Type::Double, "").or_unknown(),
    Field::new("t", Type::Text, "").or_unknown(),
    Field::new("l", Type::List(&Type::Int), "").or_unknown(),
    Field::new("m", Type::Bool, "").or_null().or_unknown(),
];

/// A model whose fields are set one by one.
#[derive(Default)]
pub(crate) struct Mock {
    ids: BTreeMap<EntityRef, (String, Option<Span>)>,
    readings: BTreeMap<(EntityRef, &'static str), Reading>,
}

impl Mock {
    /// Adds an entity at a line of `<kind>.rs`.
    pub fn add(&mut self, kind: Kind, id: &str, line: u32) -> EntityRef {
        let index = self.ids.keys().filter(|entity| entity.kind == kind).count();
        let entity = EntityRef { kind, index };
        self.ids.insert(entity, (format!("{kind}:{id}"), Some(Span::line(format!("{kind}.rs"), line))));
        entity
    }

    pub fn place(&mut self, entity: EntityRef, span: Option<Span>) {
        self.ids.get_mut(&entity).unwrap().1 = span;
    }

    pub fn set(&mut self, entity: EntityRef, field: &'static str, reading: impl Into<Reading>) -> &mut Self {
        assert!(self.field(entity.kind, field).is_some(), "{field}");
        self.readings.insert((entity, field), reading.into());
        self
    }

    /// `cart` calls `price`; both have a pool at the datastore `cart`, whose limit is unknown.
    pub fn shop() -> Self {
        let mut mock = Self::default();
        let [cart, price] = ["cart", "price"].map(|name| mock.add(Kind::Service, name, 1));
        let [a, b] = ["cart-pool", "price-pool"].map(|name| mock.add(Kind::Pool, name, 7));
        let store = mock.add(Kind::Datastore, "postgres/cart", 3);
        let edge = mock.add(Kind::Edge, "cart->price", 88);
        for (service, name, pool, edges) in [(cart, "cart", a, vec![edge]), (price, "price", b, vec![])] {
            mock.set(service, "name", name).set(service, "replicas", 3);
            mock.set(service, "availability", Reading::Null);
            mock.set(service, "edges", edges.into_iter().map(Reading::Entity).collect::<Vec<_>>());
            mock.set(service, "pools", vec![Reading::Entity(pool)]);
            mock.set(pool, "name", format!("{name}-pool").as_str()).set(pool, "max", 20);
            mock.set(pool, "datastore", store).set(pool, "service", service);
        }
        mock.set(store, "name", "cart").set(store, "technology", "postgres");
        mock.set(store, "max_connections", missing("datastore.max_connections"));
        mock.set(store, "reserved_connections", 3).set(store, "demand.peak", 120);
        mock.set(store, "demand.largest_pool", a);
        mock.set(store, "pools", vec![Reading::Entity(a), Reading::Entity(b)]);
        mock.set(edge, "from", cart).set(edge, "to", price).set(edge, "deadline_ms", Reading::Null);
        mock.set(edge, "attempts", 3).set(edge, "methods", vec![Reading::from("Quote"), Reading::from("List")]);
        mock.set(edge, "hot", true);
        mock
    }
}

/// An unknown reading that lacks this.
pub(crate) fn missing(what: &str) -> Reading {
    Reading::Unknown(Missing { what: what.to_owned(), supply: format!("state {what}") })
}

impl Schema for Mock {
    fn fields(&self, kind: Kind) -> &[Field] {
        match kind {
            Kind::Service => SERVICE,
            Kind::Pool => POOL,
            Kind::Datastore => DATASTORE,
            Kind::Edge => EDGE,
            Kind::Effect => EFFECT,
            _ => &[],
        }
    }
}

impl Entities for Mock {
    fn all(&self, kind: Kind) -> Vec<EntityRef> {
        self.ids.keys().filter(|entity| entity.kind == kind).copied().collect()
    }

    fn read(&self, entity: EntityRef, field: &str) -> Reading {
        let found = self.readings.iter().find(|((of, name), _)| *of == entity && *name == field);
        found.map_or_else(|| missing(&format!("{}.{field}", entity.kind)), |(_, reading)| reading.clone())
    }

    fn id(&self, entity: EntityRef) -> String {
        self.ids[&entity].0.clone()
    }

    fn span(&self, entity: EntityRef) -> Option<Span> {
        self.ids[&entity].1.clone()
    }

    fn spans(&self, entity: EntityRef) -> Vec<(Span, String)> {
        let (id, span) = &self.ids[&entity];
        let manifest = Span::line("deploy.yaml", 40 + u32::try_from(entity.index).unwrap());
        span.iter()
            .map(|span| (span.clone(), id.clone()))
            .chain([(manifest, format!("{id} in its manifest"))])
            .collect()
    }

    fn formula(&self, entity: EntityRef, field: &str) -> Option<String> {
        (entity.kind == Kind::Datastore && field == "demand.peak").then(|| "2 × 20 × 3 = 120".to_owned())
    }
}

impl From<bool> for Reading {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Reading {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Reading {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<&str> for Reading {
    fn from(value: &str) -> Self {
        Self::Text(Arc::from(value))
    }
}

impl From<EntityRef> for Reading {
    fn from(value: EntityRef) -> Self {
        Self::Entity(value)
    }
}

impl From<Vec<Reading>> for Reading {
    fn from(values: Vec<Reading>) -> Self {
        Self::List(values)
    }
}
