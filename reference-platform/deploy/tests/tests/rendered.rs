//! What kustomize makes of each overlay: every object against its schema, every name that one object has of another.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::collections::{BTreeMap, BTreeSet};

use deploy_tests::manifest::{self, find, group, kind, list, name, number, of_kind, template, text, texts};
use deploy_tests::{deploy, tools};
use serde_json::Value;

/// Overlays that are a whole platform.
fn overlays() -> Vec<(String, Vec<Value>)> {
    let mut rendered = Vec::new();
    for entry in std::fs::read_dir(deploy().join("overlays")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        rendered.push((name, manifest::parse(&tools::render(&folder).unwrap()).unwrap()));
    }
    assert!(rendered.len() >= 8);
    rendered
}

fn platforms() -> Vec<(String, Vec<Value>)> {
    overlays().into_iter().filter(|(name, _)| !name.ends_with("-contract")).collect()
}

fn fits(selector: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Labels of all pods, those that operators make included.
fn pods(objects: &[Value]) -> Vec<(String, BTreeMap<String, String>)> {
    let mut pods: Vec<(String, BTreeMap<String, String>)> = objects
        .iter()
        .filter_map(|object| Some((name(object).to_owned(), texts(template(object)?, "/metadata/labels"))))
        .collect();
    for object in objects {
        let named = name(object).to_owned();
        match (group(object), kind(object)) {
            ("postgresql.cnpg.io", "Cluster") => {
                let labels = [("cnpg.io/cluster", named.as_str()), ("cnpg.io/podRole", "instance")];
                pods.push((named.clone(), labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()));
            }
            ("kafka.strimzi.io", "Kafka") => {
                let labels = [("strimzi.io/cluster", named.as_str()), ("strimzi.io/broker-role", "true")];
                pods.push((named.clone(), labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()));
            }
            _ => {}
        }
    }
    pods
}

#[test]
#[ignore = "needs kustomize and schemas from the Go module proxy: cargo test -p deploy-tests -- --ignored"]
fn every_object_is_what_its_schema_says() {
    let schemas = tools::schemas().unwrap();
    let mut unchecked = BTreeSet::new();
    let mut problems = Vec::new();
    for (overlay, objects) in overlays() {
        let mut seen = BTreeSet::new();
        for object in &objects {
            let identity = (group(object).to_owned(), kind(object).to_owned(), name(object).to_owned());
            assert!(seen.insert(identity.clone()), "{overlay}: {identity:?} is there twice");
            if tools::BY_HAND.contains(&group(object)) && !schemas.knows(object) {
                unchecked.insert(group(object).to_owned());
                continue;
            }
            let found = schemas.problems(object).unwrap();
            problems.extend(found.into_iter().map(|problem| format!("{overlay}: {problem}")));
        }
    }
    if !unchecked.is_empty() {
        println!("not checked, because their definitions are not in the cache: {unchecked:?}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
#[ignore = "needs kustomize from the Go module proxy: cargo test -p deploy-tests -- --ignored"]
fn everything_that_is_named_is_there() {
    for (overlay, objects) in platforms() {
        let pods = pods(&objects);
        let mut secrets: BTreeSet<(String, String)> = BTreeSet::new();
        for secret in of_kind(&objects, "ExternalSecret") {
            let keys = match secret.pointer("/spec/target/template/data").and_then(Value::as_object) {
                Some(made) => made.keys().cloned().collect(),
                None => list(secret, "/spec/data")
                    .iter()
                    .map(|entry| text(entry, "/secretKey").to_owned())
                    .collect::<Vec<_>>(),
            };
            secrets.extend(keys.into_iter().map(|key| (name(secret).to_owned(), key)));
        }
        for cluster in
            objects.iter().filter(|object| group(object) == "postgresql.cnpg.io" && kind(object) == "Cluster")
        {
            secrets.insert((format!("{}-app", name(cluster)), "uri".to_owned()));
        }

        for workload in objects.iter().filter(|object| template(object).is_some()) {
            let place = format!("{overlay}: {} {}", kind(workload), name(workload));
            let pod = &template(workload).unwrap()["spec"];
            find(&objects, "ServiceAccount", text(pod, "/serviceAccountName"))
                .unwrap_or_else(|error| panic!("{place}: {error}"));
            for container in list(pod, "/containers") {
                for source in list(container, "/envFrom") {
                    find(&objects, "ConfigMap", text(source, "/configMapRef/name"))
                        .unwrap_or_else(|error| panic!("{place}: {error}"));
                }
                for variable in list(container, "/env") {
                    if let Some(key) = variable.pointer("/valueFrom/secretKeyRef") {
                        let wanted = (text(key, "/name").to_owned(), text(key, "/key").to_owned());
                        assert!(secrets.contains(&wanted), "{place}: no Secret has {wanted:?}");
                    }
                }
                let ports: BTreeSet<&str> = list(container, "/ports").iter().map(|port| text(port, "/name")).collect();
                for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                    for port in ["/httpGet/port", "/tcpSocket/port"] {
                        let port = container.get(probe).map_or("", |probe| text(probe, port));
                        assert!(port.is_empty() || ports.contains(port), "{place}: {probe} asks {port}");
                    }
                }
            }
            for volume in list(pod, "/volumes") {
                let map = text(volume, "/configMap/name");
                assert!(map.is_empty() || find(&objects, "ConfigMap", map).is_ok(), "{place}: {map}");
                let claim = text(volume, "/persistentVolumeClaim/claimName");
                assert!(claim.is_empty() || find(&objects, "PersistentVolumeClaim", claim).is_ok(), "{place}: {claim}");
            }
        }
        for service in of_kind(&objects, "Service") {
            let selector = texts(service, "/spec/selector");
            let behind = pods.iter().filter(|(_, labels)| fits(&selector, labels)).count();
            assert_eq!(behind, 1, "{overlay}: Service {}", name(service));
        }
        for monitor in of_kind(&objects, "ServiceMonitor") {
            let selector = texts(monitor, "/spec/selector/matchLabels");
            let services = of_kind(&objects, "Service");
            let watched: Vec<_> =
                services.iter().filter(|service| fits(&selector, &texts(service, "/metadata/labels"))).collect();
            assert_eq!(watched.len(), 1, "{overlay}: ServiceMonitor {}", name(monitor));
            for endpoint in list(monitor, "/spec/endpoints") {
                let port = list(watched[0], "/spec/ports").iter().any(|port| port["name"] == endpoint["port"]);
                assert!(port, "{overlay}: ServiceMonitor {}", name(monitor));
            }
        }
        for budget in of_kind(&objects, "PodDisruptionBudget") {
            let selector = texts(budget, "/spec/selector/matchLabels");
            assert_eq!(
                pods.iter().filter(|(_, labels)| fits(&selector, labels)).count(),
                1,
                "{overlay}: {}",
                name(budget)
            );
        }
        for autoscaler in of_kind(&objects, "HorizontalPodAutoscaler") {
            let target = &autoscaler["spec"]["scaleTargetRef"];
            find(&objects, text(target, "/kind"), text(target, "/name")).unwrap();
        }
        for route in of_kind(&objects, "HTTPRoute") {
            for backend in list(route, "/spec/rules").iter().flat_map(|rule| list(rule, "/backendRefs")) {
                let service = find(&objects, "Service", text(backend, "/name")).unwrap();
                let is_port = |port: &Value| port["port"] == backend["port"];
                assert!(list(service, "/spec/ports").iter().any(is_port), "{overlay}: HTTPRoute {}", name(route));
            }
        }
        for policy in of_kind(&objects, "NetworkPolicy") {
            let place = format!("{overlay}: NetworkPolicy {}", name(policy));
            let own = texts(policy, "/spec/podSelector/matchLabels");
            assert!(own.is_empty() || pods.iter().any(|(_, labels)| fits(&own, labels)), "{place} is of no pod");
            let rules = list(policy, "/spec/ingress").iter().chain(list(policy, "/spec/egress"));
            for peer in rules.flat_map(|rule| list(rule, "/from").iter().chain(list(rule, "/to"))) {
                let wanted = texts(peer, "/podSelector/matchLabels");
                let is_known = pods.iter().any(|(_, labels)| fits(&wanted, labels));
                assert!(
                    peer.get("podSelector").is_none() || peer.get("namespaceSelector").is_some() || is_known,
                    "{place}: {wanted:?}"
                );
            }
        }
    }
}

#[test]
#[ignore = "needs kustomize from the Go module proxy: cargo test -p deploy-tests -- --ignored"]
fn pools_fit_into_postgresql_everywhere() {
    for (overlay, objects) in platforms() {
        let mut looked_at = 0;
        for cluster in
            objects.iter().filter(|object| group(object) == "postgresql.cnpg.io" && kind(object) == "Cluster")
        {
            let service = name(cluster).trim_end_matches("-postgres");
            let maps = of_kind(&objects, "ConfigMap");
            let prefix = format!("{service}-service-settings");
            let settings = maps.iter().find(|map| name(map).starts_with(&prefix)).unwrap();
            let pool: u64 = settings["data"]["DATABASE_MAX_CONNECTIONS"].as_str().unwrap().parse().unwrap();
            let autoscaler = find(&objects, "HorizontalPodAutoscaler", &format!("{service}-service"));
            let most = autoscaler.map_or(1, |autoscaler| number(autoscaler, "/spec/maxReplicas").unwrap());
            let rollout = find(&objects, "Rollout", &format!("{service}-service"));
            let pods = if rollout.is_ok_and(|rollout| rollout.pointer("/spec/strategy/blueGreen").is_some()) {
                most * 2
            } else {
                most + 1
            };
            let limit = number(cluster, "/spec/postgresql/parameters/max_connections").unwrap();
            let demand = pool * pods + 2 + 1 + 5;
            assert!(demand * 100 <= (limit - 3) * 80, "{overlay}: {service} wants {demand} of {limit}");
            looked_at += 1;
        }
        assert_eq!(looked_at, 7, "{overlay}");
    }
}

#[test]
#[ignore = "needs kustomize from the Go module proxy: cargo test -p deploy-tests -- --ignored"]
fn contract_migrations_run_in_the_version_that_was_rolled_out() {
    let overlays: BTreeMap<String, Vec<Value>> = overlays().into_iter().collect();
    let rolled_out = &overlays["production-linkerd"];
    let contract = &overlays["production-contract"];
    assert!(!contract.is_empty());
    for job in contract {
        assert_eq!(kind(job), "Job");
        let pod = &job["spec"]["template"]["spec"];
        let container = &list(pod, "/containers")[0];
        assert_eq!(container["args"], serde_json::json!(["migrate", "contract"]));
        let workload = manifest::workload(rolled_out, text(pod, "/serviceAccountName")).unwrap();
        assert_eq!(container["image"], workload["spec"]["template"]["spec"]["containers"][0]["image"]);
        let labels = texts(&job["spec"]["template"], "/metadata/labels");
        let policies = of_kind(rolled_out, "NetworkPolicy");
        let is_open = policies.iter().any(|policy| {
            let own = texts(policy, "/spec/podSelector/matchLabels");
            !own.is_empty() && fits(&own, &labels)
        });
        assert!(is_open, "no policy lets {} reach its database", name(job));
    }
}
