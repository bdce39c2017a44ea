//! Kubernetes manifests into environments: plain ones, kustomizations rendered, charts named but not rendered.
//!
//! Every value keeps the line that set it. Knows neither the code that runs in the workloads nor a rule.

mod chart;
mod configuration;
mod container;
mod files;
mod kustomize;
mod network;
mod object;
mod operators;
mod plain;
mod routes;
mod scaling;
mod workload;

#[cfg(test)]
mod tests;

use crate::extract::suppression;
use crate::facts::deployment::Environment;
use crate::facts::{Diagnostic, Suppression};
use crate::sources::Sources;
use files::{Files, is_kustomization, objects};
use plain::Manifest;

/// What the manifests of a project say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extracted {
    /// The environments: charts, kustomizations, plain manifests, each in order of their folders.
    pub environments: Vec<Environment>,
    /// What could not be read, in order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Suppressions in the comments of all YAML files, templates of charts left out.
    pub suppressions: Vec<Suppression>,
}

/// Reads all manifests of a project.
#[must_use]
pub fn extract(sources: &Sources) -> Extracted {
    let files = Files::read(sources);
    let mut extracted = Extracted::default();
    for chart in files.charts.iter().filter(|chart| !files.is_library(chart)) {
        let mut any = false;
        for of in sources.rendered.iter().filter(|of| of.chart.folder == **chart) {
            let (environment, diagnostics) = chart::rendered(sources, of);
            extracted.environments.push(environment);
            extracted.diagnostics.extend(diagnostics);
            any = true;
        }
        if !any {
            let (environment, diagnostic) = chart::unrendered(chart);
            extracted.environments.push(environment);
            extracted.diagnostics.push(diagnostic);
        }
    }
    let rendered = kustomize::render(&files);
    extracted.environments.extend(rendered.environments);
    extracted.diagnostics.extend(rendered.diagnostics);
    let mut manifests = Vec::new();
    for (path, parsed) in files.all() {
        extracted
            .suppressions
            .extend(parsed.comments.iter().flat_map(|of| suppression::suppressions(&of.text, &of.at)));
        // Other YAML files have their own extractors, which report what is broken in them.
        let said = is_kustomization(path) || files.text(path).is_some_and(|text| text.contains("apiVersion:"));
        if said && !files.of_chart(path) {
            extracted.diagnostics.extend(parsed.diagnostics.iter().cloned());
        }
        if !is_kustomization(path) && !files.of_chart(path) && !rendered.used.contains(path) {
            manifests.push(Manifest { path, objects: objects(&parsed.documents) });
        }
    }
    extracted.environments.extend(plain::environments(&manifests));
    extracted.environments.iter_mut().for_each(operators::made);
    extracted.diagnostics.sort();
    extracted.diagnostics.dedup();
    extracted
}
