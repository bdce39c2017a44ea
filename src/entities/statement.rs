//! Statements: queries in code, statements of migrations, commands of stores.

use std::collections::BTreeSet;

use super::reading::{column, texts};
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::statements::{self, StatementSite};
use crate::analysis::tables::{self, is_identified, plain};
use crate::analysis::{pods, schema_change};
use crate::facts::Value;
use crate::facts::rust::{Effect, What};
use crate::facts::sql::Statement;
use crate::graph::model::ServiceId;
use crate::graph::schema::{Field, Kind, Reading, Type};

/// How to say what the options of a command are.
const OPTIONS: &str = "options that are built where they are used";

/// The table of statements.
pub static TABLE: Table = Table {
    kind: Kind::Statement,
    count: |model| model.statements.len(),
    id: |model, index| site(model, index).id.clone(),
    spans: |model, index| vec![(site(model, index).at.clone(), "the statement is here".to_owned())],
    formula: |_, _, _| None,
    columns: &[&[
        column(
            Field::new("kind", Type::Text, "Where it comes from.").one_of(&["query", "migration", "command"]),
            |model, index| text(site(model, index).kind),
        ),
        column(
            Field::new("technology", Type::Text, "The technology of its store; empty if not seen.").or_unknown(),
            |model, index| match (effect(model, index).map(|effect| &effect.what), site(model, index).migration) {
                (Some(What::Sql { technology, .. } | What::Store { technology, .. }), _) => text(technology),
                (_, Some((migration, _))) => {
                    let migration = &model.facts.migrations[migration];
                    match statements::technology_of_migration(model, site(model, index), migration) {
                        Some(technology) => text(&technology),
                        None => unknown("statement.technology", "a folder of the migrations that is called by it"),
                    }
                }
                _ => text(""),
            },
        ),
        column(
            Field::new("verb", Type::Text, "What it does: `select`, `create_index`, `SET`; empty if not known."),
            |model, index| match (sql(model, index), effect(model, index).map(|effect| &effect.what)) {
                (Some(statement), _) => text(&statement.verb),
                (None, Some(What::Store { operation, .. })) => text(operation),
                _ => text(""),
            },
        ),
        column(Field::new("text", Type::Text, "The statement; empty if not known."), |model, index| {
            text(&sql(model, index).map_or_else(String::new, |statement| short(&statement.text)))
        }),
        column(Field::new("function", Type::Text, "The function, or the migration file."), |model, index| {
            match (effect(model, index), site(model, index).migration) {
                (Some(effect), _) => text(&model.facts.rust.functions[effect.function].path),
                (None, Some((migration, _))) => text(&model.facts.migrations[migration].path),
                (None, None) => text(""),
            }
        }),
        column(Field::new("tables", Type::List(&Type::Text), "Tables that it touches."), |model, index| {
            let tables = sql(model, index).into_iter().flat_map(|statement| &statement.tables);
            let named = tables.filter(|table| !table.table.contains(crate::graph::model::HOLE));
            texts(named.map(|table| plain(&table.table)))
        }),
        column(
            Field::new("owners", Type::List(&Type::Text), "Services that own the tables that it touches.").or_unknown(),
            |model, index| match shared_if_same(model, index) {
                Some(table) => unknown(
                    &format!("the database of {table}"),
                    "mappings.variables in loadpath.yaml for what holds its address, without its password",
                ),
                None => texts(owners(model, index)),
            },
        ),
        column(
            Field::new("in_request", Type::Bool, "Whether a request reaches it: an rpc or an endpoint."),
            |model, index| Reading::Bool(in_request(model, index)),
        ),
        column(Field::new("fetches_all", Type::Bool, "Whether all rows are read into memory."), |model, index| {
            let fetch = effect(model, index).and_then(|effect| effect.options.get("fetch"));
            let fetch = fetch.and_then(Value::as_text).unwrap_or("");
            Reading::Bool(matches!(fetch, "fetch_all" | "load" | "get_results" | "query" | "query_all"))
        }),
        column(
            Field::new("limited", Type::Bool, "Whether it has a LIMIT, or gives one row: an aggregate, a key.")
                .or_null()
                .or_unknown(),
            |model, index| match sql(model, index) {
                Some(of) if !(of.limited || is_whole(model, index)) => {
                    unknown("statement.text", "a text that stands in the code, or a LIMIT in the part that does")
                }
                Some(of) => Reading::Bool(of.limited || of.aggregate || statements::by_key(model, of)),
                None => Reading::Null,
            },
        ),
        column(
            Field::new("equals", Type::List(&Type::Text), "Columns that it compares with equality."),
            |model, index| texts(sql(model, index).into_iter().flat_map(|statement| statement.equals.clone())),
        ),
        column(
            Field::new("built_from", Type::Text, "Of what its text is put together; null where a library writes it.")
                .or_null()
                .or_unknown()
                .one_of(&["constant", "settings", "text"]),
            |model, index| match effect(model, index).map(|effect| &effect.what) {
                Some(What::Sql { text: of, statement, .. }) => match statements::built(of) {
                    Some(built) => text(built.name()),
                    None if statement.is_some() => Reading::Null,
                    None => unknown("statement.text", "a text that stands where it is executed"),
                },
                _ => text("constant"),
            },
        ),
        column(Field::new("online", Type::Bool, "Whether it has CONCURRENTLY or NOT VALID."), |model, index| {
            Reading::Bool(sql(model, index).is_some_and(|statement| statement.online))
        }),
        column(
            Field::new("on_new_table", Type::Bool, "Whether the table that it changes comes with the same migration."),
            |model, index| Reading::Bool(statements::on_new_tables(model, site(model, index))),
        ),
        column(Field::new("lock_timeout", Type::Bool, "Whether its migration sets lock_timeout."), |model, index| {
            let of = site(model, index).migration.and_then(|(migration, _)| model.facts.migrations.get(migration));
            let all = of.into_iter().flat_map(|migration| &migration.statements);
            Reading::Bool(all.into_iter().any(|statement| statement.text.to_lowercase().contains("lock_timeout")))
        }),
        column(
            Field::new(
                "changes",
                Type::List(&Type::Text),
                "What it does to columns, keys and indexes: `drop`, `add_key`.",
            ),
            |model, index| {
                let columns = sql(model, index).into_iter().flat_map(|statement| &statement.columns);
                texts(columns.map(|change| change.change.clone()))
            },
        ),
        column(
            Field::new(
                "new",
                Type::Bool,
                "Whether its migration came with the change that is judged; null without a base.",
            )
            .or_null(),
            |model, index| match (model.base, site(model, index).migration) {
                (Some(_), Some((migration, _))) => {
                    Reading::Bool(statements::is_new(model, &model.facts.migrations[migration]))
                }
                _ => Reading::Null,
            },
        ),
        column(
            Field::new(
                "latest",
                Type::Bool,
                "Whether no migration comes after its own: those before have been applied.",
            ),
            |model, index| {
                let of = site(model, index).migration;
                Reading::Bool(
                    of.is_some_and(|(migration, _)| statements::is_latest(model, &model.facts.migrations[migration])),
                )
            },
        ),
        column(
            Field::new(
                "breaks",
                Type::List(&Type::Text),
                "What it takes away that code of the base still uses: `items.price`.",
            ),
            |model, index| texts(schema_change::breaks(model, site(model, index))),
        ),
        column(
            Field::new(
                "rolling",
                Type::Bool,
                "Whether old and new pods of its services run side by side in a roll-out.",
            )
            .or_unknown(),
            |model, index| {
                let services = &site(model, index).services;
                let deployed = |service: &ServiceId| !model.graph.services[*service].workloads.is_empty();
                match services.iter().any(|service| pods::rolls(model, *service)) {
                    false if !services.iter().all(deployed) => {
                        unknown("statement.rolling", "the manifests of the services that use the table")
                    }
                    rolling => Reading::Bool(rolling),
                }
            },
        ),
        column(
            Field::new("key", Type::Text, "For a command, its key, `*` for each hole; empty for others."),
            |model, index| match effect(model, index).map(|effect| &effect.what) {
                Some(What::Store { key, .. }) => {
                    text(&statements::pattern(key).replace(crate::graph::model::HOLE, "*"))
                }
                _ => text(""),
            },
        ),
        column(
            Field::new("one_key", Type::Bool, "For a command, whether its key is always the same."),
            |model, index| {
                Reading::Bool(match effect(model, index).map(|effect| &effect.what) {
                    Some(What::Store { key, .. }) => statements::is_one_key(key),
                    _ => false,
                })
            },
        ),
        column(
            Field::new("expires", Type::Bool, "For a command, whether it sets an expiry itself.").or_unknown(),
            |model, index| match effect(model, index).and_then(|effect| effect.options.get("ttl")) {
                Some(Value::Unknown(what)) => unknown(what, OPTIONS),
                ttl => Reading::Bool(ttl.is_some()),
            },
        ),
        column(
            Field::new(
                "expires_beside",
                Type::Bool,
                "For a command, whether another in the same function, or in one that it calls, sets one.",
            ),
            |model, index| Reading::Bool(statements::expires_beside(model, site(model, index))),
        ),
        column(
            Field::new("taken_out", Type::Bool, "For a command, whether keys of its kind are removed somewhere."),
            |model, index| Reading::Bool(statements::is_taken_out(model, site(model, index))),
        ),
        column(
            Field::new("if_absent", Type::Bool, "For a command, whether it writes only a key that is absent.")
                .or_unknown(),
            |model, index| {
                let Some(effect) = effect(model, index) else { return Reading::Bool(false) };
                let by_name = matches!(&effect.what, What::Store { operation, .. } if matches!(operation.as_str(), "SETNX" | "SET_NX"));
                match effect.options.get("nx") {
                    Some(Value::Unknown(what)) => unknown(what, OPTIONS),
                    nx => Reading::Bool(by_name || nx.is_some()),
                }
            },
        ),
        column(
            Field::new("services", Type::List(&Type::Entity(Kind::Service)), "Services that reach it."),
            |model, index| list(Kind::Service, site(model, index).services.iter().copied()),
        ),
    ]],
};

fn site<'a>(model: &'a Model<'_>, index: usize) -> &'a StatementSite {
    &model.statements[index]
}

fn effect<'a>(model: &'a Model<'_>, index: usize) -> Option<&'a Effect> {
    site(model, index).effect.map(|id| &model.facts.rust.effects[id])
}

fn sql<'a>(model: &'a Model<'_>, index: usize) -> Option<&'a Statement> {
    statements::sql(model, site(model, index))
}

/// The beginning of a text, for messages.
fn short(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether all of the text of a query is known.
fn is_whole(model: &Model<'_>, index: usize) -> bool {
    match effect(model, index).map(|effect| &effect.what) {
        Some(What::Sql { text, .. }) => statements::built(text) == Some(statements::Built::Constant),
        _ => true,
    }
}

fn in_request(model: &Model<'_>, index: usize) -> bool {
    let context = site(model, index).effect.and_then(|id| model.contexts.effects.get(&id));
    let entry = context.and_then(|context| context.entry);
    entry.is_some_and(|entry| matches!(model.graph.entries[entry].kind.as_str(), "rpc" | "endpoint"))
}

/// A table of another package, if all that is known of its database is what holds the address: both packages may mean
/// different databases by it.
fn shared_if_same(model: &Model<'_>, index: usize) -> Option<String> {
    let site = site(model, index);
    let statement = sql(model, index).filter(|_| site.effect.is_some())?;
    let touched: BTreeSet<String> = statement.tables.iter().map(|table| plain(&table.table)).collect();
    let package = |service: ServiceId| &model.graph.services[service].package;
    let mut open = model.tables.iter().filter(|table| {
        touched.contains(&table.name)
            && !is_identified(model, table.store)
            && tables::owner(model, table.store, Some(&table.name)).is_none()
            && site.services.iter().any(|id| table.writers.contains(id) || table.readers.contains(id))
            && table.owner.is_some_and(|owner| site.services.iter().all(|id| package(*id) != package(owner)))
    });
    open.next().map(|table| table.name.clone())
}

fn owners(model: &Model<'_>, index: usize) -> BTreeSet<String> {
    let site = site(model, index);
    let Some(statement) = sql(model, index).filter(|_| site.effect.is_some()) else { return BTreeSet::new() };
    let touched: BTreeSet<String> = statement.tables.iter().map(|table| plain(&table.table)).collect();
    let owned = model.tables.iter().filter(|table| {
        touched.contains(&table.name)
            && (table.writers.len() + table.readers.len() < 2
                || is_identified(model, table.store)
                || tables::owner(model, table.store, Some(&table.name)).is_some())
            && site.services.iter().any(|id| table.writers.contains(id) || table.readers.contains(id))
    });
    let owners = owned.filter_map(|table| table.owner);
    owners
        .map(|id| {
            let service = &model.graph.services[id];
            service.package.clone().unwrap_or_else(|| service.name.clone())
        })
        .collect()
}
