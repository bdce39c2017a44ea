//! The changes, in the order in which they are proposed.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Repository;

/// A change on a branch of its own.
pub struct Change {
    /// The name of the branch.
    pub name: &'static str,
    /// Where it begins.
    pub from: &'static str,
    /// Makes it in the work tree.
    pub make: fn(&Repository),
    /// The rules that it breaks, sorted.
    pub breaks: &'static [&'static str],
    /// Whether the gate stops it.
    pub fails: bool,
    /// How many findings are accepted with it, those of main included.
    pub accepted: u64,
    /// What `loadpath check` is told besides.
    pub arguments: &'static [&'static str],
    /// What becomes of it.
    pub after: After,
}

/// What becomes of a change.
#[derive(PartialEq, Eq)]
pub enum After {
    Merged,
    Refused,
}

const GOOD: Change = Change {
    name: "",
    from: "main",
    make: |_| {},
    breaks: &[],
    fails: false,
    accepted: 0,
    arguments: &[],
    after: After::Merged,
};
const BAD: Change = Change { fails: true, after: After::Refused, ..GOOD };

pub const ALL: &[Change] = &[
    Change { name: "01-only-formatting", make: formatting, ..GOOD },
    Change { name: "02-shorter-deadline", make: shorter_deadline, ..GOOD },
    Change { name: "03-limit-lowered", make: limit_lowered, ..GOOD },
    Change {
        name: "04-port-that-nobody-opens",
        make: |at| plant(at, "obs/metrics-not-scraped"),
        breaks: &["obs/metrics-not-scraped"],
        ..BAD
    },
    Change {
        name: "05-breaking-proto",
        make: |at| plant(at, "proto/breaking-change"),
        breaks: &["proto/breaking-change"],
        ..BAD
    },
    Change { name: "06-service-behind-closed-doors", make: new_service, breaks: &["deploy/netpol-vs-edges"], ..BAD },
    Change { name: "07-new-service", make: new_service_with_doors, ..GOOD },
    Change { name: "08-accepted-with-a-reason", make: accepted, accepted: 1, ..GOOD },
    // A defect that the team lives with: the baseline lets it pass, and it is on main from now on.
    Change {
        name: "09-known-defect",
        make: known_defect,
        accepted: 1,
        arguments: &["--baseline", "loadpath-baseline.yaml"],
        ..GOOD
    },
    Change { name: "10-lease-moved", make: lease_moved, accepted: 1, ..GOOD },
    Change { name: "11-file-renamed", make: file_renamed, accepted: 1, ..GOOD },
    Change { name: "12-second-lease", make: second_lease, breaks: &["cache/lock-no-ttl"], accepted: 1, ..BAD },
    // The branch is as old as the platform: what main has learnt meanwhile is not its own.
    Change { name: "13-merge-from-main", from: "01-only-formatting", make: merge_from_main, accepted: 1, ..GOOD },
    // Nobody called it: that its contract is gone is told, and stops nothing.
    Change {
        name: "14-service-removed",
        make: service_removed,
        breaks: &["proto/breaking-change"],
        accepted: 1,
        ..GOOD
    },
    Change {
        name: "15-lease-mended",
        make: lease_mended,
        accepted: 1,
        arguments: &["--baseline", "loadpath-baseline.yaml"],
        ..GOOD
    },
];

/// Changes a file; what is to be changed must be there.
fn edit(at: &Repository, path: &str, from: &str, to: &str) {
    let full = at.path().join(path);
    let text = fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(text.contains(from), "{path} does not hold {from}");
    fs::write(full, text.replace(from, to)).unwrap();
}

/// Applies a planted defect of the platform.
fn plant(at: &Repository, rule: &str) {
    let patch = format!("{}/reference-platform/sabotage/{rule}/01.patch", env!("CARGO_MANIFEST_DIR"));
    at.git(&["apply", "--whitespace=nowarn", &patch]);
}

/// Blank lines, comments, and the same code on other lines.
fn formatting(at: &Repository) {
    for path in
        ["libs/database/src/pool.rs", "services/user-service/src/lib.rs", "services/media-service/src/app/mod.rs"]
    {
        let text = fs::read_to_string(at.path().join(path)).unwrap();
        let spread = text.replace(";\n", ";\n\n").replace("(&self, ", "(\n        &self,\n        ");
        fs::write(at.path().join(path), format!("// The same as before.\n\n{spread}")).unwrap();
    }
    edit(at, "deploy/base/feed-service/deployment.yaml", "\nspec:\n", "\n# As it was.\nspec:\n");
    edit(at, "proto/social/user/v1/service.proto", ";\n\n", ";\n\n\n");
}

fn shorter_deadline(at: &Repository) {
    edit(at, "libs/client/src/policy.rs", "deadline: Duration::from_secs(1),", "deadline: Duration::from_millis(800),");
}

fn limit_lowered(at: &Repository) {
    edit(at, "deploy/base/media-service/deployment.yaml", "memory: 1Gi", "memory: 896Mi");
}

/// A service like search-service under another name, with a contract and manifests of its own.
fn new_service(at: &Repository) {
    let named =
        |text: &str| text.replace("search", "catalog").replace("Search", "Catalog").replace("SEARCH", "CATALOG");
    for folder in ["services/search-service", "proto/social/search", "deploy/base/search-service"] {
        copy(&at.path().join(folder), &at.path().join(named(folder)), &named);
    }
    edit(at, "libs/proto/src/lib.rs", "    pub mod content {", &format!("{CATALOG}    pub mod content {{"));
    edit(at, "libs/proto/src/lib.rs", "pub use social::{auth, ", "pub use social::{auth, catalog, ");
    edit(at, "deploy/base/kustomization.yaml", "  - search-service\n", "  - search-service\n  - catalog-service\n");
    let images = "deploy/components/production-images/kustomization.yaml";
    let image = "  - { name: registry.example.com/social/search-service, newTag: 0.1.0 }\n";
    edit(at, images, image, &format!("{image}{}", named(image)));
}

const CATALOG: &str = "    pub mod catalog {\n        pub mod v1 {\n            tonic::include_proto!(\"social.catalog.v1\");\n        }\n    }\n";

/// The same, and those whom it asks let it in.
fn new_service_with_doors(at: &Repository) {
    new_service(at);
    let door = "matchLabels: { app.kubernetes.io/name: search-service }\n";
    for path in ["deploy/base/auth-service/networkpolicy.yaml", "deploy/base/user-service/networkpolicy.yaml"] {
        let text = fs::read_to_string(at.path().join(path)).unwrap();
        let place = text.find(door).unwrap_or_else(|| panic!("{path} lets search-service in"));
        let begin = text[..place].rfind("- ").unwrap();
        let rule = &text[text[..begin].rfind('\n').unwrap() + 1..place + door.len()];
        fs::write(at.path().join(path), text.replace(rule, &format!("{rule}{}", rule.replace("search-", "catalog-"))))
            .unwrap();
    }
}

fn copy(from: &Path, to: &Path, named: &dyn Fn(&str) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(named(entry.file_name().to_str().unwrap()));
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, named);
        } else {
            fs::write(target, named(&fs::read_to_string(entry.path()).unwrap())).unwrap();
        }
    }
}

/// A planted defect with a word beside it that says why it may stay.
fn accepted(at: &Repository) {
    plant(at, "obs/entered-span-across-await");
    let span = "    let _span = tracing::info_span!";
    let why = "    // loadpath: allow(obs/entered-span-across-await) until the slow downloads are understood";
    edit(at, "services/media-service/src/rest/fetch.rs", span, &format!("{why}\n{span}"));
}

/// The lease of a cache without an end, and a baseline that says so.
fn known_defect(at: &Repository) {
    plant(at, "cache/lock-no-ttl");
    let output = at.loadpath(&["baseline", "update", "."]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The function with the known defect, further down.
fn lease_moved(at: &Repository) {
    edit(at, CACHE, "use ", "// Leases are at the end.\n\nuse ");
    let text = fs::read_to_string(at.path().join(CACHE)).unwrap();
    let (begin, end) = lease(&text);
    let function = text[begin..end].to_owned();
    let rest = format!("{}{}", &text[..begin], &text[end..]);
    // In front of the last function of the same block.
    let block = rest.rfind("    /// ").unwrap();
    fs::write(at.path().join(CACHE), format!("{}{function}\n{}", &rest[..block], &rest[block..])).unwrap();
}

const CACHE: &str = "libs/cache/src/cache.rs";
const LEASES: &str = "libs/cache/src/cached.rs";

/// Where the function with the lease stands.
fn lease(text: &str) -> (usize, usize) {
    let begin = text.find("    /// Takes the lease of a key").unwrap();
    (begin, begin + text[begin..].find("\n    }\n").unwrap() + "\n    }\n".len())
}

fn file_renamed(at: &Repository) {
    at.git(&["mv", CACHE, LEASES]);
    let path = at.path().join("libs/cache/src/lib.rs");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("mod cache;", "mod cached;").replace("cache::", "cached::")).unwrap();
}

/// A copy of the known defect is one more.
fn second_lease(at: &Repository) {
    let text = fs::read_to_string(at.path().join(LEASES)).unwrap();
    let (begin, end) = lease(&text);
    let copy = text[begin..end].replace("fn lease(", "fn second_lease(");
    let called = text[..begin].replacen("self.lease(key).await", "self.second_lease(key).await", 1);
    assert!(called != text[..begin], "the lease is taken somewhere");
    fs::write(at.path().join(LEASES), format!("{called}{copy}\n{}", &text[begin..])).unwrap();
}

fn merge_from_main(at: &Repository) {
    edit(at, "deploy/base/feed-service/deployment.yaml", "memory: 192Mi", "memory: 224Mi");
    at.commit("more memory");
    at.git(&["merge", "-q", "--no-ff", "-m", "merge", "main"]);
}

fn service_removed(at: &Repository) {
    let merged = at.git(&["log", "--format=%H", "--merges", "--grep=^07-new-service$", "-1"]);
    at.git(&["revert", "--no-edit", "-m", "1", merged.trim()]);
}

fn lease_mended(at: &Repository) {
    let patch = format!("{}/reference-platform/sabotage/cache/lock-no-ttl/01.patch", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&patch).unwrap();
    let line = |sign: &str| -> String {
        let lines = text.lines().filter(|line| line.starts_with(sign) && !line.starts_with(&sign.repeat(3)));
        lines.map(|line| format!("{}\n", &line[1..])).collect()
    };
    edit(at, LEASES, &line("+"), &line("-"));
    let status = Command::new("git").args(["diff", "--quiet"]).current_dir(at.path()).status().unwrap();
    assert!(!status.success(), "something is mended");
}
