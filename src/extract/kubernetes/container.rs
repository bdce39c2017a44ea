//! Containers: image, command, ports, variables, probes, resources. Knows nothing of the workload around them.

use std::collections::BTreeMap;

use super::object::{entries, flatten, list, place, string, text, whole};
use crate::extract::command_line::program;
use crate::extract::yaml::Node;
use crate::facts::deployment::{Container, ContainerPort, EnvFrom, EnvSource, EnvVar, PreStop, Probe, Read};

/// The role of an init container.
pub fn role(of: &Node) -> &'static str {
    if of.str_at(&["restartPolicy"]) == Some("Always") { "sidecar" } else { "init" }
}

/// A container of that role.
pub fn container(of: &Node, role: &str) -> Container {
    let mut resources = BTreeMap::new();
    if let Some(node) = of.get("resources") {
        flatten(node, "", &mut resources);
    }
    let mut security = BTreeMap::new();
    if let Some(node) = of.get("securityContext") {
        flatten(node, "", &mut security);
    }
    let words = |key: &str| of.seq_at(&[key]).iter().filter_map(|word| text(Some(word))).collect::<Vec<_>>();
    let line = words("command").into_iter().chain(words("args")).map(|word| word.value).collect();
    Container {
        name: string(of, "name"),
        role: role.to_owned(),
        image: text(of.get("image")),
        command: words("command"),
        args: words("args"),
        shell: of.get("command").is_some() && program(line).1,
        ports: of.seq_at(&["ports"]).iter().filter_map(port).collect(),
        env: of.seq_at(&["env"]).iter().filter_map(variable).collect(),
        env_from: of.seq_at(&["envFrom"]).iter().filter_map(env_from).collect(),
        probes: ["liveness", "readiness", "startup"]
            .iter()
            .filter_map(|kind| Some(probe(kind, of.get(&format!("{kind}Probe"))?)))
            .collect(),
        pre_stop: of.at(&["lifecycle", "preStop"]).map(pre_stop),
        resources,
        mounts: of
            .seq_at(&["volumeMounts"])
            .iter()
            .map(|mount| (string(mount, "name"), string(mount, "mountPath")))
            .collect(),
        security,
        at: place(of),
    }
}

fn port(of: &Node) -> Option<ContainerPort> {
    Some(ContainerPort {
        name: of.str_at(&["name"]).map(str::to_owned),
        port: whole(of.get("containerPort"))?,
        protocol: of.str_at(&["protocol"]).unwrap_or("TCP").to_owned(),
    })
}

fn variable(of: &Node) -> Option<EnvVar> {
    let name = of.str_at(&["name"])?.to_owned();
    let from = of.get("valueFrom");
    let reference = |key: &str| {
        let of = from?.get(key)?;
        Some((string(of, "name"), string(of, "key"), optional(of)))
    };
    let source = if let Some(value) = of.get("value") {
        EnvSource::Literal(value.str().unwrap_or_default().to_owned())
    } else if let Some((name, key, optional)) = reference("configMapKeyRef") {
        EnvSource::ConfigMap { name, key, optional }
    } else if let Some((name, key, optional)) = reference("secretKeyRef") {
        EnvSource::Secret { name, key, optional }
    } else if let Some(from) = from {
        let field = from.str_at(&["fieldRef", "fieldPath"]).or_else(|| from.str_at(&["resourceFieldRef", "resource"]));
        EnvSource::Field(field.unwrap_or_default().to_owned())
    } else {
        EnvSource::Literal(String::new())
    };
    let at = of.get("value").or(from).unwrap_or(of);
    Some(EnvVar { name, source, at: place(at) })
}

fn env_from(of: &Node) -> Option<EnvFrom> {
    let (kind, source) = match (of.get("configMapRef"), of.get("secretRef")) {
        (Some(source), _) => ("config_map", source),
        (None, Some(source)) => ("secret", source),
        (None, None) => return None,
    };
    Some(EnvFrom {
        kind: kind.to_owned(),
        name: string(source, "name"),
        prefix: string(of, "prefix"),
        optional: optional(source),
        at: place(of),
    })
}

fn optional(of: &Node) -> bool {
    of.get("optional").and_then(Node::bool).unwrap_or(false)
}

fn probe(kind: &str, of: &Node) -> Probe {
    let action = ["httpGet", "grpc", "tcpSocket", "exec"].into_iter().find(|key| of.get(key).is_some());
    let detail = action.and_then(|key| of.get(key));
    let field = |key: &str| detail.and_then(|detail| text(detail.get(key)));
    let name = match action {
        Some("httpGet") => "http",
        Some("tcpSocket") => "tcp",
        Some(other) => other,
        None => "",
    };
    let path = match (name, detail) {
        ("http", Some(detail)) => field("path").or_else(|| Some(Read { value: "/".to_owned(), at: place(detail) })),
        _ => None,
    };
    let timings = entries(Some(of))
        .filter(|(key, _)| key.ends_with("Seconds") || key.ends_with("Threshold"))
        .filter_map(|(key, value)| Some((key.to_owned(), whole(Some(value))?)));
    Probe {
        kind: kind.to_owned(),
        action: name.to_owned(),
        port: field("port"),
        path,
        service: field("service"),
        scheme: field("scheme"),
        command: list(detail.and_then(|detail| detail.get("command"))),
        timings: timings.collect(),
        at: place(of),
    }
}

fn pre_stop(of: &Node) -> PreStop {
    let (seconds, action) = if let Some(sleep) = of.get("sleep") {
        (sleep.get("seconds").and_then(Node::i64), "sleep")
    } else if let Some(exec) = of.get("exec") {
        (slept(&list(exec.get("command"))), "exec")
    } else {
        (None, "http")
    };
    PreStop { seconds, action: action.to_owned(), at: place(of) }
}

/// Seconds of `sleep N` in a command, also inside of `sh -c "…"`.
fn slept(command: &[String]) -> Option<i64> {
    let text = command.join(" ");
    let mut words = text.split(|of: char| of.is_whitespace() || matches!(of, ';' | '&' | '|' | '"' | '\''));
    while let Some(word) = words.next() {
        if word == "sleep" || word.ends_with("/sleep") {
            return words.find(|word| !word.is_empty())?.trim_end_matches('s').parse().ok();
        }
    }
    None
}
