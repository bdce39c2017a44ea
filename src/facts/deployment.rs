//! Facts of deployment: Kubernetes objects per environment, compose services, Dockerfiles.
//!
//! Every scalar carries the place that set it, so that a finding points at the overlay line and not at the base.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// A value read from a manifest, with the place that set it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Read<T> {
    /// The value.
    pub value: T,
    /// Where it was set.
    pub at: Span,
}

/// One way in which the system is deployed: a kustomize overlay that nothing else builds on, a chart with one values
/// file, or all plain manifests that no kustomization uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Environment {
    /// Short name: the overlay folder (`production`), `chart:values` for charts, `manifests` for plain ones.
    pub name: String,
    /// Folder that it is rendered from.
    pub path: String,
    /// `kustomize`, `helm`, `plain`.
    pub kind: String,
    /// Whether something in it could not be rendered: then absence proves nothing.
    pub partial: bool,
    /// Why it is partial.
    pub partial_because: String,
    /// Deployments, StatefulSets, DaemonSets, Jobs, CronJobs, Pods, Rollouts.
    pub workloads: Vec<Workload>,
    /// Services.
    pub services: Vec<KubernetesService>,
    /// ConfigMaps with their values, generated ones included (under the name without hash).
    pub config_maps: Vec<ConfigMap>,
    /// Secrets, ExternalSecrets, SealedSecrets: key names only, never values.
    pub secrets: Vec<Secret>,
    /// HorizontalPodAutoscalers and KEDA ScaledObjects.
    pub autoscalers: Vec<Autoscaler>,
    /// PodDisruptionBudgets.
    pub disruption_budgets: Vec<DisruptionBudget>,
    /// NetworkPolicies.
    pub network_policies: Vec<NetworkPolicy>,
    /// Ingress, HTTPRoute, GRPCRoute, Istio VirtualService with gateways: ways in from outside.
    pub routes: Vec<Route>,
    /// Namespaces.
    pub namespaces: Vec<ObjectMeta>,
    /// All other objects, flattened to `key → scalar`: mesh policies, monitors, broker and database objects, CRDs.
    pub others: Vec<OtherObject>,
}

/// What every object has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectMeta {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Namespace; empty if none is said.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Labels of the object.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the object.
    pub annotations: BTreeMap<String, Read<String>>,
    /// Where the object starts (its `kind` or first key).
    pub at: Span,
}

/// A workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// Labels of the pod template.
    pub pod_labels: BTreeMap<String, String>,
    /// Annotations of the pod template.
    pub pod_annotations: BTreeMap<String, Read<String>>,
    /// `spec.replicas` (Job: `parallelism`).
    pub replicas: Option<Read<i64>>,
    /// `spec.strategy.type`, or `updateStrategy.type`.
    pub strategy: Option<Read<String>>,
    /// `maxSurge`, number or percentage, as written.
    pub max_surge: Option<Read<String>>,
    /// `maxUnavailable`, as written.
    pub max_unavailable: Option<Read<String>>,
    /// `terminationGracePeriodSeconds`.
    pub grace_period_seconds: Option<Read<i64>>,
    /// Containers, then init containers.
    pub containers: Vec<Container>,
    /// `hostNetwork: true`.
    pub host_network: bool,
    /// `serviceAccountName`.
    pub service_account: Option<Read<String>>,
    /// Whether topology spread constraints or anti-affinity are there.
    pub spread: bool,
    /// CronJob: schedule; Job and CronJob details.
    pub schedule: Option<Read<String>>,
    /// ConfigMaps and Secrets mounted as volumes: volume name → source name.
    pub volumes: Vec<Volume>,
    /// Rollout: the Deployment whose pods it takes over (`spec.workloadRef.name`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods_of: Option<Read<String>>,
}

/// A volume of a workload that comes from a ConfigMap or Secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Volume {
    /// Name of the volume.
    pub name: String,
    /// `config_map`, `secret`, `persistent_volume_claim`, `empty_dir`, `other`.
    pub kind: String,
    /// Name of the ConfigMap or Secret.
    pub source: String,
    /// Where.
    pub at: Span,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Container {
    /// Name.
    pub name: String,
    /// `container`, `init`, `sidecar` (an init container with `restartPolicy: Always`).
    pub role: String,
    /// Image, after `images:` replacements.
    pub image: Option<Read<String>>,
    /// `command`.
    pub command: Vec<Read<String>>,
    /// `args`.
    pub args: Vec<Read<String>>,
    /// Whether its command is a script of a shell that stays in front of the program, and keeps signals to itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shell: bool,
    /// Ports.
    pub ports: Vec<ContainerPort>,
    /// Variables, in order.
    pub env: Vec<EnvVar>,
    /// `envFrom`, in order.
    pub env_from: Vec<EnvFrom>,
    /// Probes by kind: `liveness`, `readiness`, `startup`.
    pub probes: Vec<Probe>,
    /// `lifecycle.preStop`: seconds that it sleeps, if that can be read.
    pub pre_stop: Option<PreStop>,
    /// `requests.cpu`, `limits.memory`, … as written.
    pub resources: BTreeMap<String, Read<String>>,
    /// `volumeMounts`: volume name → mount path.
    pub mounts: BTreeMap<String, String>,
    /// `securityContext`, flattened.
    pub security: BTreeMap<String, Read<String>>,
    /// Where the container starts.
    pub at: Span,
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerPort {
    /// Name, if it has one.
    pub name: Option<String>,
    /// Number.
    pub port: Read<i64>,
    /// `TCP` unless said otherwise.
    pub protocol: String,
}

/// A variable of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnvVar {
    /// Name.
    pub name: String,
    /// Where its value comes from.
    pub source: EnvSource,
    /// Where.
    pub at: Span,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnvSource {
    /// Written in place.
    Literal(String),
    /// `configMapKeyRef`.
    ConfigMap {
        /// Name of the ConfigMap.
        name: String,
        /// Key.
        key: String,
        /// `optional: true`.
        optional: bool,
    },
    /// `secretKeyRef`.
    Secret {
        /// Name of the Secret.
        name: String,
        /// Key.
        key: String,
        /// `optional: true`.
        optional: bool,
    },
    /// `fieldRef`, `resourceFieldRef`: known only in the cluster.
    Field(String),
}

/// One `envFrom` entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnvFrom {
    /// `config_map` or `secret`.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Prefix put before each key.
    pub prefix: String,
    /// `optional: true`.
    pub optional: bool,
    /// Where.
    pub at: Span,
}

/// A probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// `liveness`, `readiness`, `startup`.
    pub kind: String,
    /// `http`, `grpc`, `tcp`, `exec`.
    pub action: String,
    /// Port, number or name, as written.
    pub port: Option<Read<String>>,
    /// HTTP path (`/` if not said).
    pub path: Option<Read<String>>,
    /// gRPC service asked for.
    pub service: Option<Read<String>>,
    /// HTTP scheme.
    pub scheme: Option<Read<String>>,
    /// Command of an exec probe.
    pub command: Vec<String>,
    /// `initialDelaySeconds`, `periodSeconds`, `timeoutSeconds`, `successThreshold`, `failureThreshold` as set.
    pub timings: BTreeMap<String, Read<i64>>,
    /// Where.
    pub at: Span,
}

/// `lifecycle.preStop`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreStop {
    /// Seconds that it sleeps: `sleep.seconds`, or `sleep N` of an exec.
    pub seconds: Option<i64>,
    /// `sleep`, `exec`, `http`.
    pub action: String,
    /// Where.
    pub at: Span,
}

/// A Kubernetes Service (or an Istio ServiceEntry's host: kind `external`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KubernetesService {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub service_type: String,
    /// `clusterIP: None`.
    pub headless: bool,
    /// Selector.
    pub selector: BTreeMap<String, String>,
    /// Ports.
    pub ports: Vec<ServicePort>,
    /// `externalName`.
    pub external_name: Option<Read<String>>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServicePort {
    /// Name, if it has one.
    pub name: Option<String>,
    /// Port of the Service.
    pub port: Read<i64>,
    /// Port of the pod, number or name; `None`: equal to `port`.
    pub target_port: Option<Read<String>>,
    /// `appProtocol`.
    pub app_protocol: Option<String>,
}

/// A ConfigMap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigMap {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// Its data, in order of the keys.
    pub data: BTreeMap<String, Read<String>>,
    /// Whether a file that it is generated from could not be read: then it may have more keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// A Secret, by key names only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Secret {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// Names of its keys.
    pub keys: BTreeMap<String, Span>,
    /// Whether the keys are all there are (a Secret with `data`), or may be more (an ExternalSecret with `dataFrom`).
    pub complete: bool,
    /// Keys whose value stands in the file in the clear (`stringData`, or `data` that decodes to text): never the
    /// value itself, but for a connection URL `scheme://host:port/path` without user and password. Of a Secret that an
    /// operator makes also what it writes there that is no secret: host, port, database.
    pub urls: BTreeMap<String, String>,
}

/// An autoscaler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Autoscaler {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// Kind of the target.
    pub target_kind: String,
    /// Name of the target.
    pub target_name: String,
    /// `minReplicas` / `minReplicaCount`.
    pub min: Option<Read<i64>>,
    /// `maxReplicas` / `maxReplicaCount`.
    pub max: Option<Read<i64>>,
    /// Resource metrics by utilisation: `cpu`, `memory`; others by type.
    pub metrics: Vec<Metric>,
}

/// A metric of an autoscaler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// `Resource`, `ContainerResource`, `Pods`, `Object`, `External`, or a KEDA trigger type.
    pub kind: String,
    /// Name of resource or metric.
    pub name: String,
    /// `Utilization`, `AverageValue`, `Value`.
    pub target: String,
    /// Where.
    pub at: Span,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DisruptionBudget {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// Selector.
    pub selector: Selector,
    /// `minAvailable`, as written.
    pub min_available: Option<Read<String>>,
    /// `maxUnavailable`, as written.
    pub max_unavailable: Option<Read<String>>,
}

/// A label selector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Selector {
    /// `matchLabels`.
    pub labels: BTreeMap<String, String>,
    /// `matchExpressions`: key, operator, values.
    pub expressions: Vec<(String, String, Vec<String>)>,
}

impl Selector {
    /// Whether it selects these labels. An empty selector selects everything.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|(key, operator, values)| match operator.as_str() {
                "In" => labels.get(key).is_some_and(|value| values.contains(value)),
                "NotIn" => labels.get(key).is_none_or(|value| !values.contains(value)),
                "Exists" => labels.contains_key(key),
                "DoesNotExist" => !labels.contains_key(key),
                _ => false,
            })
    }
}

/// A NetworkPolicy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkPolicy {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// Pods that it holds for.
    pub pods: Selector,
    /// Whether it restricts what comes in.
    pub ingress: bool,
    /// Whether it restricts what goes out.
    pub egress: bool,
    /// What may come in.
    pub ingress_rules: Vec<PolicyRule>,
    /// What may go out.
    pub egress_rules: Vec<PolicyRule>,
}

/// One rule of a NetworkPolicy: empty peers mean everyone, empty ports mean all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyRule {
    /// Who.
    pub peers: Vec<PolicyPeer>,
    /// Ports: protocol and number or name (`end` for ranges).
    pub ports: Vec<PolicyPort>,
    /// Where.
    pub at: Span,
}

/// A peer of a NetworkPolicy rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyPeer {
    /// Pods; `None` with a namespace selector means all pods of those namespaces.
    pub pods: Option<Selector>,
    /// Namespaces; `None` means the policy's own.
    pub namespaces: Option<Selector>,
    /// `ipBlock.cidr`.
    pub cidr: Option<String>,
}

/// A port of a NetworkPolicy rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyPort {
    /// `TCP` unless said otherwise.
    pub protocol: String,
    /// Number or name; `None` means all.
    pub port: Option<String>,
    /// `endPort`.
    pub end: Option<i64>,
}

/// A way in from outside, or a mesh route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Kind (`Ingress`, `HTTPRoute`, `GRPCRoute`, `VirtualService`), namespace, name, …
    pub meta: ObjectMeta,
    /// Host names.
    pub hosts: Vec<String>,
    /// Path and backend of each rule.
    pub rules: Vec<RouteRule>,
    /// Ingress class, or gateway names.
    pub class: String,
}

/// One rule of a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteRule {
    /// Path or path prefix; empty means all.
    pub path: String,
    /// `Exact`, `Prefix`, `Regex`, …
    pub path_type: String,
    /// Service that it leads to.
    pub service: String,
    /// Namespace of that Service, if another is named.
    pub namespace: Option<String>,
    /// Port of that Service, number or name.
    pub port: Option<String>,
    /// Time limit in milliseconds (`timeouts.request`, VirtualService `timeout`).
    pub timeout_ms: Option<Read<i64>>,
    /// Retries (VirtualService `retries.attempts`).
    pub retries: Option<Read<i64>>,
    /// What is tried again (VirtualService `retries.retryOn`): `5xx`, `connect-failure`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry_on: Vec<String>,
    /// HTTP methods that it is for; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Per-try limit in milliseconds.
    pub per_try_timeout_ms: Option<Read<i64>>,
    /// Where.
    pub at: Span,
}

/// Any other object, flattened: `spec.partitions` → `12`, lists by index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OtherObject {
    /// Kind, namespace, name, …
    pub meta: ObjectMeta,
    /// Its scalars by dotted key.
    pub fields: BTreeMap<String, Read<String>>,
}

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComposeService {
    /// The compose file.
    pub file: String,
    /// Name.
    pub name: String,
    /// Image.
    pub image: Option<Read<String>>,
    /// Build context, relative to the project root.
    pub build_context: Option<Read<String>>,
    /// Dockerfile, relative to the project root.
    pub dockerfile: Option<String>,
    /// Build target.
    pub build_target: Option<String>,
    /// Build arguments.
    pub build_args: BTreeMap<String, String>,
    /// `entrypoint`, then `command`, split into words.
    pub entrypoint: Vec<String>,
    /// `command`, split into words.
    pub command: Vec<String>,
    /// Variables: `env_file` included, then `environment`; `${X:-default}` replaced by its default.
    pub env: Vec<EnvVar>,
    /// Published and exposed ports of the container.
    pub ports: Vec<i64>,
    /// `depends_on`.
    pub depends_on: Vec<Read<String>>,
    /// `deploy.replicas` or `scale`.
    pub replicas: Option<Read<i64>>,
    /// `profiles`: a service that has some starts only when one of them is asked for.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Whether another service waits until this one has completed: it does its work and ends.
    #[serde(default)]
    pub completes: bool,
    /// Where.
    pub at: Span,
}

/// A Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dockerfile {
    /// Path relative to the project root.
    pub path: String,
    /// Stages, in order.
    pub stages: Vec<Stage>,
}

/// One stage of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stage {
    /// Name after `AS`, or its number.
    pub name: String,
    /// Base image, or the stage that it builds on.
    pub base: String,
    /// `ENTRYPOINT`, split into words (shell form: after `sh -c` is taken away).
    pub entrypoint: Vec<String>,
    /// `CMD`, likewise.
    pub command: Vec<String>,
    /// Whether entrypoint or command run through a shell that stays in front of them: a script of several commands
    /// without `exec`.
    pub shell: bool,
    /// `ENV`.
    pub env: Vec<EnvVar>,
    /// `STOPSIGNAL`; empty if none is said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// `EXPOSE`.
    pub ports: Vec<i64>,
    /// Programs that `cargo build` builds: `--bin X`, `-p X`, `--package X`; `*` for all.
    pub builds: Vec<String>,
    /// Files copied from other stages or the context: (from, to).
    pub copies: Vec<(String, String)>,
    /// Where.
    pub at: Span,
}
