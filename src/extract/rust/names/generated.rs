//! Generated gRPC code: included from the build, or checked in; both stand for the proto service they come from. A
//! hand-written type that only looks generated is not one: checked-in code is recognised by what its methods call.

use foldhash::HashMap;
use std::sync::Arc;

use super::{Def, FnId, ImplId, Program};
use crate::extract::rust::tree::{self, ExprKind, ItemKind, Literal};

/// A generated type: which part of which contract.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grpc {
    /// Which part.
    pub part: GrpcPart,
    /// `pkg.Service`.
    pub contract: Arc<str>,
}

/// Parts of generated gRPC code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrpcPart {
    /// `XClient`
    Client,
    /// `XServer`
    Server,
    /// The trait that servers implement
    Trait,
}

/// What an item macro includes.
pub enum Include {
    /// Generated code of one package.
    Package(String),
    /// A generated module tree: the path below it is the package.
    Tree,
    /// A client from an OpenAPI document.
    OpenApi,
    /// A file beside this one.
    File(String),
}

/// What an item macro includes, if it is one that includes.
pub fn include(of: &tree::Macro) -> Option<Include> {
    let name = of.path.last()?.as_str();
    let literal = |expr: &tree::Expr| match &*expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    };
    match name {
        "generate_api" => Some(Include::OpenApi),
        "include_proto" => of.arguments.first().and_then(literal).map(Include::Package),
        "include" => {
            let argument = of.arguments.first()?;
            if let Some(file) = literal(argument) {
                return Some(Include::File(file));
            }
            let ExprKind::Macro(concat) = &*argument.kind else { return None };
            let from_build = concat.arguments.iter().any(|argument| {
                matches!(&*argument.kind, ExprKind::Macro(env) if env.path.last().is_some_and(|name| name == "env")
                    && env.arguments.first().and_then(literal).is_some_and(|name| name == "OUT_DIR"))
            });
            if !from_build {
                return None;
            }
            let tail: String = concat.arguments.iter().filter_map(literal).collect();
            let stem = tail.trim_start_matches('/').strip_suffix(".rs")?.to_owned();
            let last = stem.rsplit('/').next().unwrap_or(&stem).to_owned();
            Some(match last.as_str() {
                "mod" | "_" | "_includes" | "includes" | "include" | "lib" | "protos" | "proto" | "_include" => {
                    Include::Tree
                }
                _ => Include::Package(last),
            })
        }
        _ => None,
    }
}

/// Whether a name could be declared by generated code: a module or a type, not a primitive or a std name.
pub fn plausible(name: &str) -> bool {
    !matches!(
        name,
        "Vec"
            | "String"
            | "Box"
            | "Option"
            | "Some"
            | "None"
            | "Result"
            | "Ok"
            | "Err"
            | "str"
            | "bool"
            | "char"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "f32"
            | "f64"
            | "Self"
            | "drop"
            | "Default"
            | "From"
            | "Into"
            | "TryFrom"
            | "TryInto"
            | "Fn"
            | "FnMut"
            | "FnOnce"
            | "Send"
            | "Sync"
            | "Clone"
            | "Iterator"
            | "IntoIterator"
            | "ToString"
            | "AsRef"
            | "Drop"
            | "ToOwned"
    )
}

/// Packages of well-known crates of generated code, by the path of the module in the crate.
const KNOWN_PACKAGES: &[(&str, &str)] = &[
    ("arrow_flight::sql", "arrow.flight.protocol.sql"),
    ("arrow_flight", "arrow.flight.protocol"),
    ("linkerd2_proxy_api::destination", "io.linkerd.proxy.destination"),
    ("linkerd2_proxy_api::identity", "io.linkerd.proxy.identity"),
    ("linkerd2_proxy_api::inbound", "io.linkerd.proxy.inbound"),
    ("linkerd2_proxy_api::outbound", "io.linkerd.proxy.outbound"),
    ("linkerd2_proxy_api::tap", "io.linkerd.proxy.tap"),
    ("tonic_health::pb", "grpc.health.v1"),
    ("tonic_health::proto", "grpc.health.v1"),
    ("tonic_reflection::pb::v1", "grpc.reflection.v1"),
    ("tonic_reflection::pb::v1alpha", "grpc.reflection.v1alpha"),
    ("tonic_reflection::server::v1", "grpc.reflection.v1"),
    ("opentelemetry_proto::tonic::collector::trace::v1", "opentelemetry.proto.collector.trace.v1"),
    ("opentelemetry_proto::tonic::collector::logs::v1", "opentelemetry.proto.collector.logs.v1"),
    ("opentelemetry_proto::tonic::collector::metrics::v1", "opentelemetry.proto.collector.metrics.v1"),
];

/// The generated type that a path of a third-party crate or of included code stands for.
pub fn grpc_of(def: &Def) -> Option<Grpc> {
    let (package, path) = match def {
        Def::Proto(package, path) => (package.as_ref(), path.as_ref()),
        Def::Extern(path) => ("", path.as_ref()),
        _ => return None,
    };
    let segments: Vec<&str> = path.split("::").collect();
    let (name, before) = segments.split_last()?;
    let (module, outer) = before.split_last()?;
    // Clients of third parties that say of themselves that they speak plain HTTP are built by the same pattern of names.
    if matches!(def, Def::Extern(_)) && outer.iter().any(|segment| matches!(*segment, "http" | "rest")) {
        return None;
    }
    let (part, service) = if module.ends_with("_client") {
        (GrpcPart::Client, name.strip_suffix("Client")?)
    } else if module.ends_with("_server") {
        match name.strip_suffix("Server") {
            Some(service) if snake(service) == module.strip_suffix("_server").unwrap_or(module) => {
                (GrpcPart::Server, service)
            }
            _ => (GrpcPart::Trait, *name),
        }
    } else {
        return None;
    };
    let stem = module.strip_suffix("_client").or_else(|| module.strip_suffix("_server")).unwrap_or(module);
    if squash(stem) != squash(service) {
        return None;
    }
    let package = if matches!(def, Def::Extern(_)) {
        let path = outer.join("::");
        KNOWN_PACKAGES
            .iter()
            .find(|(known, _)| path == *known || path.starts_with(&format!("{known}::")))
            .map_or_else(|| path.replace("::", "."), |(_, package)| (*package).to_owned())
    } else if package.is_empty() {
        outer.join(".")
    } else {
        package.to_owned()
    };
    let contract = if package.is_empty() { service.to_owned() } else { format!("{package}.{service}") };
    Some(Grpc { part, contract: contract.into() })
}

impl Program<'_> {
    /// The generated client or server that a third-party path stands for: `arrow_flight::flight_service_client::FlightServiceClient`
    /// by its module, `acme_protos::orders::OrdersClient` by what its crate holds.
    #[must_use]
    pub fn grpc_of_extern(&self, path: &Arc<str>) -> Option<Grpc> {
        let (krate, _) = path.split_once("::")?;
        // A client in a module of its own may speak anything: `solana_client::rpc_client::RpcClient`.
        if self.grpc_crates.get(krate) == Some(&false) {
            return None;
        }
        let by_module = grpc_of(&Def::Extern(path.clone()));
        by_module.filter(|grpc| grpc.part != GrpcPart::Trait).or_else(|| self.reexported(path))
    }

    /// The generated client or server that a crate of generated code exports beside the messages of its package. The module
    /// in front of it is needed: what stands at the root of such a crate is more often written by hand.
    fn reexported(&self, path: &str) -> Option<Grpc> {
        let (package, name) = self.exported_beside_messages(path)?;
        let known = |part, service: &str| Grpc { part, contract: format!("{package}.{service}").into() };
        if name == "Server" {
            return self.only_served(&package).map(|contract| Grpc { part: GrpcPart::Server, contract });
        }
        let client = name.strip_suffix("Client").map(|service| (GrpcPart::Client, service));
        let server = || name.strip_suffix("Server").map(|service| (GrpcPart::Server, service));
        let (part, service) = client.or_else(server).filter(|(_, service)| !service.is_empty())?;
        Some(known(part, service))
    }

    /// Package and name of a path in a module of a crate of generated code.
    fn exported_beside_messages<'p>(&self, path: &'p str) -> Option<(String, &'p str)> {
        let (krate, _) = path.split_once("::")?;
        let (module, name) = path.rsplit_once("::")?;
        (module != krate && self.grpc_crates.get(krate) == Some(&true)).then(|| (module.replace("::", "."), name))
    }

    /// The one service of a package that the program implements, for a server that is exported as `Server`.
    fn only_served(&self, package: &str) -> Option<Arc<str>> {
        let of_package = |contract: &&Arc<str>| contract.rsplit_once('.').is_some_and(|(of, _)| of == package);
        let mut served = self.servers.keys().filter(of_package);
        served.next().filter(|_| served.next().is_none()).cloned()
    }
}

/// The contract of an impl of a trait that a crate of generated code exports beside the messages of its package: each of its
/// functions takes one request.
pub fn reexported_trait(program: &Program<'_>, id: ImplId) -> Option<Arc<str>> {
    let of = &program.impls[id];
    let Some(Def::Extern(path)) = &of.of_trait else { return None };
    let (package, name) = program.exported_beside_messages(path)?;
    let takes_request = |id: &FnId| {
        let function = program.functions[*id].tree;
        let [(_, parameter)] = function.parameters.as_slice() else { return false };
        function.receiver && last_name(parameter) == Some("Request")
    };
    (!of.functions.is_empty() && of.functions.values().all(takes_request)).then(|| format!("{package}.{name}").into())
}

fn squash(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

/// Finds checked-in generated code: clients whose methods call `tonic::client::Grpc` with the path of an rpc, and servers
/// that carry the name of their service.
pub fn find_checked_in(program: &mut Program<'_>) {
    let mut clients = Vec::new();
    let mut methods: Vec<(FnId, Arc<str>, Arc<str>)> = Vec::new();
    let mut servers: HashMap<usize, Arc<str>> = HashMap::default();
    for of in &program.impls {
        let Some(adt) = of.adt else { continue };
        if of.tree.of_trait.is_none() {
            if !program.adts[adt].fields.iter().any(|field| is_grpc_client(&field.of)) {
                continue;
            }
            for (_, function) in sorted(&of.functions) {
                if let Some(path) = program.functions[function].tree.body.as_ref().and_then(rpc_path_in_block)
                    && let Some((contract, method)) = path.trim_start_matches('/').rsplit_once('/')
                {
                    clients.push((adt, Arc::<str>::from(contract)));
                    methods.push((function, contract.into(), method.into()));
                }
            }
        } else if of.tree.of_trait.as_ref().is_some_and(|path| last_name(path) == Some("NamedService")) {
            for item in &of.tree.items {
                if let ItemKind::Constant(_, Some(value)) = &item.kind
                    && item.name == "NAME"
                    && let Some(contract) = constant_text(program, of.module, value)
                {
                    servers.insert(adt, contract.into());
                }
            }
        }
    }
    for (adt, contract) in clients {
        program.grpc_types.insert(adt, Grpc { part: GrpcPart::Client, contract });
    }
    for (function, contract, method) in methods {
        program.grpc_methods.insert(function, (contract, method));
    }
    for (adt, contract) in servers {
        let module = program.adts[adt].module;
        let service = program.adts[adt].name.strip_suffix("Server").unwrap_or(program.adts[adt].name);
        for def in program.lookup(module, service) {
            if let Def::Trait(id) = def {
                program.grpc_traits.insert(id, contract.clone());
            }
        }
        program.grpc_types.insert(adt, Grpc { part: GrpcPart::Server, contract });
    }
}

fn sorted(functions: &HashMap<&str, FnId>) -> Vec<((), FnId)> {
    let mut all: Vec<((), FnId)> = functions.values().map(|id| ((), *id)).collect();
    all.sort_unstable();
    all
}

fn last_name(of: &tree::Type) -> Option<&str> {
    match of {
        tree::Type::Path(path) => path.segments.last().map(|segment| segment.name.as_str()),
        _ => None,
    }
}

/// `tonic::client::Grpc<T>`.
fn is_grpc_client(of: &tree::Type) -> bool {
    matches!(of, tree::Type::Path(path) if {
        let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
        names.ends_with(&["client", "Grpc"]) || names == ["Grpc"]
    })
}

fn constant_text(program: &Program<'_>, module: usize, value: &tree::Expr) -> Option<String> {
    match &*value.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        ExprKind::Path(path) => {
            let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
            program.resolve(module, &names).into_iter().find_map(|def| match def {
                Def::Constant(id) => match &*program.constants[id].value?.kind {
                    ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
                    _ => None,
                },
                _ => None,
            })
        }
        _ => None,
    }
}

/// The `/pkg.Service/Method` literal that a generated client method holds.
fn rpc_path_in_block(block: &tree::Block) -> Option<String> {
    block.statements.iter().find_map(|statement| match statement {
        tree::Statement::Let { value: Some(value), .. } => rpc_path(value),
        tree::Statement::Expr(expr, _) => rpc_path(expr),
        _ => None,
    })
}

fn rpc_path(expr: &tree::Expr) -> Option<String> {
    match &*expr.kind {
        ExprKind::Literal(Literal::Text(text)) if text.starts_with('/') && text.matches('/').count() == 2 => {
            Some(text.clone())
        }
        ExprKind::Call(callee, arguments) => rpc_path(callee).or_else(|| arguments.iter().find_map(rpc_path)),
        ExprKind::MethodCall { receiver, arguments, .. } => {
            rpc_path(receiver).or_else(|| arguments.iter().find_map(rpc_path))
        }
        ExprKind::Await(inner) | ExprKind::Try(inner) | ExprKind::Reference(inner) => rpc_path(inner),
        ExprKind::Block(block) | ExprKind::Async(block) => rpc_path_in_block(block),
        _ => None,
    }
}
