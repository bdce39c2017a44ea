//! A review with its indices: which findings are about what, what leads where. Made once for each review, on the thread
//! that reviews; views only look things up.

use std::collections::BTreeMap;

use super::matrix::Grid;
use super::project::Loaded;
use super::thing::Thing;
use crate::config::Severity;
use crate::findings::Finding;
use crate::graph::find::short;
use crate::graph::model::{EdgeId, EntryId, ServiceId};
use crate::graph::{End, Graph};

/// A review with its indices.
pub struct Book {
    /// The review.
    pub loaded: Loaded,
    /// Findings, the gravest first.
    pub findings: Vec<Finding>,
    /// Whether the review was compared with a base.
    pub has_base: bool,
    /// Whether the base did not have a finding.
    pub is_new: Vec<bool>,
    /// The service of each finding.
    pub home: Vec<Option<ServiceId>>,
    /// Findings about each service.
    pub of_service: Vec<Vec<usize>>,
    /// Findings about each datastore, topic or external.
    pub of_node: Vec<Vec<usize>>,
    /// Findings about each dependency.
    pub of_edge: Vec<Vec<usize>>,
    /// Findings about each entry point.
    pub of_entry: Vec<Vec<usize>>,
    /// Findings of each rule.
    pub of_rule: Vec<Vec<usize>>,
    /// Dependencies of each service.
    pub out: Vec<Vec<EdgeId>>,
    /// Dependencies on each service.
    pub into_service: Vec<Vec<EdgeId>>,
    /// Dependencies on each datastore, topic or external.
    pub into_node: Vec<Vec<EdgeId>>,
    /// Who depends on whom.
    pub grid: Grid,
    /// Contracts of the project.
    pub contracts: Vec<Contract>,
    /// Each thing by its key.
    keys: BTreeMap<String, Thing>,
}

/// A contract: where it is written, who serves it, who calls it.
pub struct Contract {
    /// Its full name.
    pub name: String,
    /// Its file among the facts.
    pub file: usize,
    /// Its place in that file.
    pub service: usize,
    /// Who serves it.
    pub servers: Vec<ServiceId>,
    /// Dependencies on it.
    pub callers: Vec<EdgeId>,
}

impl Book {
    /// Makes the indices of a review.
    pub fn new(mut loaded: Loaded) -> Self {
        let has_base = loaded.new.is_some();
        let (findings, is_new) = ordered(&mut loaded);
        let graph = &loaded.graph;
        let (mut out, mut into_service) =
            (vec![Vec::new(); graph.services.len()], vec![Vec::new(); graph.services.len()]);
        let mut into_node = vec![Vec::new(); graph.nodes.len()];
        for (id, edge) in graph.edges.iter().enumerate() {
            out[edge.from].push(id);
            match edge.to {
                End::Service(to) => into_service[to].push(id),
                End::Node(to) => into_node[to].push(id),
            }
        }
        let contracts = contracts(&loaded);
        let rules: BTreeMap<&str, usize> =
            loaded.rules.iter().enumerate().map(|(index, rule)| (&*rule.id, index)).collect();
        let mut of_rule = vec![Vec::new(); loaded.rules.len()];
        for (index, finding) in findings.iter().enumerate() {
            if let Some(rule) = rules.get(finding.rule.as_str()) {
                of_rule[*rule].push(index);
            }
        }
        let mut book = Self {
            home: vec![None; findings.len()],
            of_service: vec![Vec::new(); graph.services.len()],
            of_node: vec![Vec::new(); graph.nodes.len()],
            of_edge: vec![Vec::new(); graph.edges.len()],
            of_entry: vec![Vec::new(); graph.entries.len()],
            keys: BTreeMap::new(),
            findings,
            has_base,
            is_new,
            of_rule,
            out,
            into_service,
            into_node,
            grid: Grid::new(&loaded.graph),
            contracts,
            loaded,
        };
        book.attribute();
        let all = book.things();
        book.keys = all.map(|thing| (book.key(thing), thing)).collect();
        book
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.loaded.graph
    }

    /// What a thing is called from one review to the next.
    pub fn key(&self, thing: Thing) -> String {
        match thing {
            Thing::End(end) => self.graph().id_of(end).to_owned(),
            Thing::Edge(id) => {
                let edge = &self.graph().edges[id];
                let contract = edge.contract.as_deref().unwrap_or_default();
                let from = &self.graph().services[edge.from].id;
                format!("edge:{from}->{} {} {contract}", self.graph().id_of(edge.to), edge.kind)
            }
            Thing::Entry(id) => {
                let entry = &self.graph().entries[id];
                format!("entry:{}:{}", entry.kind, entry.id)
            }
            Thing::Finding(index) => format!("finding:{}", self.findings[index].fingerprint),
            Thing::Proposal(index) => format!("proposal:{}", self.findings[index].fingerprint),
            Thing::Unknown(index) => {
                let of = &self.loaded.settled.unknown[index];
                format!("unknown:{} {}", of.rule, of.entity)
            }
            Thing::Rule(index) => format!("rule:{}", self.loaded.rules[index].id),
            Thing::Article(index) => {
                format!("article:{}", self.loaded.knowledge.articles()[index].topic)
            }
            Thing::Decision(index) => format!("decision:{}", self.loaded.decisions[index].file),
            Thing::Contract(index) => format!("contract:{}", self.contracts[index].name),
            // Their order is that of how full they are: another review may have others.
            Thing::Limit(index) => format!("limit:{index}"),
            Thing::Heading(heading) => format!("heading:{}", heading.title()),
        }
    }

    /// The thing that goes by a key.
    pub fn thing(&self, key: &str) -> Option<Thing> {
        self.keys.get(key).copied()
    }

    /// Whether there is such a thing: places may come from another review.
    pub fn has(&self, thing: Thing) -> bool {
        let graph = self.graph();
        match thing {
            Thing::End(End::Service(id)) => id < graph.services.len(),
            Thing::End(End::Node(id)) => id < graph.nodes.len(),
            Thing::Edge(id) => id < graph.edges.len(),
            Thing::Entry(id) => id < graph.entries.len(),
            Thing::Finding(id) | Thing::Proposal(id) => id < self.findings.len(),
            Thing::Unknown(id) => id < self.loaded.settled.unknown.len(),
            Thing::Rule(id) => id < self.loaded.rules.len(),
            Thing::Article(id) => id < self.loaded.knowledge.articles().len(),
            Thing::Decision(id) => id < self.loaded.decisions.len(),
            Thing::Contract(id) => id < self.contracts.len(),
            Thing::Limit(_) | Thing::Heading(_) => true,
        }
    }

    /// All ends: services, then nodes.
    pub fn ends(&self) -> impl Iterator<Item = End> + use<> {
        let (services, nodes) = (self.graph().services.len(), self.graph().nodes.len());
        (0..services).map(End::Service).chain((0..nodes).map(End::Node))
    }

    /// All that can be gone to by name.
    pub fn things(&self) -> impl Iterator<Item = Thing> + use<> {
        let graph = self.graph();
        let (edges, entries) = (graph.edges.len(), graph.entries.len());
        let (findings, unknown) = (self.findings.len(), self.loaded.settled.unknown.len());
        let (rules, articles) = (self.loaded.rules.len(), self.loaded.knowledge.articles().len());
        let (decisions, contracts) = (self.loaded.decisions.len(), self.contracts.len());
        self.ends()
            .map(Thing::End)
            .chain((0..entries).map(Thing::Entry))
            .chain((0..contracts).map(Thing::Contract))
            .chain((0..findings).map(Thing::Finding))
            .chain((0..edges).map(Thing::Edge))
            .chain((0..rules).map(Thing::Rule))
            .chain((0..articles).map(Thing::Article))
            .chain((0..decisions).map(Thing::Decision))
            .chain((0..unknown).map(Thing::Unknown))
            .chain((0..findings).map(Thing::Proposal))
    }

    /// What a thing is called, in a few words.
    pub fn name(&self, thing: Thing) -> String {
        let graph = self.graph();
        match thing {
            Thing::End(end) => graph.called(end).to_owned(),
            Thing::Edge(id) => {
                let edge = &graph.edges[id];
                format!("{} → {} ({})", graph.services[edge.from].name, graph.called(edge.to), edge.kind)
            }
            Thing::Entry(id) => {
                let entry = &graph.entries[id];
                format!("{} {}", graph.services[entry.service].name, short(entry))
            }
            Thing::Finding(index) => self.findings[index].message.clone(),
            Thing::Proposal(index) => format!("decision proposed: {}", self.findings[index].rule),
            Thing::Unknown(index) => {
                let of = &self.loaded.settled.unknown[index];
                format!("{} {}", of.rule, of.entity)
            }
            Thing::Rule(index) => self.loaded.rules[index].id.to_string(),
            Thing::Article(index) => self.loaded.knowledge.articles()[index].title.clone(),
            Thing::Decision(index) => self.loaded.decisions[index].title.clone(),
            Thing::Contract(index) => self.contracts[index].name.clone(),
            Thing::Limit(index) => format!("limit {}", index + 1),
            Thing::Heading(heading) => heading.title(),
        }
    }

    /// What kind of thing it is, in a word.
    pub fn kind(&self, thing: Thing) -> &str {
        match thing {
            Thing::End(End::Service(id)) => &self.graph().services[id].kind,
            Thing::End(End::Node(id)) => &self.graph().nodes[id].kind,
            Thing::Edge(_) => "edge",
            Thing::Entry(id) => &self.graph().entries[id].kind,
            Thing::Finding(_) => "finding",
            Thing::Proposal(_) => "proposal",
            Thing::Unknown(_) => "not decided",
            Thing::Rule(_) => "rule",
            Thing::Article(_) => "article",
            Thing::Decision(_) => "decision",
            Thing::Contract(_) => "contract",
            Thing::Limit(_) => "limit",
            Thing::Heading(_) => "",
        }
    }

    /// Findings about a thing.
    pub fn about(&self, thing: Thing) -> &[usize] {
        match thing {
            Thing::End(End::Service(id)) => &self.of_service[id],
            Thing::End(End::Node(id)) => &self.of_node[id],
            Thing::Edge(id) => &self.of_edge[id],
            Thing::Entry(id) => &self.of_entry[id],
            Thing::Rule(id) => &self.of_rule[id],
            _ => &[],
        }
    }

    /// Dependencies on an end.
    pub fn callers_of(&self, end: End) -> &[EdgeId] {
        match end {
            End::Service(id) => &self.into_service[id],
            End::Node(id) => &self.into_node[id],
        }
    }

    /// Dependencies of an end.
    pub fn out_of(&self, end: End) -> &[EdgeId] {
        match end {
            End::Service(id) => &self.out[id],
            End::Node(_) => &[],
        }
    }

    /// How many findings of each severity there are: errors, warnings, infos.
    pub fn counts(&self, findings: &[usize]) -> [usize; 3] {
        let mut counts = [0; 3];
        for index in findings {
            counts[match self.findings[*index].severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Info => 2,
            }] += 1;
        }
        counts
    }

    /// The place of a rule.
    pub fn rule(&self, id: &str) -> Option<usize> {
        self.loaded.rules.iter().position(|rule| rule.is_called(id))
    }

    /// The place of an article.
    pub fn article(&self, topic: &str) -> Option<usize> {
        self.loaded.knowledge.articles().iter().position(|article| article.topic == topic)
    }

    /// Finds out what each finding is about: by its entity, else by its file.
    fn attribute(&mut self) {
        let ends: BTreeMap<String, End> = self.ends().map(|end| (self.graph().id_of(end).to_owned(), end)).collect();
        let services: BTreeMap<String, ServiceId> =
            self.graph().services.iter().enumerate().map(|(id, of)| (of.name.clone(), id)).collect();
        let entries: BTreeMap<String, EntryId> =
            self.graph().entries.iter().enumerate().map(|(id, of)| (of.id.clone(), id)).collect();
        let called: BTreeMap<String, End> = self.ends().map(|end| (self.graph().called(end).to_owned(), end)).collect();
        let mut between: BTreeMap<(ServiceId, End), Vec<EdgeId>> = BTreeMap::new();
        for (id, edge) in self.graph().edges.iter().enumerate() {
            between.entry((edge.from, edge.to)).or_default().push(id);
        }
        for index in 0..self.findings.len() {
            let finding = &self.findings[index];
            let (kind, inner) = finding.entity.split_once(':').unwrap_or(("", &finding.entity));
            let first = inner.split(['/', ' ']).next().unwrap_or_default();
            let first = first.split("::").next().unwrap_or(first);
            if let Some(End::Node(node)) = ends.get(&finding.entity) {
                self.of_node[*node].push(index);
            }
            if let Some(entry) = entries.get(inner).filter(|_| matches!(kind, "path" | "consumer")) {
                self.of_entry[*entry].push(index);
            }
            if kind == "table"
                && let Some((store, _)) = inner.rsplit_once('/')
                && let Some(End::Node(node)) = called.get(store)
            {
                self.of_node[*node].push(index);
            }
            let mut home = services.get(first).copied();
            if kind == "edge"
                && let Some((from, to)) = inner.split_once("->")
            {
                home = services.get(from).copied();
                let to = called.get(to).or_else(|| called.get(to.split(' ').next().unwrap_or(to)));
                let edges = home.zip(to).and_then(|(from, to)| between.get(&(from, *to)));
                for edge in edges.into_iter().flatten() {
                    self.of_edge[*edge].push(index);
                }
                if let Some(End::Node(node)) = to {
                    self.of_node[*node].push(index);
                }
            }
            if let Some(End::Service(service)) = ends.get(&finding.entity) {
                home = Some(*service);
            }
            home = home.or_else(|| self.by_file(finding));
            self.home[index] = home;
            if let Some(service) = home {
                self.of_service[service].push(index);
            }
        }
    }

    /// The service in whose folder a finding lies.
    fn by_file(&self, finding: &Finding) -> Option<ServiceId> {
        let file = &*finding.span.as_ref()?.file;
        let holds = |path: &str| !path.is_empty() && file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        let services = self.graph().services.iter().enumerate();
        services.filter(|(_, of)| holds(&of.path)).max_by_key(|(_, of)| of.path.len()).map(|(id, _)| id)
    }
}

/// All findings, the gravest first, and which of them are new.
fn ordered(loaded: &mut Loaded) -> (Vec<Finding>, Vec<bool>) {
    let mut all: Vec<(Finding, bool)> = Vec::new();
    let new = loaded.new.take();
    let has_base = new.is_some();
    let new: BTreeMap<String, Finding> =
        new.into_iter().flatten().map(|finding| (finding.fingerprint.clone(), finding)).collect();
    let mut seen = std::collections::BTreeSet::new();
    for finding in std::mem::take(&mut loaded.settled.findings) {
        seen.insert(finding.fingerprint.clone());
        let is_new = has_base && new.contains_key(&finding.fingerprint);
        all.push((finding, is_new));
    }
    // Rules that judge the change itself find something only with a base.
    all.extend(new.into_iter().filter(|(key, _)| !seen.contains(key)).map(|(_, finding)| (finding, true)));
    all.sort_by(|(a, _), (b, _)| {
        (std::cmp::Reverse(a.severity), &a.rule, &a.span, &a.entity).cmp(&(
            std::cmp::Reverse(b.severity),
            &b.rule,
            &b.span,
            &b.entity,
        ))
    });
    all.into_iter().unzip()
}

fn contracts(loaded: &Loaded) -> Vec<Contract> {
    let mut all = Vec::new();
    for (file, proto) in loaded.facts.proto.iter().enumerate() {
        for (service, of) in proto.services.iter().enumerate() {
            let name = of.name.clone();
            let services = loaded.graph.services.iter().enumerate();
            let servers = services.filter(|(_, of)| of.serves.contains(&name)).map(|(id, _)| id).collect();
            let edges = loaded.graph.edges.iter().enumerate();
            let callers =
                edges.filter(|(_, edge)| edge.contract.as_deref() == Some(&*name)).map(|(id, _)| id).collect();
            all.push(Contract { name, file, service, servers, callers });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    // Copies of one file say the same.
    all.dedup_by(|a, b| a.name == b.name);
    all
}
