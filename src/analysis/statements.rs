//! Effects and migrations to statements: every query, migration statement and store command that rules judge one by
//! one, with what its text, its place and its neighbours say.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::held;
use super::tables::plain;
use crate::facts::Value;
use crate::facts::rust::{EffectId, What};
use crate::facts::sql::{Migration, Statement};
use crate::graph::model::{Edge, End, ServiceId};
use crate::span::Span;

/// A statement or command.
#[derive(Clone, Debug)]
pub struct StatementSite {
    /// Identity in reports.
    pub id: String,
    /// `query`, `migration`, `command`.
    pub kind: &'static str,
    /// The effect, for queries and commands.
    pub effect: Option<EffectId>,
    /// The migration and the place in it, for statements of migrations.
    pub migration: Option<(usize, usize)>,
    /// Services that reach it; for a migration, those that use a table that it touches, or whose folder holds it.
    pub services: BTreeSet<ServiceId>,
    /// Where it stands.
    pub at: Span,
}

/// All statements: those of code by place, then those of migrations.
#[must_use]
pub fn statements(model: &Model<'_>) -> Vec<StatementSite> {
    let mut all = Vec::new();
    for (id, effect) in model.facts.rust.effects.iter().enumerate() {
        let Some(context) = model.contexts.effects.get(&id) else { continue };
        let function = &model.facts.rust.functions[effect.function].path;
        let (kind, name) = match &effect.what {
            What::Sql { statement, .. } => {
                let verb = statement.as_ref().map_or("sql", |statement| statement.verb.as_str());
                ("query", format!("statement:{function}/{verb} {}", first_table(statement.as_ref())))
            }
            What::Store { operation, technology, .. } => {
                ("command", format!("statement:{function}/{technology} {operation}"))
            }
            _ => continue,
        };
        all.push(StatementSite {
            id: name,
            kind,
            effect: Some(id),
            migration: None,
            services: context.services.clone(),
            at: effect.at.clone(),
        });
    }
    all.sort_by(|a, b| (&a.at, &a.id).cmp(&(&b.at, &b.id)));
    for (index, migration) in model.facts.migrations.iter().enumerate().filter(|(_, of)| !of.down) {
        for (number, statement) in migration.statements.iter().enumerate() {
            all.push(StatementSite {
                id: format!("statement:{}/{} {}", migration.path, statement.verb, first_table(Some(statement))),
                kind: "migration",
                effect: None,
                migration: Some((index, number)),
                services: concerned(model, migration, statement),
                at: placed(migration, statement),
            });
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for site in &mut all {
        let count = seen.entry(site.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            site.id = format!("{}#{count}", site.id);
        }
    }
    all
}

fn first_table(statement: Option<&Statement>) -> &str {
    statement.and_then(|statement| statement.tables.first()).map_or("", |table| table.table.as_str())
}

/// The place of a statement in the project: its own is relative to its file.
fn placed(migration: &Migration, statement: &Statement) -> Span {
    match &statement.at {
        Some(at) => Span { file: migration.at.file.clone(), ..at.clone() },
        None => migration.at.clone(),
    }
}

/// Services whose pods run against the changed schema: those in whose folder the migration lies, or that run it.
fn concerned(model: &Model<'_>, migration: &Migration, statement: &Statement) -> BTreeSet<ServiceId> {
    let services = model.graph.services.iter().enumerate();
    let near = services.filter(|(_, service)| {
        let runs = service.effects.iter().any(
            |id| matches!(&model.facts.rust.effects[*id].what, What::Migrate { folder } if *folder == migration.set),
        );
        runs || (!service.path.is_empty() && migration.path.starts_with(&format!("{}/", service.path)))
    });
    let near: BTreeSet<ServiceId> = near.map(|(id, _)| id).collect();
    if !near.is_empty() {
        return near;
    }
    let touched: BTreeSet<String> = statement.tables.iter().map(|table| plain(&table.table)).collect();
    let using = model.tables.iter().filter(|table| touched.contains(&table.name));
    using.flat_map(|table| table.writers.union(&table.readers).copied()).collect()
}

/// The statement of a site, if it is SQL that is known.
#[must_use]
pub fn sql<'a>(model: &'a Model<'_>, site: &StatementSite) -> Option<&'a Statement> {
    if let Some((migration, number)) = site.migration {
        return model.facts.migrations.get(migration)?.statements.get(number);
    }
    match &model.facts.rust.effects[site.effect?].what {
        What::Sql { statement, .. } => statement.as_ref(),
        _ => None,
    }
}

/// Whether all tables of a migration statement are made by migrations of the same set that nobody runs yet: for want
/// of a base, those of the same file; with one, those whose file is new too.
#[must_use]
pub fn on_new_tables(model: &Model<'_>, site: &StatementSite) -> bool {
    let Some((index, _)) = site.migration else { return false };
    let Some(statement) = sql(model, site) else { return false };
    let of = &model.facts.migrations[index];
    let same =
        model.facts.migrations.iter().filter(|other| {
            other.path == of.path || (other.set == of.set && model.base.is_some() && is_new(model, other))
        });
    let made: BTreeSet<String> = same
        .flat_map(|migration| &migration.statements)
        .filter(|statement| statement.verb == "create_table")
        .flat_map(|statement| &statement.tables)
        .map(|table| plain(&table.table))
        .collect();
    // Behind a foreign key stands the table that it refers to; the first is the one that is changed.
    statement.tables.first().is_some_and(|table| made.contains(&plain(&table.table)))
}

/// Whether a migration came with the change that is judged; without a base none did.
#[must_use]
pub fn is_new(model: &Model<'_>, migration: &Migration) -> bool {
    model.base.is_some_and(|base| !base.migrations.iter().any(|before| before.path == migration.path))
}

/// Whether no migration of the same set comes after it: what lies before it has been applied long since.
#[must_use]
pub fn is_latest(model: &Model<'_>, migration: &Migration) -> bool {
    let mut same = model.facts.migrations.iter().filter(|other| other.set == migration.set && !other.down);
    same.all(|other| !comes_after(&other.path, &migration.path))
}

/// Whether a file comes after another: by the number that it begins with, then by name.
fn comes_after(a: &str, b: &str) -> bool {
    let key = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let digits: String = name.trim_start_matches(['V', 'v']).chars().take_while(char::is_ascii_digit).collect();
        (digits.parse::<u64>().unwrap_or(0), path.to_owned())
    };
    key(a) > key(b)
}

/// The technology of the store behind a dependency, if the code tells it.
fn technology<'m>(model: &'m Model<'_>, edge: &Edge) -> Option<&'m str> {
    match edge.to {
        End::Node(node) => Some(model.graph.nodes[node].technology.as_str()).filter(|name| !name.is_empty()),
        End::Service(_) => None,
    }
}

/// The technology of a migration: as its folder is called, else as the stores of its services are, or of the whole
/// project, if they agree.
#[must_use]
pub fn technology_of_migration(model: &Model<'_>, site: &StatementSite, migration: &Migration) -> Option<String> {
    let path = migration.path.to_lowercase();
    if let Some(name) = ["sqlite", "mysql", "postgres", "clickhouse"].iter().find(|name| path.contains(*name)) {
        return Some((*name).to_owned());
    }
    let all = model.graph.edges.iter().filter(|edge| edge.kind == "sql");
    let used: BTreeSet<&str> = all.filter_map(|edge| technology(model, edge)).collect();
    let edges = site.services.iter().flat_map(|service| model.graph.out_of(*service));
    let found: BTreeSet<&str> =
        edges.filter(|(_, edge)| edge.kind == "sql").filter_map(|(_, edge)| technology(model, edge)).collect();
    match (found.len(), used.len()) {
        (1, _) => found.first().map(|name| (*name).to_owned()),
        (0, 1) => used.first().map(|name| (*name).to_owned()),
        _ => None,
    }
}

/// Whether the primary key or a unique key of a table is compared with equality: at most one row, as far as
/// migrations tell. A column `id` counts as a key where no migration defines the table.
#[must_use]
pub fn by_key(model: &Model<'_>, statement: &Statement) -> bool {
    let equals: BTreeSet<&str> =
        statement.equals.iter().map(|column| column.rsplit('.').next().unwrap_or(column)).collect();
    if equals.contains("id") {
        return true;
    }
    has_key_of(model, statement, &|column| equals.contains(column))
}

/// Whether a table of a statement has a primary key or a unique key whose columns are all of this kind, as far as
/// migrations tell.
#[must_use]
pub fn has_key_of(model: &Model<'_>, statement: &Statement, is: &dyn Fn(&str) -> bool) -> bool {
    let touched: BTreeSet<String> = statement.tables.iter().map(|table| plain(&table.table)).collect();
    let changes = model.facts.migrations.iter().flat_map(|of| &of.statements).flat_map(|of| &of.columns);
    changes
        .filter(|change| matches!(change.change.as_str(), "add_key" | "add_unique"))
        .filter(|change| touched.contains(&plain(&change.table)))
        .any(|change| {
            let columns: Vec<&str> = match change.columns.is_empty() {
                true => vec![change.column.as_str()],
                false => change.columns.iter().map(String::as_str).collect(),
            };
            columns.iter().all(|column| !column.is_empty() && is(column))
        })
}

/// How a text of SQL is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Built {
    /// Of texts that stand in the code.
    Constant,
    /// With texts from settings.
    Settings,
    /// With texts that are known only when it runs.
    Text,
}

impl Built {
    /// Its name in rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Settings => "settings",
            Self::Text => "text",
        }
    }
}

/// How a text is put together; `None` where nothing of it is seen.
#[must_use]
pub fn built(text: &Value) -> Option<Built> {
    match text {
        Value::Join(parts) => {
            let mut worst = Built::Constant;
            let mut before = "";
            for part in parts {
                if !takes_only_numbers(before) {
                    worst = worst.max(built(part).unwrap_or(Built::Text));
                }
                before = part.as_text().unwrap_or("");
            }
            Some(worst)
        }
        Value::OneOf(all) => {
            let known: Option<Vec<Built>> = all.iter().map(built).collect();
            known.and_then(|known| known.into_iter().max())
        }
        Value::Variable { .. } | Value::Setting { .. } => Some(Built::Settings),
        Value::Unknown(_) | Value::Argument(_) => None,
        _ => Some(Built::Constant),
    }
}

/// Whether what follows is a number by the grammar, or the number of a placeholder.
fn takes_only_numbers(before: &str) -> bool {
    let before = before.trim_end_matches(' ').to_lowercase();
    before.ends_with('$') || before.ends_with(" limit") || before.ends_with(" offset")
}

/// Whether a key can only be one: there is no hole in it.
#[must_use]
pub fn is_one_key(key: &Value) -> bool {
    match key {
        Value::Join(parts) => parts.iter().all(is_one_key),
        Value::OneOf(all) => all.iter().all(is_one_key),
        Value::Unknown(_) | Value::Argument(_) | Value::Scalar(_) => false,
        _ => true,
    }
}

/// What the functions around a command do with expiry: another command of the same function, or of one that runs
/// with it on the same key, sets it.
#[must_use]
pub fn expires_beside(model: &Model<'_>, site: &StatementSite) -> bool {
    let expires = |operation: &str| matches!(operation, "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT");
    commands_beside(model, site, expires) || command_below(model, site, expires)
}

/// Whether something that the function of a command calls sends another one.
fn command_below(model: &Model<'_>, site: &StatementSite, is: impl Fn(&str) -> bool) -> bool {
    let Some(effect) = site.effect.map(|id| &model.facts.rust.effects[id]) else { return false };
    let steps = &model.facts.rust.functions[effect.function].steps;
    held::under(model.facts, steps)
        .iter()
        .any(|id| matches!(&model.facts.rust.effects[*id].what, What::Store { operation, .. } if is(operation)))
}

/// Whether elements of the same kind of key are taken out anywhere: then it is state.
#[must_use]
pub fn is_taken_out(model: &Model<'_>, site: &StatementSite) -> bool {
    let Some(What::Store { key, .. }) = site.effect.map(|id| &model.facts.rust.effects[id].what) else { return false };
    let pattern = pattern(key);
    model.statements.iter().filter_map(|other| other.effect).any(|id| match &model.facts.rust.effects[id].what {
        What::Store { operation, key, .. } => {
            matches!(
                operation.as_str(),
                "SREM" | "HDEL" | "LREM" | "DEL" | "UNLINK" | "LPOP" | "RPOP" | "ZREM" | "SPOP"
            ) && self::pattern(key) == pattern
        }
        _ => false,
    })
}

fn commands_beside(model: &Model<'_>, site: &StatementSite, is: impl Fn(&str) -> bool) -> bool {
    let Some(effect) = site.effect.map(|id| &model.facts.rust.effects[id]) else { return false };
    model
        .facts
        .rust
        .effects
        .iter()
        .filter(|other| other.function == effect.function)
        .any(|other| matches!(&other.what, What::Store { operation, .. } if is(operation)))
}

/// A key with its holes left open.
#[must_use]
pub fn pattern(key: &Value) -> String {
    match key {
        Value::Text(text) => text.clone(),
        Value::Join(parts) => parts.iter().map(pattern).collect(),
        _ => crate::graph::model::HOLE.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn a_text_is_as_sure_as_its_least_sure_part() {
        let unknown = || Value::Unknown("given by the caller".to_owned());
        let setting = Value::Variable { name: "TABLE".to_owned(), default: None, at: Span::line("src/main.rs", 1) };
        assert_eq!(built(&text("SELECT 1")), Some(Built::Constant));
        assert_eq!(built(&unknown()), None, "nothing is seen of it");
        assert_eq!(built(&Value::Join(vec![text("SELECT * FROM "), setting.clone()])), Some(Built::Settings));
        assert_eq!(built(&Value::Join(vec![setting, text(" = "), unknown()])), Some(Built::Text));
        assert_eq!(built(&Value::Join(vec![text("a LIMIT "), unknown()])), Some(Built::Constant));
        assert_eq!(built(&Value::Join(vec![text("id = $"), unknown()])), Some(Built::Constant));
        let chosen = Value::OneOf(vec![text("name"), text("code")]);
        assert_eq!(built(&Value::Join(vec![text("ORDER BY "), chosen])), Some(Built::Constant));
    }

    #[test]
    fn migrations_follow_each_other_by_number() {
        assert!(comes_after("m/10_b.sql", "m/9_a.sql"));
        assert!(comes_after("m/V2__b.sql", "m/V1__a.sql"));
        assert!(!comes_after("m/1_a.sql", "m/1_a.sql"));
    }

    #[test]
    fn a_key_with_a_hole_is_many_keys() {
        let hole = Value::Unknown("known only when it runs".to_owned());
        let key = Value::Join(vec![text("user:"), hole]);
        assert!(!is_one_key(&key));
        assert!(is_one_key(&text("greeting")));
        assert_eq!(pattern(&key), format!("user:{}", crate::graph::model::HOLE));
    }
}
