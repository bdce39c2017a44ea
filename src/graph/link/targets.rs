//! Address to target: who answers at a URL, a host and port, a bare name.

use super::Linker;
use crate::facts::deployment::KubernetesService;
use crate::graph::model::{End, HOLE, Node};
use crate::span::Span;

/// A parsed address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Scheme, without `://`; empty without one.
    pub scheme: String,
    /// Host, the first of several.
    pub host: String,
    /// Port, if it is said.
    pub port: Option<i64>,
    /// What follows: path and query.
    pub path: String,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Services of the project: by the manifests, by name, or by the port on this machine (`likely`).
    Services(Vec<usize>, Option<&'static str>),
    /// A host that is not ours.
    External(String),
    /// This machine, at a port that is not known.
    Here,
    /// Not known, and why.
    Unknown(String),
}

/// Splits an address: scheme, host, port and path; credentials are dropped.
#[must_use]
pub fn parse(text: &str) -> Address {
    if let Some(address) = key_value(text) {
        return address;
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (authority, path) = match rest.find(['/', '?']) {
        Some(index) => (&rest[..index], &rest[index..]),
        None => (rest, ""),
    };
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let first = authority.split(',').next().unwrap_or(authority);
    let (host, port) = match first.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (first, None),
    };
    Address { scheme: scheme.to_owned(), host: host.to_owned(), port, path: path.to_owned() }
}

/// An address as words of keys and values, as libpq reads them: `host=db port=5432 dbname=orders user=app`.
fn key_value(text: &str) -> Option<Address> {
    let mut address = Address::default();
    let mut named = false;
    for word in text.split_whitespace() {
        let (key, value) = word.split_once('=')?;
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            return None;
        }
        let value = value.trim_matches('\'');
        match key {
            "host" | "hostaddr" => {
                named = true;
                value.split(',').next().unwrap_or(value).clone_into(&mut address.host);
            }
            "port" => address.port = value.split(',').next().and_then(|port| port.parse().ok()),
            "dbname" => {
                named = true;
                address.path = format!("/{value}");
            }
            _ => {}
        }
    }
    named.then_some(address)
}

impl Linker<'_> {
    /// Who answers at an address, as one service sees it.
    pub(crate) fn target(&self, text: &str) -> Target {
        let address = parse(text);
        let host = address.host.as_str();
        if host.contains(HOLE)
            && let Some(id) = self.by_part_of_name(host)
        {
            return Target::Services(
                vec![id],
                Some("the host is the name of a service with something before or behind it"),
            );
        }
        if host.is_empty() || host.contains(HOLE) {
            return Target::Unknown("the host is known only when it runs".to_owned());
        }
        if let Some(name) = self.config.mappings.hosts.get(host)
            && let Some(id) = self.by_name(name)
        {
            return Target::Services(vec![id], None);
        }
        if is_loopback(host) {
            return self.by_port(host, address.port);
        }
        if let Some(target) = self.by_kubernetes(host) {
            return target;
        }
        if let Some(id) = self.by_compose(host).or_else(|| self.by_name(host)) {
            return Target::Services(vec![id], None);
        }
        Target::External(host.to_owned())
    }

    /// The service of a name.
    pub(super) fn by_name(&self, name: &str) -> Option<usize> {
        let plain = name.replace('_', "-");
        self.graph.services.iter().position(|of| of.name.replace('_', "-") == plain).or_else(|| {
            self.graph
                .services
                .iter()
                .position(|of| of.binary_name.as_ref().is_some_and(|binary| binary.replace('_', "-") == plain))
        })
    }

    /// The service whose name is what is known of a host: `{prefix}-cart`.
    fn by_part_of_name(&self, host: &str) -> Option<usize> {
        let mut parts = host.split(HOLE).map(|part| part.trim_matches(['-', '_', '.'])).filter(|part| !part.is_empty());
        let (part, None) = (parts.next()?, parts.next()) else { return None };
        self.by_name(part)
    }

    fn by_compose(&self, host: &str) -> Option<usize> {
        let index = *self.compose.iter().find(|id| self.facts.compose[**id].name == host)?;
        self.graph.services.iter().position(|of| of.compose.contains(&index))
    }

    /// The Kubernetes Service of a host name, and the workloads that it selects.
    fn by_kubernetes(&self, host: &str) -> Option<Target> {
        let service = self.kubernetes_service(host)?;
        if let Some(external) = &service.external_name {
            return Some(Target::External(external.value.clone()));
        }
        let found: Vec<usize> = (0..self.graph.services.len())
            .filter(|id| {
                self.graph.services[*id].workloads.iter().any(|(environment, workload, _)| {
                    let labels = &self.facts.kubernetes[*environment].workloads[*workload].pod_labels;
                    !service.selector.is_empty()
                        && service.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
                })
            })
            .collect();
        if found.is_empty() {
            return self.by_name(&service.meta.name).map(|id| Target::Services(vec![id], None));
        }
        Some(Target::Services(found, None))
    }

    /// The Kubernetes Service that a host names: `name`, `name.namespace`, `name.namespace.svc…`, `pod.name…`.
    pub(crate) fn kubernetes_service(&self, host: &str) -> Option<&KubernetesService> {
        let labels: Vec<&str> = host.split('.').collect();
        let cluster =
            labels.len() == 1 || labels.len() == 2 || labels.get(2) == Some(&"svc") || labels.get(3) == Some(&"svc");
        if !cluster {
            return None;
        }
        let all = || self.environments.iter().flat_map(|id| &self.facts.kubernetes[*id].services);
        let named = |name: &str, namespace: Option<&str>| {
            all().find(|of| {
                of.meta.name == name
                    && namespace.is_none_or(|namespace| of.meta.namespace.is_empty() || of.meta.namespace == namespace)
            })
        };
        named(labels[0], labels.get(1).copied()).or_else(|| {
            if labels.len() == 1 {
                None
            } else {
                named(labels[1], labels.get(2).copied().filter(|name| *name != "svc"))
            }
        })
    }

    /// The service that listens on a port of this machine: what defaults for a laptop say.
    fn by_port(&self, host: &str, port: Option<i64>) -> Target {
        let Some(port) = port else {
            return Target::Here;
        };
        let found: Vec<usize> = (0..self.graph.services.len()).filter(|id| self.ports(*id).contains(&port)).collect();
        match found.as_slice() {
            [id] => Target::Services(
                vec![*id],
                Some("the default address names this machine, and one service listens on the port"),
            ),
            [] if (0..self.graph.services.len()).all(|id| self.ports_known(id)) => {
                Target::External(format!("{host}:{port}"))
            }
            [] => Target::Unknown(format!("no service is known to listen on port {port} of this machine")),
            _ => Target::Unknown(format!("several services listen on port {port} of this machine")),
        }
    }

    /// Every port that a service listens on is known.
    fn ports_known(&self, service: usize) -> bool {
        let of = &self.graph.services[service];
        of.effects.iter().all(|effect| match &self.facts.rust.effects[*effect].what {
            crate::facts::rust::What::Listen { address, .. } => {
                let known = self.known(of, address);
                known.why.is_none()
                    && known.texts.iter().all(|text| {
                        text.starts_with("unix:") || parse(text).port.is_some() || text.trim().parse::<i64>().is_ok()
                    })
            }
            _ => true,
        })
    }

    /// Whether all gRPC servers of a service listen on this machine, on a port that the system chooses.
    pub(crate) fn serves_itself_only(&self, service: usize) -> bool {
        use crate::facts::rust::What;
        let of = &self.graph.services[service];
        let mut servers = of.effects.iter().filter_map(|effect| match &self.facts.rust.effects[*effect].what {
            What::Listen { protocol, address, .. } if protocol == "grpc" => Some(self.known(of, address)),
            _ => None,
        });
        let own = |known: &crate::graph::Known| {
            !known.texts.is_empty()
                && known.texts.iter().all(|text| {
                    let address = parse(text);
                    is_loopback(&address.host) && address.host != "0.0.0.0" && address.port == Some(0)
                })
        };
        servers.next().is_some_and(|first| own(&first) && servers.all(|known| own(&known)))
    }

    /// Ports that a service listens on.
    pub(crate) fn ports(&self, service: usize) -> Vec<i64> {
        let of = &self.graph.services[service];
        let mut ports = Vec::new();
        for effect in &of.effects {
            if let crate::facts::rust::What::Listen { address, .. } = &self.facts.rust.effects[*effect].what {
                for text in self.known(of, address).texts {
                    ports.extend(parse(&text).port.or_else(|| text.trim().parse().ok()));
                }
            }
        }
        ports
    }

    /// The node of something outside.
    pub(crate) fn external(&mut self, host: &str, at: &Span) -> End {
        self.node("external", "", host, true, None, at)
    }

    /// A node by its identity; made when it is new.
    pub(crate) fn node(
        &mut self,
        kind: &str,
        technology: &str,
        name: &str,
        name_known: bool,
        server: Option<&str>,
        at: &Span,
    ) -> End {
        let id = if kind == "datastore" { format!("{kind}:{technology}/{name}") } else { format!("{kind}:{name}") };
        // Two datastores of one name on two servers are two.
        let same = |node: &Node| {
            node.kind == kind
                && node.technology == technology
                && node.name == name
                && match (&node.server, server) {
                    (Some(a), Some(b)) => a == b,
                    _ => true,
                }
        };
        if let Some(index) = self.graph.nodes.iter().position(same) {
            let node = &mut self.graph.nodes[index];
            node.evidence.push(at.clone());
            if node.server.is_none() {
                node.server = server.map(str::to_owned);
            }
            return End::Node(index);
        }
        let taken = self.graph.nodes.iter().any(|node| node.id == id);
        let id = match server {
            Some(server) if taken => format!("{kind}:{technology}/{server}/{name}"),
            _ => id,
        };
        self.graph.nodes.push(Node {
            id,
            kind: kind.to_owned(),
            technology: technology.to_owned(),
            name: name.to_owned(),
            name_known,
            server: server.map(str::to_owned),
            produced_by: Vec::new(),
            consumed_by: Vec::new(),
            evidence: vec![at.clone()],
        });
        End::Node(self.graph.nodes.len() - 1)
    }
}

/// Whether a host is this machine.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1" | "0.0.0.0" | "[::]" | "host.docker.internal")
}
