//! Objects of Kubernetes as they are written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// All documents of a text in YAML.
///
/// # Errors
/// What is no YAML, or says a key twice.
pub fn parse(text: &str) -> Result<Vec<Value>> {
    // The definitions of operators are larger than what the library reads of strangers.
    Ok(serde_saphyr::from_multiple_with_options(text, serde_saphyr::options! { budget: None })?)
}

/// All documents of a file.
///
/// # Errors
/// A file that cannot be read, or is no YAML.
pub fn read(path: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    parse(&text).with_context(|| path.display().to_string())
}

/// The files below a folder with that ending, sorted.
///
/// # Errors
/// A folder that cannot be read.
pub fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// All objects below a folder, kustomizations and patches left out: what has a kind and a name.
///
/// # Errors
/// A file that is no YAML.
pub fn objects(folder: &Path) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for file in files(folder, ".yaml")? {
        let is_object = |object: &Value| !kind(object).is_empty() && !name(object).is_empty();
        found.extend(read(&file)?.into_iter().filter(is_object));
    }
    Ok(found)
}

/// The objects of a kind.
pub fn of_kind<'a>(objects: &'a [Value], wanted: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| kind(object) == wanted).collect()
}

/// The object of that kind and name.
///
/// # Errors
/// There is none.
pub fn find<'a>(objects: &'a [Value], wanted: &str, named: &str) -> Result<&'a Value> {
    let found = objects.iter().find(|object| kind(object) == wanted && name(object) == named);
    found.with_context(|| format!("there is no {wanted} {named}"))
}

/// The Deployment or StatefulSet of that name.
///
/// # Errors
/// There is none.
pub fn workload<'a>(objects: &'a [Value], named: &str) -> Result<&'a Value> {
    find(objects, "Deployment", named).or_else(|_| find(objects, "StatefulSet", named))
}

/// `kind`, or nothing.
pub fn kind(object: &Value) -> &str {
    text(object, "/kind")
}

/// `metadata.name`, or nothing.
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// `apiVersion` without the version: `apps`, nothing for the core.
pub fn group(object: &Value) -> &str {
    text(object, "/apiVersion").rsplit_once('/').map_or("", |(group, _)| group)
}

/// The text at a JSON pointer, or nothing.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer, also when it is written as a text.
///
/// # Errors
/// There is none.
pub fn number(object: &Value, pointer: &str) -> Result<u64> {
    let value = object.pointer(pointer);
    let read = value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    read.with_context(|| format!("{} {}: no number at {pointer}", kind(object), name(object)))
}

/// The list at a JSON pointer, or an empty one.
pub fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a mapping at a JSON pointer.
pub fn texts(object: &Value, pointer: &str) -> BTreeMap<String, String> {
    let entries = object.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// The lines `NAME=value` of a file.
///
/// # Errors
/// A file that cannot be read.
pub fn variables(path: &Path) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The template of the pods of a workload, a Job or a CronJob.
pub fn template(object: &Value) -> Option<&Value> {
    object.pointer("/spec/template").or_else(|| object.pointer("/spec/jobTemplate/spec/template"))
}
