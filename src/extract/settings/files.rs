//! Which TOML, YAML and JSON files hold settings of a service: by their path, and by what stands at their root.

use crate::extract::document::{Content, Node};
use crate::sources::Sources;

/// TOML files of tools.
const TOOLS: &[&str] = &[
    "about",
    "book",
    "clippy",
    "cliff",
    "cross",
    "deny",
    "diesel",
    "dprint",
    "license-tool",
    "pyproject",
    "release",
    "release-plz",
    "rust-toolchain",
    "rustfmt",
    "tarpaulin",
    "taplo",
    "trunk",
    "typos",
    "buf",
    "mise",
    "pixi",
    "poetry",
    "rust-analyzer",
    "triagebot",
    "netlify",
    "wrangler",
];

/// YAML and JSON files of tools, by the start of their names.
const TOOL_FILES: &[&str] = &[
    "package.json",
    "package-lock",
    "tsconfig",
    "jsconfig",
    "composer.json",
    "angular.json",
    "lerna.json",
    "renovate",
    "release-please",
    "biome.json",
    "deno.json",
    "components.json",
    "vercel.json",
    "turbo.json",
    "nx.json",
    "manifest.json",
    "kustomization.y",
    "chart.y",
    "docker-compose",
    "compose.y",
    "compose.",
    "skaffold",
    "tiltfile",
    "azure-pipelines",
    "bitbucket-pipelines",
    "cloudbuild",
    "appveyor",
    "codecov",
    "buf.y",
    "buf.gen.y",
    "buf.work.y",
    "mkdocs",
    "pnpm-",
    "openapi",
    "swagger",
    "asyncapi",
    "loadpath.y",
    "taskfile",
    "helmfile",
    "conda",
    "environment.y",
    "devcontainer",
    "lefthook",
    "cargo-generate",
];

/// Folders of what only tests, tools and people read.
const OTHER_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "testdata",
    "test-data",
    "test_data",
    "fixtures",
    "benches",
    "benchmarks",
    "dashboards",
    "golden_outputs",
    "node_modules",
    "vendor",
    "third-party",
    "third_party",
    "schemas",
    "snapshots",
    "locales",
    "webui",
    "web-ui",
    "docs",
    "postman",
];

/// Whether a file may hold settings, as far as its path says.
pub fn by_path(path: &str, sources: &Sources) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    let mut folders = folder.split('/').filter(|folder| !folder.is_empty());
    if name.starts_with('.') || folders.any(|folder| folder.starts_with('.') || is_other(folder)) {
        return false;
    }
    if let Some(stem) = name.strip_suffix(".toml") {
        return !TOOLS.contains(&stem.trim_start_matches('_'));
    }
    let is_lock = name.contains("-lock.") || name.contains(".lock.");
    if is_lock || name.ends_with(".schema.json") || TOOL_FILES.iter().any(|tool| name.starts_with(tool)) {
        return false;
    }
    !in_chart(folder, &name, sources)
}

fn is_other(folder: &str) -> bool {
    OTHER_FOLDERS.contains(&folder) || folder.ends_with("-tests") || folder.ends_with("_tests")
}

/// Whether a file belongs to a Helm chart: its templates, and the values beside `Chart.yaml`.
fn in_chart(folder: &str, name: &str, sources: &Sources) -> bool {
    let mut above = folder;
    loop {
        let has_chart = ["Chart.yaml", "Chart.yml"].iter().any(|chart| {
            let path = if above.is_empty() { (*chart).to_owned() } else { format!("{above}/{chart}") };
            sources.get(&path).is_some()
        });
        if has_chart {
            let below = folder[above.len()..].trim_start_matches('/');
            let of_chart = matches!(below.split('/').next(), Some("templates" | "charts" | "crds" | "ci"));
            return of_chart || name.starts_with("values");
        }
        match above.rsplit_once('/') {
            Some((parent, _)) => above = parent,
            None if above.is_empty() => return false,
            None => above = "",
        }
    }
}

/// Keys at the root of files that are no settings, all of which have to be there.
const NO_SETTINGS: &[&[&str]] = &[
    &["apiVersion", "kind"],
    &["openapi"],
    &["swagger"],
    &["asyncapi"],
    &["$schema", "properties"],
    &["$defs"],
    &["jobs", "on"],
    &["stages", "script"],
    &["panels"],
    &["__inputs"],
    &["schemaVersion", "title"],
    &["lockfileVersion"],
    &["workspaces", "dependencies"],
    &["compilerOptions"],
    &["resources", "namePrefix"],
    &["patches", "resources"],
    &["configMapGenerator"],
    &["type", "properties"],
    &["info", "item"],
];

/// Whether the root of a document is that of settings.
pub fn by_root(root: &Node) -> bool {
    let Content::Map(entries) = &root.content else { return false };
    let has = |key: &str| entries.iter().any(|entry| &*entry.key == key);
    if NO_SETTINGS.iter().any(|keys| keys.iter().all(|key| has(key))) {
        return false;
    }
    // A compose file under another name.
    let composes = root.get("services").is_some_and(|services| {
        services
            .entries()
            .iter()
            .any(|service| service.value.get("image").is_some() || service.value.get("build").is_some())
    });
    !composes
}
