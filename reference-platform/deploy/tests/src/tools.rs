//! Programs and schemas from the Go module proxy, each of a fixed version, kept in a cache folder and never in git.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::schema::Schemas;

const KUSTOMIZE: (&str, &str) = ("sigs.k8s.io/kustomize/kustomize/v5", "v5.8.1");
const PROMTOOL: (&str, &str) = ("github.com/prometheus/prometheus/cmd/promtool", "v0.316.0");

/// The API that clusters have, and where its documents are in the module.
const KUBERNETES: (&str, &str) = ("k8s.io/kubernetes@v1.36.1", "api/openapi-spec/v3");

/// Definitions of operators: module and folder.
const DEFINITIONS: [(&str, &str); 6] = [
    ("github.com/cloudnative-pg/cloudnative-pg@v1.27.1", "config/crd/bases"),
    ("github.com/prometheus-operator/prometheus-operator@v0.85.0", "example/prometheus-operator-crd"),
    ("github.com/external-secrets/external-secrets@v0.16.2", "config/crds/bases"),
    ("github.com/argoproj/argo-rollouts@v1.8.3", "manifests/crds"),
    ("sigs.k8s.io/gateway-api@v1.4.1", "config/crd/standard"),
    ("istio.io/api@v1.32.0", "kubernetes"),
];

/// Groups whose definitions no module has. Who puts the files into `crds/<group>` of the cache has them checked too: those of
/// Strimzi are made by its `crd-generator` (Java 21), those of Linkerd by `linkerd install --crds`.
pub const BY_HAND: [&str; 2] = ["kafka.strimzi.io", "policy.linkerd.io"];

/// Renders a kustomization.
///
/// # Errors
/// What kustomize says is wrong, or that it cannot be had.
pub fn render(folder: &Path) -> Result<String> {
    run(Command::new(tool(KUSTOMIZE)?).arg("build").arg(folder))
}

/// Runs promtool in a folder.
///
/// # Errors
/// What it says is wrong, or that it cannot be had.
pub fn promtool(folder: &Path, arguments: &[&str]) -> Result<String> {
    run(Command::new(tool(PROMTOOL)?).current_dir(folder).args(arguments))
}

/// All schemas that can be had.
///
/// # Errors
/// A module that cannot be had.
pub fn schemas() -> Result<Schemas> {
    let mut schemas = Schemas::default();
    schemas.kubernetes(&module(KUBERNETES.0)?.join(KUBERNETES.1))?;
    for (name, folder) in DEFINITIONS {
        schemas.definitions(&module(name)?.join(folder))?;
    }
    for group in BY_HAND {
        let folder = cache()?.join("crds").join(group);
        if folder.is_dir() {
            schemas.definitions(&folder)?;
        }
    }
    Ok(schemas)
}

/// Where programs are: `social-platform/deploy` in the user's cache folder.
fn cache() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set")?.join("social-platform/deploy"))
}

/// A program, built by `go install` when it is not there.
fn tool((package, version): (&str, &str)) -> Result<PathBuf> {
    let name = package.rsplit('/').find(|part| !part.starts_with('v')).unwrap_or(package);
    let folder = cache()?.join(format!("{name}-{version}"));
    let program = folder.join(name);
    if !program.is_file() {
        run(Command::new("go")
            .arg("install")
            .arg(format!("{package}@{version}"))
            .env("GOBIN", &folder)
            .env("GOFLAGS", "-mod=mod"))?;
    }
    Ok(program)
}

/// The folder of a Go module in the cache of Go, which has one for each version.
fn module(name: &str) -> Result<PathBuf> {
    let told = run(Command::new("go").args(["mod", "download", "-json", name]).current_dir(std::env::temp_dir()))?;
    let told: Value = serde_json::from_str(&told)?;
    Ok(PathBuf::from(told["Dir"].as_str().with_context(|| format!("go has no folder for {name}"))?))
}

fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let arguments = command.get_args().map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    let output = command.output().with_context(|| program.clone())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {arguments}: {errors}{}", String::from_utf8_lossy(&output.stdout));
    Ok(String::from_utf8(output.stdout)?)
}
