//! What every service must have, and whether the manifests fit the code. Needs neither network nor cluster.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::collections::{BTreeMap, BTreeSet};

use deploy_tests::code::{self, Setting};
use deploy_tests::manifest::{self, list, name, number, text, texts};
use deploy_tests::{deploy, root};
use serde_json::Value;

const FILES: [&str; 9] = [
    "hpa.yaml",
    "httproute.yaml",
    "kustomization.yaml",
    "networkpolicy.yaml",
    "pdb.yaml",
    "service.yaml",
    "serviceaccount.yaml",
    "servicemonitor.yaml",
    "settings.env",
];

fn base(service: &str) -> Vec<Value> {
    manifest::objects(&deploy().join(format!("base/{service}-service"))).unwrap()
}

fn container(workload: &Value) -> &Value {
    let containers = list(workload, "/spec/template/spec/containers");
    assert_eq!(containers.len(), 1, "{}", name(workload));
    &containers[0]
}

/// Seconds of `5s`.
fn seconds(text: &str) -> u64 {
    text.strip_suffix('s').unwrap().parse().unwrap()
}

/// Names of pods that a list of peers lets through, within the namespace.
fn peers(rule: &Value, direction: &str) -> BTreeSet<String> {
    let inside = list(rule, direction).iter().filter(|peer| peer.get("namespaceSelector").is_none());
    inside.map(|peer| text(peer, "/podSelector/matchLabels/app.kubernetes.io~1name").to_owned()).collect()
}

fn has_port(rule: &Value, port: u64) -> bool {
    list(rule, "/ports").iter().any(|entry| entry["port"] == port)
}

#[test]
fn every_service_has_all_its_files() {
    for service in code::services().unwrap() {
        let folder = deploy().join(format!("base/{service}-service"));
        let mut wanted: BTreeSet<String> = FILES.map(str::to_owned).into();
        let stateful = folder.join("statefulset.yaml").is_file();
        wanted.insert(if stateful { "statefulset.yaml" } else { "deployment.yaml" }.to_owned());
        if code::folder(&service).join("migrations").is_dir() {
            wanted.insert("migrate-expand.yaml".to_owned());
        }
        if std::fs::read_to_string(code::folder(&service).join("src/main.rs")).unwrap().contains("Sweep(") {
            wanted.insert("sweep.yaml".to_owned());
        }
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let found: BTreeSet<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        assert_eq!(found, wanted, "{service}");

        let used = &manifest::read(&folder.join("kustomization.yaml")).unwrap()[0];
        let used: BTreeSet<String> =
            list(used, "/resources").iter().map(|file| file.as_str().unwrap().to_owned()).collect();
        let files: BTreeSet<String> =
            found.into_iter().filter(|file| file.ends_with(".yaml") && file != "kustomization.yaml").collect();
        assert_eq!(used, files, "{service}");

        let contract = deploy().join(format!("contract/migrate-{service}.yaml"));
        assert_eq!(contract.is_file(), code::folder(&service).join("migrations-contract").is_dir(), "{service}");
    }
}

#[test]
fn workloads_are_hardened_and_stop_in_time() {
    let common = manifest::variables(&deploy().join("base/platform.env")).unwrap();
    // What social-runtime allows consumers, background work and closing, and social-telemetry the last traces.
    let stopping = seconds(&common["DRAIN"]) + seconds(&common["SHUTDOWN_GRACE"]) + 3 * 5 + 5;
    for service in code::services().unwrap() {
        let objects = base(&service);
        let workload = manifest::workload(&objects, &format!("{service}-service")).unwrap();
        let (pod, container) = (&workload["spec"]["template"]["spec"], container(workload));
        let hook = number(container, "/lifecycle/preStop/sleep/seconds").unwrap();
        assert!(
            number(pod, "/terminationGracePeriodSeconds").unwrap() >= hook + stopping + 5,
            "{service}: grace period"
        );

        assert_eq!(pod["automountServiceAccountToken"], false, "{service}");
        assert_eq!(pod["serviceAccountName"], format!("{service}-service"));
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{service}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{service}");
        let security = &container["securityContext"];
        assert_eq!(security["readOnlyRootFilesystem"], true, "{service}");
        assert_eq!(security["allowPrivilegeEscalation"], false, "{service}");
        assert_eq!(security["capabilities"]["drop"], serde_json::json!(["ALL"]), "{service}");

        let resources = &container["resources"];
        assert!(resources["requests"]["cpu"].is_string(), "{service}: the autoscaler divides by it");
        assert!(resources["limits"].get("cpu").is_none(), "{service}: throttling costs latency");
        assert_eq!(resources["requests"]["memory"], resources["limits"]["memory"], "{service}");

        let contract = format!("social.{service}.v1.");
        assert!(text(container, "/readinessProbe/grpc/service").starts_with(&contract), "{service}");
        assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/livez", "{service}");
        assert_eq!(container["startupProbe"]["httpGet"]["path"], "/startupz", "{service}");

        let keys: Vec<&str> =
            list(pod, "/topologySpreadConstraints").iter().map(|spread| text(spread, "/topologyKey")).collect();
        assert_eq!(keys, ["topology.kubernetes.io/zone", "kubernetes.io/hostname"], "{service}");
        if manifest::kind(workload) == "Deployment" {
            let rolling = &workload["spec"]["strategy"]["rollingUpdate"];
            assert_eq!(
                (&rolling["maxUnavailable"], &rolling["maxSurge"]),
                (&Value::from(0), &Value::from(1)),
                "{service}"
            );
        }
        let autoscaler = manifest::find(&objects, "HorizontalPodAutoscaler", name(workload)).unwrap();
        assert!(number(autoscaler, "/spec/minReplicas").unwrap() >= 2, "{service}");
        assert!(workload["spec"].get("replicas").is_none(), "{service}: an apply would undo what the autoscaler did");
    }
}

#[test]
fn policies_allow_exactly_who_calls_whom() {
    let wanted = code::calls().unwrap();
    let (mut incoming, mut outgoing) = (BTreeSet::new(), BTreeSet::new());
    for service in code::services().unwrap() {
        let objects = base(&service);
        let policy = manifest::find(&objects, "NetworkPolicy", &format!("{service}-service")).unwrap();
        assert_eq!(policy["spec"]["policyTypes"], serde_json::json!(["Ingress", "Egress"]), "{service}");
        for rule in list(policy, "/spec/ingress").iter().filter(|rule| has_port(rule, 50051)) {
            incoming.extend(peers(rule, "/from").into_iter().map(|from| (from, format!("{service}-service"))));
        }
        for rule in list(policy, "/spec/egress").iter().filter(|rule| has_port(rule, 50051)) {
            outgoing.extend(peers(rule, "/to").into_iter().map(|to| (format!("{service}-service"), to)));
        }
    }
    let wanted: BTreeSet<(String, String)> =
        wanted.into_iter().map(|(from, to)| (format!("{from}-service"), format!("{to}-service"))).collect();
    assert_eq!(incoming, wanted);
    assert_eq!(outgoing, wanted);
}

#[test]
fn addresses_are_those_of_the_services_that_are_called() {
    let calls = code::calls().unwrap();
    for service in code::services().unwrap() {
        let settings = manifest::variables(&deploy().join(format!("base/{service}-service/settings.env"))).unwrap();
        let called: BTreeSet<String> =
            calls.iter().filter(|(from, _)| *from == service).map(|(_, to)| to.clone()).collect();
        let named: BTreeMap<String, String> =
            settings.into_iter().filter(|(variable, _)| variable.ends_with("_SERVICE_URL")).collect();
        let wanted: BTreeMap<String, String> = called
            .into_iter()
            .map(|to| (format!("{}_SERVICE_URL", to.to_uppercase()), format!("http://{to}-service:50051")))
            .collect();
        assert_eq!(named, wanted, "{service}");
    }
}

#[test]
fn meshes_allow_exactly_who_calls_whom() {
    let wanted: BTreeSet<(String, String)> = code::calls().unwrap();
    let linkerd = manifest::objects(&deploy().join("components/linkerd")).unwrap();
    let istio = manifest::objects(&deploy().join("components/istio")).unwrap();
    let (mut by_policy, mut by_identity, mut by_principal) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let services: BTreeSet<String> = code::services().unwrap().into_iter().collect();
    let service_of = |account: &str| account.strip_suffix("-service").map(str::to_owned);
    for service in &services {
        let policy = manifest::find(&linkerd, "NetworkPolicy", &format!("{service}-service-linkerd")).unwrap();
        let from = list(policy, "/spec/ingress").iter().flat_map(|rule| peers(rule, "/from"));
        by_policy.extend(from.filter_map(|from| Some((service_of(&from)?, service.clone()))));

        let server = manifest::find(&linkerd, "Server", &format!("{service}-service-grpc")).unwrap();
        assert_eq!(server["spec"]["accessPolicy"], "deny");
        // Nobody may call what has no authorization.
        if let Ok(identities) = manifest::find(&linkerd, "MeshTLSAuthentication", &format!("{service}-service-grpc")) {
            let own =
                list(identities, "/spec/identityRefs").iter().filter(|identity| identity.get("namespace").is_none());
            by_identity.extend(own.filter_map(|identity| Some((service_of(name_of(identity))?, service.clone()))));
        }

        let policy = manifest::find(&istio, "AuthorizationPolicy", &format!("{service}-service")).unwrap();
        let principals = list(policy, "/spec/rules").iter().flat_map(|rule| list(rule, "/from/0/source/principals"));
        let accounts = principals.filter_map(|principal| principal.as_str()?.rsplit_once("/ns/social/sa/"));
        by_principal.extend(accounts.filter_map(|(_, account)| Some((service_of(account)?, service.clone()))));
    }
    assert_eq!(by_policy, wanted, "NetworkPolicies of Linkerd");
    assert_eq!(by_identity, wanted, "identities of Linkerd");
    assert_eq!(by_principal, wanted, "principals of Istio");
    for service in &services {
        for host in [format!("{service}-service"), format!("{service}-service-http")] {
            let route = manifest::find(&istio, "VirtualService", &host).unwrap();
            assert_eq!(route["spec"]["http"][0]["retries"]["attempts"], 0, "{host}: social-client repeats calls");
        }
    }
}

fn name_of(identity: &Value) -> &str {
    text(identity, "/name")
}

#[test]
fn containers_are_given_what_the_settings_want() {
    let common = manifest::variables(&deploy().join("base/platform.env")).unwrap();
    for service in code::services().unwrap() {
        let settings = code::settings(&service).unwrap();
        let known: BTreeMap<&str, &Setting> = settings.iter().map(|setting| (setting.name.as_str(), setting)).collect();
        let objects = base(&service);
        let container = container(manifest::workload(&objects, &format!("{service}-service")).unwrap());
        let own = manifest::variables(&deploy().join(format!("base/{service}-service/settings.env"))).unwrap();
        let plain: BTreeSet<&str> = common.keys().chain(own.keys()).map(String::as_str).collect();

        let (mut given, mut secret) = (plain.clone(), BTreeSet::new());
        for variable in list(container, "/env") {
            let name = text(variable, "/name");
            if variable.pointer("/valueFrom/secretKeyRef").is_some() {
                secret.insert(name);
            }
            // For another variable.
            if variable.pointer("/valueFrom/fieldRef").is_none() {
                given.insert(name);
            }
        }
        let unknown: Vec<&&str> = given.iter().filter(|name| !known.contains_key(**name)).collect();
        assert!(unknown.is_empty(), "{service} reads no {unknown:?}");
        let missing: Vec<&str> = settings
            .iter()
            .filter(|of| of.required && !given.contains(of.name.as_str()))
            .map(|of| of.name.as_str())
            .collect();
        assert!(missing.is_empty(), "{service} is not given {missing:?}");
        for setting in settings.iter().filter(|of| of.secret && given.contains(of.name.as_str())) {
            assert!(secret.contains(setting.name.as_str()), "{service}: {} is a secret", setting.name);
        }
        let maps: Vec<&str> = list(container, "/envFrom").iter().map(|of| text(of, "/configMapRef/name")).collect();
        assert_eq!(maps, ["platform-settings".to_owned(), format!("{service}-service-settings")], "{service}");
    }
}

#[test]
fn only_who_acts_on_its_own_has_the_private_key() {
    for service in code::services().unwrap() {
        let objects = base(&service);
        let container = container(manifest::workload(&objects, &format!("{service}-service")).unwrap());
        let has_key = list(container, "/env").iter().any(|variable| text(variable, "/name") == "SERVICE_TOKEN_KEY");
        let sources = manifest::files(&code::folder(&service).join("src"), ".rs").unwrap();
        let acts = sources.iter().any(|file| std::fs::read_to_string(file).unwrap().contains("ServiceIdentity::new("));
        assert_eq!(has_key, acts, "{service}");
    }
}

#[test]
fn pools_fit_into_postgresql() {
    for service in code::services().unwrap() {
        let settings = manifest::variables(&deploy().join(format!("base/{service}-service/settings.env"))).unwrap();
        let path = deploy().join(format!("base/stores/postgres/{service}.yaml"));
        let Some(pool) = settings.get("DATABASE_MAX_CONNECTIONS") else {
            assert!(!path.exists(), "{service} has a database that it does not use");
            continue;
        };
        let pool: u64 = pool.parse().unwrap();
        let objects = base(&service);
        let autoscaler = manifest::find(&objects, "HorizontalPodAutoscaler", &format!("{service}-service")).unwrap();
        let most = number(autoscaler, "/spec/maxReplicas").unwrap();
        // Blue and green are there at the same time; elsewhere one more than the autoscaler wants.
        let is_blue_green = manifest::objects(&deploy().join("components/blue-green"))
            .unwrap()
            .iter()
            .any(|object| manifest::kind(object) == "Rollout" && name(object) == format!("{service}-service"));
        let pods = if is_blue_green { most * 2 } else { most + 1 };
        // The relay that leads (2), a migration (1), people and the operator (5).
        let demand = pool * pods + 2 + 1 + 5;
        let cluster = &manifest::read(&path).unwrap()[0];
        assert_eq!(name(cluster), format!("{service}-postgres"));
        let limit = number(cluster, "/spec/postgresql/parameters/max_connections").unwrap();
        assert!(demand * 100 <= (limit - 3) * 80, "{service}: {demand} of {limit} connections");
    }
}

#[test]
fn topics_are_those_of_the_code() {
    let mut groups = BTreeMap::new();
    let mut wanted: BTreeSet<String> = code::topics().unwrap().into_values().collect();
    let mut most_members: BTreeMap<String, u64> = BTreeMap::new();
    for (service, group, topic) in code::groups().unwrap() {
        let objects = base(&service);
        let workload = format!("{service}-service");
        let autoscaler = manifest::find(&objects, "HorizontalPodAutoscaler", &workload).unwrap();
        let replicas = number(autoscaler, "/spec/maxReplicas").unwrap();
        if let Some(variable) = group.strip_prefix('$') {
            // Each replica has a group of its own, by the name of its pod.
            let container = container(manifest::workload(&objects, &workload).unwrap());
            let value = list(container, "/env").iter().find(|entry| text(entry, "/name") == variable).unwrap();
            assert_eq!(value["value"], "$(POD_NAME)");
            wanted.extend((0..replicas).map(|ordinal| format!("{topic}.{workload}-{ordinal}.dead-letter")));
        } else {
            wanted.insert(format!("{topic}.{group}.dead-letter"));
            if code::defers(&service).unwrap() {
                let retry = format!("{topic}.{group}.retry");
                most_members.insert(retry.clone(), replicas);
                wanted.insert(retry);
            }
            let most = most_members.entry(topic.clone()).or_default();
            *most = (*most).max(replicas);
        }
        groups.entry(group).or_insert_with(BTreeSet::new).insert(topic);
    }
    let objects = manifest::objects(&deploy().join("base/stores/kafka")).unwrap();
    let topics = manifest::of_kind(&objects, "KafkaTopic");
    let found: BTreeSet<String> = topics.iter().map(|topic| name(topic).to_owned()).collect();
    assert_eq!(found, wanted);
    assert_eq!(found.len(), topics.len(), "one is there twice");
    let brokers = manifest::find(&objects, "KafkaNodePool", "broker").unwrap();
    for topic in topics {
        let (replicas, least) =
            (number(topic, "/spec/replicas").unwrap(), number(topic, "/spec/config/min.insync.replicas").unwrap());
        assert_eq!((replicas, least), (3, 2), "{}: one broker may be away", name(topic));
        assert!(number(brokers, "/spec/replicas").unwrap() >= replicas);
        let partitions = number(topic, "/spec/partitions").unwrap();
        let members = most_members.get(name(topic)).copied().unwrap_or(1);
        assert!(partitions >= members, "{}: {members} replicas share {partitions} partitions", name(topic));
    }
}

#[test]
fn search_can_read_the_log_from_its_beginning() {
    let objects = manifest::objects(&deploy().join("base/stores/kafka")).unwrap();
    for (service, _, topic) in code::groups().unwrap() {
        if service == "search" {
            let topic = manifest::find(&objects, "KafkaTopic", &topic).unwrap();
            assert_eq!(topic["spec"]["config"]["retention.ms"], -1, "{}", name(topic));
        }
    }
}

#[test]
fn stores_have_limits_and_let_in_their_clients_alone() {
    let objects = manifest::objects(&deploy().join("base/stores")).unwrap();
    let mut clients: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for service in code::services().unwrap() {
        let container_of = base(&service);
        let container = container(manifest::workload(&container_of, &format!("{service}-service")).unwrap()).clone();
        let own = manifest::variables(&deploy().join(format!("base/{service}-service/settings.env"))).unwrap();
        let mut uses = |store: &str| {
            clients.entry(store.to_owned()).or_default().insert(format!("{service}-service"));
        };
        for variable in list(&container, "/env") {
            match text(variable, "/name") {
                "REDIS_URL" => uses(text(variable, "/valueFrom/secretKeyRef/name")),
                "DATABASE_URL" => uses(&format!("{service}-postgres")),
                _ => {}
            }
        }
        if own.contains_key("NEO4J_URI") {
            uses("neo4j");
        }
        if own.contains_key("CLICKHOUSE_URL") {
            uses("clickhouse");
        }
        uses("kafka");
    }
    for (store, clients) in clients {
        let policy = manifest::find(&objects, "NetworkPolicy", &store).unwrap();
        let ports = [5432, 6379, 7687, 8123, 9092];
        let rules = list(policy, "/spec/ingress").iter().filter(|rule| ports.iter().any(|port| has_port(rule, *port)));
        let let_in = rules.flat_map(|rule| peers(rule, "/from")).filter(|name| name.ends_with("-service"));
        assert_eq!(let_in.collect::<BTreeSet<String>>(), clients, "{store}");
    }
    for redis in ["redis-cache", "redis-state"] {
        let text = std::fs::read_to_string(deploy().join(format!("base/stores/redis/{redis}.conf"))).unwrap();
        assert!(text.contains("\nmaxmemory ") && text.contains("\nmaxmemory-policy "), "{redis}");
    }
    for store in manifest::of_kind(&objects, "StatefulSet") {
        let resources = &container(store)["resources"];
        assert_eq!(resources["requests"]["memory"], resources["limits"]["memory"], "{}", name(store));
    }
}

#[test]
fn no_secret_is_written_down() {
    for object in manifest::objects(&deploy()).unwrap() {
        assert_ne!(manifest::kind(&object), "Secret", "{}", name(&object));
        let pod = manifest::template(&object).unwrap_or(&Value::Null);
        for container in list(pod, "/spec/containers") {
            for variable in list(container, "/env") {
                let called = text(variable, "/name").to_uppercase();
                let is_secret = ["PASSWORD", "TOKEN", "SECRET", "_KEY"].iter().any(|part| called.contains(part))
                    && called != "SERVICE_TOKEN_PUBLIC_KEY";
                assert!(!is_secret || variable.get("value").is_none(), "{}: {called}", name(&object));
            }
        }
    }
    for file in manifest::files(&deploy(), ".env").unwrap() {
        for (variable, value) in manifest::variables(&file).unwrap() {
            assert!(!value.contains('@') && !variable.contains("PASSWORD"), "{}: {variable}", file.display());
        }
    }
}

#[test]
fn namespace_is_restricted_and_closed() {
    let objects = manifest::objects(&deploy().join("base")).unwrap();
    let namespace = manifest::find(&objects, "Namespace", "social").unwrap();
    assert_eq!(texts(namespace, "/metadata/labels")["pod-security.kubernetes.io/enforce"], "restricted");
    let closed = manifest::find(&objects, "NetworkPolicy", "default-deny").unwrap();
    assert_eq!(closed["spec"]["podSelector"], serde_json::json!({}));
    assert!(closed["spec"].get("ingress").is_none());
    for rule in list(closed, "/spec/egress") {
        assert!(has_port(rule, 53) && list(rule, "/ports").len() == 2, "only names may be resolved");
    }
    assert!(root().join("docs/runbooks").is_dir());
}
