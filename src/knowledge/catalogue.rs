//! The articles that are part of the program: topic and text of each file below `knowledge/`, in the order of their topics.

/// All embedded articles. A test compares this list with the folder.
pub const CATALOGUE: &[(&str, &str)] = &[
    ("async/blocking", include_str!("../../knowledge/async/blocking.md")),
    ("boundaries/chatty-calls", include_str!("../../knowledge/boundaries/chatty-calls.md")),
    ("boundaries/data-ownership", include_str!("../../knowledge/boundaries/data-ownership.md")),
    ("boundaries/orphans", include_str!("../../knowledge/boundaries/orphans.md")),
    ("boundaries/sync-cycles", include_str!("../../knowledge/boundaries/sync-cycles.md")),
    ("cache/expiry", include_str!("../../knowledge/cache/expiry.md")),
    ("contracts/pagination", include_str!("../../knowledge/contracts/pagination.md")),
    ("contracts/proto-style", include_str!("../../knowledge/contracts/proto-style.md")),
    ("contracts/wire-compatibility", include_str!("../../knowledge/contracts/wire-compatibility.md")),
    ("data/migrations", include_str!("../../knowledge/data/migrations.md")),
    ("data/outbox", include_str!("../../knowledge/data/outbox.md")),
    ("data/queries", include_str!("../../knowledge/data/queries.md")),
    ("database/connection-pools", include_str!("../../knowledge/database/connection-pools.md")),
    ("database/holding-connections", include_str!("../../knowledge/database/holding-connections.md")),
    ("events/delivery", include_str!("../../knowledge/events/delivery.md")),
    ("events/topics", include_str!("../../knowledge/events/topics.md")),
    ("grpc/channels", include_str!("../../knowledge/grpc/channels.md")),
    ("grpc/load-balancing", include_str!("../../knowledge/grpc/load-balancing.md")),
    ("grpc/server-limits", include_str!("../../knowledge/grpc/server-limits.md")),
    ("resilience/criticality", include_str!("../../knowledge/resilience/criticality.md")),
    ("resilience/retries", include_str!("../../knowledge/resilience/retries.md")),
    ("timeouts/database", include_str!("../../knowledge/timeouts/database.md")),
    ("timeouts/deadlines", include_str!("../../knowledge/timeouts/deadlines.md")),
    ("timeouts/http-clients", include_str!("../../knowledge/timeouts/http-clients.md")),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::CATALOGUE;

    #[test]
    fn the_list_is_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge");
        let mut found = Vec::new();
        for category in std::fs::read_dir(&root).into_iter().flatten().flatten() {
            for file in std::fs::read_dir(category.path()).into_iter().flatten().flatten() {
                let path = file.path();
                let topic = path.strip_prefix(&root).unwrap().with_extension("");
                found.push((topic.to_str().unwrap().replace('\\', "/"), std::fs::read_to_string(&path).unwrap()));
            }
        }
        found.sort();
        let listed: Vec<(String, String)> =
            CATALOGUE.iter().map(|(topic, text)| ((*topic).to_owned(), (*text).to_owned())).collect();
        assert_eq!(listed, found);
    }
}
