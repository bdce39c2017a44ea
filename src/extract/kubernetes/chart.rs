//! Charts into environments: what the program `helm` made of them, or that they are not rendered.
//!
//! The program says of each object which template it comes from, but not from which line. Lines are found again in the
//! order of the template: a rendered line is the next line of the template with the same key.

use crate::extract::yaml::{self, Kind, Node};
use crate::facts::Diagnostic;
use crate::facts::deployment::Environment;
use crate::sources::Sources;
use crate::sources::helm::Rendered;
use crate::span::Span;

use super::object;

/// The environment of a chart that was rendered.
pub fn rendered(sources: &Sources, of: &Rendered) -> (Environment, Vec<Diagnostic>) {
    let mut environment = Environment {
        name: of.chart.environment.clone(),
        path: of.chart.folder.clone(),
        kind: "helm".to_owned(),
        ..Environment::default()
    };
    let text = match &of.manifests {
        Ok(text) => text,
        Err(why) => {
            environment.partial = true;
            environment.partial_because = why.clone();
            let help = "mend the chart, or put the output of `helm template` into the project";
            return (environment, vec![diagnostic(&of.chart.folder, why, help)]);
        }
    };
    let mut diagnostics = Vec::new();
    if !of.missing.is_empty() {
        environment.partial = true;
        environment.partial_because = format!("parts of the chart that are not rendered: {}", of.missing.join("; "));
        let help =
            "give their values in `helm.charts` of loadpath.yaml, or run `helm dependency build`, if they matter";
        diagnostics.push(diagnostic(&of.chart.folder, &environment.partial_because, help));
    }
    for part in text.split("\n---") {
        let source = part.lines().find_map(|line| line.strip_prefix("# Source: ")).map(str::trim);
        let Some(path) = source.and_then(|source| template(sources, &of.chart.folder, source)) else { continue };
        let template = sources.get(&path).map(|source| source.text().into_owned()).unwrap_or_default();
        let parsed = yaml::read(&path, part);
        let lines = lines(part, &template);
        for mut document in parsed.documents.into_iter().filter(|of| !of.is_null()) {
            place(&mut document, &lines, 0);
            if environment.namespaces.is_empty()
                && let Some(namespace) = &of.chart.namespace
            {
                with_namespace(&mut document, namespace);
            }
            object::read(&document, &mut environment);
        }
    }
    (environment, diagnostics)
}

/// The environment of a chart, of which only its name is known.
pub fn unrendered(chart: &str) -> (Environment, Diagnostic) {
    let name = chart.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("chart");
    let environment = Environment {
        name: format!("{name}:values"),
        path: chart.to_owned(),
        kind: "helm".to_owned(),
        partial: true,
        partial_because: "the chart is not rendered".to_owned(),
        ..Environment::default()
    };
    let help =
        "allow the program `helm` to render it with --helm, or put the output of `helm template` into the project";
    let message = "a Helm chart, which is not rendered: what it deploys is unknown";
    (environment, diagnostic(chart, message, help))
}

fn diagnostic(chart: &str, message: &str, help: &str) -> Diagnostic {
    let file = if chart.is_empty() { "Chart.yaml".to_owned() } else { format!("{chart}/Chart.yaml") };
    Diagnostic { at: Span::line(file, 1), message: message.to_owned(), help: help.to_owned() }
}

/// The file of the project that the program names: its first part is the name of the chart; a chart that this one is
/// made of may lie elsewhere.
fn template(sources: &Sources, chart: &str, named: &str) -> Option<String> {
    let (_, rest) = named.split_once('/')?;
    let own = if chart.is_empty() { rest.to_owned() } else { format!("{chart}/{rest}") };
    if sources.get(&own).is_some() {
        return Some(own);
    }
    let (_, inner) = rest.strip_prefix("charts/")?.split_once('/')?;
    let name = rest.strip_prefix("charts/")?.split('/').next()?;
    let ends = format!("{name}/{inner}");
    sources.files.iter().map(|source| source.path.to_string()).find(|path| path.ends_with(&ends))
}

/// For each rendered line, the line of the template that made it, both from 1.
fn lines(rendered: &str, template: &str) -> Vec<u32> {
    let key = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        line.split_once(':').map(|(key, _)| key.trim().to_owned()).filter(|key| !key.is_empty() && !key.contains("{{"))
    };
    let keys: Vec<Option<String>> = template.lines().map(key).collect();
    let mut at = 0;
    let mut found = Vec::new();
    for line in rendered.lines() {
        if let Some(wanted) = key(line).filter(|_| !line.starts_with('#')) {
            let ahead = keys.iter().enumerate().skip(at).find(|(_, of)| of.as_deref() == Some(&*wanted));
            if let Some((index, _)) = ahead {
                at = index + 1;
            }
        }
        found.push(u32::try_from(at.max(1)).unwrap_or(u32::MAX));
    }
    found
}

/// Moves a document to the lines of its template. Documents are as deep as their reader allows.
fn place(node: &mut Node, lines: &[u32], depth: usize) {
    let line = |line: u32| lines.get(line.saturating_sub(1) as usize).copied().unwrap_or(1);
    node.span = Span::line(node.span.file.clone(), line(node.span.line));
    if depth > 200 {
        return;
    }
    match &mut node.kind {
        Kind::Mapping(entries) => entries.iter_mut().for_each(|(key, value)| {
            place(key, lines, depth + 1);
            place(value, lines, depth + 1);
        }),
        Kind::Sequence(items) => items.iter_mut().for_each(|item| place(item, lines, depth + 1)),
        Kind::Scalar { .. } => {}
    }
}

/// What has no namespace goes into that of the release.
fn with_namespace(document: &mut Node, namespace: &str) {
    let span = document.span.clone();
    if let Some(meta) = document.get_mut("metadata")
        && meta.get("namespace").is_none()
    {
        meta.set("namespace", Node::text(namespace, span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::helm::Chart;

    #[test]
    fn objects_have_the_lines_of_their_templates() {
        let template = "{{- if .Values.enabled }}\nkind: Deployment\napiVersion: apps/v1\nmetadata:\n  name: {{ .Release.Name }}\n\
                        spec:\n  replicas: {{ .Values.replicas }}\n  template:\n    spec:\n      containers:\n        - name: cart\n\
                        {{- end }}\n";
        let sources = Sources::from_texts([
            ("deploy/cart/Chart.yaml", "name: cart\n"),
            ("deploy/cart/templates/cart.yaml", template),
        ]);
        let text = "---\n# Source: cart/templates/cart.yaml\nkind: Deployment\napiVersion: apps/v1\nmetadata:\n  name: shop\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n        - name: cart\n";
        let of = Rendered {
            chart: Chart {
                folder: "deploy/cart".to_owned(),
                namespace: Some("shop".to_owned()),
                environment: "cart:prod".to_owned(),
                ..Chart::default()
            },
            manifests: Ok(text.to_owned()),
            missing: Vec::new(),
        };
        let (environment, diagnostics) = rendered(&sources, &of);
        assert_eq!(diagnostics, []);
        assert!(!environment.partial);
        let [workload] = &environment.workloads[..] else { panic!("{environment:?}") };
        assert_eq!((workload.meta.name.as_str(), workload.meta.namespace.as_str()), ("shop", "shop"));
        let replicas = workload.replicas.as_ref().map(|of| (of.value, of.at.file.to_string(), of.at.line));
        assert_eq!(replicas, Some((3, "deploy/cart/templates/cart.yaml".to_owned(), 7)));
    }
}
