//! Whether an object is what its schema says, and has nothing else: a field that does not exist is an error, as a misspelt one is
//! silently dropped by a cluster.
//!
//! Knows the two dialects that matter: the documents of Kubernetes in OpenAPI 3 and the schemas within CustomResourceDefinitions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use regex::Regex;
use serde_json::Value;

use crate::manifest::{self, kind, list, name, text};

/// Schemas by `apiVersion` and kind.
#[derive(Default)]
pub struct Schemas {
    /// The schema, and the document that its references lead into.
    known: BTreeMap<(String, String), (Value, usize)>,
    documents: Vec<Value>,
}

impl Schemas {
    /// Adds the documents of Kubernetes: one for each group and version.
    ///
    /// # Errors
    /// A folder that is not there, or a document that is no JSON.
    pub fn kubernetes(&mut self, folder: &Path) -> Result<()> {
        for file in manifest::files(folder, "_openapi.json")? {
            let document: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
            let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object) else { continue };
            let index = self.documents.len();
            for schema in schemas.values() {
                for served in list(schema, "/x-kubernetes-group-version-kind") {
                    let (group, version) = (text(served, "/group"), text(served, "/version"));
                    let api = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
                    self.known.insert((api, kind(served).to_owned()), (schema.clone(), index));
                }
            }
            self.documents.push(document);
        }
        Ok(())
    }

    /// Adds the CustomResourceDefinitions of the files below a folder.
    ///
    /// # Errors
    /// A file that is no YAML.
    pub fn definitions(&mut self, folder: &Path) -> Result<()> {
        for file in manifest::files(folder, ".yaml")? {
            let text = fs::read_to_string(&file)?;
            if !text.contains("kind: CustomResourceDefinition") || text.contains("{{") && text.contains(".Values") {
                continue;
            }
            for definition in manifest::of_kind(&manifest::parse(&text)?, "CustomResourceDefinition") {
                let group = manifest::text(definition, "/spec/group");
                let defined = manifest::text(definition, "/spec/names/kind");
                for version in list(definition, "/spec/versions") {
                    let Some(schema) = version.pointer("/schema/openAPIV3Schema") else { continue };
                    let api = format!("{group}/{}", manifest::text(version, "/name"));
                    self.known.insert((api, defined.to_owned()), (schema.clone(), usize::MAX));
                }
            }
        }
        Ok(())
    }

    /// Whether there is a schema for objects like this one.
    pub fn knows(&self, object: &Value) -> bool {
        self.known.contains_key(&(text(object, "/apiVersion").to_owned(), kind(object).to_owned()))
    }

    /// What is wrong with an object, each with its place.
    ///
    /// # Errors
    /// There is no schema for it.
    pub fn problems(&self, object: &Value) -> Result<Vec<String>> {
        let key = (text(object, "/apiVersion").to_owned(), kind(object).to_owned());
        let (schema, document) = self.known.get(&key).with_context(|| format!("no schema for {} {}", key.0, key.1))?;
        let mut check = Check { document: self.documents.get(*document), problems: Vec::new() };
        let place = format!("{} {}", key.1, name(object));
        if check.document.is_some() {
            check.value(object, schema, &place);
            return Ok(check.problems);
        }
        // What all objects have may be left out of definitions.
        let mut own = object.clone();
        if let Some(entries) = own.as_object_mut() {
            entries.retain(|key, _| !["apiVersion", "kind", "metadata"].contains(&key.as_str()));
        }
        check.value(&own, schema, &place);
        check.problems.retain(|problem| !problem.ends_with("metadata is missing"));
        let core = ("v1".to_owned(), "ConfigMap".to_owned());
        if let Some((schema, document)) = self.known.get(&core)
            && let (Some(metadata), Some(schema)) = (object.get("metadata"), schema.pointer("/properties/metadata"))
        {
            check.document = self.documents.get(*document);
            check.value(metadata, schema, &format!("{place}.metadata"));
        }
        Ok(check.problems)
    }
}

struct Check<'a> {
    document: Option<&'a Value>,
    problems: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, value: &Value, schema: &Value, place: &str) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = reference.trim_start_matches('#');
            match self.document.and_then(|document| document.pointer(pointer)) {
                Some(schema) => self.value(value, &schema.clone(), place),
                None => self.problem(place, &format!("{reference} is not defined")),
            }
            return;
        }
        // Kubernetes puts the reference of a field into `allOf`, to say a default beside it.
        if let [one] = list(schema, "/allOf")
            && one.get("$ref").is_some()
        {
            self.value(value, one, place);
            return;
        }
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return;
        }
        let is_either = schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true))
            || text(schema, "/format") == "int-or-string"
            || (list(schema, "/oneOf").len() == 2
                && schema.get("type").is_none()
                && schema.get("properties").is_none());
        if is_either {
            if !value.is_string() && !value.is_number() {
                self.problem(place, "must be a number or a text");
            }
            self.limits(value, schema, place);
            return;
        }
        match text(schema, "/type") {
            "object" => self.object(value, schema, place),
            "array" => match value.as_array() {
                Some(items) => {
                    for (index, item) in items.iter().enumerate() {
                        self.value(item, schema.get("items").unwrap_or(&Value::Null), &format!("{place}[{index}]"));
                    }
                }
                None => self.problem(place, "must be a list"),
            },
            "string" if !value.is_string() => self.problem(place, "must be a text"),
            "boolean" if !value.is_boolean() => self.problem(place, "must be true or false"),
            "integer" if !value.is_i64() && !value.is_u64() => self.problem(place, "must be a whole number"),
            "number" if !value.is_number() => self.problem(place, "must be a number"),
            "" if schema.get("properties").is_some() => self.object(value, schema, place),
            _ => {}
        }
        self.limits(value, schema, place);
    }

    fn object(&mut self, value: &Value, schema: &Value, place: &str) {
        let Some(entries) = value.as_object() else {
            self.problem(place, "must be a mapping");
            return;
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let more = schema.get("additionalProperties");
        let open = schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        for (key, value) in entries {
            let place = format!("{place}.{key}");
            if let Some(schema) = properties.and_then(|properties| properties.get(key)) {
                self.value(value, schema, &place);
            } else if let Some(schema) = more.filter(|more| more.is_object()) {
                self.value(value, schema, &place);
            } else if properties.is_some() && !open && more != Some(&Value::Bool(true)) {
                self.problem(&place, "there is no such field");
            }
        }
        for required in list(schema, "/required").iter().filter_map(Value::as_str) {
            if !entries.contains_key(required) {
                self.problem(place, &format!("{required} is missing"));
            }
        }
    }

    fn limits(&mut self, value: &Value, schema: &Value, place: &str) {
        let choices = list(schema, "/enum");
        if !choices.is_empty() && !choices.contains(value) {
            self.problem(place, &format!("{value} is none of {choices:?}"));
        }
        if let Some(given) = value.as_f64() {
            let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
            if bound("minimum").is_some_and(|least| given < least) || bound("maximum").is_some_and(|most| given > most)
            {
                self.problem(place, &format!("{given} is out of bounds"));
            }
        }
        let size = match value {
            Value::String(text) => Some((text.chars().count() as u64, "minLength", "maxLength")),
            Value::Array(items) => Some((items.len() as u64, "minItems", "maxItems")),
            _ => None,
        };
        if let Some((size, least, most)) = size {
            let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
            if bound(least).is_some_and(|least| size < least) || bound(most).is_some_and(|most| size > most) {
                self.problem(place, "is too short or too long");
            }
        }
        if let (Some(given), Some(pattern)) = (value.as_str(), schema.get("pattern").and_then(Value::as_str)) {
            // A pattern that this library does not know cannot be judged.
            if Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(given)) {
                self.problem(place, &format!("{given} is not of the form {pattern}"));
            }
        }
    }

    fn problem(&mut self, place: &str, what: &str) {
        self.problems.push(format!("{place}: {what}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_exist_or_does_not_fit_is_found() {
        let schema = json!({
            "type": "object",
            "required": ["size"],
            "properties": {
                "apiVersion": { "type": "string" },
                "kind": { "type": "string" },
                "metadata": { "type": "object" },
                "size": { "type": "integer", "minimum": 1 },
                "mode": { "type": "string", "enum": ["a", "b"] },
                "port": { "x-kubernetes-int-or-string": true, "anyOf": [{ "type": "integer" }, { "type": "string" }] },
                "labels": { "type": "object", "additionalProperties": { "type": "string" } },
                "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            },
        });
        let mut schemas = Schemas::default();
        schemas.known.insert(("x/v1".to_owned(), "Thing".to_owned()), (schema, usize::MAX));
        let good = json!({ "apiVersion": "x/v1", "kind": "Thing", "size": 1, "mode": "a", "port": "http",
            "labels": { "a": "b" }, "free": { "what": 1 } });
        assert_eq!(schemas.problems(&good).unwrap(), Vec::<String>::new());
        let bad = json!({ "apiVersion": "x/v1", "kind": "Thing", "mode": "c", "port": true, "labels": { "a": 1 }, "sise": 1 });
        let problems = schemas.problems(&bad).unwrap().join("\n");
        for part in [
            "mode: \"c\" is none of",
            "port: must be a number or a text",
            "labels.a: must be a text",
            "sise: there is no such field",
            "size is missing",
        ] {
            assert!(problems.contains(part), "{part}: {problems}");
        }
        assert!(schemas.problems(&json!({ "apiVersion": "x/v2", "kind": "Thing" })).is_err());
    }
}
