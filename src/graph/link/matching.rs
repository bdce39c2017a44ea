//! Which binary of the project something runs: by command, image, Dockerfile, labels and names.

use super::environments::is_scaffolding;
use super::running::{Built, Running, base_name};
use crate::facts::Facts;
use crate::facts::rust::Binary;

/// The binary that something runs: the best match by command, image, Dockerfile, labels and names.
pub(super) fn binary_of(facts: &Facts, of: &Running<'_>) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    for (id, binary) in facts.rust.binaries.iter().enumerate() {
        let score = score(facts, of, binary);
        if score > 0 && best.is_none_or(|(known, _)| score > known) {
            best = Some((score, id));
        }
    }
    best.map(|(_, id)| id)
}

/// The binary that others run from the same image, where that image starts one: `command: [migrate]` beside
/// `command: [serve]`.
pub(super) fn by_image(of: &Running<'_>, running: &[Running<'_>], binaries: &[Option<usize>]) -> Option<usize> {
    let image = of.image.filter(|image| of.starts_image && !is_known_product(image_name(image)))?;
    let mut found = running
        .iter()
        .zip(binaries)
        .filter(|(other, _)| other.starts_image && other.image.is_some_and(|other| untagged(other) == untagged(image)))
        .filter_map(|(_, binary)| *binary);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// Whether an image of the project starts the binary.
pub(super) fn entrypoint_of(facts: &Facts, binary: &Binary) -> bool {
    !is_scaffolding(&binary.path) && facts.dockerfiles.iter().flat_map(Built::all).any(|of| of.starts(&binary.name))
}

/// Whether an image holds the binary under its own name, and starts another program.
fn runs_another(built: &Built<'_>, names: &[&str]) -> bool {
    let is = |path: &str| names.iter().any(|name| same(base_name(path), name));
    let Some(program) = built.entrypoint().iter().chain(built.command()).next() else { return false };
    let other = !is_opaque(base_name(program)) && built.origin(program).is_some_and(|from| !is(from));
    other && !is(program) && built.holds(is)
}

/// Programs that start what they are told.
const WRAPPERS: &[&str] =
    &["sh", "bash", "ash", "-c", "-ec", "-lc", "exec", "tini", "dumb-init", "catatonit", "env", "nice", "--"];

/// Words of a shell that start nothing.
const KEYWORDS: &[&str] =
    &["cd", "set", "export", "if", "then", "else", "fi", "do", "done", "while", "until", "for", "true", "exit", "["];

/// The programs that a command starts; those of a script of a shell are its first words.
fn programs<'a>(command: &[&'a str]) -> Vec<&'a str> {
    let is_shell = command
        .iter()
        .take_while(|word| WRAPPERS.contains(&base_name(word)))
        .any(|word| word.ends_with('c') && word.starts_with('-'));
    let mut rest = command.iter().copied().skip_while(|word| WRAPPERS.contains(&base_name(word)));
    let Some(first) = rest.next() else { return Vec::new() };
    if !is_shell && !first.contains(char::is_whitespace) {
        return vec![first];
    }
    first
        .split(['\n', ';', '|', '&'])
        .filter_map(|part| {
            part.split_whitespace().find(|word| !word.contains('=') && !WRAPPERS.contains(&base_name(word)))
        })
        .filter(|word| !KEYWORDS.contains(word))
        .collect()
}

/// Whether a program may start any other: a script, or a name that anything may have.
fn is_opaque(program: &str) -> bool {
    let starts = |words: &[&str]| words.iter().any(|word| program.starts_with(word));
    program.contains('.')
        || program.contains('$')
        || program.contains("entrypoint")
        || starts(&["start", "run", "launch", "docker-"])
        || is_any_part(program)
        || matches!(program, "main" | "bin" | "cargo" | "make" | "just" | "program")
}

/// Whether a manifest says which programs are started, and the binary is none of them.
fn starts_others(of: &Running<'_>, names: &[&str]) -> bool {
    if of.starts_image {
        return false;
    }
    let is = |path: &str| {
        let origin = of.built.and_then(|built| built.origin(path)).unwrap_or(path);
        names.iter().any(|name| same(base_name(path), name) || same(base_name(origin), name))
    };
    let programs = programs(&of.command);
    !programs.is_empty() && programs.iter().all(|program| !is(program) && !is_opaque(base_name(program)))
}

fn score(facts: &Facts, of: &Running<'_>, binary: &Binary) -> u32 {
    let only = facts.rust.binaries.iter().filter(|other| other.package == binary.package).count() == 1;
    let names: Vec<&str> = if only { vec![&binary.name, &binary.package] } else { vec![&binary.name] };
    let is = |text: &str| names.iter().any(|name| same(text, name));
    let near = |text: &str| names.iter().any(|name| extends(text, name) || extends(name, text));
    let is_asked = of.command.iter().any(|word| is(base_name(word)));
    if starts_others(of, &names) || (!is_asked && of.built.is_some_and(|built| runs_another(&built, &names))) {
        return 0;
    }
    let mut best = 0;
    let mut raise = |score: u32, holds: bool| {
        if holds && score > best {
            best = score;
        }
    };
    let first =
        of.command.iter().find(|word| !matches!(base_name(word), "sh" | "bash" | "-c" | "exec" | "tini" | "--"));
    raise(
        100,
        first.is_some_and(|word| is(base_name(word.split_whitespace().find(|word| *word != "exec").unwrap_or(word)))),
    );
    raise(60, of.command.iter().any(|word| is(base_name(word))));
    if let Some(built) = of.built {
        let folder = built.file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        raise(95, built.starts(&binary.name));
        raise(80, !folder.is_empty() && folder == binary.path && only);
        let builds = built.file.stages.iter().flat_map(|stage| &stage.builds);
        raise(85, builds.clone().any(|built| is(built)));
    }
    if let Some(image) = of.image {
        let name = image_name(image);
        raise(90, is(name));
        // A third-party image that shares a word with a binary does not run it.
        raise(45, near(name) && !names.iter().any(|binary| is_product_beside(name, binary)) && !is_any_part(name));
    }
    let ours = of.image.is_none_or(|image| !is_known_product(image_name(image)));
    raise(70, ours && is(&of.name));
    raise(65, ours && of.labels.iter().any(|label| is(label)));
    raise(40, ours && of.image.is_none() && near(&of.name));
    best
}

/// Whether two names are one, whatever joins their words.
pub(super) fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && a.len() == b.len() && a.chars().zip(b.chars()).all(|(a, b)| plain(a) == plain(b))
}

fn plain(c: char) -> char {
    if c == '_' { '-' } else { c.to_ascii_lowercase() }
}

/// Whether a name is another with words before or behind it: `shop-cart`, `cart-service`.
pub(super) fn extends(long: &str, short: &str) -> bool {
    let long: String = long.chars().map(plain).collect();
    let short: String = short.chars().map(plain).collect();
    short.len() > 2
        && long.len() > short.len()
        && (long.ends_with(&format!("-{short}")) || long.starts_with(&format!("{short}-")))
}

/// `registry/org/cart:1.2@sha256:…` is `registry/org/cart`.
fn untagged(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// `registry/org/cart:1.2@sha256:…` is `cart`.
pub(super) fn image_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}

/// Whether a name says what kind of part something is, and not which: many images end in it.
pub(super) fn is_any_part(name: &str) -> bool {
    matches!(
        name,
        "controller"
            | "server"
            | "service"
            | "api"
            | "worker"
            | "app"
            | "proxy"
            | "agent"
            | "operator"
            | "manager"
            | "client"
    )
}

/// Whether an image is a well-known product, perhaps one that is made for a binary: `cart-postgres`.
fn is_product_beside(image: &str, binary: &str) -> bool {
    let words: Vec<&str> = binary.split(['-', '_']).collect();
    is_known_product(image) || image.split(['-', '_']).any(|word| is_known_product(word) && !words.contains(&word))
}

/// Images of well-known products: they run no binary of the project.
pub(super) fn is_known_product(image: &str) -> bool {
    const PRODUCTS: &[&str] = &[
        "postgres",
        "postgresql",
        "redis",
        "kafka",
        "zookeeper",
        "rabbitmq",
        "nats",
        "clickhouse-server",
        "clickhouse",
        "neo4j",
        "mongo",
        "mongodb",
        "elasticsearch",
        "opensearch",
        "minio",
        "jaeger",
        "all-in-one",
        "prometheus",
        "grafana",
        "otel-collector",
        "opentelemetry-collector",
        "nginx",
        "envoy",
        "busybox",
        "mysql",
        "mariadb",
        "etcd",
        "vault",
        "keycloak",
        "pgbouncer",
        "cp-kafka",
        "cp-zookeeper",
        "cp-schema-registry",
        "schema-registry",
        "memcached",
        "valkey",
        "localstack",
        "mailhog",
        "adminer",
        "pgadmin4",
        "traefik",
        "haproxy",
        "caddy",
        "alpine",
        "debian",
        "ubuntu",
        "curl",
        "mc",
        "kubectl",
        "loki",
        "tempo",
        "redpanda",
        "pulsar",
        "kafka-ui",
        "akhq",
        "debezium",
        "connect",
    ];
    PRODUCTS.contains(&image)
}
