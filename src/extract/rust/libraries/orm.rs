//! Queries that are built and not written: entities of sea-orm, tables of diesel.
//!
//! A query under construction knows its table and what it does to it; where it is run, it becomes a statement. Its text is
//! made by the library and not seen: what it limits is not known.

use std::sync::Arc;

use super::act::{self, Act, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::tree::{Attribute, ExprKind, Literal, Macro};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::sql::{Statement, TableUse};

/// Where the names stand that `DeriveEntityModel` and `table!` make: the table is the segment behind.
const TABLES: &str = "loadpath_orm::table";
const QUERY: &str = "loadpath_orm::Query";

/// Methods that run a query on the connection that they are given.
const RUN: &[&str] = &[
    "all",
    "one",
    "stream",
    "count",
    "exec",
    "exec_with_returning",
    "exec_without_returning",
    "exec_with_returning_many",
    "exec_with_returning_keys",
    "load",
    "load_iter",
    "load_stream",
    "first",
    "get_result",
    "get_results",
    "execute",
];

/// Entities and tables, under names of their own: those that the macros make have no crate.
pub static LIBRARY: Library = Library {
    name: "orm",
    crates: &["loadpath_orm"],
    apis: &[
        api(
            "Entity",
            &["find", "find_by_id", "find_with_related", "find_also_related", "find_related"],
            Act::Custom(select),
        ),
        api("Entity", &["insert", "insert_many"], Act::Custom(insert)),
        api("Entity", &["update", "update_many"], Act::Custom(update)),
        api("Entity", &["delete", "delete_by_id", "delete_many"], Act::Custom(delete)),
        api("ActiveModel", &["insert"], Act::Custom(insert_now)),
        api("ActiveModel", &["update"], Act::Custom(update_now)),
        api("ActiveModel", &["save"], Act::Custom(save_now)),
        api("ActiveModel", &["delete"], Act::Custom(delete_now)),
        api("ActiveModel", &["*"], Act::Same),
        api("Table", RUN, Act::Custom(run)),
        api("Table", &["*"], Act::Custom(select)),
        api("Query", RUN, Act::Custom(run)),
        api("Query", &["limit"], Act::Gather("limit")),
        api("Query", &["paginate", "cursor_by"], Act::Custom(paginate)),
        api("Query", &["*"], Act::Same),
        api("Paginator", &["fetch", "fetch_page", "fetch_and_next", "num_items", "num_pages"], Act::Custom(page)),
        api("Paginator", &["*"], Act::Same),
    ],
    macros: &[],
};

/// What a derive macro makes beside a struct: the names, and the paths that stand for them.
#[must_use]
pub fn beside_struct(attributes: &[Attribute]) -> Vec<(&'static str, Arc<str>)> {
    if !crate::extract::rust::names::derives(attributes, "DeriveEntityModel") {
        return Vec::new();
    }
    let Some(table) = attributes.iter().filter(|of| of.path == ["sea_orm"]).find_map(table_name) else {
        return Vec::new();
    };
    ["Entity", "ActiveModel"].into_iter().map(|name| (name, format!("{TABLES}::{table}::{name}").into())).collect()
}

/// `#[sea_orm(table_name = "carts")]`
fn table_name(attribute: &Attribute) -> Option<&str> {
    attribute.arguments.iter().find_map(|argument| match &*argument.kind {
        ExprKind::Assign(_, name, value) => match (&*name.kind, &*value.kind) {
            (ExprKind::Path(path), ExprKind::Literal(Literal::Text(table)))
                if path.segments.last().is_some_and(|last| last.name == "table_name") =>
            {
                Some(table.as_str())
            }
            _ => None,
        },
        _ => None,
    })
}

/// The table that a macro declares: its name in the code, and the path that stands for it.
#[must_use]
pub fn table_of(of: &Macro) -> Option<(&str, Arc<str>)> {
    if of.path.last().is_none_or(|last| last != "table") {
        return None;
    }
    let text = |index: usize| of.words.get(index).map(String::as_str);
    // The table stands before its key, which stands again among the columns; a key that is not said is `id`.
    let is_key = |index: usize| {
        let word = text(index + 1)?;
        let again = of.words.iter().skip(index + 2).any(|other| other == word);
        Some(!text(index)?.starts_with('"') && !word.starts_with('"') && again)
    };
    let at = (0..of.words.len())
        .find(|index| is_key(*index) == Some(true))
        .or_else(|| (text(1) == Some("id")).then_some(0))?;
    let name = text(at)?;
    let renamed = of.words.iter().take(at).position(|word| word == "sql_name").and_then(|index| text(index + 1));
    let table = renamed.map_or(name, |renamed| renamed.trim_matches('"'));
    Some((name, format!("{TABLES}::{table}::Table").into()))
}

/// What a path that leads to nothing seen stands for: `orders::table` of a macro that is not seen.
#[must_use]
pub fn unresolved(segments: &[&str]) -> Option<Val> {
    match segments {
        [.., name, "table"] => Some(Val::of(Ty::of(&format!("{TABLES}::{name}::Table")))),
        _ => None,
    }
}

/// A query on the table of the type that it begins with.
fn begun(eval: &mut Eval<'_, '_>, call: &mut LibraryCall, verb: &str) -> Option<Val> {
    run_steps(eval, call);
    let Ty::Extern(path, _) = &call.owner else { return None };
    Some(query(path, verb, eval, call))
}

fn query(path: &str, verb: &str, eval: &Eval<'_, '_>, call: &LibraryCall) -> Val {
    let table = path.rsplit("::").nth(1).unwrap_or_default().to_owned();
    let val = Val::of(Ty::of(QUERY))
        .with_text("table", Value::Text(table))
        .with_text("verb", Value::Text(verb.to_owned()))
        .with_text("crate", Value::Text(if path.ends_with("::Table") { "diesel" } else { "sea-orm" }.to_owned()));
    placed(val, eval, call)
}

fn placed(val: Val, eval: &Eval<'_, '_>, call: &LibraryCall) -> Val {
    let mut build = val.build.as_deref().cloned().unwrap_or_default();
    build.at = Some(eval.place(call.at));
    Val { build: Some(Arc::new(build)), ..val }
}

fn select(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    begun(eval, call, "select")
}

fn insert(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    begun(eval, call, "insert")
}

fn update(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    begun(eval, call, "update")
}

fn delete(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    begun(eval, call, "delete")
}

fn insert_now(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    now(eval, call, "insert")
}

fn update_now(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    now(eval, call, "update")
}

/// `save` inserts what has no key yet and updates the rest: either way it writes.
fn save_now(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    now(eval, call, "insert")
}

fn delete_now(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    now(eval, call, "delete")
}

/// An active model is written to the connection that it is given.
fn now(eval: &mut Eval<'_, '_>, call: &mut LibraryCall, verb: &str) -> Option<Val> {
    let receiver = call.receiver.as_ref()?.val.clone();
    let query = begun(eval, call, verb)?;
    let connection = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    ran(eval, &query, &connection, call);
    Some(Val { clients: Vec::new(), build: None, ..receiver })
}

fn run(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut query = call.receiver.as_ref()?.val.clone();
    let Some(connection) = call.arguments.first().map(|argument| argument.val.clone()) else {
        // Without a connection nothing runs yet: diesel's `.count()`.
        return Some(match &call.owner {
            Ty::Extern(path, _) if path.ends_with("::Table") => self::query(path, "select", eval, call),
            _ => query,
        });
    };
    if let Ty::Extern(path, _) = &call.owner
        && path.ends_with("::Table")
    {
        query = self::query(path, "select", eval, call);
    }
    ran(eval, &query, &connection, call);
    let many = matches!(call.name.as_str(), "all" | "stream" | "load" | "get_results");
    Some(Val::of(if many { Ty::Unknown.list() } else { Ty::Unknown }))
}

/// `query.paginate(&db, 10)`
fn paginate(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let query = call.receiver.as_ref()?.val.clone();
    if call.name != "paginate" {
        return Some(query);
    }
    let clients = call.arguments.first().map(|argument| argument.val.clients.clone()).unwrap_or_default();
    let at = eval.place(call.at);
    Some(Val { clients, ..query }.typed(Ty::of("loadpath_orm::Paginator")).with_option("limit", Value::Bool(true), at))
}

fn page(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let query = call.receiver.as_ref()?.val.clone();
    ran(eval, &query.clone(), &query, call);
    Some(Val::of(Ty::Unknown.list()))
}

/// A query that runs: a statement whose table is known and whose text is not.
fn ran(eval: &mut Eval<'_, '_>, query: &Val, connection: &Val, call: &LibraryCall) {
    let text = |name: &str| query.gathered(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    let verb = text("verb");
    let writes = verb != "select";
    let table = TableUse { table: text("table").to_lowercase(), writes };
    let aggregate = matches!(call.name.as_str(), "count" | "num_items" | "num_pages");
    let limited = matches!(call.name.as_str(), "one" | "first") || query.gathered("limit").is_some() || is_paged(query);
    let statement = Statement { verb, tables: vec![table], limited, aggregate, ..Statement::default() };
    let library = text("crate");
    let technology = super::sqlx::technology_of(&connection.ty);
    let built = Value::Unknown("the statement is made by the library".to_owned());
    if let Some(krate) = connection.clients.iter().find_map(|spec| super::sqlx::is_sync(&spec.library)) {
        act::waits(eval, krate, format!("{krate}::{}", call.name), call);
    }
    let id = eval.sql(&library, technology, built, connection.clients.clone(), call.at, &call.want);
    eval.set_statement(id, statement);
    eval.set_option(id, "fetch", Value::Text(fetch(&call.name).to_owned()));
    if let Some(at) = query.build.as_ref().and_then(|build| build.at.clone()) {
        eval.set_place(id, at);
    }
}

fn is_paged(query: &Val) -> bool {
    query.build.as_ref().is_some_and(|build| build.options.contains_key("limit"))
}

/// How rows are taken, in the words of sqlx.
fn fetch(method: &str) -> &str {
    match method {
        "all" => "fetch_all",
        "one" => "fetch_optional",
        "stream" => "fetch",
        "exec" => "execute",
        other => other,
    }
}

/// `diesel::insert_into(carts::table)`
pub fn begin(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let of = call.arguments.first()?.val.clone();
    let verb = match call.name.as_str() {
        "insert_into" | "insert_or_ignore_into" | "replace_into" => "insert",
        name => name,
    };
    match &of.ty {
        Ty::Extern(path, _) if path.starts_with(TABLES) => Some(query(path, verb, eval, call)),
        Ty::Extern(path, _) if &**path == QUERY => {
            Some(placed(of.with_text("verb", Value::Text(verb.to_owned())), eval, call))
        }
        _ => Some(act::carried(Val::default(), call)),
    }
}
