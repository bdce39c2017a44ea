//! What operators make of the objects of an environment: the pods of an Argo Rollout that takes them from a Deployment, and
//! the Services and Secrets of a CloudNativePG cluster or pooler.
//!
//! Sources: the documentation of CloudNativePG ("Connecting from an application", "Bootstrap", "Connection pooling") and of
//! Argo Rollouts ("Referencing a Deployment"). What the manifests hold themselves under such a name stays.

use std::collections::BTreeMap;

use crate::facts::deployment::{
    Environment, KubernetesService, ObjectMeta, OtherObject, Read, Secret, ServicePort, Workload,
};

/// Where PostgreSQL answers, and PgBouncer too.
const POSTGRES: i64 = 5432;

/// Database and owner of a cluster that names none.
const DATABASE: &str = "app";

/// Adds to an environment what operators make of it.
pub fn made(environment: &mut Environment) {
    follow_rollouts(&mut environment.workloads);
    let objects = std::mem::take(&mut environment.others);
    let of_kind = |kind: &'static str| {
        objects.iter().filter(move |of| of.meta.kind == kind && of.meta.api_version.starts_with("postgresql.cnpg.io/"))
    };
    for cluster in of_kind("Cluster") {
        for (suffix, role) in [("rw", Some("primary")), ("ro", Some("replica")), ("r", None)] {
            let mut selector = BTreeMap::from([("cnpg.io/cluster".to_owned(), cluster.meta.name.clone())]);
            selector.extend(role.map(|role| ("cnpg.io/instanceRole".to_owned(), role.to_owned())));
            add_service(environment, service(&cluster.meta, &format!("{}-{suffix}", cluster.meta.name), selector));
        }
        for secret in secrets(cluster) {
            let is_it = |of: &Secret| of.meta.name == secret.meta.name && of.meta.namespace == secret.meta.namespace;
            if !environment.secrets.iter().any(is_it) {
                environment.secrets.push(secret);
            }
        }
    }
    for pooler in of_kind("Pooler") {
        let selector = BTreeMap::from([("cnpg.io/poolerName".to_owned(), pooler.meta.name.clone())]);
        add_service(environment, service(&pooler.meta, &pooler.meta.name, selector));
    }
    environment.others = objects;
}

fn add_service(environment: &mut Environment, service: KubernetesService) {
    let is_it =
        |of: &KubernetesService| of.meta.name == service.meta.name && of.meta.namespace == service.meta.namespace;
    if !environment.services.iter().any(is_it) {
        environment.services.push(service);
    }
}

/// Rollouts get the pods of the Deployment that they name, which has none itself from then on.
fn follow_rollouts(workloads: &mut Vec<Workload>) {
    let mut emptied = Vec::new();
    for index in 0..workloads.len() {
        let Some(name) = workloads[index].pods_of.as_ref().map(|of| of.value.clone()) else { continue };
        let namespace = workloads[index].meta.namespace.clone();
        let is_it =
            |of: &Workload| of.meta.kind == "Deployment" && of.meta.name == name && of.meta.namespace == namespace;
        let Some(position) = workloads.iter().position(is_it) else { continue };
        let of = workloads[position].clone();
        let rollout = &mut workloads[index];
        *rollout = Workload {
            meta: rollout.meta.clone(),
            replicas: rollout.replicas.clone(),
            strategy: rollout.strategy.clone(),
            max_surge: rollout.max_surge.clone(),
            max_unavailable: rollout.max_unavailable.clone(),
            pods_of: rollout.pods_of.clone(),
            ..of.clone()
        };
        // One that is still scaled has pods of its own beside.
        if of.replicas.is_some_and(|replicas| replicas.value == 0) {
            emptied.push(position);
        }
    }
    let mut position = 0;
    workloads.retain(|_| {
        position += 1;
        !emptied.contains(&(position - 1))
    });
}

fn service(of: &ObjectMeta, name: &str, selector: BTreeMap<String, String>) -> KubernetesService {
    KubernetesService {
        meta: ObjectMeta { kind: "Service".to_owned(), name: name.to_owned(), ..of.clone() },
        service_type: "ClusterIP".to_owned(),
        headless: false,
        selector,
        ports: vec![ServicePort {
            name: Some("postgres".to_owned()),
            port: Read { value: POSTGRES, at: of.at.clone() },
            target_port: None,
            app_protocol: None,
        }],
        external_name: None,
    }
}

/// The Secrets of a cluster: that of the application, unless it was given one, and that of the superuser, where it has
/// access. Neither password nor user is a value here.
fn secrets(cluster: &OtherObject) -> Vec<Secret> {
    let field = |name: &str| cluster.fields.get(name).map(|of| of.value.as_str());
    let given = |name: &str| {
        ["initdb", "recovery", "pg_basebackup"]
            .into_iter()
            .find_map(|way| cluster.fields.get(&format!("spec.bootstrap.{way}.{name}")).map(|of| of.value.as_str()))
    };
    let mut all = Vec::new();
    if given("secret.name").is_none() {
        all.push(secret(&cluster.meta, "app", Some(given("database").unwrap_or(DATABASE))));
    }
    if field("spec.enableSuperuserAccess") == Some("true") && field("spec.superuserSecret.name").is_none() {
        all.push(secret(&cluster.meta, "superuser", None));
    }
    all
}

/// A Secret; without a database, as the superuser has none of its own, no URL is known.
fn secret(cluster: &ObjectMeta, suffix: &str, database: Option<&str>) -> Secret {
    let host = format!("{}-rw", cluster.name);
    let fqdn = match cluster.namespace.as_str() {
        "" => host.clone(),
        namespace => format!("{host}.{namespace}.svc.cluster.local"),
    };
    let url = |scheme: &str, host: &str| Some(format!("{scheme}://{host}:{POSTGRES}/{}", database?));
    let entries = [
        ("dbname", database.map(str::to_owned)),
        ("fqdn-jdbc-uri", url("jdbc:postgresql", &fqdn)),
        ("fqdn-uri", url("postgresql", &fqdn)),
        ("jdbc-uri", url("jdbc:postgresql", &host)),
        ("uri", url("postgresql", &host)),
        ("port", Some(POSTGRES.to_string())),
        ("host", Some(host)),
        ("password", None),
        ("pgpass", None),
        ("user", None),
        ("username", None),
    ];
    Secret {
        meta: ObjectMeta { kind: "Secret".to_owned(), name: format!("{}-{suffix}", cluster.name), ..cluster.clone() },
        keys: entries.iter().map(|(key, _)| ((*key).to_owned(), cluster.at.clone())).collect(),
        complete: true,
        urls: entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect(),
    }
}
