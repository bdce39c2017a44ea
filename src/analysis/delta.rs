//! Protos of two revisions to what changed between them, as old and new pods of one roll-out see it.
//!
//! Sources: Protocol Buffers documentation, "Updating a Message Type" (which types read each other's bytes) and "Proto
//! Best Practices" (reserve what is removed); the WIRE category of Buf's breaking rules.

use std::collections::BTreeSet;

use super::protos::{ContractSite, Protos, Shape, ShapeSite};
use crate::facts::proto::{Field, Message, Method, ProtoFile};

/// What a field's number was at the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Was {
    /// A field of another name whose bytes are read the same way.
    Renamed(String),
    /// A field of another name and with other bytes.
    Other(String),
    /// A number or name that was reserved.
    Reserved,
}

/// What the number of a field meant at the base, if it was something else.
#[must_use]
pub fn was(protos: &Protos<'_>, message: &str, field: &Field) -> Option<Was> {
    let Shape::Message(before) = protos.base.as_ref()?.get(message)?.shape else { return None };
    let reserved = before.reserved_numbers.iter().any(|(from, to)| (*from..=*to).contains(&field.number))
        || before.reserved_names.contains(&field.name);
    match before.fields.iter().find(|of| of.number == field.number) {
        Some(of) if of.name == field.name => None,
        Some(of) if reads_same(protos, of, field) => Some(Was::Renamed(of.name.clone())),
        Some(of) => Some(Was::Other(of.name.clone())),
        None => reserved.then_some(Was::Reserved),
    }
}

/// Numbers that are gone since the base and can be taken again: `4 amount`. With `true` what is written for those whose
/// number is reserved, and only the name can be taken again.
#[must_use]
pub fn removed(protos: &Protos<'_>, of: &ShapeSite<'_>) -> Vec<(String, bool)> {
    let Some(before) = protos.base.as_ref().and_then(|base| base.get(of.name())) else { return Vec::new() };
    let (gone, numbers, names): (Vec<(i64, &str)>, _, _) = match (of.shape, before.shape) {
        (Shape::Message(now), Shape::Message(then)) => {
            let kept: BTreeSet<i64> = now.fields.iter().map(|of| of.number).collect();
            let gone = then.fields.iter().filter(|of| !kept.contains(&of.number));
            (gone.map(|of| (of.number, of.name.as_str())).collect(), &now.reserved_numbers, &now.reserved_names)
        }
        (Shape::Enum(now), Shape::Enum(then)) => {
            let kept: BTreeSet<i64> = now.values.iter().map(|of| of.number).collect();
            let gone = then.values.iter().filter(|of| !kept.contains(&of.number));
            (gone.map(|of| (of.number, of.name.as_str())).collect(), &now.reserved_numbers, &now.reserved_names)
        }
        _ => return Vec::new(),
    };
    gone.into_iter()
        .filter_map(|(number, name)| {
            let number_kept = numbers.iter().any(|(from, to)| (*from..=*to).contains(&number));
            let name_kept = names.iter().any(|kept| kept == name);
            (!number_kept || !name_kept).then(|| (format!("{number} {name}"), number_kept))
        })
        .collect()
}

/// The file that keeps a comparison of a message or enum with the base from being whole.
#[must_use]
pub fn unread_of<'a>(protos: &Protos<'a>, of: &ShapeSite<'a>) -> Option<&'a str> {
    let before = protos.base.as_ref().and_then(|base| base.get(of.name()));
    unread(protos, [of.file].into_iter().chain(before.map(|of| of.file)))
}

/// The same of a service and all messages below it.
#[must_use]
pub fn unread_below<'a>(protos: &Protos<'a>, of: &ContractSite<'a>) -> Option<&'a str> {
    if protos.unread.is_empty() {
        return None;
    }
    let mut shapes = BTreeSet::new();
    for method in &of.service.methods {
        for name in [&method.request, &method.response] {
            reach(protos, name.trim_start_matches('.'), &mut shapes);
        }
    }
    let below = protos.shapes.iter().filter(|shape| shapes.contains(shape.name())).map(|shape| shape.file);
    let before = protos.base_contracts.get(of.name()).map(|of| of.file);
    unread(protos, [of.file].into_iter().chain(before).chain(below))
}

fn unread<'a>(protos: &Protos<'a>, files: impl IntoIterator<Item = &'a ProtoFile>) -> Option<&'a str> {
    files.into_iter().map(|file| file.path.as_str()).find(|path| protos.unread.contains(path))
}

/// Changes of a service that old and new pods do not both understand, one clause each.
#[must_use]
pub fn broken(protos: &Protos<'_>, of: &ContractSite<'_>) -> Vec<String> {
    if of.removed {
        return vec!["it is gone".to_owned()];
    }
    let Some(before) = protos.base_contracts.get(of.name()) else { return Vec::new() };
    let mut found = Vec::new();
    let mut shapes = BTreeSet::new();
    for then in &before.service.methods {
        let Some(now) = of.service.methods.iter().find(|now| now.name == then.name) else {
            found.push(format!("rpc {} is gone", then.name));
            continue;
        };
        found.extend(method(then, now));
        for name in [&now.request, &now.response] {
            reach(protos, name.trim_start_matches('.'), &mut shapes);
        }
    }
    for name in shapes {
        let before = protos.base.as_ref().and_then(|base| base.get(name.as_str()));
        if let (Some(now), Some(Shape::Message(then))) = (protos.message(&name), before.map(|of| of.shape)) {
            found.extend(message(protos, then, now));
        }
    }
    found
}

fn method(then: &Method, now: &Method) -> Vec<String> {
    let mut found = Vec::new();
    if then.request != now.request {
        found.push(format!("rpc {} takes {} instead of {}", now.name, now.request, then.request));
    }
    if then.response != now.response {
        found.push(format!("rpc {} gives {} instead of {}", now.name, now.response, then.response));
    }
    if (then.client_streaming, then.server_streaming) != (now.client_streaming, now.server_streaming) {
        found.push(format!("rpc {} streams otherwise", now.name));
    }
    found
}

/// Messages below a message, itself included.
fn reach(protos: &Protos<'_>, name: &str, seen: &mut BTreeSet<String>) {
    let mut work = vec![name.to_owned()];
    while let Some(name) = work.pop() {
        let Some(message) = protos.message(&name) else { continue };
        if seen.insert(name) {
            let inner = message.fields.iter().map(|field| element(&field.type_name).to_owned());
            work.extend(inner.filter(|of| protos.message(of).is_some()));
        }
    }
}

/// The type of the values of a map; any other type as it is.
fn element(of: &str) -> &str {
    let inner = of.strip_prefix("map<").and_then(|of| of.strip_suffix('>'));
    inner.and_then(|of| of.split_once(',')).map_or(of, |(_, value)| value).trim().trim_start_matches('.')
}

fn message(protos: &Protos<'_>, then: &Message, now: &Message) -> Vec<String> {
    let mut found = Vec::new();
    for old in &then.fields {
        let Some(new) = now.fields.iter().find(|new| new.number == old.number && new.name == old.name) else {
            continue;
        };
        let name = format!("{}.{}", now.name, new.name);
        if !reads_same(protos, old, new) || is_repeated(old) != is_repeated(new) {
            found.push(format!("{name} is {} instead of {}", shown(new), shown(old)));
        }
        if old.oneof != new.oneof {
            let existed = |of: &Option<String>| {
                of.as_ref().is_some_and(|of| then.fields.iter().any(|field| field.oneof.as_ref() == Some(of)))
            };
            if existed(&new.oneof) || existed(&old.oneof) {
                found.push(format!("{name} moved into or out of a oneof"));
            }
        }
    }
    found
}

fn shown(field: &Field) -> String {
    if is_repeated(field) { format!("repeated {}", field.type_name) } else { field.type_name.clone() }
}

fn is_repeated(field: &Field) -> bool {
    field.label == "repeated" || field.type_name.starts_with("map<")
}

/// Whether old and new code read the same bytes of a field alike.
fn reads_same(protos: &Protos<'_>, a: &Field, b: &Field) -> bool {
    a.type_name == b.type_name || group(protos, &a.type_name) == group(protos, &b.type_name)
}

/// Types that read each other's bytes.
fn group(protos: &Protos<'_>, of: &str) -> String {
    match of {
        "int32" | "uint32" | "int64" | "uint64" | "bool" => "varint".to_owned(),
        "sint32" | "sint64" => "zigzag".to_owned(),
        "string" | "bytes" => "bytes".to_owned(),
        "fixed32" | "sfixed32" => "fixed32".to_owned(),
        "fixed64" | "sfixed64" => "fixed64".to_owned(),
        other if protos.is_enum(other) => "varint".to_owned(),
        other => other.trim_start_matches('.').to_owned(),
    }
}
