//! The graph as a catalogue of Backstage: a system, its components with what they depend on, APIs with their RPCs, and
//! resources.
//!
//! Source: <https://backstage.io/docs/features/software-catalog/descriptor-format>. A name has letters and digits with single
//! dashes between them, at most 63 of them, once per kind. Each entity must have an owner: where no manifest names one, it is
//! `unknown`. Every text stands between double quotes, in which YAML and JSON are one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::naming::{free, plain};
use crate::analysis::{Model, owners};
use crate::graph::model::{End, NodeId, ServiceId};

/// Letters of a name.
const LONGEST: usize = 56;

/// The catalogue: YAML, one entity a document.
#[must_use]
pub fn catalogue(model: &Model<'_>) -> String {
    let catalogue = Catalogue::new(model);
    let mut out = "# Written by loadpath graph.\n".to_owned();
    catalogue.system(&mut out);
    catalogue.apis(&mut out);
    (0..model.graph.services.len()).for_each(|id| catalogue.component(&mut out, id));
    (0..model.graph.nodes.len()).for_each(|id| catalogue.resource(&mut out, id));
    out
}

struct Catalogue<'a> {
    model: &'a Model<'a>,
    system: String,
    components: Vec<String>,
    resources: Vec<String>,
    /// By contract.
    apis: BTreeMap<&'a str, String>,
    owners: BTreeMap<String, String>,
}

impl<'a> Catalogue<'a> {
    fn new(model: &'a Model<'a>) -> Self {
        let graph = model.graph;
        let named = |taken: &mut BTreeSet<String>, name: &str| {
            let short: String = plain(name, '-').chars().take(LONGEST).collect();
            free(taken, short.trim_matches('-'), "-")
        };
        let (mut components, mut resources, mut apis) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let contracts: BTreeSet<&str> = graph.services.iter().flat_map(|of| &of.serves).map(String::as_str).collect();
        let owners = owners::owners(model.facts, graph).into_iter();
        Self {
            model,
            system: named(&mut BTreeSet::new(), &graph.system),
            components: graph.services.iter().map(|of| named(&mut components, &of.name)).collect(),
            resources: (0..graph.nodes.len()).map(|id| named(&mut resources, graph.called(End::Node(id)))).collect(),
            apis: contracts.into_iter().map(|of| (of, named(&mut apis, of))).collect(),
            owners: owners.filter_map(|of| Some((of.service, of.owners.into_iter().next()?))).collect(),
        }
    }

    fn head(out: &mut String, kind: &str, name: &str, title: &str, more: &str) {
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "---\napiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {}\n  title: {}\n{more}spec:\n",
            quoted(name),
            quoted(title)
        );
    }

    fn system(&self, out: &mut String) {
        Self::head(out, "System", &self.system, &self.model.graph.system, "");
        out.push_str("  owner: unknown\n");
    }

    fn owner(&self, service: ServiceId) -> String {
        let name = &self.model.graph.services[service].name;
        self.owners.get(name).map_or_else(|| "unknown".to_owned(), |owner| plain(owner, '-'))
    }

    /// Whether something runs it.
    fn lifecycle(&self, service: ServiceId) -> &'static str {
        let of = &self.model.graph.services[service];
        if of.workloads.is_empty() && of.compose.is_empty() { "experimental" } else { "production" }
    }

    fn component(&self, out: &mut String, id: ServiceId) {
        let graph = self.model.graph;
        let of = &graph.services[id];
        let folder = if of.path.is_empty() { "." } else { of.path.as_str() };
        let annotations = format!("  annotations:\n    loadpath/folder: {}\n", quoted(folder));
        Self::head(out, "Component", &self.components[id], &of.name, &annotations);
        let _ = writeln!(out, "  type: {}", if of.kind == "job" { "job" } else { "service" });
        let _ = writeln!(out, "  lifecycle: {}\n  owner: {}", self.lifecycle(id), quoted(&self.owner(id)));
        let _ = writeln!(out, "  system: {}", quoted(&self.system));
        let (mut depends, mut consumes) = (BTreeSet::new(), BTreeSet::new());
        for (_, edge) in graph.out_of(id).filter(|(_, edge)| edge.to != End::Service(id)) {
            depends.insert(self.reference(edge.to));
            consumes.extend(edge.contract.as_deref().and_then(|contract| self.apis.get(contract)).cloned());
        }
        list(out, "dependsOn", depends);
        list(out, "providesApis", of.serves.iter().filter_map(|of| self.apis.get(of.as_str())).cloned());
        list(out, "consumesApis", consumes);
    }

    fn reference(&self, end: End) -> String {
        match end {
            End::Service(id) => format!("component:default/{}", self.components[id]),
            End::Node(id) => format!("resource:default/{}", self.resources[id]),
        }
    }

    fn resource(&self, out: &mut String, id: NodeId) {
        let graph = self.model.graph;
        let node = &graph.nodes[id];
        let tags = match plain(&node.technology, '-').to_lowercase() {
            _ if node.technology.is_empty() => String::new(),
            tag => format!("  tags:\n    - {}\n", quoted(&tag)),
        };
        Self::head(out, "Resource", &self.resources[id], graph.called(End::Node(id)), &tags);
        let kind = match node.kind.as_str() {
            "datastore" => "database",
            kind => kind,
        };
        // What one service alone uses is its owner's.
        let users: BTreeSet<ServiceId> = graph.into_end(End::Node(id)).map(|(_, edge)| edge.from).collect();
        let owners: BTreeSet<String> = users.into_iter().map(|user| self.owner(user)).collect();
        let owner = owners.first().filter(|_| owners.len() == 1).map_or("unknown", String::as_str);
        let _ = writeln!(out, "  type: {kind}\n  owner: {}\n  system: {}", quoted(owner), quoted(&self.system));
    }

    /// The contracts, each with its RPCs as the definition.
    fn apis(&self, out: &mut String) {
        let graph = self.model.graph;
        for (contract, name) in &self.apis {
            let Some(server) = (0..graph.services.len()).find(|id| graph.services[*id].serves.contains(*contract))
            else {
                continue;
            };
            Self::head(out, "API", name, contract, "");
            let _ = writeln!(out, "  type: grpc\n  lifecycle: {}", self.lifecycle(server));
            let _ = writeln!(out, "  owner: {}\n  system: {}", quoted(&self.owner(server)), quoted(&self.system));
            let _ = writeln!(out, "  definition: {}", quoted(&self.definition(contract)));
        }
    }

    /// The RPCs of a contract as a proto; its messages are named, not shown.
    fn definition(&self, contract: &str) -> String {
        let services = self.model.facts.proto.iter().flat_map(|file| &file.services);
        let (package, simple) = contract.rsplit_once('.').unwrap_or(("", contract));
        let mut text = String::new();
        if !package.is_empty() {
            let _ = writeln!(text, "package {package};\n");
        }
        let _ = writeln!(text, "service {simple} {{");
        let stream = |streams: bool| if streams { "stream " } else { "" };
        for method in services.filter(|of| of.name == contract).take(1).flat_map(|of| &of.methods) {
            let (takes, gives) = (stream(method.client_streaming), stream(method.server_streaming));
            let _ = writeln!(
                text,
                "  rpc {}({takes}{}) returns ({gives}{});",
                method.name, method.request, method.response
            );
        }
        text.push_str("}\n");
        text
    }
}

fn list(out: &mut String, key: &str, items: impl IntoIterator<Item = String>) {
    let mut items = items.into_iter().peekable();
    if items.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "  {key}:");
    for item in items {
        let _ = writeln!(out, "    - {}", quoted(&item));
    }
}

/// A text as YAML and JSON write it alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
