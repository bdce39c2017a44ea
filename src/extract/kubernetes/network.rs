//! Services, hosts outside of the cluster, and network policies.

use std::collections::BTreeMap;

use super::object::{list, place, selector, text, texts, whole};
use crate::extract::yaml::Node;
use crate::facts::deployment::{
    KubernetesService, NetworkPolicy, ObjectMeta, PolicyPeer, PolicyPort, PolicyRule, Read, ServicePort,
};

/// A Service.
pub fn service(meta: ObjectMeta, object: &Node) -> KubernetesService {
    let of = |key: &str| object.at(&["spec", key]);
    KubernetesService {
        service_type: of("type").and_then(Node::str).unwrap_or("ClusterIP").to_owned(),
        headless: of("clusterIP").and_then(Node::str) == Some("None"),
        selector: texts(of("selector")),
        ports: object.seq_at(&["spec", "ports"]).iter().filter_map(port).collect(),
        external_name: text(of("externalName")),
        meta,
    }
}

fn port(of: &Node) -> Option<ServicePort> {
    Some(ServicePort {
        name: of.str_at(&["name"]).map(str::to_owned),
        port: whole(of.get("port"))?,
        target_port: text(of.get("targetPort")),
        app_protocol: of.str_at(&["appProtocol"]).map(str::to_owned),
    })
}

/// The hosts of an Istio ServiceEntry, one `external` service each.
pub fn service_entry(meta: &ObjectMeta, object: &Node) -> Vec<KubernetesService> {
    let ports: Vec<ServicePort> = object
        .seq_at(&["spec", "ports"])
        .iter()
        .filter_map(|of| {
            Some(ServicePort {
                name: of.str_at(&["name"]).map(str::to_owned),
                port: whole(of.get("number"))?,
                target_port: text(of.get("targetPort")),
                app_protocol: of.str_at(&["protocol"]).map(str::to_owned),
            })
        })
        .collect();
    let hosts = object.seq_at(&["spec", "hosts"]).iter().filter_map(|host| text(Some(host)));
    hosts
        .map(|host: Read<String>| KubernetesService {
            meta: meta.clone(),
            service_type: "external".to_owned(),
            headless: false,
            selector: BTreeMap::new(),
            ports: ports.clone(),
            external_name: Some(host),
        })
        .collect()
}

/// A NetworkPolicy.
pub fn policy(meta: ObjectMeta, object: &Node) -> NetworkPolicy {
    let of = |key: &str| object.at(&["spec", key]);
    let types = of("policyTypes").map(|types| list(Some(types)));
    // Without `policyTypes` it always restricts what comes in, and what goes out if it says something of that.
    let (ingress, egress) = types.map_or((true, of("egress").is_some()), |types| {
        (types.iter().any(|of| of == "Ingress"), types.iter().any(|of| of == "Egress"))
    });
    let rules = |key: &str, peers: &str| {
        object.seq_at(&["spec", key]).iter().map(|rule| policy_rule(rule, peers)).collect::<Vec<_>>()
    };
    NetworkPolicy {
        pods: selector(of("podSelector")),
        ingress,
        egress,
        ingress_rules: rules("ingress", "from"),
        egress_rules: rules("egress", "to"),
        meta,
    }
}

fn policy_rule(rule: &Node, peers: &str) -> PolicyRule {
    let peers = rule.seq_at(&[peers]).iter().map(|peer| PolicyPeer {
        pods: peer.get("podSelector").map(|of| selector(Some(of))),
        namespaces: peer.get("namespaceSelector").map(|of| selector(Some(of))),
        cidr: peer.str_at(&["ipBlock", "cidr"]).map(str::to_owned),
    });
    let ports = rule.seq_at(&["ports"]).iter().map(|port| PolicyPort {
        protocol: port.str_at(&["protocol"]).unwrap_or("TCP").to_owned(),
        port: port.str_at(&["port"]).map(str::to_owned),
        end: port.get("endPort").and_then(Node::i64),
    });
    PolicyRule { peers: peers.collect(), ports: ports.collect(), at: place(rule) }
}
