use super::{Extracted, extract};
use crate::facts::deployment::{EnvSource, Environment};
use crate::sources::Sources;

fn of(texts: &[(&str, &str)]) -> Extracted {
    extract(&Sources::from_texts(texts.iter().copied()))
}

fn only(texts: &[(&str, &str)]) -> Environment {
    let extracted = of(texts);
    assert_eq!(extracted.diagnostics, Vec::new());
    assert_eq!(extracted.environments.len(), 1);
    extracted.environments.into_iter().next().unwrap()
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: order
spec:
  replicas: 2
  selector:
    matchLabels: {app: order}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
  template:
    metadata:
      labels: {app: order}
    spec:
      serviceAccountName: runner
      terminationGracePeriodSeconds: 40
      containers:
        - name: main
          image: registry:5000/shop/order:1.0
          command: [/bin/order]
          args:
            - --port
            - \"8080\"
          ports:
            - containerPort: 8080
          env:
            - name: LEVEL
              value: info
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef: {name: order-db, key: url}
          envFrom:
            - configMapRef: {name: order}
          readinessProbe:
            httpGet: {port: http}
            periodSeconds: 5
          livenessProbe:
            grpc: {port: 8080, service: shop.Order}
          lifecycle:
            preStop:
              exec:
                command: [sh, -c, \"sleep 7 && exit\"]
          resources:
            limits: {cpu: 500m, memory: 1Gi}
      volumes:
        - name: settings
          configMap: {name: order}
";

const KUSTOMIZATION: &str = "resources: [deployment.yaml, service.yaml]\nconfigMapGenerator:\n  - name: order\n    literals: [LEVEL=debug, POOL=10]\n";
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: order}\nspec:\n  selector: {app: order}\n  ports:\n    - {name: grpc, port: 80, targetPort: 8080}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: order}\nspec:\n  rules:\n    - host: shop.example\n      http:\n        paths:\n          - path: /orders\n            backend: {service: {name: order, port: {number: 80}}}\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: order}\nspec:\n  scaleTargetRef: {kind: Deployment, name: order}\n  minReplicas: 2\n  maxReplicas: 9\n  metrics:\n    - type: Resource\n      resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}\n";

fn overlaid(overlay: &str) -> Extracted {
    of(&[
        ("deploy/base/deployment.yaml", DEPLOYMENT),
        ("deploy/base/service.yaml", SERVICE),
        ("deploy/base/kustomization.yaml", KUSTOMIZATION),
        ("deploy/production/kustomization.yaml", overlay),
    ])
}

fn production(overlay: &str) -> Environment {
    let extracted = overlaid(overlay);
    assert_eq!(extracted.diagnostics, Vec::new());
    assert_eq!(extracted.environments.len(), 1);
    extracted.environments.into_iter().next().unwrap()
}

#[test]
fn a_workload_with_the_lines_that_set_it() {
    let environment = only(&[("k8s/order.yaml", DEPLOYMENT)]);
    assert_eq!((environment.name.as_str(), environment.kind.as_str()), ("k8s", "plain"));
    let workload = &environment.workloads[0];
    let replicas = workload.replicas.as_ref().unwrap();
    assert_eq!((replicas.value, replicas.at.line, replicas.at.column), (2, 6, 13));
    assert_eq!(workload.max_surge.as_ref().unwrap().value, "25%");
    assert_eq!(workload.grace_period_seconds.as_ref().unwrap().value, 40);
    let container = &workload.containers[0];
    assert_eq!(container.args[1].value, "8080");
    assert_eq!(container.env[0].source, EnvSource::Literal("info".to_owned()));
    let EnvSource::Secret { name, key, optional } = &container.env[1].source else { panic!("no secret") };
    assert_eq!((name.as_str(), key.as_str(), *optional), ("order-db", "url", false));
    assert_eq!(container.env_from[0].name, "order");
    let actions: Vec<_> = container.probes.iter().map(|probe| (probe.kind.as_str(), probe.action.as_str())).collect();
    assert_eq!(actions, [("liveness", "grpc"), ("readiness", "http")]);
    assert_eq!(container.probes[1].path.as_ref().unwrap().value, "/");
    assert_eq!(container.probes[1].timings["periodSeconds"].value, 5);
    assert_eq!(container.pre_stop.as_ref().unwrap().seconds, Some(7));
    assert_eq!(container.resources["limits.memory"].value, "1Gi");
    assert_eq!(workload.volumes[0].source, "order");
}

#[test]
fn carriage_returns_and_anchors_keep_lines() {
    let text = "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: a}\r\ndata: &data\r\n  URL: 'http://b'\r\n---\r\napiVersion: v1\r\nkind: List\r\nx: &more\r\n  LEVEL: info\r\nitems:\r\n  - apiVersion: v1\r\n    kind: ConfigMap\r\n    metadata: {name: c}\r\n    data:\r\n      <<: *more\r\n      TEXT: >-\r\n        one\r\n        two\r\n";
    let environment = only(&[("k8s/a.yaml", text)]);
    assert_eq!(environment.config_maps[0].data["URL"].at.line, 5);
    let second = &environment.config_maps[1].data;
    assert_eq!((second["LEVEL"].at.line, second["LEVEL"].value.as_str()), (10, "info"));
    assert_eq!(second["TEXT"].value, "one two");
}

#[test]
fn no_value_of_a_secret_is_kept() {
    let environment = only(&[(
        "k8s/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2}\nstringData:\n  url: postgres://shop:hunter2@db.local:5432/shop?sslpassword=hunter2\n  token: hunter2\n  odd: postgres://shop:hunter2?x@db\n  hook: https://hooks.example/hunter2\n  half: mysql://shop:hunter2\ndata:\n  encoded: cmVkaXM6Ly86aHVudGVyMkByZWRpczo2Mzc5LzA=\n",
    )]);
    let secret = &environment.secrets[0];
    assert_eq!(secret.keys.len(), 6);
    assert_eq!(secret.urls["url"], "postgres://db.local:5432/shop");
    assert_eq!(secret.urls["encoded"], "redis://redis:6379/0");
    assert!(!serde_json::to_string(&environment).unwrap().contains("hunter2"));
}

#[test]
fn policies_routes_and_other_objects() {
    let environment = only(&[(
        "k8s/net.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {matchLabels: {app: order}}\n  ingress:\n    - from: [{podSelector: {matchLabels: {app: web}}}]\n      ports: [{port: 80}]\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec:\n  hosts: [order]\n  http:\n    - match: [{uri: {prefix: /a}}]\n      timeout: 1.5s\n      retries: {attempts: 3, perTryTimeout: 400ms}\n      route: [{destination: {host: order.shop.svc.cluster.local, port: {number: 80}}}]\n---\napiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaTopic\nmetadata: {name: orders}\nspec:\n  partitions: 12\n  tags: [a, b]\n",
    )]);
    let policy = &environment.network_policies[0];
    assert!(policy.ingress && !policy.egress);
    assert_eq!(policy.ingress_rules[0].ports[0].port.as_deref(), Some("80"));
    let rule = &environment.routes[0].rules[0];
    assert_eq!((rule.service.as_str(), rule.namespace.as_deref()), ("order", Some("shop")));
    assert_eq!(rule.timeout_ms.as_ref().unwrap().value, 1500);
    assert_eq!(rule.per_try_timeout_ms.as_ref().unwrap().value, 400);
    let topic = &environment.others[0];
    assert_eq!((topic.fields["spec.partitions"].value.as_str(), topic.fields["spec.partitions"].at.line), ("12", 25));
    assert_eq!(topic.fields["spec.tags.1"].value, "b");
}

#[test]
fn folders_that_define_the_same_are_alternatives() {
    let names = |paths: &[&str]| {
        let texts: Vec<_> = paths.iter().map(|path| (*path, DEPLOYMENT)).collect();
        of(&texts).environments.into_iter().map(|of| of.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&["deploy/prod/a.yaml", "deploy/staging/a.yaml"]), ["deploy/prod", "deploy/staging"]);
    assert_eq!(names(&["a.yaml", "deploy/x/a.yaml"]), ["manifests", "deploy/x"]);
    let united = of(&[("k8s/order/a.yaml", DEPLOYMENT), ("k8s/web/a.yaml", SERVICE)]);
    assert_eq!(united.environments.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["k8s"]);
}

#[test]
fn charts_are_named_and_not_parsed() {
    let extracted = of(&[
        ("charts/order/Chart.yaml", "apiVersion: v2\nname: order\n"),
        ("charts/order/templates/a.yaml", "apiVersion: v1\nkind: {{ .Values.kind }}\nmetadata: {name: a\n"),
        ("charts/order/crds/b.yaml", DEPLOYMENT),
    ]);
    assert_eq!(extracted.environments.len(), 1);
    let environment = &extracted.environments[0];
    assert_eq!((environment.name.as_str(), environment.kind.as_str()), ("order:values", "helm"));
    assert!(environment.partial && environment.workloads.is_empty());
    assert_eq!(extracted.diagnostics.len(), 1);
}

#[test]
fn an_overlay_points_at_the_line_that_it_sets() {
    let environment = production(
        "resources: [../base]
namespace: shop
images:
  - name: registry:5000/shop/order
    newTag: \"2.0\"
patches:
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: order}
      spec:
        replicas: 5
        template:
          spec:
            containers:
              - name: main
                env:
                  - name: LEVEL
                    value: warn
                  - name: DATABASE_URL
                    $patch: delete
                  - name: NEW
                    value: x
                livenessProbe: null
              - name: proxy
                image: envoy
  - target: {kind: Service, name: or.*}
    patch: |-
      - op: replace
        path: /spec/ports/0/port
        value: 443
",
    );
    assert_eq!((environment.name.as_str(), environment.kind.as_str()), ("production", "kustomize"));
    let workload = &environment.workloads[0];
    assert_eq!(workload.meta.namespace, "shop");
    let replicas = workload.replicas.as_ref().unwrap();
    assert_eq!((replicas.value, &*replicas.at.file), (5, "deploy/production/kustomization.yaml"));
    assert_eq!((replicas.at.line, replicas.at.column), (12, 19));
    assert_eq!(workload.grace_period_seconds.as_ref().unwrap().at.line, 17);
    assert_eq!(&*workload.meta.at.file, "deploy/base/deployment.yaml");
    let names: Vec<_> = workload.containers.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["main", "proxy"]);
    let main = &workload.containers[0];
    let image = main.image.as_ref().unwrap();
    assert_eq!((image.value.as_str(), image.at.line), ("registry:5000/shop/order:2.0", 5));
    let names: Vec<_> = main.env.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["LEVEL", "NEW"]);
    assert_eq!(main.env[0].source, EnvSource::Literal("warn".to_owned()));
    assert_eq!(main.env[0].at.line, 19);
    assert_eq!(main.probes.len(), 1);
    let port = &environment.services[0].ports[0].port;
    assert_eq!((port.value, port.at.line), (443, 31));
}

#[test]
fn references_follow_renamed_objects() {
    let environment = production(
        "resources: [../base]\nnamePrefix: p-\nnameSuffix: -s\ncommonLabels: {tier: a}\nreplicas: [{name: order, count: 7}]\nconfigMapGenerator:\n  - name: order\n    behavior: merge\n    literals: [POOL=20]\n",
    );
    let workload = &environment.workloads[0];
    assert_eq!(workload.meta.name, "p-order-s");
    assert_eq!(workload.containers[0].env_from[0].name, "p-order-s");
    assert_eq!(workload.volumes[0].source, "p-order-s");
    // Not made here: its name stays.
    let EnvSource::Secret { name, .. } = &workload.containers[0].env[1].source else { panic!("no secret") };
    assert_eq!(name, "order-db");
    assert_eq!(workload.replicas.as_ref().unwrap().value, 7);
    assert_eq!((workload.pod_labels["tier"].as_str(), environment.services[0].selector["tier"].as_str()), ("a", "a"));
    assert_eq!(environment.autoscalers[0].target_name, "p-order-s");
    assert_eq!(environment.routes[0].rules[0].service, "p-order-s");
    let data = &environment.config_maps[0].data;
    assert_eq!((data["LEVEL"].value.as_str(), data["POOL"].value.as_str()), ("debug", "20"));
    assert_eq!((&*data["POOL"].at.file, data["POOL"].at.line), ("deploy/production/kustomization.yaml", 9));
}

#[test]
fn components_change_what_their_user_has() {
    let extracted = of(&[
        ("base/deployment.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", "resources: [deployment.yaml]\ncomponents: [../spread]\n"),
        (
            "spread/kustomization.yaml",
            "kind: Component\npatches: [{path: patch.yaml}]\nsecretGenerator: [{name: order-db, envs: [db.env]}]\n",
        ),
        ("spread/patch.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: order}\nspec: {replicas: 4}\n"),
        ("spread/db.env", "# of the database\nurl=postgres://a:b@c/d\n"),
        ("unused/kustomization.yaml", "kind: Component\nresources: [a.yaml]\n"),
        ("unused/a.yaml", DEPLOYMENT),
    ]);
    assert_eq!((extracted.environments.len(), extracted.diagnostics.len()), (1, 0));
    let environment = &extracted.environments[0];
    assert_eq!(environment.workloads[0].replicas.as_ref().unwrap().at.file.as_ref(), "spread/patch.yaml");
    assert_eq!(environment.secrets[0].urls["url"], "postgres://c/d");
    assert_eq!(
        (&*environment.secrets[0].keys["url"].file, environment.secrets[0].keys["url"].line),
        ("spread/db.env", 2)
    );
}

#[test]
fn what_cannot_be_rendered_makes_the_environment_partial() {
    for (overlay, why) in [
        ("resources: [../base, 'https://example.com/x.yaml']", "remote"),
        ("resources: [../base, ../../../etc/passwd]", "not in the project"),
        ("resources: [../base, gone.yaml]", "is not there"),
        ("resources: [../base]\nhelmCharts: [{name: redis}]", "helmCharts"),
        ("resources: [../base]\nreplacements: [{path: a.yaml}]", "replacements"),
        ("resources: [../base]\npatches: [{path: gone.yaml}]", "is not there"),
    ] {
        let extracted = overlaid(overlay);
        let environment = &extracted.environments[0];
        assert!(environment.partial && environment.partial_because.contains(why), "{overlay}: {environment:?}");
        assert_eq!(environment.workloads.len(), 1);
        assert_eq!(extracted.diagnostics.len(), 1, "{:?}", extracted.diagnostics);
        assert_eq!(&*extracted.diagnostics[0].at.file, "deploy/production/kustomization.yaml");
    }
}

#[test]
fn a_file_that_cannot_be_read_leaves_one_map_open() {
    let maps = "resources: [../base]\nnamePrefix: x-\nconfigMapGenerator:\n  - {name: a, files: [start.sh], literals: [A=1]}\n  - {name: b, literals: [B=2]}\n";
    let extracted = overlaid(maps);
    let environment = &extracted.environments[0];
    assert!(!environment.partial, "{environment:?}");
    assert_eq!(extracted.diagnostics.len(), 1);
    let map = |name: &str| environment.config_maps.iter().find(|map| map.meta.name == name).unwrap();
    assert!(map("x-a").partial && map("x-a").data.contains_key("A"));
    assert!(!map("x-b").partial);
}

#[test]
fn an_operator_makes_services_and_secrets() {
    let environment = only(&[(
        "k8s/pg.yaml",
        "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: cart, namespace: shop}\nspec:\n  enableSuperuserAccess: true\n  bootstrap: {initdb: {database: carts}}\n---\napiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: plain}\n---\napiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: own}\nspec: {bootstrap: {initdb: {database: d, secret: {name: mine}}}}\n---\napiVersion: postgresql.cnpg.io/v1\nkind: Pooler\nmetadata: {name: front}\nspec: {cluster: {name: cart}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: plain-app}\nstringData: {uri: 'postgres://u:p@elsewhere/d'}\n",
    )]);
    let names: Vec<&str> = environment.services.iter().map(|of| of.meta.name.as_str()).collect();
    let of = |name: &str| ["rw", "ro", "r"].map(|end| format!("{name}-{end}"));
    assert_eq!(
        names,
        [of("cart"), of("plain"), of("own")].concat().iter().map(String::as_str).chain(["front"]).collect::<Vec<_>>()
    );
    let secret = |name: &str| environment.secrets.iter().find(|of| of.meta.name == name);
    let app = secret("cart-app").unwrap();
    assert_eq!(app.urls["uri"], "postgresql://cart-rw:5432/carts");
    assert_eq!(app.urls["fqdn-uri"], "postgresql://cart-rw.shop.svc.cluster.local:5432/carts");
    assert_eq!(app.urls["dbname"], "carts");
    assert!(app.keys.contains_key("password") && !app.urls.contains_key("password"));
    assert_eq!(secret("plain-app").unwrap().urls["uri"], "postgres://elsewhere/d");
    assert!(secret("own-app").is_none() && secret("plain-superuser").is_none());
    assert!(!secret("cart-superuser").unwrap().urls.contains_key("uri"));
    assert_eq!(environment.others.len(), 4);
}

#[test]
fn a_rollout_has_the_pods_of_its_deployment() {
    let of = |replicas: &str| {
        let rollout = "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: order}\nspec:\n  workloadRef: {kind: Deployment, name: order}\n  strategy: {canary: {maxSurge: 2}}\n";
        only(&[("k8s/a.yaml", &format!("{}{rollout}", DEPLOYMENT.replace("replicas: 2", replicas)))]).workloads
    };
    let [rollout] = of("replicas: 0").try_into().unwrap();
    assert_eq!((rollout.meta.kind.as_str(), rollout.containers.len()), ("Rollout", 1));
    assert_eq!((rollout.max_surge.unwrap().value.as_str(), rollout.replicas), ("2", None));
    assert_eq!(of("replicas: 2").len(), 2, "both have pods");
}

#[test]
fn a_cycle_is_reported_and_ends() {
    let extracted = of(&[
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a, d.yaml]\n"),
        ("b/d.yaml", DEPLOYMENT),
        ("c/kustomization.yaml", "resources: [.]\n"),
    ]);
    let names: Vec<_> = extracted.environments.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert!(extracted.environments.iter().all(|of| of.partial));
    assert_eq!(extracted.environments[0].workloads.len(), 1);
    assert_eq!(extracted.diagnostics.iter().filter(|of| of.message.contains("uses itself")).count(), 2);
}

#[test]
fn kustomizations_that_multiply_stop() {
    let mut texts = vec![("k0/d.yaml".to_owned(), DEPLOYMENT.to_owned())];
    texts.push(("k0/kustomization.yaml".to_owned(), "resources: [d.yaml]\n".to_owned()));
    for level in 1..60 {
        let before = level - 1;
        let text = format!("resources: [../k{before}, ../k{before}, ../k{before}]\nnamePrefix: a\n");
        texts.push((format!("k{level}/kustomization.yaml"), text));
    }
    let extracted = extract(&Sources::from_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))));
    assert!(extracted.environments[0].partial);
}

#[test]
fn suppressions_name_rule_reason_and_end() {
    let extracted = of(&[(
        "compose.yaml",
        "# loadpath: allow(no-probe, one-replica) it is a sketch until=2027-01-31\na: 1 # loadpath: allow(x)\n# loadpath: other\n",
    )]);
    let found: Vec<_> = extracted
        .suppressions
        .iter()
        .map(|of| (of.rule.as_str(), of.reason.as_deref(), of.until.as_deref(), of.at.line))
        .collect();
    let shared = (Some("it is a sketch"), Some("2027-01-31"));
    assert_eq!(
        found,
        [("no-probe", shared.0, shared.1, 1), ("one-replica", shared.0, shared.1, 1), ("x", None, None, 2)]
    );
}

#[test]
fn truncated_anywhere_nothing_panics() {
    let overlay = "resources: [../base]\nnamePrefix: p-\npatches:\n  - target: {kind: Deploy.*}\n    patch: |-\n      - {op: copy, from: /spec, path: /spec/x}\n      - {op: move, from: /spec/x, path: /y/-}\n      - {op: add, path: '', value: 1}\n";
    for end in (0..DEPLOYMENT.len()).chain(0..overlay.len()) {
        let _ = of(&[
            ("base/kustomization.yaml", KUSTOMIZATION),
            ("base/deployment.yaml", &DEPLOYMENT[..end.min(DEPLOYMENT.len())]),
            ("base/service.yaml", SERVICE),
            ("over/kustomization.yaml", &overlay[..end.min(overlay.len())]),
        ]);
    }
}

#[test]
fn json_patches_reach_every_place() {
    let environment = production(
        "resources: [../base]
patches:
  - target: {kind: Deployment}
    patch: |-
      - {op: add, path: /spec/template/metadata/annotations, value: {}}
      - {op: add, path: /spec/template/metadata/annotations/a.b~1c, value: 'yes'}
      - {op: add, path: /spec/template/spec/containers/0/args/0, value: --first}
      - {op: add, path: /spec/template/spec/containers/0/args/-, value: --last}
      - {op: remove, path: /spec/template/spec/containers/0/env/0}
      - {op: move, from: /spec/replicas, path: /spec/parallelism}
      - {op: copy, from: /spec/parallelism, path: /spec/replicas}
",
    );
    let workload = &environment.workloads[0];
    assert_eq!(workload.pod_annotations["a.b/c"].value, "yes");
    let container = &workload.containers[0];
    let args: Vec<_> = container.args.iter().map(|of| of.value.as_str()).collect();
    assert_eq!(args, ["--first", "--port", "8080", "--last"]);
    assert_eq!(container.env[0].name, "DATABASE_URL");
    assert_eq!(workload.replicas.as_ref().unwrap().value, 2);
}

#[test]
fn patches_that_multiply_or_nest_stop() {
    let copies = "      - {op: copy, from: /spec, path: /spec/x}\n".repeat(2_000);
    let doubles = "      - {op: copy, from: /spec/template, path: /spec/template/spec/containers/-}\n".repeat(60);
    for operations in [copies, doubles] {
        let overlay =
            format!("resources: [../base]\npatches:\n  - target: {{kind: Deployment}}\n    patch: |-\n{operations}");
        let extracted = overlaid(&overlay);
        assert!(extracted.environments[0].partial);
    }
}

#[test]
fn a_kustomization_needs_no_ending() {
    let environment = only(&[("base/Kustomization", "resources: [order.yaml]\n"), ("base/order.yaml", DEPLOYMENT)]);
    assert_eq!(environment.name, "base");
    assert_eq!(environment.workloads.len(), 1);
}
