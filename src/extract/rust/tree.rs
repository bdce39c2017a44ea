//! What is left of a Rust file after [`lower`](super::lower): items, bodies as far as needed, spans. Plain data without
//! any syn type; it is what is cached by content hash and what the resolver reads. It knows nothing of other files.

use serde::{Deserialize, Serialize};

/// A range in its file: line and column of both ends, from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Range {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column behind the last character.
    pub end_column: u32,
}

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// Why it could not be parsed, and where. First, so that it can be read of a file that is kept without the rest.
    pub error: Option<(Range, String)>,
    /// Its items, `#[cfg(test)]` ones and `#[test]` functions left out.
    pub items: Vec<Item>,
}

/// An item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its name; empty for impls, uses and macro calls.
    pub name: String,
    /// Attributes that matter: all but doc comments and lints.
    pub attributes: Vec<Attribute>,
    /// What it is.
    pub kind: ItemKind,
    /// Whether it is `pub` in any form.
    pub public: bool,
    /// Where its name (or the item itself, when it has none) stands.
    pub at: Range,
}

/// An attribute: `#[derive(Parser)]`, `#[get("/x")]`, `#[arg(long, env = "X")]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Path: `["tonic", "async_trait"]`.
    pub path: Vec<String>,
    /// Its arguments as expressions, as far as they parse as a comma-separated list: `env = "X"` is an
    /// [`ExprKind::Assign`] of a path and a literal, `long` a path, `derive(A, B)` has the paths A and B.
    pub arguments: Vec<Expr>,
    /// Where.
    pub at: Range,
}

/// Kinds of items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ItemKind {
    /// `fn`
    Function(Function),
    /// `struct`, `union`
    Struct(Struct),
    /// `enum`
    Enum(Enum),
    /// `trait`
    Trait(Trait),
    /// `impl`
    Impl(Impl),
    /// `type X = …;`
    Alias(Generics, Type),
    /// `const` and `static` (`LazyLock` initialisers and the like are in the expression)
    Constant(Type, Option<Expr>),
    /// `mod x { … }`
    Module(Vec<Item>),
    /// `mod x;` with the value of `#[path]`
    ModuleFile(Option<String>),
    /// `use a::{b as c, d::*};` flattened
    Use(Vec<Import>),
    /// `extern crate x as y;` (`name` is y)
    ExternCrate(String),
    /// `tonic::include_proto!("x");`, `thread_local! { … }`, `lazy_static! { … }` …
    Macro(Macro),
}

/// One leaf of a use tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Path segments, `crate`, `self`, `super` included; a leading `::` gives a first segment `""`.
    pub path: Vec<String>,
    /// Name that it gets; `*` for a glob, `_` for an unnamed import.
    pub name: String,
}

/// A function, method or trait function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Generic parameters and where bounds.
    pub generics: Generics,
    /// `self`, `&self`, `&mut self`, `self: Arc<Self>`.
    pub receiver: bool,
    /// Other parameters.
    pub parameters: Vec<(Pattern, Type)>,
    /// Result; `Type::Tuple([])` if none.
    pub result: Type,
    /// `async fn`.
    pub is_async: bool,
    /// Body; `None` for a trait function without one.
    pub body: Option<Block>,
    /// The whole function.
    pub whole: Range,
}

/// Generic parameters: name and bounds, where clauses merged in; lifetimes left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Generics {
    /// Type parameters with their bounds.
    pub parameters: Vec<(String, Vec<Type>)>,
    /// Bounds of where clauses on types that are no parameter: `Self::Store: Store`.
    pub bounds: Vec<(Type, Vec<Type>)>,
}

/// A struct.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Struct {
    /// Generic parameters.
    pub generics: Generics,
    /// Fields; names are `0`, `1`, … for tuple structs.
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Type.
    pub of: Type,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// Where.
    pub at: Range,
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enum {
    /// Generic parameters.
    pub generics: Generics,
    /// Variants.
    pub variants: Vec<Variant>,
}

/// A variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Name.
    pub name: String,
    /// Fields.
    pub fields: Vec<Field>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// Where.
    pub at: Range,
}

/// A trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// Generic parameters.
    pub generics: Generics,
    /// Supertraits.
    pub supertraits: Vec<Type>,
    /// Functions, constants, associated types (an [`ItemKind::Alias`] of its default or `Type::Infer`).
    pub items: Vec<Item>,
}

/// An impl.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Impl {
    /// Generic parameters.
    pub generics: Generics,
    /// The trait, if it implements one.
    pub of_trait: Option<Type>,
    /// The type.
    pub of: Type,
    /// Functions, constants, associated types.
    pub items: Vec<Item>,
}

/// A path: `sqlx::query_as::<_, User>` or `<T as Trait>::f`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Segments with their generic arguments; a leading `::` gives a first segment `""`.
    pub segments: Vec<Segment>,
    /// `<T as …>::`: the type T; the trait's path is in `segments`.
    pub of: Option<Box<Type>>,
}

/// A path segment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Name.
    pub name: String,
    /// Generic type arguments; for `Fn(A) -> B` the arguments and then the result.
    pub generics: Vec<Type>,
    /// Associated type bindings: `Item = X`.
    pub bindings: Vec<(String, Type)>,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Type {
    /// A path.
    Path(Path),
    /// `&T`, `*const T`
    Reference(Box<Type>),
    /// `&'static T`: what stands in the program, or lasts as long
    Static(Box<Type>),
    /// `(A, B)`
    Tuple(Vec<Type>),
    /// `[T]`, `[T; n]`
    Slice(Box<Type>),
    /// `impl A + B`
    Impl(Vec<Type>),
    /// `dyn A + B`
    Dyn(Vec<Type>),
    /// `fn(A) -> B`
    Function(Vec<Type>, Box<Type>),
    /// `!`
    Never,
    /// `_`, macros, anything else
    Infer,
}

/// A block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Statements.
    pub statements: Vec<Statement>,
    /// The whole block.
    pub at: Range,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Statement {
    /// `let p: T = e else { … };`
    Let {
        /// Pattern.
        pattern: Pattern,
        /// Type, if written.
        of: Option<Type>,
        /// Value.
        value: Option<Expr>,
        /// `else` block.
        otherwise: Option<Expr>,
    },
    /// An expression; `true` if it has a semicolon (its value is dropped).
    Expr(Expr, bool),
    /// An item inside a function.
    Item(Item),
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// `x`, `mut x`, `ref x`, `x @ p`
    Name(String, Option<Box<Pattern>>),
    /// `(a, b)`
    Tuple(Vec<Pattern>),
    /// `Some(x)`
    TupleStruct(Path, Vec<Pattern>),
    /// `S { a, b: p, .. }`
    Struct(Path, Vec<(String, Pattern)>),
    /// `Kind::A`
    Path(Path),
    /// `"x"`, `1`
    Literal(Literal),
    /// `a | b`
    Or(Vec<Pattern>),
    /// `&p`, `box p`
    Reference(Box<Pattern>),
    /// `[a, b, ..]`
    Slice(Vec<Pattern>),
    /// `_`, `..`, anything else
    Wild,
}

/// A literal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `"x"`, `r"x"`
    Text(String),
    /// `b"x"`, as text where it is UTF-8
    Bytes(String),
    /// `1`, `1_000u64`; saturates at `i64`
    Integer(i64),
    /// `1.5`
    Float(f64),
    /// `true`
    Bool(bool),
    /// `'x'`
    Char(char),
}

/// An expression with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: Box<ExprKind>,
    /// The whole expression; for method calls from the method's name to the closing bracket, so that the line is the
    /// line of the call and not the line where a chain starts.
    pub at: Range,
}

/// Kinds of expressions. Parentheses, `&`, `*`, `unsafe`, `const` blocks and attributes are transparent unless listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A path.
    Path(Path),
    /// `f(a, b)`, `Variant(a)`
    Call(Expr, Vec<Expr>),
    /// `x.m::<T>(a)`
    MethodCall {
        /// Receiver.
        receiver: Expr,
        /// Name.
        method: String,
        /// Turbofish.
        generics: Vec<Type>,
        /// Arguments.
        arguments: Vec<Expr>,
    },
    /// `x.f`
    Field(Expr, String),
    /// `x[i]`
    Index(Expr, Expr),
    /// `x?`
    Try(Expr),
    /// `x.await`
    Await(Expr),
    /// `&x`, `&mut x`
    Reference(Expr),
    /// `*x`
    Dereference(Expr),
    /// `!x`, `-x`
    Unary(String, Expr),
    /// `a + b`, `a == b`, `a && b`
    Binary(String, Expr, Expr),
    /// `a = b`, `a += b` (the operator without `=`, empty for plain assignment)
    Assign(String, Expr, Expr),
    /// `x as T`
    Cast(Expr, Type),
    /// `a..b`, `a..=b`
    Range(Option<Expr>, Option<Expr>),
    /// `{ … }`, `unsafe { … }`
    Block(Block),
    /// `async { … }`, `async move { … }`
    Async(Block),
    /// `|a, b| e`; `true` if async
    Closure(Vec<(Pattern, Option<Type>)>, Expr, bool),
    /// `if c { … } else { … }`
    If(Expr, Block, Option<Expr>),
    /// `let p = e` in a condition
    Let(Pattern, Expr),
    /// `match e { … }`
    Match(Expr, Vec<Arm>),
    /// `loop { … }`
    Loop(Block),
    /// `while c { … }`
    While(Expr, Block),
    /// `for p in e { … }`
    For(Pattern, Expr, Block),
    /// `S { a: e, ..base }`
    Struct(Path, Vec<(String, Expr)>, Option<Expr>),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `[a; n]`
    Repeat(Expr, Expr),
    /// `return e`
    Return(Option<Expr>),
    /// `break e`
    Break(Option<Expr>),
    /// `continue`
    Continue,
    /// A macro call.
    Macro(Macro),
    /// Anything else.
    Other,
}

/// An arm of a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Pattern.
    pub pattern: Pattern,
    /// Guard.
    pub guard: Option<Expr>,
    /// Body.
    pub body: Expr,
}

/// A macro call: its tokens read as far as they can be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Macro {
    /// Path: `["sqlx", "query_as"]`.
    pub path: Vec<String>,
    /// Arguments, when the tokens are a comma-separated list of expressions (`a = b` pairs included).
    pub arguments: Vec<Expr>,
    /// Branches of `select!`: pattern, future, optional condition, body. Also statements of macros whose tokens are a
    /// block (`thread_local!`, `lazy_static!`, `try_stream! { … }`, `async_stream::stream!`): in `block`.
    pub branches: Vec<SelectBranch>,
    /// Statements, when the tokens are statements.
    pub block: Option<Block>,
    /// Items, when the tokens are items.
    pub items: Vec<Item>,
    /// Whether arguments, branches, block or items hold the tokens; else nothing is known of them but `words`.
    pub parsed: bool,
    /// Identifiers and string literals among the tokens, in order, when not parsed; strings with their quotes.
    pub words: Vec<String>,
    /// Where.
    pub at: Range,
}

/// A branch of `tokio::select!`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelectBranch {
    /// Pattern; `None` for `else`.
    pub pattern: Option<Pattern>,
    /// Future; for `else` a tuple without elements.
    pub future: Expr,
    /// `, if condition`.
    pub condition: Option<Expr>,
    /// What follows.
    pub body: Expr,
}
