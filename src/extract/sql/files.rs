//! Which `.sql` files are migrations, to which set they belong, and which of them undo others: by path alone.

/// Where a migration belongs.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Folder of the set.
    pub set: String,
    /// Whether it undoes another.
    pub down: bool,
    /// Whether the path alone proves it; else the file is a migration only if it defines something.
    pub proven: bool,
}

/// Folders that hold migrations and nothing else.
const FOLDERS: &[&str] = &["migrations", "migration", "migrate", "changelog", "changelogs", "changesets"];

/// Folders of what only tests and measurements run.
const NOT_DEPLOYED: &[&str] =
    &["test", "tests", "testdata", "test-data", "test_data", "fixtures", "bench", "benches", "benchmarks", "examples"];

/// The place of a `.sql` file; `None` when it cannot be a migration of a service.
pub fn place(path: &str) -> Option<Place> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let file = file.to_ascii_lowercase();
    let folders: Vec<String> = folder.split('/').map(str::to_ascii_lowercase).collect();
    if folders.iter().any(|folder| NOT_DEPLOYED.contains(&folder.as_str())) {
        return None;
    }
    let down = file == "down.sql" || file.ends_with(".down.sql") || file.ends_with("_down.sql");
    // `20240101_orders/up.sql`: the set is the folder above.
    let own_folder = matches!(file.as_str(), "up.sql" | "down.sql" | "migration.sql");
    let set = match folder.rsplit_once('/') {
        Some((above, _)) if own_folder => above,
        None if own_folder => "",
        _ => folder,
    };
    let in_folder = folders.iter().any(|folder| {
        FOLDERS.contains(&folder.as_str()) || folder.ends_with("_migrations") || folder.ends_with("-migrations")
    });
    let by_name = file.ends_with(".up.sql")
        || down
        || numbered(&file)
        || own_folder && folders.last().is_some_and(|f| stamped(f));
    Some(Place { set: set.to_owned(), down, proven: in_folder || by_name })
}

/// `V12__orders.sql`, `U12__orders.sql`, `R__view.sql`: Flyway and refinery.
fn numbered(file: &str) -> bool {
    let Some((version, _)) = file.split_once("__") else {
        return false;
    };
    let Some(digits) = version.strip_prefix(['v', 'u', 'r']) else {
        return false;
    };
    digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_') && (!digits.is_empty() || version == "r")
}

/// `20240101120000_orders`, `2024-01-01-120000_orders`, `0001_orders`.
fn stamped(name: &str) -> bool {
    name.split('_').next().is_some_and(|stamp| {
        stamp.len() >= 2
            && stamp.chars().all(|c| c.is_ascii_digit() || c == '-')
            && stamp.starts_with(|c: char| c.is_ascii_digit())
    })
}
