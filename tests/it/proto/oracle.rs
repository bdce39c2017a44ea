//! Compares facts with what an independent compiler makes of the same file.

use std::collections::BTreeMap;
use std::path::Path;

use loadpath::facts::proto::{Field, Message, ProtoEnum, ProtoFile, ProtoOption, ProtoService};
use loadpath::span::Span;
use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::source_code_info::Location;
use prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
};

/// The descriptor of a file, if the compiler accepts it with the given import root.
pub fn compile(root: &Path, path: &str) -> Option<FileDescriptorProto> {
    let mut compiler = protox::Compiler::new([root]).ok()?;
    compiler.include_source_info(true);
    compiler.open_file(root.join(path)).ok()?;
    let name = path.to_owned();
    compiler.file_descriptor_set().file.into_iter().find(|file| name.ends_with(file.name()))
}

/// What differs, one line each.
pub fn differences(file: &ProtoFile, text: &str, descriptor: &FileDescriptorProto) -> Vec<String> {
    let locations = descriptor.source_code_info.iter().flat_map(|info| &info.location);
    let mut oracle = Oracle {
        lines: Vec::new(),
        file,
        text,
        proto3: descriptor.syntax() == "proto3",
        locations: locations.map(|location| (location.path.clone(), location.clone())).collect(),
        seen: (0, 0, 0),
        extensions: 0,
    };
    oracle.file(descriptor);
    oracle.lines
}

struct Oracle<'a> {
    lines: Vec<String>,
    file: &'a ProtoFile,
    text: &'a str,
    proto3: bool,
    locations: BTreeMap<Vec<i32>, Location>,
    /// Messages, enums and services met so far.
    seen: (usize, usize, usize),
    extensions: usize,
}

impl Oracle<'_> {
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, ours: T, theirs: T) {
        if ours != theirs {
            self.lines.push(format!("{what}: ours {ours:?}, theirs {theirs:?}"));
        }
    }

    /// Start and comment of the definition at a path of the descriptor.
    fn place(&mut self, what: &str, path: &[i32], at: &Span, comment: Option<&str>) {
        let Some(location) = self.locations.get(path).cloned() else {
            return;
        };
        if let [line, column, ..] = location.span[..] {
            // Their columns count bytes.
            let before = self.text.lines().nth(line as usize).and_then(|text| text.get(..column as usize));
            let column = before.map(|before| before.chars().count() as u32 + 1);
            self.same(&format!("{what} place"), (at.line, Some(at.column)), (line as u32 + 1, column));
        }
        if let Some(comment) = comment {
            let theirs = words(location.leading_comments());
            self.same(&format!("{what} comment"), words(comment), theirs);
        }
    }

    fn file(&mut self, theirs: &FileDescriptorProto) {
        let ours = self.file;
        let syntax = if theirs.syntax().is_empty() { "proto2" } else { theirs.syntax() };
        self.same("syntax", ours.syntax.as_str(), syntax);
        self.same("package", ours.package.as_str(), theirs.package());
        let imports: Vec<&str> = ours.imports.iter().map(|import| import.path.as_str()).collect();
        self.same("imports", imports, theirs.dependency.iter().map(String::as_str).collect());
        self.same("unfound imports", ours.imports.iter().filter(|import| !import.found).count(), 0);
        let public = (0i32..).zip(&ours.imports).filter(|(_, i)| i.modifier.as_deref() == Some("public"));
        self.same("public imports", public.map(|(index, _)| index).collect(), theirs.public_dependency.clone());
        self.same("options", !ours.options.is_empty(), theirs.options.is_some());
        let package = ours.package.clone();
        for (index, message) in (0..).zip(&theirs.message_type) {
            self.message(&package, message, &[4, index]);
        }
        for (index, theirs) in (0..).zip(&theirs.enum_type) {
            self.enumeration(&package, theirs, &[5, index]);
        }
        for (index, service) in (0..).zip(&theirs.service) {
            self.service(&package, service, &[6, index]);
        }
        self.extensions(&package, &theirs.extension, &[7]);
        let counts = (ours.messages.len(), ours.enums.len(), ours.services.len());
        self.same("number of messages, enums, services", counts, self.seen);
        self.same("number of extensions", ours.extensions.len(), self.extensions);
    }

    fn message(&mut self, scope: &str, theirs: &DescriptorProto, path: &[i32]) {
        let name = join(scope, theirs.name());
        self.seen.0 += 1;
        let Some(ours) = self.file.messages.iter().find(|message| message.name == name) else {
            self.lines.push(format!("message {name} is missing"));
            return;
        };
        // The location of a group is that of its field, whose label some compilers count in and some do not.
        self.place(&name, path, &ours.at, Some(&ours.comment));
        self.same(&format!("{name} options"), !ours.options.is_empty(), theirs.options.is_some());
        let reserved = theirs.reserved_range.iter().map(|r| (i64::from(r.start()), i64::from(r.end()) - 1)).collect();
        self.same(&format!("{name} reserved"), ours.reserved_numbers.clone(), reserved);
        self.same(&format!("{name} reserved names"), &ours.reserved_names, &theirs.reserved_name);
        let ranges = theirs.extension_range.iter().map(|r| (i64::from(r.start()), i64::from(r.end()) - 1)).collect();
        self.same(&format!("{name} extension ranges"), ours.extension_ranges.clone(), ranges);
        self.fields(&name, ours, theirs, path);
        let nested = (0..).zip(&theirs.nested_type).filter(|(_, nested)| !is_map_entry(nested));
        for (index, nested) in nested {
            self.message(&name, nested, &[path, &[3, index]].concat());
        }
        for (index, nested) in (0..).zip(&theirs.enum_type) {
            self.enumeration(&name, nested, &[path, &[4, index]].concat());
        }
        self.extensions(&name, &theirs.extension, &[path, &[6]].concat());
    }

    fn fields(&mut self, name: &str, ours: &Message, theirs: &DescriptorProto, path: &[i32]) {
        self.same(&format!("{name} number of fields"), ours.fields.len(), theirs.field.len());
        for (index, (ours, field)) in (0..).zip(ours.fields.iter().zip(&theirs.field)) {
            let what = format!("{name}.{}", field.name());
            let entry = theirs
                .nested_type
                .iter()
                .find(|nested| is_map_entry(nested) && field.type_name() == format!(".{name}.{}", nested.name()));
            let type_name = match entry.map(|entry| &entry.field[..]) {
                Some([key, value]) => format!("map<{}, {}>", type_name(key), type_name(value)),
                _ => type_name(field),
            };
            let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
            let oneof = oneof.map(|oneof| theirs.oneof_decl[oneof as usize].name().to_owned());
            self.same(&format!("{what} oneof"), &ours.oneof, &oneof);
            let label = match field.label() {
                Label::Repeated if entry.is_some() => "",
                Label::Repeated => "repeated",
                Label::Required => "required",
                Label::Optional if oneof.is_some() || (self.proto3 && !field.proto3_optional()) => "",
                Label::Optional => "optional",
            };
            self.field(&what, ours, field, &type_name, label);
            self.place(&what, &[path, &[2, index]].concat(), &ours.at, Some(&ours.comment));
        }
    }

    fn field(&mut self, what: &str, ours: &Field, theirs: &FieldDescriptorProto, type_name: &str, label: &str) {
        self.same(&format!("{what} name"), ours.name.as_str(), theirs.name());
        self.same(&format!("{what} number"), ours.number, i64::from(theirs.number()));
        self.same(&format!("{what} type"), ours.type_name.as_str(), type_name);
        self.same(&format!("{what} label"), ours.label.as_str(), label);
        let default = value(&ours.options, "default");
        self.same(&format!("{what} has a default"), default.is_some(), theirs.default_value.is_some());
        if matches!(theirs.r#type(), Type::String | Type::Enum | Type::Bool) {
            self.same(&format!("{what} default"), default.unwrap_or_default(), theirs.default_value());
        }
        if let Some(json_name) = value(&ours.options, "json_name") {
            self.same(&format!("{what} json_name"), json_name, theirs.json_name());
        }
        let special = |option: &&ProtoOption| matches!(option.name.as_str(), "default" | "json_name");
        let has_options = ours.options.iter().any(|option| !special(&option));
        self.same(&format!("{what} options"), has_options, theirs.options.is_some());
        let deprecated = theirs.options.as_ref().is_some_and(|options| options.deprecated());
        self.same(&format!("{what} deprecated"), value(&ours.options, "deprecated") == Some("true"), deprecated);
    }

    fn extensions(&mut self, scope: &str, theirs: &[FieldDescriptorProto], path: &[i32]) {
        self.extensions += theirs.len();
        for (index, theirs) in (0..).zip(theirs) {
            let what = format!("extension {} in {scope}", theirs.name());
            let ours = self.file.extensions.iter().find(|e| e.scope == scope && e.field.name == theirs.name());
            let Some(ours) = ours else {
                self.lines.push(format!("{what} is missing"));
                continue;
            };
            self.same(&format!("{what} extendee"), ours.extendee.as_str(), theirs.extendee().trim_start_matches('.'));
            let label = match theirs.label() {
                Label::Repeated => "repeated",
                Label::Required => "required",
                Label::Optional if self.proto3 && !theirs.proto3_optional() => "",
                Label::Optional => "optional",
            };
            self.field(&what, &ours.field, theirs, &type_name(theirs), label);
            self.place(&what, &[path, &[index]].concat(), &ours.field.at, None);
        }
    }

    fn enumeration(&mut self, scope: &str, theirs: &EnumDescriptorProto, path: &[i32]) {
        let name = join(scope, theirs.name());
        self.seen.1 += 1;
        let Some(ours) = self.file.enums.iter().find(|facts: &&ProtoEnum| facts.name == name) else {
            self.lines.push(format!("enum {name} is missing"));
            return;
        };
        self.place(&name, path, &ours.at, Some(&ours.comment));
        self.same(&format!("{name} options"), !ours.options.is_empty(), theirs.options.is_some());
        let reserved = theirs.reserved_range.iter().map(|r| (i64::from(r.start()), i64::from(r.end()))).collect();
        self.same(&format!("{name} reserved"), ours.reserved_numbers.clone(), reserved);
        self.same(&format!("{name} reserved names"), &ours.reserved_names, &theirs.reserved_name);
        self.same(&format!("{name} number of values"), ours.values.len(), theirs.value.len());
        for (index, (ours, theirs)) in (0..).zip(ours.values.iter().zip(&theirs.value)) {
            let what = format!("{name}.{}", theirs.name());
            let pair = (ours.name.as_str(), ours.number);
            self.same(&what, pair, (theirs.name(), i64::from(theirs.number())));
            self.same(&format!("{what} options"), !ours.options.is_empty(), theirs.options.is_some());
            self.place(&what, &[path, &[2, index]].concat(), &ours.at, None);
        }
    }

    fn service(&mut self, scope: &str, theirs: &ServiceDescriptorProto, path: &[i32]) {
        let name = join(scope, theirs.name());
        self.seen.2 += 1;
        let Some(ours) = self.file.services.iter().find(|service: &&ProtoService| service.name == name) else {
            self.lines.push(format!("service {name} is missing"));
            return;
        };
        self.place(&name, path, &ours.at, Some(&ours.comment));
        self.same(&format!("{name} options"), !ours.options.is_empty(), theirs.options.is_some());
        self.same(&format!("{name} number of methods"), ours.methods.len(), theirs.method.len());
        for (index, (ours, theirs)) in (0..).zip(ours.methods.iter().zip(&theirs.method)) {
            let what = format!("{name}.{}", theirs.name());
            self.same(&what, ours.name.as_str(), theirs.name());
            let types = (ours.request.as_str(), ours.response.as_str());
            let their_types =
                (theirs.input_type().trim_start_matches('.'), theirs.output_type().trim_start_matches('.'));
            self.same(&format!("{what} types"), types, their_types);
            let streaming = (ours.client_streaming, ours.server_streaming);
            self.same(&format!("{what} streaming"), streaming, (theirs.client_streaming(), theirs.server_streaming()));
            // A body without options makes an empty set of options for some compilers.
            if !ours.options.is_empty() {
                self.same(&format!("{what} options"), true, theirs.options.is_some());
            }
            self.place(&what, &[path, &[2, index]].concat(), &ours.at, Some(&ours.comment));
        }
    }
}

fn value<'a>(options: &'a [ProtoOption], name: &str) -> Option<&'a str> {
    options.iter().find(|option| option.name == name).map(|option| option.value.as_str())
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| options.map_entry())
}

fn type_name(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::Group | Type::Message | Type::Enum => field.type_name().trim_start_matches('.').to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// A comment without what compilers and we treat differently: markers and layout.
fn words(comment: &str) -> Vec<String> {
    comment.split_whitespace().map(|word| word.trim_matches(['/', '*']).to_owned()).filter(|w| !w.is_empty()).collect()
}
