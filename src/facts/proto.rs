//! Facts of Protocol Buffers files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// One `.proto` file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtoFile {
    /// Path relative to the project root.
    pub path: String,
    /// The package, empty if there is none.
    pub package: String,
    /// Where the package is declared (start of the file if it is not).
    pub package_at: Span,
    /// `proto2`, `proto3`, `edition 2023`, …
    pub syntax: String,
    /// Imports, in order.
    pub imports: Vec<Import>,
    /// File options.
    pub options: Vec<ProtoOption>,
    /// Services.
    pub services: Vec<ProtoService>,
    /// Messages; nested ones follow their parent and carry its name in theirs.
    pub messages: Vec<Message>,
    /// Enums, nested ones included.
    pub enums: Vec<ProtoEnum>,
    /// Fields that `extend` blocks add to messages, those of nested blocks included.
    #[serde(default)]
    pub extensions: Vec<Extension>,
    /// Hash of what the file defines, without comments and layout: equal copies have equal hashes.
    pub content_hash: String,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Import {
    /// The path as written.
    pub path: String,
    /// `public` or `weak`, if said.
    pub modifier: Option<String>,
    /// Whether the file is in the project or among the well-known and googleapis ones that Loadpath has at hand.
    pub found: bool,
    /// Where.
    pub at: Span,
}

/// An option: file, message, field, enum, service or rpc.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtoOption {
    /// Name as written, parentheses included: `(google.api.http).get`.
    pub name: String,
    /// Value as written, normalised in spacing; strings without their quotes.
    pub value: String,
    /// Where.
    pub at: Span,
}

/// A gRPC service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtoService {
    /// Fully qualified name: `shop.cart.v1.CartService`.
    pub name: String,
    /// Comment in front of it.
    pub comment: String,
    /// Its methods, in order.
    pub methods: Vec<Method>,
    /// Options.
    pub options: Vec<ProtoOption>,
    /// Where.
    pub at: Span,
}

/// An rpc.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Method {
    /// Simple name: `GetCart`.
    pub name: String,
    /// Fully qualified name of the request message, as far as it could be resolved (else as written).
    pub request: String,
    /// Fully qualified name of the response message, likewise.
    pub response: String,
    /// Whether the client streams.
    pub client_streaming: bool,
    /// Whether the server streams.
    pub server_streaming: bool,
    /// Comment in front of it.
    pub comment: String,
    /// Options.
    pub options: Vec<ProtoOption>,
    /// Where.
    pub at: Span,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Fully qualified name.
    pub name: String,
    /// Comment in front of it.
    pub comment: String,
    /// Fields, those of oneofs included.
    pub fields: Vec<Field>,
    /// Reserved number ranges, both ends included.
    pub reserved_numbers: Vec<(i64, i64)>,
    /// Reserved names.
    pub reserved_names: Vec<String>,
    /// Extension ranges, both ends included.
    pub extension_ranges: Vec<(i64, i64)>,
    /// Options.
    pub options: Vec<ProtoOption>,
    /// Where.
    pub at: Span,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Number.
    pub number: i64,
    /// Scalar type, or fully qualified message or enum name as far as it could be resolved; `map<K, V>` for maps.
    pub type_name: String,
    /// `optional`, `required`, `repeated`, or empty.
    pub label: String,
    /// The oneof that it belongs to.
    pub oneof: Option<String>,
    /// Comment in front of it.
    pub comment: String,
    /// Comment behind it, on its line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trailing: String,
    /// Options.
    pub options: Vec<ProtoOption>,
    /// Where.
    pub at: Span,
}

/// A field that an `extend` block adds to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extension {
    /// Fully qualified name of the message that it extends, as far as it could be resolved.
    pub extendee: String,
    /// Fully qualified name of the message that holds the `extend` block, or the package.
    pub scope: String,
    /// The field.
    pub field: Field,
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProtoEnum {
    /// Fully qualified name.
    pub name: String,
    /// Comment in front of it.
    pub comment: String,
    /// Values, in order.
    pub values: Vec<EnumValue>,
    /// Reserved number ranges, both ends included.
    pub reserved_numbers: Vec<(i64, i64)>,
    /// Reserved names.
    pub reserved_names: Vec<String>,
    /// Options.
    pub options: Vec<ProtoOption>,
    /// Where.
    pub at: Span,
}

/// A value of an enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnumValue {
    /// Name.
    pub name: String,
    /// Number.
    pub number: i64,
    /// Options.
    pub options: Vec<ProtoOption>,
    /// Where.
    pub at: Span,
}
