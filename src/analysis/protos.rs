//! Proto files to the elements that rules judge: services, methods, messages, enums and fields, each once however many
//! copies of its file there are, and the same of the base revision by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::facts::proto::{Field, Message, Method, ProtoEnum, ProtoFile, ProtoService};
use crate::graph::link::is_scaffolding;

/// A service with its file.
#[derive(Clone, Copy, Debug)]
pub struct ContractSite<'a> {
    /// The file.
    pub file: &'a ProtoFile,
    /// The service.
    pub service: &'a ProtoService,
    /// Whether only the base has it.
    pub removed: bool,
}

impl<'a> ContractSite<'a> {
    /// `package.Service`
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.service.name
    }
}

/// A message or an enum.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'a> {
    /// A message.
    Message(&'a Message),
    /// An enum.
    Enum(&'a ProtoEnum),
}

/// A message or an enum with its file.
#[derive(Clone, Copy, Debug)]
pub struct ShapeSite<'a> {
    /// The file.
    pub file: &'a ProtoFile,
    /// What it is.
    pub shape: Shape<'a>,
}

impl<'a> ShapeSite<'a> {
    /// Its qualified name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match self.shape {
            Shape::Message(of) => &of.name,
            Shape::Enum(of) => &of.name,
        }
    }
}

/// All elements of one revision.
#[derive(Clone, Debug, Default)]
pub struct Protos<'a> {
    /// Services; those that only the base has come last.
    pub contracts: Vec<ContractSite<'a>>,
    /// Methods: index of the service, and the method.
    pub rpcs: Vec<(usize, &'a Method)>,
    /// Messages and enums.
    pub shapes: Vec<ShapeSite<'a>>,
    /// Fields: index of the message, and the field.
    pub fields: Vec<(usize, &'a Field)>,
    /// Messages and enums of the base, by name; none without a base.
    pub base: Option<BTreeMap<&'a str, ShapeSite<'a>>>,
    /// Services of the base, by name.
    pub base_contracts: BTreeMap<&'a str, ContractSite<'a>>,
    /// Files that could not be read wholly, at the base or now: what is not in them may have been left out. Empty without
    /// a base.
    pub unread: BTreeSet<&'a str>,
}

impl<'a> Protos<'a> {
    /// Finds everything.
    #[must_use]
    pub fn new(facts: &'a Facts, base: Option<&'a Facts>) -> Self {
        let mut found = Self { contracts: contracts(facts, false), shapes: shapes(facts), ..Self::default() };
        if let Some(base) = base {
            let met = facts.diagnostics.iter().chain(&base.diagnostics).map(|of| &*of.at.file);
            let protos: BTreeSet<&str> = facts.proto.iter().chain(&base.proto).map(|file| file.path.as_str()).collect();
            found.unread = met.filter(|path| protos.contains(path)).collect();
            found.base_contracts = contracts(base, true).into_iter().map(|of| (of.name(), of)).collect();
            found.base = Some(shapes(base).into_iter().map(|of| (of.name(), of)).collect());
            let known: BTreeSet<&str> = found.contracts.iter().map(ContractSite::name).collect();
            let gone = found.base_contracts.iter().filter(|(name, _)| !known.contains(**name)).map(|(_, of)| *of);
            found.contracts.extend(gone.collect::<Vec<_>>());
        }
        for (index, of) in found.contracts.iter().enumerate().filter(|(_, of)| !of.removed) {
            found.rpcs.extend(of.service.methods.iter().map(|method| (index, method)));
        }
        for (index, of) in found.shapes.iter().enumerate() {
            if let Shape::Message(message) = of.shape {
                found.fields.extend(message.fields.iter().map(|field| (index, field)));
            }
        }
        found
    }

    /// A message of the head by its name, as a method or field writes it.
    #[must_use]
    pub fn message(&self, name: &str) -> Option<&'a Message> {
        let name = name.trim_start_matches('.');
        self.shapes.iter().find_map(|of| match of.shape {
            Shape::Message(message) if message.name == name => Some(message),
            _ => None,
        })
    }

    /// An enum of the head by its name.
    #[must_use]
    pub fn is_enum(&self, name: &str) -> bool {
        let name = name.trim_start_matches('.');
        self.shapes.iter().any(|of| matches!(of.shape, Shape::Enum(of) if of.name == name))
    }
}

fn contracts(facts: &Facts, removed: bool) -> Vec<ContractSite<'_>> {
    let mut seen = BTreeSet::new();
    let all = facts.proto.iter().flat_map(|file| file.services.iter().map(move |service| (file, service)));
    let all = all.map(|(file, service)| ContractSite { file, service, removed });
    all.filter(|of| seen.insert(of.name())).collect()
}

fn shapes(facts: &Facts) -> Vec<ShapeSite<'_>> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for file in &facts.proto {
        let messages = file.messages.iter().map(|of| ShapeSite { file, shape: Shape::Message(of) });
        let enums = file.enums.iter().map(|of| ShapeSite { file, shape: Shape::Enum(of) });
        all.extend(messages.chain(enums).filter(|of| seen.insert(of.name())));
    }
    all
}

/// Whether a file is none of the project's own contracts: its package is a well-known one, or it lies in a folder for
/// things of others, for tests or for examples.
#[must_use]
pub fn is_vendored(file: &ProtoFile) -> bool {
    const PACKAGES: &[&str] =
        &["google", "grpc", "envoy", "opentelemetry", "buf", "k8s", "validate", "gogoproto", "xds", "udpa", "cosmos"];
    let first = file.package.split('.').next().unwrap_or_default();
    let folders = ["third_party", "third-party", "vendor", "vendored", "googleapis", "include", "external"];
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    PACKAGES.contains(&first) || is_scaffolding(folder) || file.path.split('/').any(|part| folders.contains(&part))
}
