//! Relational databases: sqlx, sea-orm, diesel, tokio-postgres with its pools.

use std::sync::Arc;

use super::act::{self, Act, Open, Unit, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::destinations;
use crate::extract::rust::interpret::val::{Build, Held, concat};
use crate::extract::rust::interpret::want::Want;
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::tree::{ExprKind, Literal, Macro};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const POOL: &str = "sqlx::Pool";
const QUERY: &str = "sqlx::Query";

const OPEN: Open =
    Open { kind: "sql", technology: "", address: Where::Argument(0), give: POOL, lazy: false, pool: true };
const PG: Open = Open { technology: "postgres", ..OPEN };
const MYSQL: Open = Open { technology: "mysql", ..OPEN };
const SQLITE: Open = Open { technology: "sqlite", ..OPEN };
/// Says of a connection that it follows the log of a server, which is no use of a database.
const REPLICATION: &str = "replication";
const LAZY: Open = Open { lazy: true, ..OPEN };

const EXECUTORS: &[&str] = &[
    "execute",
    "execute_many",
    "fetch",
    "fetch_all",
    "fetch_one",
    "fetch_optional",
    "fetch_many",
    "load",
    "first",
    "get_result",
    "get_results",
];

/// Statements that sea-orm takes as they are written.
const RAW: &[&str] = &["execute", "query_one", "query_all", "execute_unprepared"];

/// What sqlx does on whatever executes: pools, connections, transactions.
const EXECUTE: &[&str] =
    &["execute", "execute_many", "fetch", "fetch_all", "fetch_one", "fetch_optional", "fetch_many"];

/// Ways to end a query that is built.
const BUILDS: &[&str] =
    &["build", "build_with", "build_query_as", "build_query_as_with", "build_query_scalar", "build_query_scalar_with"];
/// Ways to go on with one.
const PUSHES: &[&str] =
    &["push", "push_bind", "push_values", "push_tuples", "push_unseparated", "push_bind_unseparated"];
/// How many parameters a query has been given.
const PARAMETERS: &str = "parameters";
/// What fills the column that says where a row is to be sent.
const DESTINATION: &str = "destination";
/// Crates of pools that hold anything.
const GENERIC: &[&str] = &["deadpool", "bb8", "r2d2"];

/// Relational databases.
pub static LIBRARY: Library = Library {
    name: "sqlx",
    crates: &[
        "sqlx",
        "sqlx_core",
        "sqlx_postgres",
        "sea_orm",
        "diesel",
        "diesel_async",
        "tokio_postgres",
        "postgres",
        "deadpool_postgres",
        "deadpool",
        "bb8",
        "bb8_postgres",
        "r2d2",
        "r2d2_postgres",
        "rusqlite",
        "sea_orm_migration",
        "deadpool_diesel",
        "refinery",
        "deadpool_sqlite",
        "r2d2_sqlite",
        "libsql",
        "tokio_rusqlite",
    ],
    apis: &[
        // sqlx
        api("PgPoolOptions", &["new", "default"], Act::Give("sqlx::PgPoolOptions")),
        api("MySqlPoolOptions", &["new", "default"], Act::Give("sqlx::MySqlPoolOptions")),
        api("SqlitePoolOptions", &["new", "default"], Act::Give("sqlx::SqlitePoolOptions")),
        api("PoolOptions", &["new", "default"], Act::Give("sqlx::PoolOptions")),
        api("AnyPoolOptions", &["new", "default"], Act::Give("sqlx::PoolOptions")),
        api("*", &["max_connections"], Act::Set("max_connections", Unit::Plain)),
        api("*", &["min_connections"], Act::Set("min_connections", Unit::Plain)),
        api("*", &["acquire_timeout", "connection_timeout"], Act::Set("acquire_timeout_ms", Unit::Duration)),
        api("*", &["idle_timeout"], Act::Set("idle_timeout_ms", Unit::Duration)),
        api("*", &["max_lifetime"], Act::Set("max_lifetime_ms", Unit::Duration)),
        api("*", &["test_before_acquire"], Act::Set("test_before_acquire", Unit::Plain)),
        api("*", &["statement_timeout"], Act::Set("statement_timeout_ms", Unit::Duration)),
        api("*", &["after_connect", "before_acquire"], Act::Set("after_connect", Unit::Flag)),
        api("PgPoolOptions", &["connect", "connect_with"], Act::Open(PG)),
        api("PgPoolOptions", &["connect_lazy", "connect_lazy_with"], Act::Open(Open { lazy: true, ..PG })),
        api("MySqlPoolOptions", &["connect", "connect_with"], Act::Open(MYSQL)),
        api("MySqlPoolOptions", &["connect_lazy", "connect_lazy_with"], Act::Open(Open { lazy: true, ..MYSQL })),
        api("SqlitePoolOptions", &["connect", "connect_with"], Act::Open(SQLITE)),
        api("SqlitePoolOptions", &["connect_lazy", "connect_lazy_with"], Act::Open(Open { lazy: true, ..SQLITE })),
        api("PoolOptions", &["connect", "connect_with"], Act::Open(OPEN)),
        api("PoolOptions", &["connect_lazy", "connect_lazy_with"], Act::Open(LAZY)),
        api("PgPool", &["connect", "connect_with"], Act::Open(PG)),
        api("PgPool", &["connect_lazy", "connect_lazy_with"], Act::Open(Open { lazy: true, ..PG })),
        api("MySqlPool", &["connect", "connect_with", "connect_lazy"], Act::Open(MYSQL)),
        api("SqlitePool", &["connect", "connect_with", "connect_lazy"], Act::Open(SQLITE)),
        api("AnyPool", &["connect", "connect_with"], Act::Open(OPEN)),
        api("Pool", &["connect", "connect_with"], Act::Open(OPEN)),
        api("Pool", &["connect_lazy", "connect_lazy_with"], Act::Open(LAZY)),
        api(
            "PgConnection",
            &["connect", "connect_with", "establish"],
            Act::Open(Open { pool: false, give: "sqlx::PgConnection", ..PG }),
        ),
        api("AsyncPgConnection", &["establish"], Act::Open(Open { pool: false, give: "diesel::PgConnection", ..PG })),
        api(
            "AsyncMysqlConnection",
            &["establish"],
            Act::Open(Open { pool: false, give: "diesel_async::AsyncMysqlConnection", ..MYSQL }),
        ),
        api(
            "MysqlConnection",
            &["establish"],
            Act::Open(Open { pool: false, give: "diesel::MysqlConnection", ..MYSQL }),
        ),
        api(
            "SqliteConnection",
            &["establish", "connect"],
            Act::Open(Open { pool: false, give: "diesel::SqliteConnection", ..SQLITE }),
        ),
        api("PgListener", &["connect"], Act::Open(Open { pool: false, give: "sqlx::PgListener", ..PG })),
        api("PgListener", &["connect_with"], Act::Give("sqlx::PgListener")),
        api("PgConnectOptions", &["from_str", "from_url"], Act::Custom(options)),
        api("PgConnectOptions", &["new", "default"], Act::Give("sqlx::PgConnectOptions")),
        api("PgConnectOptions", &["host"], Act::Set("host", Unit::Plain)),
        api("PgConnectOptions", &["port"], Act::Set("port", Unit::Plain)),
        api("PgConnectOptions", &["database"], Act::Set("database", Unit::Plain)),
        api("PgConnectOptions", &["ssl_mode"], Act::Set("ssl_mode", Unit::Plain)),
        api("PgConnectOptions", &["options"], Act::Custom(session)),
        api(
            "PgConnectOptions",
            &["connect"],
            Act::Open(Open { pool: false, address: Where::Receiver, give: "sqlx::PgConnection", ..PG }),
        ),
        api("PgConnectOptions", &["*"], Act::Same),
        api("SqliteConnectOptions", &["from_str", "new", "filename"], Act::Custom(options)),
        api(
            "SqliteConnectOptions",
            &["connect"],
            Act::Open(Open { pool: false, address: Where::Receiver, give: "sqlx::SqliteConnection", ..SQLITE }),
        ),
        api("SqliteConnectOptions", &["*"], Act::Same),
        api("MySqlConnectOptions", &["from_str", "from_url"], Act::Custom(options)),
        api("MySqlConnectOptions", &["host"], Act::Set("host", Unit::Plain)),
        api("MySqlConnectOptions", &["port"], Act::Set("port", Unit::Plain)),
        api("MySqlConnectOptions", &["database"], Act::Set("database", Unit::Plain)),
        api(
            "MySqlConnectOptions",
            &["connect"],
            Act::Open(Open { pool: false, address: Where::Receiver, give: "sqlx::MySqlConnection", ..MYSQL }),
        ),
        api("MySqlConnectOptions", &["*"], Act::Same),
        api("", &["AssertSqlSafe"], Act::Pass(0)),
        api("Pool", EXECUTE, Act::Custom(direct)),
        api("PgPool", EXECUTE, Act::Custom(direct)),
        api("MySqlPool", EXECUTE, Act::Custom(direct)),
        api("SqlitePool", EXECUTE, Act::Custom(direct)),
        api("AnyPool", EXECUTE, Act::Custom(direct)),
        api("PoolConnection", EXECUTE, Act::Custom(direct)),
        api("PgConnection", EXECUTE, Act::Custom(direct)),
        api("MySqlConnection", EXECUTE, Act::Custom(direct)),
        api("SqliteConnection", EXECUTE, Act::Custom(direct)),
        api("Transaction", EXECUTE, Act::Custom(direct)),
        api("PoolConnection", &["begin"], Act::Custom(begin)),
        api("PgConnection", &["begin"], Act::Custom(begin)),
        api("Pool", &["begin"], Act::Custom(begin)),
        api("PgPool", &["begin"], Act::Custom(begin)),
        api("MySqlPool", &["begin"], Act::Custom(begin)),
        api("SqlitePool", &["begin"], Act::Custom(begin)),
        api(
            "Pool",
            &["acquire", "get", "get_owned", "try_get", "get_timeout", "dedicated_connection"],
            Act::Custom(checkout),
        ),
        api("PgPool", &["acquire", "try_acquire"], Act::Custom(checkout)),
        api("MySqlPool", &["acquire"], Act::Custom(checkout)),
        api("SqlitePool", &["acquire"], Act::Custom(checkout)),
        api(
            "",
            &["query", "query_as", "query_scalar", "query_with", "query_as_with", "sql_query", "raw_sql"],
            Act::Custom(query),
        ),
        api("QueryBuilder", &["new", "with_arguments"], Act::Custom(query_builder)),
        api("QueryBuilder", BUILDS, Act::Give(QUERY)),
        api("QueryBuilder", PUSHES, Act::Custom(push)),
        api("QueryBuilder", &["separated"], Act::Custom(separated)),
        api("QueryBuilder", &["*"], Act::Same),
        api("Separated", PUSHES, Act::Custom(push)),
        api("Separated", &["*"], Act::Same),
        api("Query", EXECUTORS, Act::Custom(execute)),
        api("Query", &["bind"], Act::Custom(bind)),
        api("Query", &["*"], Act::Same),
        api("Transaction", &["begin", "transaction"], Act::Custom(begin)),
        api("Migrator", &["with_migrations"], Act::Give("sqlx::Migrator")),
        api("Migrator", &["run", "run_direct", "run_to", "undo"], Act::Custom(migrate)),
        api("Migrator", &["*"], Act::Same),
        api("MigratorTrait", &["up", "fresh", "refresh"], Act::Custom(migrate)),
        api(
            "",
            &["insert_into", "insert_or_ignore_into", "replace_into", "update", "delete"],
            Act::Custom(super::orm::begin),
        ),
        api("*", &["run_pending_migrations"], Act::Custom(migrate)),
        // sea-orm
        api("Database", &["connect"], Act::Open(Open { give: "sea_orm::DatabaseConnection", ..OPEN })),
        api("ConnectOptions", &["new"], Act::Custom(options)),
        api("DatabaseConnection", &["begin", "begin_with_config", "transaction"], Act::Custom(begin)),
        api("DatabaseConnection", RAW, Act::Custom(direct)),
        api("DatabaseTransaction", RAW, Act::Custom(direct)),
        api("Transaction", RAW, Act::Custom(direct)),
        api("Statement", &["from_string", "from_sql_and_values"], Act::Custom(statement)),
        // tokio-postgres and its pools
        api(
            "Client",
            &[
                "query",
                "query_one",
                "query_opt",
                "execute",
                "batch_execute",
                "simple_query",
                "query_raw",
                "prepare",
                "copy_in",
                "query_typed",
            ],
            Act::Custom(direct),
        ),
        api(
            "ClientWrapper",
            &[
                "query",
                "query_one",
                "query_opt",
                "execute",
                "batch_execute",
                "simple_query",
                "query_raw",
                "prepare",
                "prepare_cached",
            ],
            Act::Custom(direct),
        ),
        api(
            "Object",
            &[
                "query",
                "query_one",
                "query_opt",
                "execute",
                "batch_execute",
                "simple_query",
                "query_raw",
                "prepare",
                "prepare_cached",
            ],
            Act::Custom(direct),
        ),
        api(
            "Transaction",
            &["query", "query_one", "query_opt", "execute", "batch_execute", "simple_query", "query_raw"],
            Act::Custom(direct),
        ),
        api(
            "PooledConnection",
            &["query", "query_one", "query_opt", "execute", "batch_execute", "simple_query"],
            Act::Custom(direct),
        ),
        api("Client", &["transaction", "build_transaction"], Act::Custom(begin)),
        api("Object", &["transaction", "build_transaction"], Act::Custom(begin)),
        api("", &["connect"], Act::Custom(tokio_postgres)),
        api("Client", &["connect"], Act::Open(Open { give: "postgres::Client", pool: false, ..PG })),
        api("Config", &["connect", "connect_raw"], Act::Custom(tokio_postgres)),
        api("Config", &["replication_mode"], Act::Set(REPLICATION, Unit::Flag)),
        api("Config", &["create_pool"], Act::Custom(create_pool)),
        api("Config", &["from_str"], Act::Custom(options)),
        api("Config", &["new"], Act::Custom(config)),
        api("Config", &["url"], Act::Gather("address")),
        api("Config", &["pool"], Act::Merge("pool_config")),
        api("Config", &["host"], Act::Set("host", Unit::Plain)),
        api("Config", &["port"], Act::Set("port", Unit::Plain)),
        api("Config", &["dbname"], Act::Set("database", Unit::Plain)),
        api("Config", &["connect_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("Config", &["*"], Act::Same),
        api("Manager", &["new", "from_config"], Act::Custom(manager)),
        api("PostgresConnectionManager", &["new", "new_from_stringlike"], Act::Custom(manager)),
        api("ConnectionManager", &["new"], Act::Custom(manager)),
        api("AsyncDieselConnectionManager", &["new", "new_with_config"], Act::Custom(manager)),
        api("SqliteConnectionManager", &["file"], Act::Custom(manager)),
        api("Pool", &["builder"], Act::Custom(builder)),
        api("Pool", &["new"], Act::Custom(built)),
        api("PoolBuilder", &["max_size"], Act::Set("max_connections", Unit::Plain)),
        api("PoolBuilder", &["wait_timeout"], Act::Set("acquire_timeout_ms", Unit::Duration)),
        api("PoolBuilder", &["create_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("PoolBuilder", &["config", "timeouts"], Act::Merge("pool_config")),
        api("PoolBuilder", &["build", "build_unchecked"], Act::Custom(built)),
        api("PoolBuilder", &["*"], Act::Same),
        api("Builder", &["max_size"], Act::Set("max_connections", Unit::Plain)),
        api("Builder", &["build", "build_unchecked"], Act::Custom(built)),
        api("Builder", &["*"], Act::Same),
        // rusqlite
        api(
            "Connection",
            &["open", "open_with_flags", "open_in_memory"],
            Act::Open(Open { pool: false, give: "rusqlite::Connection", ..SQLITE }),
        ),
        api("Connection", &["execute", "query_row", "prepare", "prepare_cached", "execute_batch"], Act::Custom(direct)),
    ],
    macros: &[
        ("query", query_macro),
        ("query_as", query_as_macro),
        ("query_scalar", query_macro),
        ("query_unchecked", query_macro),
        ("query_as_unchecked", query_as_macro),
        ("query_file", query_file_macro),
        ("query_file_as", query_file_macro),
        ("query_file_scalar", query_file_macro),
        ("migrate", migrate_macro),
        ("embed_migrations", migrate_macro),
    ],
};

/// The technology that a type names.
pub fn technology_of(ty: &Ty) -> &'static str {
    match ty {
        Ty::Extern(path, arguments) => {
            let name = path.rsplit("::").next().unwrap_or("");
            let krate = path.split("::").next().unwrap_or("");
            match name {
                "PgPool"
                | "Postgres"
                | "PgConnection"
                | "PgPoolOptions"
                | "AsyncPgConnection"
                | "PgConnectOptions"
                | "PostgresConnectionManager" => "postgres",
                "MySqlPool" | "MySql" | "MysqlConnection" | "MySqlPoolOptions" | "AsyncMysqlConnection" => "mysql",
                "SqlitePool" | "Sqlite" | "SqliteConnection" | "SqlitePoolOptions" | "SqliteConnectionManager" => {
                    "sqlite"
                }
                _ if matches!(
                    krate,
                    "tokio_postgres" | "deadpool_postgres" | "bb8_postgres" | "r2d2_postgres" | "postgres"
                ) =>
                {
                    "postgres"
                }
                _ if matches!(krate, "rusqlite" | "r2d2_sqlite" | "tokio_rusqlite" | "deadpool_sqlite" | "libsql") => {
                    "sqlite"
                }
                _ => arguments.iter().map(technology_of).find(|found| !found.is_empty()).unwrap_or(""),
            }
        }
        _ => "",
    }
}

/// `Config::new()`: nothing of it is set yet, and what is set from here on is seen.
fn config(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val { build: Some(Arc::new(Build::default())), ..Val::of(call.owner.clone()) })
}

/// `Statement::from_string(backend, "…")`
fn statement(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let text = act::text(call, Where::Argument(1));
    let at = eval.place(call.at);
    Some(started(text, at).typed(Ty::of("sea_orm::Statement")))
}

fn options(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Argument(0));
    let mut val = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    if call.receiver.is_none() {
        val = Val::of(call.owner.clone());
    }
    Some(val.with_text("address", address))
}

/// `options.options([("statement_timeout", "3s")])`: which settings its sessions begin with, by name.
fn session(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let at = eval.place(call.at);
    let receiver = call.receiver.as_ref()?.val.clone();
    let pair = call.arguments.first().and_then(|pairs| pairs.val.parts.as_ref());
    let names = pair.and_then(|pair| pair.first()).map(|name| name.value_or("known only when it runs"));
    let names = names.unwrap_or_else(|| Value::Unknown("settings that are put together elsewhere".to_owned()));
    let before = receiver.build.as_ref().and_then(|build| build.options.get("options")).map(|(names, _)| names.clone());
    let names = match before {
        Some(before) => before.or(names),
        None => names,
    };
    Some(receiver.with_option("options", names, at))
}

/// `pool.begin()`: a transaction until it is committed or dropped.
fn begin(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let ty = match &call.owner {
        Ty::Extern(path, _) if path.starts_with("tokio_postgres") || path.starts_with("deadpool_postgres") => {
            Ty::of("tokio_postgres::Transaction")
        }
        owner => Ty::Extern("sqlx::Transaction".into(), Arc::new([owner.clone()])),
    };
    Some(Val { guard: Some(Arc::new(Held::Transaction)), ..receiver.typed(ty) })
}

/// `pool.acquire()`, `pool.get()`: a connection until it is dropped.
fn checkout(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let Ty::Extern(path, arguments) = &call.owner else { return None };
    let krate = path.split("::").next().unwrap_or("");
    if let Some(of) = pooled(eval, path, arguments) {
        return Some(Val { guard: None, ..receiver }.typed(of));
    }
    let redis = arguments.iter().any(|ty| matches!(ty, Ty::Extern(path, _) if path.to_lowercase().contains("redis")))
        || receiver.clients.iter().any(|spec| spec.technology == "redis");
    let ty = if redis {
        Ty::of("redis::Connection")
    } else {
        match krate {
            "deadpool_postgres" | "bb8_postgres" | "r2d2_postgres" => Ty::of("deadpool_postgres::Object"),
            "deadpool" | "bb8" | "r2d2" => match technology_of(&call.owner) {
                "postgres" if !arguments.iter().any(is_diesel) => Ty::of("deadpool_postgres::Object"),
                // A pool of which neither what it holds nor a client is known may hold anything.
                "" if receiver.clients.is_empty() && !arguments.iter().any(is_diesel) => Ty::Unknown,
                _ => Ty::Extern("diesel::PooledConnection".into(), arguments.clone()),
            },
            _ => Ty::Extern("sqlx::PoolConnection".into(), Arc::new([call.owner.clone()])),
        }
    };
    Some(Val { guard: Some(Arc::new(Held::Connection)), ..receiver.typed(ty) })
}

fn is_diesel(ty: &Ty) -> bool {
    matches!(ty, Ty::Extern(path, _) if path.contains("diesel"))
}

/// What a pool of something else than connections of these libraries gives: what its manager says that it makes, or what
/// it was filled with.
fn pooled(eval: &Eval<'_, '_>, path: &str, arguments: &[Ty]) -> Option<Ty> {
    let of = arguments.first()?;
    if path.contains("unmanaged") {
        return Some(of.clone());
    }
    eval.associated(of, &["Connection", "Type"])
}

/// `sqlx::query("…")`
fn query(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_some() {
        return None;
    }
    run_steps(eval, call);
    let text = act::text(call, Where::Argument(0));
    let at = eval.place(call.at);
    Some(started(text, at))
}

/// A query that waits for its executor.
fn started(text: Value, at: crate::span::Span) -> Val {
    let mut val = Val::of(Ty::of(QUERY)).with_text("statement", text);
    let mut build = val.build.as_deref().cloned().unwrap_or_default();
    build.at = Some(at);
    val.build = Some(Arc::new(build));
    val
}

/// `QueryBuilder::new("SELECT …")`
fn query_builder(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    Some(query(eval, library, call)?.typed(Ty::of("sqlx::QueryBuilder")))
}

/// `.push(" WHERE id = ")`, `.push_bind(id)`: in place. What is pushed in a branch counts: less would be said of a statement
/// that has it.
fn push(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    // A closure of `push_values` pushes on what it is given, and its own steps are none of a statement.
    run_steps(eval, call);
    let of = call.receiver.as_ref()?.clone();
    let statement = of.val.gathered("statement")?.clone();
    let number = match of.val.gathered("binds") {
        Some(Value::Integer(number)) => number.saturating_add(1),
        _ => 1,
    };
    let bind = || Value::Text(format!("${number}"));
    let binds = call.name.contains("bind") || matches!(call.name.as_str(), "push_values" | "push_tuples");
    let mut parts = vec![statement];
    let separator = of.val.gathered("separator").cloned();
    match (&separator, of.val.gathered("first")) {
        (Some(separator), None) if !call.name.contains("unseparated") => parts.push(separator.clone()),
        _ => {}
    }
    match call.name.as_str() {
        "push_values" => parts.extend([Value::Text("VALUES (".to_owned()), bind(), Value::Text(")".to_owned())]),
        "push_tuples" => parts.extend([Value::Text(" (".to_owned()), bind(), Value::Text(")".to_owned())]),
        _ if binds => parts.push(bind()),
        _ => parts.push(act::text(call, Where::Argument(0))),
    }
    let (statement, binds) = (concat(parts), Value::Integer(if binds { number } else { number - 1 }));
    let after = |val: Val| val.with_text("statement", statement.clone()).with_text("binds", binds.clone());
    let builder = of.val.gathered("variable").and_then(Value::as_text).map(str::to_owned);
    let changed = act::changed(eval, &of);
    let mut val = after(of.val);
    if let Some(build) = val.build.as_mut().map(Arc::make_mut) {
        build.texts.remove("first");
    }
    if let Some(name) = changed {
        eval.update(&name, val.clone());
    }
    if let Some(builder) = builder {
        let mut whole = val.clone().typed(Ty::of("sqlx::QueryBuilder"));
        if let Some(build) = whole.build.as_mut().map(Arc::make_mut) {
            build.texts.remove("variable");
            build.texts.remove("separator");
        }
        eval.update(&builder, whole);
    }
    Some(val)
}

/// `.separated(", ")`: pushes on the builder, with something between them.
fn separated(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let of = call.receiver.as_ref()?.clone();
    let separator = act::text(call, Where::Argument(0));
    let changed = act::changed(eval, &of);
    let val = of.val.typed(Ty::of("sqlx::Separated")).with_text("separator", separator);
    let val = val.with_text("first", Value::Bool(true));
    Some(match changed {
        Some(name) => val.with_text("variable", Value::Text(name)),
        None => val,
    })
}

/// `.execute(&pool)`
fn execute(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let executor = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let text =
        receiver.gathered("statement").cloned().unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    let technology = technology_of(&executor.ty).to_owned();
    let name = executor.ty.extern_name().map_or("", |(_, name)| name).to_owned();
    let id = eval.sql(library.name, &technology, text, executor.clients, call.at, &call.want);
    eval.set_option(id, "fetch", Value::Text(call.name.clone()));
    eval.set_option(id, "executor", Value::Text(name));
    if let Some(destination) = receiver.gathered(DESTINATION) {
        eval.set_option(id, DESTINATION, destination.clone());
    }
    if let Some(at) = receiver.build.as_ref().and_then(|build| build.at.clone()) {
        eval.set_place(id, at);
    }
    let ty = Ty::of("sqlx::Row");
    Some(Val::of(match call.name.as_str() {
        "fetch_all" | "load" | "get_results" => ty.list(),
        "fetch" => ty.stream(),
        _ => ty,
    }))
}

/// `client.query("…", &[])`
fn direct(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let receiver = call.receiver.as_ref()?.val.clone();
    if matches!(&call.owner, Ty::Extern(path, _) if path.starts_with("redis") || path.starts_with("deadpool_redis")) {
        return None;
    }
    run_steps(eval, call);
    // A query that was made before, or prepared, brings its statement.
    let made = call.arguments.first().and_then(|argument| argument.val.build.clone());
    let text = made.as_ref().and_then(|made| made.texts.get("statement")).cloned();
    let text = text.unwrap_or_else(|| act::text(call, Where::Argument(0)));
    let technology = technology_of(&call.owner);
    if let Some(krate) = receiver.clients.iter().find_map(|spec| is_sync(&spec.library)) {
        act::waits(eval, krate, format!("{krate}::{}", call.name), call);
    }
    let id = eval.sql(library.name, technology, text.clone(), receiver.clients, call.at, &call.want);
    eval.set_option(id, "fetch", Value::Text(call.name.clone()));
    if let Some(at) = made.and_then(|made| made.at.clone()) {
        eval.set_place(id, at);
    }
    Some(if call.name.starts_with("prepare") {
        Val::of(Ty::of("tokio_postgres::Statement")).with_text("statement", text)
    } else {
        Val::default()
    })
}

/// Crates whose clients wait on their thread.
pub fn is_sync(krate: &str) -> Option<&str> {
    matches!(krate, "postgres" | "rusqlite" | "r2d2" | "r2d2-postgres" | "r2d2-sqlite" | "diesel").then_some(krate)
}

/// `tokio_postgres::connect(url, tls)`, `config.connect(tls)`: a client and its connection.
fn tokio_postgres(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let krate = call.owner.extern_name().map_or("", |(krate, _)| krate).to_owned();
    if !matches!(krate.as_str(), "tokio_postgres" | "postgres") {
        return None;
    }
    run_steps(eval, call);
    let address = if call.receiver.is_some() { Where::Receiver } else { Where::Argument(0) };
    let open = Open { give: "tokio_postgres::Client", pool: false, address, ..PG };
    if krate == "postgres" {
        return Some(act::open(eval, library, &Open { give: "postgres::Client", ..open }, call));
    }
    let config = call.receiver.as_ref().and_then(|receiver| receiver.val.build.as_ref());
    let of_log = config.is_some_and(|build| build.options.contains_key(REPLICATION));
    let log = Open { kind: REPLICATION, give: "tokio_postgres::ReplicationClient", ..open };
    let val = act::open(eval, library, if of_log { &log } else { &open }, call);
    let parts = [val.clone(), Val::default()];
    Some(Val { parts: Some(Arc::from(parts)), ..val })
}

fn manager(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    // `Manager::new(config, tls)`: the first that says anything of a server.
    let says = |val: &Val| val.build.is_some() || val.value.is_some();
    let mut arguments = call.arguments.iter().map(|argument| &argument.val);
    let argument = arguments.clone().find(|val| says(val)).or_else(|| arguments.next()).cloned().unwrap_or_default();
    let address = argument.gathered("address").cloned().or(argument.value).unwrap_or(Value::Absent);
    let generics = if call.generics.is_empty() {
        match &call.owner {
            Ty::Extern(_, arguments) => arguments.to_vec(),
            _ => Vec::new(),
        }
    } else {
        call.generics.clone()
    };
    let Ty::Extern(path, _) = &call.owner else { return None };
    let val = Val { build: argument.build, ..Val::of(Ty::Extern(path.clone(), generics.into())) };
    Some(val.with_text("address", address))
}

/// `Pool::builder(manager)`, `Pool::builder()`
fn builder(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let ty = Ty::Extern("deadpool::PoolBuilder".into(), Arc::new([inner.ty.clone()]));
    let krate = match &call.owner {
        Ty::Extern(path, _) => path.split("::").next().unwrap_or("").to_owned(),
        _ => String::new(),
    };
    Some(inner.typed(ty).with_text("crate", Value::Text(krate)))
}

/// `config.create_pool(…)`: fields that were set on a config of a name are not seen.
fn create_pool(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let open = Open { address: Where::Receiver, give: "deadpool_postgres::Pool", ..PG };
    let call = act::with_fields_unseen(eval, call);
    Some(act::open(eval, library, &open, &call))
}

/// The pool that a builder gives.
fn built(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    let manager = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let of = if manager.ty.is_unknown() { receiver.ty.clone() } else { manager.ty.clone() };
    let is_redis = matches!(&of, Ty::Extern(path, _) if path.to_lowercase().contains("redis"));
    let technology = technology_of(&of);
    // A pool of a client that was opened before (r2d2 over redis) is that client.
    if is_redis && !manager.clients.is_empty() {
        let options = receiver.build.as_deref().cloned().unwrap_or_default().options;
        return Some(act::respecified(eval, &manager, "deadpool_redis::Pool", |spec| {
            spec.pool = true;
            spec.build.options.extend(options.clone());
        }));
    }
    if !is_redis && technology.is_empty() && !is_relational(library, &call.owner, &receiver, &of) {
        // A pool of something else: its connections are clients where they are opened.
        let path = match &call.owner {
            Ty::Extern(path, _) if path.contains("unmanaged") => "deadpool::unmanaged::Pool",
            _ => "deadpool::Pool",
        };
        let of = of.alternatives().first().cloned().unwrap_or_default();
        let of = match of {
            Ty::Extern(path, arguments) if path.ends_with("PoolBuilder") => {
                arguments.first().cloned().unwrap_or_default()
            }
            of => of,
        };
        let val = Val { value: None, build: None, ..act::carried(receiver, call) };
        return Some(val.typed(Ty::Extern(path.into(), Arc::new([of]))));
    }
    let mut call = call.clone();
    let mut merged = receiver;
    if let Some(address) = manager.gathered("address") {
        merged = merged.with_text("address", address.clone());
    }
    call.receiver = Some(super::Argument { val: merged, ..super::Argument::default() });
    call.arguments.clear();
    let open = if is_redis {
        Open {
            kind: "cache",
            technology: "redis",
            address: Where::Receiver,
            give: "deadpool_redis::Pool",
            lazy: true,
            pool: true,
        }
    } else {
        Open { technology, address: Where::Receiver, give: "deadpool::Pool", ..OPEN }
    };
    let val = act::open(eval, library, &open, &call);
    Some(if is_redis { val } else { val.typed(Ty::Extern("deadpool::Pool".into(), Arc::new([of]))) })
}

/// Whether a pool holds connections of a library of this family: by its manager, or by the crate that names it.
fn is_relational(library: &Library, owner: &Ty, builder: &Val, manager: &Ty) -> bool {
    let special = |krate: &str| library.crates.contains(&krate) && !GENERIC.contains(&krate);
    let of = |ty: &Ty| ty.extern_name().is_some_and(|(krate, _)| special(krate));
    let named = builder.gathered("crate").and_then(Value::as_text);
    let inner = match manager {
        Ty::Extern(_, arguments) => arguments.iter().any(of),
        _ => false,
    };
    !matches!(manager, Ty::Adt(..)) && (of(owner) || of(manager) || inner || named.is_some_and(special))
}

fn migrate(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let folder = call
        .receiver
        .as_ref()
        .and_then(|receiver| receiver.val.gathered("folder").cloned())
        .and_then(|value| value.as_text().map(str::to_owned))
        .unwrap_or_default();
    // The connection is the only one of the arguments that has any.
    let clients = call.arguments.iter().flat_map(|argument| argument.val.clients.iter().cloned()).collect();
    let krate = act::krate(library, &Build::default(), &call.owner);
    eval.effect(What::Migrate { folder }, &krate, clients, call.at, &call.want);
    Some(Val::default())
}

fn migrate_macro<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, _: &Want) -> Option<Val> {
    let folder = of.arguments.first().and_then(literal).unwrap_or_else(|| "migrations".to_owned());
    let folder = eval.in_package(folder.trim_start_matches("./"));
    Some(Val::of(Ty::of("sqlx::Migrator")).with_text("folder", Value::Text(folder)))
}

fn literal(expr: &crate::extract::rust::tree::Expr) -> Option<String> {
    match &*expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        ExprKind::Binary(operator, a, b) if operator == "+" => Some(format!("{}{}", literal(a)?, literal(b)?)),
        _ => None,
    }
}

fn query_macro<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, want: &Want) -> Option<Val> {
    query_at(eval, of, 0, want)
}

fn query_as_macro<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, want: &Want) -> Option<Val> {
    query_at(eval, of, 1, want)
}

fn query_at<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, index: usize, want: &Want) -> Option<Val> {
    let statement = of.arguments.get(index)?;
    let text =
        literal(statement).map(Value::Text).unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    let given: Vec<Val> = of.arguments.iter().skip(index + 1).map(|argument| eval.expr(argument, want)).collect();
    let at = eval.place(of.at);
    let query = started(text, at);
    Some(given.iter().fold(query, with_parameter))
}

/// `query.bind(value)`
fn bind(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let query = call.receiver.as_ref()?.val.clone();
    let value = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(with_parameter(query, &value))
}

/// A query with one parameter more. What fills a column that says where a row is to be sent is kept: the outbox of a
/// service tells by it which topics it has.
fn with_parameter(query: Val, value: &Val) -> Val {
    let position = match query.gathered(PARAMETERS) {
        Some(Value::Integer(count)) => *count,
        _ => 0,
    };
    let fills = match query.gathered("statement") {
        Some(Value::Text(text)) => {
            destinations::destinations(text).iter().any(|(_, at)| i64::try_from(*at) == Ok(position))
        }
        _ => false,
    };
    let query = query.with_text(PARAMETERS, Value::Integer(position + 1));
    if fills { query.with_text(DESTINATION, value.value_or("known only when it runs")) } else { query }
}

fn query_file_macro<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, want: &Want) -> Option<Val> {
    for argument in &of.arguments {
        eval.expr(argument, want);
    }
    let at = eval.place(of.at);
    Some(started(Value::Unknown("the statement is in a file".to_owned()), at))
}
