//! Client to contract to server, and URL to service.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Linker;
use super::edges::Made;
use super::routes::Request;
use super::targets::{Target, parse};
use super::values::alternatives;
use crate::facts::Facts;
use crate::facts::rust::{Effect, What};
use crate::graph::model::{Confidence, End, HOLE, Known, Unresolved};

/// Why the one that answers at an address of this machine is not known.
const HERE: &str = "an address of this machine without a port";

/// Contracts that every server may have beside its own: they are no dependency.
const PLUMBING: &[&str] = &["grpc.health.", "grpc.reflection."];

/// How code spells contracts and methods, joined to how the protos do.
pub(crate) struct Contracts {
    by_squashed: BTreeMap<String, (String, BTreeMap<String, String>)>,
}

fn squash(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

impl Contracts {
    pub(crate) fn new(facts: &Facts) -> Self {
        let mut by_squashed = BTreeMap::new();
        for service in facts.proto.iter().flat_map(|file| &file.services) {
            let methods = service.methods.iter().map(|of| (squash(&of.name), of.name.clone())).collect();
            by_squashed.entry(squash(&service.name)).or_insert((service.name.clone(), methods));
        }
        Self { by_squashed }
    }

    /// The contract as its proto names it.
    pub(crate) fn contract(&self, name: &str) -> String {
        self.known(name).map_or_else(|| name.to_owned(), |(name, _)| name.clone())
    }

    /// A contract by the name that the code gives it; modules of the code may stand in front of the package's name.
    fn known(&self, name: &str) -> Option<&(String, BTreeMap<String, String>)> {
        let mut rest = Some(name);
        while let Some(name) = rest {
            if let Some(known) = self.by_squashed.get(&squash(name)) {
                return Some(known);
            }
            rest = name.split_once('.').map(|(_, rest)| rest).filter(|rest| rest.contains('.'));
        }
        None
    }

    /// Whether the proto of a contract is there and has no such method: then it is no call of an rpc.
    pub(crate) fn lacks(&self, contract: &str, method: &str) -> bool {
        self.known(contract).is_some_and(|(_, methods)| !methods.contains_key(&squash(method)))
    }

    /// A method as its proto names it.
    pub(crate) fn method(&self, contract: &str, method: &str) -> String {
        self.known(contract)
            .and_then(|(_, methods)| methods.get(&squash(method)))
            .cloned()
            .unwrap_or_else(|| method.to_owned())
    }
}

fn is_plumbing(contract: &str) -> bool {
    PLUMBING.iter().any(|prefix| contract.starts_with(prefix))
}

/// Contracts that services serve.
pub(super) fn serve(linker: &mut Linker<'_>) {
    for id in 0..linker.graph.services.len() {
        let mut serves = BTreeSet::new();
        for effect in &linker.graph.services[id].effects {
            if let What::Serve { contract, .. } = &linker.facts.rust.effects[*effect].what {
                let contract = linker.contracts.contract(contract);
                if !is_plumbing(&contract) {
                    serves.insert(contract);
                }
            }
        }
        linker.graph.services[id].serves = serves;
    }
    for entry in &mut linker.graph.entries {
        if let Some(contract) = &mut entry.contract {
            *contract = linker.contracts.contract(contract);
            if let Some((_, method)) = entry.name.rsplit_once('/') {
                entry.name = format!("{contract}/{}", linker.contracts.method(contract, method));
                entry.id = format!("{}/{}", linker.graph.services[entry.service].name, entry.name);
            }
        }
    }
}

/// Edges of gRPC and HTTP calls.
pub(super) fn link(linker: &mut Linker<'_>) {
    let facts = linker.facts;
    for id in 0..linker.graph.services.len() {
        let effects: Vec<usize> = linker.graph.services[id].effects.iter().copied().collect();
        for effect in effects {
            let of = &facts.rust.effects[effect];
            match &of.what {
                What::Grpc { contract, method } => grpc(linker, id, effect, of, contract, method),
                What::Http { verb, url } => {
                    let known = without_covered(linker.known(&linker.graph.services[id], url));
                    http(linker, id, effect, of, verb, &known);
                }
                _ => {}
            }
        }
    }
}

/// Of one request, the addresses that no other of them covers: "17 or anything" in a path is anything.
fn without_covered(mut known: Known) -> Known {
    let all = known.texts.clone();
    known.texts.retain(|text| !all.iter().any(|other| covers(other, text)));
    known
}

/// Whether an address is another one with segments of its path left open. Hosts are compared as they are.
fn covers(open: &str, text: &str) -> bool {
    let hosts = if open.contains("://") { 3 } else { 1 };
    open != text
        && open.split('/').count() == text.split('/').count()
        && open
            .split('/')
            .zip(text.split('/'))
            .enumerate()
            .all(|(index, (open, text))| open == text || (index >= hosts && open.chars().eq([HOLE])))
}

fn grpc(linker: &mut Linker<'_>, from: usize, id: usize, effect: &Effect, contract: &str, method: &str) {
    let contract = linker.contracts.contract(contract);
    if is_plumbing(&contract) || linker.contracts.lacks(&contract, method) {
        return;
    }
    let method = linker.contracts.method(&contract, method);
    let mut serving: Vec<usize> =
        (0..linker.graph.services.len()).filter(|id| linker.graph.services[*id].serves.contains(&contract)).collect();
    let rpc = format!("{contract}/{method}");
    if serving.iter().any(|service| !linker.refuses(*service, &rpc)) {
        serving.retain(|service| !linker.refuses(*service, &rpc));
    }
    // A server on any free port of its own machine is for its own process.
    let reachable: Vec<usize> =
        serving.iter().copied().filter(|id| *id == from || !linker.serves_itself_only(*id)).collect();
    let servers = if reachable.is_empty() { serving } else { reachable };
    let addressed = addressed(linker, from, effect, &contract);
    let (chosen, confidence, because) = chosen(linker, from, &servers, addressed.as_ref().map(|(target, _)| target));
    let mut add = |to: End, confidence: Confidence, because: Option<String>| {
        linker.edges.add(Made {
            from,
            to,
            kind: "grpc",
            contract: Some(contract.clone()),
            method: Some(method.clone()),
            confidence,
            because,
            effect: Some(id),
            at: effect.at.clone(),
        });
    };
    if !chosen.is_empty() {
        for server in chosen {
            add(End::Service(server), confidence, because.map(str::to_owned));
        }
        return;
    }
    if let Some(name) = linker.config.mappings.contracts.get(&contract)
        && let Some(server) = linker.graph.services.iter().position(|of| of.name == *name)
    {
        return add(End::Service(server), Confidence::Declared, None);
    }
    if !servers.is_empty() {
        for server in servers {
            add(End::Service(server), Confidence::Likely, Some("several services serve the contract".to_owned()));
        }
        return;
    }
    match addressed {
        Some((Target::External(host), _)) => {
            let host = named_external(linker, &host);
            let to = linker.external(&host, &effect.at);
            let made = Made {
                from,
                to,
                kind: "grpc",
                contract: Some(contract),
                method: Some(method),
                confidence: Confidence::Proven,
                because: None,
                effect: Some(id),
                at: effect.at.clone(),
            };
            linker.edges.add(made);
        }
        other => {
            let why = match other {
                Some((Target::Unknown(why), _)) => why,
                Some((Target::Here, _)) => HERE.to_owned(),
                _ => "no service of the project serves the contract, and its address is not known".to_owned(),
            };
            let to = linker.external(&contract, &effect.at);
            linker.edges.add(Made {
                from,
                to,
                kind: "grpc",
                contract: Some(contract),
                method: Some(method),
                confidence: Confidence::Likely,
                because: Some("no service of the project serves the contract".to_owned()),
                effect: Some(id),
                at: effect.at.clone(),
            });
            unresolved(linker, from, "grpc client target", effect, why);
        }
    }
}

/// Of those that serve a contract, and the one that the address names, who is called; and how sure that is.
fn chosen(
    linker: &Linker<'_>,
    from: usize,
    servers: &[usize],
    addressed: Option<&Target>,
) -> (Vec<usize>, Confidence, Option<&'static str>) {
    let proven = |found: Vec<usize>| (found, Confidence::Proven, None);
    match addressed {
        Some(Target::Services(found, step)) => {
            let both: Vec<usize> = found.iter().copied().filter(|id| servers.contains(id)).collect();
            // What a unit in another language serves is not known: its address is all there is.
            let foreign = |id: &usize| linker.graph.services[*id].language.is_some();
            if !both.is_empty() {
                return proven(both);
            }
            if step.is_none() && (servers.is_empty() || found.iter().all(foreign)) {
                return proven(found.clone());
            }
            let because = "the service that the address names is not known to serve the contract";
            match servers {
                [server] if step.is_none() => (vec![*server], Confidence::Likely, Some(because)),
                [server] => proven(vec![*server]),
                _ => (Vec::new(), Confidence::Likely, None),
            }
        }
        Some(Target::External(_)) => match servers {
            [server] => {
                let because = "one service serves the contract; its address names a host of which nothing is known";
                (vec![*server], Confidence::Likely, Some(because))
            }
            _ => (Vec::new(), Confidence::Likely, None),
        },
        Some(Target::Here) if servers.contains(&from) => proven(vec![from]),
        _ => match servers {
            [server] => proven(vec![*server]),
            _ => (Vec::new(), Confidence::Likely, None),
        },
    }
}

impl Linker<'_> {
    /// Whether a service only answers that an rpc, `contract/Method`, is not implemented.
    fn refuses(&self, service: usize, rpc: &str) -> bool {
        let mut entries =
            self.graph.entries.iter().filter(|entry| entry.service == service && entry.name == rpc).peekable();
        entries.peek().is_some()
            && entries.all(|entry| {
                self.facts.rust.implementations.iter().any(|of| {
                    of.methods.iter().any(|(method, id)| *id == entry.function && of.refused.contains(method))
                })
            })
    }
}

/// Who answers at the addresses of the clients that may stand behind a call.
fn addressed(linker: &Linker<'_>, from: usize, effect: &Effect, contract: &str) -> Option<(Target, Known)> {
    let facts = linker.facts;
    let service = &linker.graph.services[from];
    let mut clients: Vec<usize> = effect.clients.clone();
    if clients.is_empty() {
        clients = service
            .clients
            .iter()
            .copied()
            .filter(|id| {
                facts.rust.clients[*id].contract.as_deref().is_some_and(|of| linker.contracts.contract(of) == contract)
            })
            .collect();
    }
    let mut services: Vec<usize> = Vec::new();
    let mut step = None;
    let mut other: Option<(Target, Known)> = None;
    let mut all = Known::default();
    let addresses = clients.iter().flat_map(|client| alternatives(&facts.rust.clients[*client].address));
    for address in addresses {
        let known = linker.known(service, &address);
        for text in &known.texts {
            match linker.target(text) {
                Target::Services(found, because) => {
                    services.extend(found.iter().filter(|id| !services.contains(id)).copied().collect::<Vec<_>>());
                    step = step.or(because);
                }
                target => {
                    // One of several addresses is of this machine: the others may lead anywhere. What is open in this very
                    // address is its port.
                    let target = match (target, &known.why) {
                        (Target::Here, Some(why)) if !text.contains(HOLE) => Target::Unknown(why.clone()),
                        (target, _) => target,
                    };
                    other = less_local(other, (target, known.clone()));
                }
            }
        }
        if known.texts.is_empty() {
            let why = known.why.clone().unwrap_or_else(|| "its address is not known".to_owned());
            other = less_local(other, (Target::Unknown(why), known.clone()));
        }
        all = known;
    }
    if services.is_empty() { other } else { Some((Target::Services(services, step), all)) }
}

/// Of two answers that name no service, the first, unless only the second leaves this machine.
fn less_local(known: Option<(Target, Known)>, other: (Target, Known)) -> Option<(Target, Known)> {
    Some(match known {
        Some((Target::Here, _)) | None => other,
        Some(known) => known,
    })
}

/// The name that `loadpath.yaml` gives to a host outside.
fn named_external(linker: &Linker<'_>, host: &str) -> String {
    linker
        .config
        .externals
        .iter()
        .find(|(_, of)| of.hosts.iter().any(|known| known == host))
        .map_or_else(|| host.to_owned(), |(name, _)| name.clone())
}

fn unresolved(linker: &mut Linker<'_>, from: usize, what: &str, effect: &Effect, why: String) {
    let service = linker.graph.services[from].name.clone();
    linker.graph.unresolved.push(Unresolved {
        what: what.to_owned(),
        at: effect.at.clone(),
        why,
        service: Some(service),
    });
}

fn http(linker: &mut Linker<'_>, from: usize, id: usize, effect: &Effect, verb: &str, known: &Known) {
    if known.texts.is_empty() && known.complete && !linker.graph.services[from].workloads.is_empty() {
        // `Option<Url>` that the deployment leaves out: whatever asks there is not switched on.
        return;
    }
    if known.texts.is_empty() {
        let why = known.why.clone().unwrap_or_else(|| "the URL is known only when it runs".to_owned());
        // Somebody is asked: that much is known.
        let to = linker.node("external", "", "*", false, None, &effect.at);
        let method = Some(if verb.is_empty() { "ANY".to_owned() } else { verb.to_owned() });
        let (confidence, because) = (Confidence::Likely, Some(why.clone()));
        let (kind, contract, at) = ("http", None, effect.at.clone());
        linker.edges.add(Made { from, to, kind, contract, method, confidence, because, effect: Some(id), at });
        return unresolved(linker, from, "http target", effect, why);
    }
    for text in asked(linker, verb, &known.texts) {
        let (verb, text) = with_verb(verb, text);
        let based = based(text);
        let text = based.as_ref();
        let path = shown_path(&parse(text).path);
        let method = format!("{} {path}", if verb.is_empty() { "ANY" } else { verb });
        let (targets, confidence, because) = match linker.target(text) {
            // A port alone says little: who is known to have no such route is not meant.
            Target::Services(found, Some(_)) if !found.contains(&from) && !may_answer(linker, &found, verb, text) => {
                let address = parse(text);
                let host = format!("{}:{}", address.host, address.port.unwrap_or_default());
                (vec![linker.external(&host, &effect.at)], Confidence::Proven, None)
            }
            Target::Services(found, because) => {
                let confidence = if because.is_some() { Confidence::Likely } else { Confidence::Proven };
                (found.into_iter().map(End::Service).collect(), confidence, because.map(str::to_owned))
            }
            Target::External(host) => {
                let host = named_external(linker, &host);
                (vec![linker.external(&host, &effect.at)], Confidence::Proven, None)
            }
            Target::Here if linker.has_route(from, verb, &parse(text).path) => {
                let because =
                    "an address of this machine without a port; the service itself has such a route".to_owned();
                (vec![End::Service(from)], Confidence::Likely, Some(because))
            }
            target @ (Target::Unknown(_) | Target::Here) => {
                let why = if let Target::Unknown(why) = target { why } else { HERE.to_owned() };
                let why = known.why.clone().unwrap_or(why);
                let mut servers = linker.servers_of(&Request {
                    from,
                    verb,
                    path: &parse(text).path,
                    base_open: text.starts_with(HOLE),
                    file: &effect.at.file,
                });
                let mut step = match servers.len() {
                    0 | 1 => "the host is not known; this service has such a route",
                    _ => "the host is not known; several services have such a route",
                };
                if servers.len() != 1
                    && let Some(named) = known.held_by.as_deref().and_then(|name| linker.named_by_setting(name))
                    && named != from
                    && linker.answers(named, verb, &parse(text).path) != Some(false)
                {
                    servers = vec![named];
                    step = "the setting that holds the address is named after the service";
                }
                match servers.len() {
                    1.. => {
                        let ends = servers.into_iter().map(End::Service).collect();
                        (ends, Confidence::Likely, Some(step.to_owned()))
                    }
                    0 => {
                        unresolved(linker, from, "http target", effect, why.clone());
                        (unnamed(linker, &path, effect).into_iter().collect(), Confidence::Likely, Some(why))
                    }
                }
            }
        };
        for to in targets {
            linker.edges.add(Made {
                from,
                to,
                kind: "http",
                contract: None,
                method: Some(method.clone()),
                confidence,
                because: because.clone(),
                effect: Some(id),
                at: effect.at.clone(),
            });
        }
    }
}

/// The URLs that a request may go to. One client for several hosts is given the paths of them all: where a path is known
/// to one of the hosts, those whose routes are known to be others are not asked for it.
fn asked<'t>(linker: &Linker<'_>, verb: &'t str, texts: &'t [String]) -> Vec<&'t str> {
    let request = |text: &'t str| -> (&'t str, String) {
        let (verb, url) = with_verb(verb, text);
        (verb, parse(url).path)
    };
    let answers = |text: &'t str| -> Option<bool> {
        let (verb, path) = request(text);
        match linker.target(with_verb(verb, text).1) {
            Target::Services(found, _) => {
                let known: Option<Vec<bool>> =
                    found.iter().map(|service| linker.answers(*service, verb, &path)).collect();
                known.map(|known| known.contains(&true))
            }
            _ => None,
        }
    };
    let known: Vec<(&str, Option<bool>)> = texts.iter().map(|text| (text.as_str(), answers(text))).collect();
    let answered: Vec<_> =
        known.iter().filter(|(_, answers)| *answers == Some(true)).map(|(text, _)| request(text)).collect();
    let is_other = |text: &'t str, answers: Option<bool>| answers == Some(false) && answered.contains(&request(text));
    known.into_iter().filter(|(text, answers)| !is_other(text, *answers)).map(|(text, _)| text).collect()
}

/// Whether one of several services may have a route for what is asked.
fn may_answer(linker: &Linker<'_>, services: &[usize], verb: &str, url: &str) -> bool {
    let path = parse(url).path;
    services.iter().any(|id| linker.answers(*id, verb, &path) != Some(false))
}

/// Someone whose host is not known, where at least the path says what is asked.
fn unnamed(linker: &mut Linker<'_>, path: &str, effect: &Effect) -> Option<End> {
    path.split('/')
        .any(|segment| !segment.is_empty() && !segment.contains('*'))
        .then(|| linker.node("external", "", "*", false, None, &effect.at))
}

/// The verb and the URL of a text, in front of whose URL a verb may stand.
fn with_verb<'t>(verb: &'t str, text: &'t str) -> (&'t str, &'t str) {
    match text.split_once(' ') {
        Some((own, url)) if verb.is_empty() && own.chars().all(|c| c.is_ascii_uppercase()) => (own, url),
        Some((own, url)) if verb.is_empty() && own.chars().all(|c| c == HOLE) => (verb, url),
        _ => (verb, text),
    }
}

/// A URL whose base is not known at all and is followed by a word: the base ends in `/`.
fn based(text: &str) -> Cow<'_, str> {
    match text.strip_prefix(HOLE) {
        Some(rest) if rest.starts_with(char::is_alphanumeric) => Cow::Owned(format!("{HOLE}/{rest}")),
        _ => Cow::Borrowed(text),
    }
}

/// A path without its query; holes are `*`.
fn shown_path(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    let path = path.replace(HOLE, "*").replace("//", "/");
    if path.is_empty() { "/".to_owned() } else { path }
}
