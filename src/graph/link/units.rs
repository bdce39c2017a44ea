//! Workload to binary: what is deployed, which binary it runs, with which words and variables.

use std::collections::{BTreeMap, BTreeSet};

use super::Linker;
use super::targets::{is_loopback, parse};
use crate::config::Config;
use crate::facts::Facts;
use crate::facts::deployment::{Container, Dockerfile, EnvSource, EnvVar, Stage, Workload};
use crate::facts::rust::{Binary, What};
use crate::graph::model::{Service, Setting};
use crate::span::Span;

/// The environments that hold: the primary one, and every other that deploys other things.
#[must_use]
pub fn active_environments(facts: &Facts, config: &Config) -> Vec<usize> {
    let primary = config.environment.primary.as_deref();
    let mut order: Vec<usize> = (0..facts.kubernetes.len()).collect();
    // What is there to test or show something deploys nothing where there is anything else.
    let for_show = |id: &usize| {
        let of = &facts.kubernetes[*id];
        is_scaffolding(&of.path) && primary.is_none_or(|primary| of.name != primary && of.path != primary)
    };
    if composed(facts) || order.iter().any(|id| !for_show(id)) {
        order.retain(|id| !for_show(id));
    }
    let rank = |id: &usize| {
        let of = &facts.kubernetes[*id];
        let name = of.name.to_lowercase();
        let named = if primary.is_some_and(|primary| of.name == primary || of.path == primary) {
            0
        } else if name.split(['-', '_', '/', '.']).any(|word| matches!(word, "prod" | "production" | "live")) {
            1
        } else if name
            .split(['-', '_', '/', '.'])
            .any(|word| matches!(word, "dev" | "development" | "local" | "test" | "e2e" | "ci"))
        {
            4
        } else if name.contains("stag") {
            3
        } else {
            2
        };
        (named, std::cmp::Reverse(of.workloads.len()), of.path.clone())
    };
    order.sort_by_key(rank);
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut seen_written: BTreeSet<(&str, u32)> = BTreeSet::new();
    let mut active = Vec::new();
    for id in order {
        let workloads = || facts.kubernetes[id].workloads.iter().map(|of| &of.meta);
        // The same name, or the same lines of a base under another prefix: one thing, deployed elsewhere.
        // Two charts of one system may share a helper; most of an alternative is there already.
        let repeated = workloads().filter(|meta| {
            seen.contains(&(meta.kind.as_str(), meta.name.as_str()))
                || seen_written.contains(&(&*meta.at.file, meta.at.line))
        });
        let repeats = repeated.count() * 2 >= workloads().count().max(1);
        // Plain manifests without workloads (namespaces, shared config) hold beside any environment.
        if !repeats {
            seen.extend(workloads().map(|meta| (meta.kind.as_str(), meta.name.as_str())));
            seen_written.extend(workloads().map(|meta| (&*meta.at.file, meta.at.line)));
            active.push(id);
        }
    }
    active
}

/// Whether a compose file that is not there to test or show something runs a binary of the project.
fn composed(facts: &Facts) -> bool {
    of_compose(facts).any(|of| !is_scaffolding(&of.at.file) && binary_of(facts, &of).is_some())
}

/// Something that runs: a workload's container, or a compose service.
struct Running<'a> {
    name: String,
    kind: &'static str,
    image: Option<&'a str>,
    /// The program that it starts, where that is not left to the image, then the words that it is given.
    command: Vec<&'a str>,
    /// Whether the program is left to the image.
    starts_image: bool,
    labels: Vec<&'a str>,
    dockerfile: Option<&'a Dockerfile>,
    workload: Option<(usize, usize, usize)>,
    workload_name: Option<String>,
    compose: Option<usize>,
    at: Span,
}

/// All deployable units, by name.
pub(super) fn units(linker: &Linker<'_>) -> Vec<Service> {
    let facts = linker.facts;
    let running = running(linker);
    let mut of_binary: BTreeMap<usize, Vec<&Running<'_>>> = BTreeMap::new();
    let mut others: Vec<&Running<'_>> = Vec::new();
    let by_name: Vec<Option<usize>> = running.iter().map(|of| binary_of(facts, of)).collect();
    let binaries: Vec<Option<usize>> =
        running.iter().zip(&by_name).map(|(of, known)| known.or_else(|| by_image(of, &running, &by_name))).collect();
    let by_workload: BTreeSet<usize> =
        running.iter().zip(&binaries).filter(|(of, _)| of.workload.is_some()).filter_map(|(_, id)| *id).collect();
    for (of, binary) in running.iter().zip(&binaries) {
        match *binary {
            Some(binary) => of_binary.entry(binary).or_default().push(of),
            None => others.push(of),
        }
    }
    let mut services = Vec::new();
    for (id, binary) in facts.rust.binaries.iter().enumerate() {
        let running = of_binary.remove(&id).unwrap_or_default();
        let workloads: Vec<&&Running<'_>> = running.iter().filter(|of| of.workload.is_some()).collect();
        // Compose services stand for local runs of what workloads deploy; alone, they are the deployment.
        let deciding: Vec<&&Running<'_>> = if by_workload.contains(&id) { workloads } else { running.iter().collect() };
        if deciding.is_empty() {
            if listens(facts, binary) || entrypoint_of(facts, binary) {
                services.push(of_code(linker, id, binary, &running));
            }
            continue;
        }
        let names: BTreeSet<&str> = deciding.iter().map(|of| of.name.as_str()).collect();
        if names.len() == 1 {
            services.push(deployed(linker, id, binary, &running, None));
        } else {
            for name in names {
                let own: Vec<&Running<'_>> = running.iter().copied().filter(|of| of.name == name).collect();
                services.push(deployed(linker, id, binary, &own, Some(name)));
            }
        }
    }
    for of in others {
        if let Some(service) = foreign(linker, of, &services) {
            services.push(service);
        }
    }
    rename(linker.config, facts, &mut services);
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

/// Whether a binary listens or consumes.
fn listens(facts: &Facts, binary: &Binary) -> bool {
    let test_like = is_scaffolding(&binary.path) || is_scaffolding(&binary.name);
    let serves = binary.entry_points.iter().any(|entry| matches!(entry.kind.as_str(), "rpc" | "endpoint" | "consumer"));
    let registered = binary.entry_points.iter().filter_map(|entry| entry.registered_by).any(|id| {
        matches!(facts.rust.effects[id].what, What::Serve { .. } | What::Route { .. } | What::Consume { .. })
    });
    !test_like && (serves || registered || accepts(facts, binary))
}

/// Whether a binary accepts connections of others: no socket of this machine alone, as tools open one for an answer.
fn accepts(facts: &Facts, binary: &Binary) -> bool {
    super::reach::reached(&facts.rust, binary).iter().any(|id| match &facts.rust.effects[*id].what {
        What::Listen { protocol, address, .. } if matches!(protocol.as_str(), "tcp" | "http") => {
            let own = |text: &str| !text.contains("0.0.0.0") && is_loopback(&parse(text).host);
            address.as_text().is_none_or(|text| !own(text))
        }
        _ => false,
    })
}

/// Whether a path or name says that it is there to test, measure or show something else.
#[must_use]
pub fn is_scaffolding(path: &str) -> bool {
    path.split(['/', '-', '_']).any(|word| {
        matches!(
            word,
            "example"
                | "examples"
                | "test"
                | "tests"
                | "testing"
                | "bench"
                | "benches"
                | "benchmark"
                | "benchmarks"
                | "xtask"
                | "fuzz"
                | "e2e"
                | "mock"
                | "mocks"
                | "loadgenerator"
                | "loadgen"
                | "loadtest"
                | "demo"
                | "demos"
                | "fake"
                | "fakes"
                | "testdata"
                | "fixture"
                | "fixtures"
                | "snapshots"
        )
    })
}

/// Whether an image of the project starts the binary.
fn entrypoint_of(facts: &Facts, binary: &Binary) -> bool {
    !is_scaffolding(&binary.path) && facts.dockerfiles.iter().any(|of| starts(of, &binary.name))
}

/// Whether the last stage of a Dockerfile starts a program.
fn starts(of: &Dockerfile, program: &str) -> bool {
    of.stages.last().is_some_and(|stage| {
        stage.entrypoint.iter().chain(&stage.command).take(2).any(|word| base_name(word) == program)
    })
}

fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn running<'a>(linker: &'a Linker<'_>) -> Vec<Running<'a>> {
    let facts = linker.facts;
    let mut all = Vec::new();
    for environment in &linker.environments {
        for (index, workload) in facts.kubernetes[*environment].workloads.iter().enumerate() {
            for (position, container) in workload.containers.iter().enumerate() {
                if container.role == "container" {
                    all.push(of_container(facts, (*environment, index, position), workload, container));
                }
            }
        }
    }
    let deployed = composed(facts) || !all.is_empty();
    all.extend(of_compose(facts).filter(|of| !deployed || !is_scaffolding(&of.at.file)));
    all
}

fn of_compose(facts: &Facts) -> impl Iterator<Item = Running<'_>> {
    facts.compose.iter().enumerate().map(|(index, of)| {
        let dockerfile = of
            .dockerfile
            .as_deref()
            .and_then(|path| facts.dockerfiles.iter().find(|known| known.path == path))
            .or_else(|| {
                let context = of.build_context.as_ref()?;
                let path = if context.value.is_empty() {
                    "Dockerfile".to_owned()
                } else {
                    format!("{}/Dockerfile", context.value)
                };
                facts.dockerfiles.iter().find(|known| known.path == path)
            });
        let mut command: Vec<&str> = of.entrypoint.iter().chain(&of.command).map(String::as_str).collect();
        let build_arguments: Vec<&str> = of.build_args.values().map(String::as_str).collect();
        if command.is_empty() {
            command = build_arguments;
        }
        Running {
            name: of.name.clone(),
            kind: if of.completes { "job" } else { "service" },
            image: of.image.as_ref().map(|image| image.value.as_str()),
            command,
            starts_image: of.entrypoint.is_empty(),
            labels: Vec::new(),
            dockerfile,
            workload: None,
            workload_name: None,
            compose: Some(index),
            at: of.at.clone(),
        }
    })
}

/// The binary that others run from the same image, where that image starts one: `command: [migrate]` beside
/// `command: [serve]`.
fn by_image(of: &Running<'_>, running: &[Running<'_>], binaries: &[Option<usize>]) -> Option<usize> {
    let image = of.image.filter(|image| of.starts_image && !is_known_product(image_name(image)))?;
    let mut found = running
        .iter()
        .zip(binaries)
        .filter(|(other, _)| other.starts_image && other.image.is_some_and(|other| untagged(other) == untagged(image)))
        .filter_map(|(_, binary)| *binary);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// `registry/org/cart:1.2@sha256:…` is `registry/org/cart`.
fn untagged(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

fn of_container<'a>(
    facts: &'a Facts,
    place: (usize, usize, usize),
    workload: &'a Workload,
    container: &'a Container,
) -> Running<'a> {
    let image = container.image.as_ref().map(|image| image.value.as_str());
    let labels = ["app", "app.kubernetes.io/name", "app.kubernetes.io/component", "name", "component"]
        .iter()
        .filter_map(|key| workload.pod_labels.get(*key).map(String::as_str))
        .chain([container.name.as_str()])
        .collect();
    let words = container.command.iter().chain(&container.args).map(|word| word.value.as_str()).collect();
    let namespace = if workload.meta.namespace.is_empty() { "default" } else { &workload.meta.namespace };
    // Of several containers, the one that the workload is named after is it; the others are known by their own names.
    let alone = workload.containers.iter().filter(|of| of.role == "container").count() == 1;
    let primary = alone || same(&workload.meta.name, &container.name) || extends(&workload.meta.name, &container.name);
    let everywhere = facts.kubernetes[place.0].workloads.iter().flat_map(|of| &of.containers);
    let only = everywhere.filter(|of| of.name == container.name).count() == 1;
    let generic = is_any_part(&container.name) || matches!(container.name.as_str(), "main" | "web");
    Running {
        name: if primary {
            workload.meta.name.clone()
        } else if only && !generic {
            container.name.clone()
        } else {
            format!("{}/{}", workload.meta.name, container.name)
        },
        kind: if matches!(workload.meta.kind.as_str(), "Job" | "CronJob") { "job" } else { "service" },
        image,
        command: words,
        starts_image: container.command.is_empty(),
        labels,
        dockerfile: image.and_then(|image| dockerfile_of(facts, image)),
        workload: Some(place),
        workload_name: Some(format!("{}/{namespace}/{}", workload.meta.kind, workload.meta.name)),
        compose: None,
        at: workload.meta.at.clone(),
    }
}

/// The Dockerfile that an image is built from: a folder or file name equal to the image's.
fn dockerfile_of<'a>(facts: &'a Facts, image: &str) -> Option<&'a Dockerfile> {
    let name = image_name(image);
    facts.dockerfiles.iter().find(|of| {
        let (folder, file) = of.path.rsplit_once('/').unwrap_or(("", &of.path));
        let folder = folder.trim_end_matches("/src").rsplit('/').next().unwrap_or("");
        let stem =
            file.trim_start_matches("Dockerfile.").trim_end_matches(".Dockerfile").trim_end_matches(".dockerfile");
        same(folder, name) || same(stem, name)
    })
}

/// `registry/org/cart:1.2@sha256:…` is `cart`.
fn image_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}

/// Whether two names are one, whatever joins their words.
fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && a.len() == b.len() && a.chars().zip(b.chars()).all(|(a, b)| plain(a) == plain(b))
}

fn plain(c: char) -> char {
    if c == '_' { '-' } else { c.to_ascii_lowercase() }
}

/// Whether a name is another with words before or behind it: `shop-cart`, `cart-service`.
fn extends(long: &str, short: &str) -> bool {
    let long: String = long.chars().map(plain).collect();
    let short: String = short.chars().map(plain).collect();
    short.len() > 2
        && long.len() > short.len()
        && (long.ends_with(&format!("-{short}")) || long.starts_with(&format!("{short}-")))
}

/// The binary that something runs: the best match by command, image, Dockerfile, labels and names.
fn binary_of(facts: &Facts, of: &Running<'_>) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    for (id, binary) in facts.rust.binaries.iter().enumerate() {
        let score = score(facts, of, binary);
        if score > 0 && best.is_none_or(|(known, _)| score > known) {
            best = Some((score, id));
        }
    }
    best.map(|(_, id)| id)
}

/// Whether an image holds the binary under its own name, and starts another program.
fn runs_another(of: &Running<'_>, names: &[&str]) -> bool {
    let Some(stage) = of.dockerfile.and_then(|dockerfile| dockerfile.stages.last()) else { return false };
    let is = |path: &str| names.iter().any(|name| same(base_name(path), name));
    let Some(program) = stage.entrypoint.iter().chain(&stage.command).next() else { return false };
    let origin = stage.copies.iter().find(|(from, to)| {
        base_name(to) == base_name(program) || (base_name(from) == base_name(program) && to.ends_with('/'))
    });
    // A script starts what it likes.
    let script = program.ends_with(".sh") || program.contains("entrypoint");
    let other = !script && origin.is_some_and(|(from, _)| !is(from));
    other && !is(program) && stage.copies.iter().any(|(from, _)| is(from))
}

fn score(facts: &Facts, of: &Running<'_>, binary: &Binary) -> u32 {
    let only = facts.rust.binaries.iter().filter(|other| other.package == binary.package).count() == 1;
    let names: Vec<&str> = if only { vec![&binary.name, &binary.package] } else { vec![&binary.name] };
    let is = |text: &str| names.iter().any(|name| same(text, name));
    let near = |text: &str| names.iter().any(|name| extends(text, name) || extends(name, text));
    if !of.command.iter().any(|word| is(base_name(word))) && runs_another(of, &names) {
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
    if let Some(dockerfile) = of.dockerfile {
        let folder = dockerfile.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        raise(95, starts(dockerfile, &binary.name));
        raise(80, !folder.is_empty() && folder == binary.path && only);
        let builds = dockerfile.stages.iter().flat_map(|stage| &stage.builds);
        raise(85, builds.clone().any(|built| is(built)));
    }
    if let Some(image) = of.image {
        let name = image_name(image);
        raise(90, is(name));
        // A third-party image that shares a word with a binary does not run it.
        raise(45, near(name) && !is_known_product(name) && !is_any_part(name));
    }
    let ours = of.image.is_none_or(|image| !is_known_product(image_name(image)));
    raise(70, ours && is(&of.name));
    raise(65, ours && of.labels.iter().any(|label| is(label)));
    raise(40, ours && of.image.is_none() && near(&of.name));
    best
}

/// Whether a name says what kind of part something is, and not which: many images end in it.
fn is_any_part(name: &str) -> bool {
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

fn deployed(linker: &Linker<'_>, id: usize, binary: &Binary, running: &[&Running<'_>], name: Option<&str>) -> Service {
    let mut service = of_code(linker, id, binary, running);
    if let Some(name) = name {
        name.clone_into(&mut service.name);
    }
    let by_workload = running.iter().any(|of| of.workload.is_some());
    if running.iter().filter(|of| of.workload.is_some() || !by_workload).all(|of| of.kind == "job") {
        "job".clone_into(&mut service.kind);
    }
    service.id = format!("{}:{}", service.kind, service.name);
    service
}

/// A service of a binary, with all that runs it.
fn of_code(linker: &Linker<'_>, id: usize, binary: &Binary, running: &[&Running<'_>]) -> Service {
    let generic = matches!(binary.name.as_str(), "main" | "server" | "app" | "service" | "api" | "bin" | "worker");
    let repeated = linker.facts.rust.binaries.iter().filter(|other| other.name == binary.name).count() > 1;
    let name = if generic || repeated { &binary.package } else { &binary.name };
    let mut service = Service {
        id: format!("service:{name}"),
        name: name.clone(),
        kind: "service".to_owned(),
        path: binary.path.clone(),
        package: Some(binary.package.clone()),
        binary: Some(id),
        binary_name: Some(binary.name.clone()),
        evidence: vec![binary.at.clone()],
        ..Service::default()
    };
    attach(linker, &mut service, running);
    service
}

/// Joins what runs a service to it: workloads, compose services, words, variables.
fn attach(linker: &Linker<'_>, service: &mut Service, running: &[&Running<'_>]) {
    let facts = linker.facts;
    for of in running {
        if let Some(place) = of.workload {
            service.workloads.push(place);
            service.workload_names.extend(of.workload_name.clone());
        }
        service.compose.extend(of.compose);
        service.evidence.push(of.at.clone());
    }
    let deciding: Vec<&&Running<'_>> = if service.workloads.is_empty() {
        running.iter().collect()
    } else {
        running.iter().filter(|of| of.workload.is_some()).collect()
    };
    let image = deciding.iter().find_map(|of| of.dockerfile).or_else(|| {
        let name = service.binary_name.as_deref()?;
        facts.dockerfiles.iter().find(|of| starts(of, name))
    });
    let stage = image.and_then(|of| of.stages.last());
    if let Some(stage) = stage {
        set_all(&mut service.variables, &stage.env);
    }
    // Without a unit that says how it is started, the CMD of an image is a default: it decides no role.
    if deciding.is_empty() {
        service.arguments.extend(stage.iter().flat_map(|stage| stage.entrypoint.iter().cloned()));
    }
    for of in deciding {
        let words = started(of, stage, service.binary_name.as_deref());
        service.arguments.extend(words);
        if let Some((environment, workload, container)) = of.workload {
            let container = &facts.kubernetes[environment].workloads[workload].containers[container];
            container_variables(linker, container, &mut service.variables);
        } else if let Some(index) = of.compose {
            set_all(&mut service.variables, &facts.compose[index].env);
        }
    }
}

/// The words that something is started with, the program first.
fn started(of: &Running<'_>, stage: Option<&Stage>, binary: Option<&str>) -> Vec<String> {
    let said = of.command.iter().map(|word| (*word).to_owned());
    if !of.starts_image {
        return said.collect();
    }
    let entrypoint = stage.map(|stage| stage.entrypoint.as_slice()).unwrap_or_default();
    let mut words = entrypoint.to_vec();
    if words.is_empty() {
        words.extend(binary.map(str::to_owned));
    }
    if of.command.is_empty() {
        words.extend(stage.iter().flat_map(|stage| stage.command.iter().cloned()));
    } else {
        words.extend(said);
    }
    words
}

fn set_all(variables: &mut BTreeMap<String, Setting>, env: &[EnvVar]) {
    for of in env {
        let value = match &of.source {
            EnvSource::Literal(text) => Some(text.clone()),
            _ => None,
        };
        variables.insert(of.name.clone(), Setting { value, from: None, at: of.at.clone() });
    }
}

/// Variables of a container: `envFrom` first, then `env`, as Kubernetes does.
fn container_variables(linker: &Linker<'_>, container: &Container, variables: &mut BTreeMap<String, Setting>) {
    let environments = || linker.environments.iter().map(|id| &linker.facts.kubernetes[*id]);
    for from in &container.env_from {
        if from.kind == "config_map" {
            for map in environments().flat_map(|of| &of.config_maps).filter(|map| map.meta.name == from.name) {
                for (key, value) in &map.data {
                    let setting = Setting { value: Some(value.value.clone()), from: None, at: value.at.clone() };
                    variables.insert(format!("{}{key}", from.prefix), setting);
                }
            }
        } else {
            for secret in environments().flat_map(|of| &of.secrets).filter(|secret| secret.meta.name == from.name) {
                for (key, at) in &secret.keys {
                    let held = format!("{}/{key}", from.name);
                    let setting = Setting { value: secret.urls.get(key).cloned(), from: Some(held), at: at.clone() };
                    variables.insert(format!("{}{key}", from.prefix), setting);
                }
            }
        }
    }
    for of in &container.env {
        let setting = match &of.source {
            EnvSource::Literal(text) => Setting { value: Some(text.clone()), from: None, at: of.at.clone() },
            EnvSource::ConfigMap { name, key, .. } => {
                let value = environments()
                    .flat_map(|of| &of.config_maps)
                    .filter(|map| map.meta.name == *name)
                    .find_map(|map| map.data.get(key));
                match value {
                    Some(value) => Setting { value: Some(value.value.clone()), from: None, at: value.at.clone() },
                    None => Setting { value: None, from: Some(format!("{name}/{key}")), at: of.at.clone() },
                }
            }
            EnvSource::Secret { name, key, .. } => {
                let url = environments()
                    .flat_map(|of| &of.secrets)
                    .filter(|secret| secret.meta.name == *name)
                    .find_map(|secret| secret.urls.get(key).cloned());
                Setting { value: url, from: Some(format!("{name}/{key}")), at: of.at.clone() }
            }
            EnvSource::Field(_) => Setting { value: None, from: None, at: of.at.clone() },
        };
        variables.insert(of.name.clone(), setting);
    }
}

/// A unit in another language: its image is built from a Dockerfile of the project.
fn foreign(linker: &Linker<'_>, of: &Running<'_>, known: &[Service]) -> Option<Service> {
    let dockerfile = of.dockerfile?;
    if known.iter().any(|service| service.name == of.name) || is_scaffolding(&of.name) {
        return None;
    }
    let language = language(dockerfile)?;
    if of.workload.is_none() && (language == "rust" || is_scaffolding(&dockerfile.path)) {
        return None;
    }
    let path = dockerfile.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut service = Service {
        id: format!("{}:{}", of.kind, of.name),
        name: of.name.clone(),
        kind: of.kind.to_owned(),
        path: path.to_owned(),
        language: Some(language.to_owned()),
        ..Service::default()
    };
    attach(linker, &mut service, &[of]);
    Some(service)
}

/// The language of what a Dockerfile builds, by its base images.
fn language(of: &Dockerfile) -> Option<&'static str> {
    const BASES: &[(&str, &str)] = &[
        ("golang", "go"),
        ("node", "javascript"),
        ("python", "python"),
        ("openjdk", "java"),
        ("temurin", "java"),
        ("gradle", "java"),
        ("maven", "java"),
        ("dotnet", "csharp"),
        ("ruby", "ruby"),
        ("php", "php"),
        ("rust", "rust"),
        ("cargo-chef", "rust"),
        ("elixir", "elixir"),
        ("gcc", "c++"),
    ];
    of.stages.iter().find_map(|stage| {
        let base = stage.base.to_lowercase();
        BASES.iter().find(|(word, _)| base.contains(word)).map(|(_, language)| *language)
    })
}

/// Names that `loadpath.yaml` gives.
fn rename(config: &Config, facts: &Facts, services: &mut [Service]) {
    for (name, of) in &config.services {
        let found = services.iter_mut().find(|service| {
            of.binary.as_ref().is_some_and(|binary| service.binary_name.as_ref() == Some(binary))
                || of.workload.as_ref().is_some_and(|workload| {
                    service
                        .workload_names
                        .iter()
                        .any(|known| known == workload || known.rsplit('/').next() == Some(workload))
                })
                || of.path.as_ref().is_some_and(|path| service.path == *path)
                || service.name == *name
        });
        if let Some(service) = found {
            service.name.clone_from(name);
            service.id = format!("{}:{name}", service.kind);
            if of.language.is_some() {
                service.language.clone_from(&of.language);
            }
        }
    }
    let _ = facts;
}
