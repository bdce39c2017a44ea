//! Pool to datastore: which server and database a service's statements and commands go to.

use std::collections::BTreeSet;

use super::Linker;
use super::edges::Made;
use super::targets::{is_loopback, parse};
use crate::facts::rust::{Client, Effect, What};
use crate::graph::model::{Confidence, End, HOLE, Known};

/// A datastore as one place names it.
#[derive(Default)]
struct Identity {
    technology: String,
    name: String,
    name_known: bool,
    server: Option<String>,
}

/// Edges to datastores.
pub(super) fn link(linker: &mut Linker<'_>) {
    let facts = linker.facts;
    for id in 0..linker.graph.services.len() {
        let effects: Vec<usize> = linker.graph.services[id].effects.iter().copied().collect();
        for effect in &effects {
            let of = &facts.rust.effects[*effect];
            match &of.what {
                What::Sql { technology, statement, .. } => {
                    let tables: Vec<(String, bool)> = statement
                        .iter()
                        .flat_map(|statement| &statement.tables)
                        .map(|table| (table.table.clone(), table.writes))
                        .collect();
                    let method = statement.as_ref().map(|statement| statement.verb.clone());
                    used(linker, id, *effect, of, "sql", technology, method, &tables);
                }
                What::Migrate { .. } => used(linker, id, *effect, of, "sql", "", Some("migrate".to_owned()), &[]),
                What::Store { kind, technology, operation, .. } => {
                    let kind = store_kind(kind);
                    used(linker, id, *effect, of, kind, technology, Some(operation.clone()), &[]);
                }
                _ => {}
            }
        }
        built(linker, id, &effects);
    }
}

fn store_kind(kind: &str) -> &'static str {
    match kind {
        "sql" => "sql",
        "graphdb" => "graphdb",
        "analytics" => "analytics",
        "search" => "search",
        "document" => "document",
        "object" => "object",
        _ => "cache",
    }
}

/// Clients of a kind that a service builds.
fn clients_of_kind(linker: &Linker<'_>, service: usize, kind: &str, technology: &str) -> Vec<usize> {
    linker.graph.services[service]
        .clients
        .iter()
        .copied()
        .filter(|id| {
            let of = &linker.facts.rust.clients[*id];
            of.kind == kind && (technology.is_empty() || of.technology.is_empty() || of.technology == technology)
        })
        .collect()
}

#[allow(clippy::too_many_arguments, reason = "what one effect says of a store")]
fn used(
    linker: &mut Linker<'_>,
    service: usize,
    id: usize,
    effect: &Effect,
    kind: &'static str,
    technology: &str,
    method: Option<String>,
    tables: &[(String, bool)],
) {
    let facts = linker.facts;
    let mut clients: Vec<usize> =
        effect.clients.iter().copied().filter(|id| facts.rust.clients[*id].kind == kind).collect();
    let mut confidence = Confidence::Proven;
    let mut because = None;
    if clients.is_empty() {
        clients = clients_of_kind(linker, service, kind, technology);
        if clients.len() > 1 {
            confidence = Confidence::Likely;
            because = Some("several pools are open, and which one is used here is not seen".to_owned());
        }
    }
    let mut identities: Vec<Identity> = clients
        .iter()
        .flat_map(|client| identities(linker, service, &facts.rust.clients[*client], technology))
        .collect();
    if clients.is_empty() {
        let technology =
            if technology.is_empty() { guessed_technology(linker, service, kind) } else { technology.to_owned() };
        let name = linker.graph.services[service].name.clone();
        identities.push(Identity { technology, name, name_known: false, server: None });
    }
    if let Some(name) = part_of(linker, service, effect) {
        for identity in &mut identities {
            *identity = Identity { name: name.clone(), name_known: true, ..std::mem::take(identity) };
        }
    }
    let mut seen: BTreeSet<End> = BTreeSet::new();
    for identity in identities {
        let to = store(linker, &identity, effect);
        if !seen.insert(to) {
            continue;
        }
        let edge = linker.edges.add(Made {
            from: service,
            to,
            kind,
            contract: None,
            method: method.clone(),
            confidence,
            because: because.clone(),
            effect: Some(id),
            at: effect.at.clone(),
        });
        for (table, writes) in tables {
            *edge.tables.entry(table.clone()).or_default() |= writes;
        }
    }
}

/// The bucket or table that an effect says it is on: one client is for all of them.
fn part_of(linker: &Linker<'_>, service: usize, effect: &Effect) -> Option<String> {
    let value = effect.options.get("bucket").or_else(|| effect.options.get("table"))?;
    let known = linker.known(&linker.graph.services[service], value);
    known.texts.first().filter(|text| !text.contains(HOLE) && !text.is_empty()).cloned()
}

fn store(linker: &mut Linker<'_>, identity: &Identity, effect: &Effect) -> End {
    linker.node(
        "datastore",
        &identity.technology,
        &identity.name,
        identity.name_known,
        identity.server.as_deref(),
        &effect.at,
    )
}

/// Pools that are built and whose use is not seen: generated query code, unknown libraries on top.
fn built(linker: &mut Linker<'_>, service: usize, effects: &[usize]) {
    let facts = linker.facts;
    for effect in effects {
        let of = &facts.rust.effects[*effect];
        let What::Build { client } = &of.what else { continue };
        if carries_messages(linker, effects, *client) {
            continue;
        }
        let client = &facts.rust.clients[*client];
        let kind = match client.kind.as_str() {
            kind @ ("sql" | "cache" | "graphdb" | "analytics" | "search" | "document" | "object") => store_kind(kind),
            _ => continue,
        };
        if linker.edges.has(service, kind) {
            continue;
        }
        for identity in identities(linker, service, client, "") {
            let to = store(linker, &identity, of);
            linker.edges.add(Made {
                from: service,
                to,
                kind,
                contract: None,
                method: None,
                confidence: Confidence::Likely,
                because: Some("the client is built, its use is not seen".to_owned()),
                effect: Some(*effect),
                at: of.at.clone(),
            });
        }
    }
}

/// Whether a client is seen to write to topics or to read from them: its use is seen, and none of a store.
fn carries_messages(linker: &Linker<'_>, effects: &[usize], client: usize) -> bool {
    effects
        .iter()
        .map(|id| &linker.facts.rust.effects[*id])
        .any(|of| matches!(of.what, What::Publish { .. } | What::Consume { .. }) && of.clients.contains(&client))
}

/// The technology of a statement whose pool is not seen: the only one of the service's other statements, else the only
/// relational one that the package's libraries know.
fn guessed_technology(linker: &Linker<'_>, service: usize, kind: &str) -> String {
    let named: BTreeSet<&str> = linker.graph.services[service]
        .effects
        .iter()
        .filter_map(|effect| match &linker.facts.rust.effects[*effect].what {
            What::Sql { technology, .. } if !technology.is_empty() => Some(technology.as_str()),
            _ => None,
        })
        .collect();
    if let (Some(only), 1, "sql") = (named.first(), named.len(), kind) {
        return (*only).to_owned();
    }
    let Some(package) = &linker.graph.services[service].package else { return kind.to_owned() };
    let features: Vec<&str> = linker
        .facts
        .rust
        .packages
        .iter()
        .filter(|of| of.name == *package)
        .flat_map(|of| &of.dependencies)
        .filter(|of| matches!(of.name.as_str(), "sqlx" | "sea-orm" | "diesel" | "diesel-async"))
        .flat_map(|of| of.features.iter().map(String::as_str))
        .collect();
    let has = |word: &str| features.iter().any(|feature| feature.contains(word));
    match (has("postgres"), has("mysql"), has("sqlite")) {
        (true, false, false) => "postgres".to_owned(),
        (false, true, false) => "mysql".to_owned(),
        (false, false, true) => "sqlite".to_owned(),
        _ => kind.to_owned(),
    }
}

/// The datastores that a client may be: one per address that it may have.
fn identities(linker: &Linker<'_>, service: usize, client: &Client, technology: &str) -> Vec<Identity> {
    let of = &linker.graph.services[service];
    let known = linker.known(of, &client.address);
    let technology = if client.technology.is_empty() { technology.to_owned() } else { client.technology.clone() };
    let option = |name: &str| -> Option<String> {
        let known = linker.known(of, client.options.get(name)?);
        known.texts.first().filter(|text| !text.contains(HOLE)).cloned()
    };
    if let Some(name) = option("database").or_else(|| option("bucket")) {
        let by_address = || known.texts.iter().find_map(|text| from_address(text, &technology)?.server);
        let server = option("host").or_else(by_address);
        let technology = plain_technology(linker, service, technology.clone(), &known);
        return vec![Identity { technology, name, name_known: true, server }];
    }
    let named: Vec<Identity> = known.texts.iter().filter_map(|text| from_address(text, &technology)).collect();
    if !named.is_empty() {
        return named;
    }
    let technology = plain_technology(linker, service, technology, &known);
    let (name, name_known) = match &known.held_by {
        Some(held) => (held.clone(), false),
        None => (of.name.clone(), false),
    };
    vec![Identity { technology, name, name_known, server: None }]
}

/// A technology from the scheme of an address, when the library leaves it open.
fn plain_technology(linker: &Linker<'_>, service: usize, technology: String, known: &Known) -> String {
    if !technology.is_empty() {
        return technology;
    }
    let scheme = known.texts.first().map(|text| parse(text).scheme).unwrap_or_default();
    by_scheme(&scheme).map_or_else(|| guessed_technology(linker, service, "sql"), str::to_owned)
}

fn by_scheme(scheme: &str) -> Option<&'static str> {
    Some(match scheme.split('+').next().unwrap_or(scheme) {
        "postgres" | "postgresql" => "postgres",
        "mysql" | "mariadb" => "mysql",
        "sqlite" => "sqlite",
        "redis" | "rediss" | "redis-cluster" => "redis",
        "mongodb" => "mongodb",
        "neo4j" | "bolt" => "neo4j",
        _ => return None,
    })
}

/// Server and database of an address in the words of libpq: `host=pg dbname=orders`.
fn from_words(text: &str, technology: &str) -> Option<Identity> {
    let word = |name: &str| {
        let mut pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, value)| *known == name && !value.contains(HOLE)).map(|(_, value)| value.to_owned())
    };
    let server = word("host").map(|host| match word("port") {
        Some(port) => format!("{host}:{port}"),
        None => host,
    });
    let technology = technology.to_owned();
    match word("dbname") {
        Some(name) => Some(Identity { technology, name, name_known: true, server }),
        None => word("host").map(|name| Identity { technology, name, name_known: false, server }),
    }
}

/// Server and database of an address.
fn from_address(text: &str, technology: &str) -> Option<Identity> {
    if technology == "postgres" && !text.contains("://") && text.contains('=') {
        return from_words(text, technology);
    }
    let address = parse(text);
    let technology = by_scheme(&address.scheme).map_or_else(|| technology.to_owned(), str::to_owned);
    let database = address.path.trim_start_matches('/').split(['?', '/']).next().unwrap_or("").to_owned();
    let host = (!address.host.is_empty() && !address.host.contains(HOLE)).then(|| address.host.clone());
    let server = host.clone().map(|host| match address.port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    });
    // `projects/p/instances/i/databases/d` is a path of names, and no address.
    if technology == "spanner" {
        let name = text.rsplit('/').next().unwrap_or(text);
        return (!name.is_empty() && !name.contains(HOLE)).then(|| Identity {
            technology,
            name: name.to_owned(),
            name_known: true,
            server: None,
        });
    }
    if technology == "sqlite" {
        let file = text.trim_start_matches("sqlite:").trim_start_matches("//");
        let name = file.split('?').next().unwrap_or(file).rsplit('/').next().unwrap_or(file);
        return (!name.is_empty() && !name.contains(HOLE)).then(|| Identity {
            technology,
            name: name.to_owned(),
            name_known: true,
            server: None,
        });
    }
    let by_database = matches!(technology.as_str(), "postgres" | "mysql" | "mongodb" | "clickhouse");
    if by_database && !database.is_empty() && !database.contains(HOLE) {
        return Some(Identity { technology, name: database, name_known: true, server });
    }
    if by_database && database.is_empty() && host.is_some() && technology == "postgres" {
        return host.map(|name| Identity { technology, name, name_known: false, server });
    }
    if by_database && technology != "clickhouse" && technology != "mongodb" {
        return None;
    }
    let host = host?;
    // Several services of one laptop share the address; the name of the technology tells more than `localhost`.
    let name = if is_loopback(&host) { technology.clone() } else { host };
    let name = match database.parse::<u32>() {
        Ok(number) if number > 0 => format!("{name}/{number}"),
        _ => name,
    };
    Some(Identity { technology, name, name_known: true, server })
}
