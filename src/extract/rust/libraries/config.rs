//! Settings: clap, config, figment, envy, envconfig, confique, serde's readers.

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::settings::Filling;
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

/// Settings.
pub static LIBRARY: Library = Library {
    name: "config",
    crates: &[
        "config",
        "figment",
        "envy",
        "clap",
        "structopt",
        "envconfig",
        "toml",
        "serde_yaml",
        "serde_json",
        "confique",
        "serde_yml",
        "serde_yaml_ng",
    ],
    apis: &[
        api("Config", &["builder", "new", "default"], Act::Give("config::ConfigBuilder")),
        api("ConfigBuilder", &["add_source", "merge", "set_default", "set_override"], Act::Custom(source)),
        api("Config", &["merge"], Act::Custom(source)),
        api("ConfigBuilder", &["build"], Act::Give("config::Config")),
        api("Config", &["try_deserialize", "try_into"], Act::Custom(deserialize)),
        api("Config", &["get", "get_string", "get_int", "get_bool", "get_float"], Act::Custom(get)),
        api("Environment", &["with_prefix"], Act::Custom(prefix)),
        api("Environment", &["default", "new"], Act::Custom(environment)),
        api("Environment", &["separator"], Act::Set("separator", super::Unit::Plain)),
        api("Environment", &["prefix_separator"], Act::Set("prefix_separator", super::Unit::Plain)),
        api("Environment", &["*"], Act::Same),
        api("File", &["with_name", "from", "new", "from_str"], Act::Give("config::File")),
        api("File", &["*"], Act::Same),
        api("Figment", &["new", "from"], Act::Custom(figment)),
        api("Figment", &["merge", "join", "admerge", "adjoin"], Act::Custom(source)),
        api("Figment", &["extract", "extract_inner"], Act::Custom(deserialize)),
        api("Figment", &["*"], Act::Same),
        api("Env", &["prefixed"], Act::Custom(prefix)),
        api("Env", &["raw"], Act::Custom(environment)),
        api("Env", &["split"], Act::Set("separator", super::Unit::Plain)),
        api("Env", &["*"], Act::Same),
        api("", &["from_env"], Act::Custom(envy)),
        api("", &["prefixed"], Act::Custom(prefix)),
        api("Prefixed", &["from_env"], Act::Custom(envy)),
        api("", &["from_str", "from_slice", "from_reader", "from_value"], Act::Custom(serde)),
    ],
    macros: &[],
};

fn text_option(val: &Val, name: &str) -> Option<String> {
    let (value, _) = val.build.as_ref()?.options.get(name)?;
    value.as_text().map(str::to_owned)
}

/// `Environment::with_prefix("APP")`, `Env::prefixed("APP_")`, `envy::prefixed("APP_")`
fn prefix(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let value = act::text(call, Where::Argument(0));
    let at = eval.place(call.at);
    let ty = match &call.owner {
        Ty::Extern(path, _) if path.starts_with("envy") => Ty::of("envy::Prefixed"),
        owner => owner.clone(),
    };
    Some(Val::of(ty).with_option("prefix", value, at.clone()).with_option("environment", Value::Bool(true), at))
}

fn environment(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let at = eval.place(call.at);
    Some(Val::of(call.owner.clone()).with_option("environment", Value::Bool(true), at))
}

fn figment(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(Val { build: inner.build, ..Val::of(Ty::of("figment::Figment")) })
}

/// A source added: its options are those of the whole.
fn source(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    for argument in &call.arguments {
        if let Some(build) = &argument.val.build {
            for (name, (value, at)) in &build.options {
                val = val.with_option(name, value.clone(), at.clone());
            }
        }
        let from_file = matches!(argument.val.ty.extern_name(), Some((_, "File" | "Toml" | "Yaml" | "Json" | "Data")));
        if from_file {
            let at = eval.place(call.at);
            val = val.with_option("files", Value::Bool(true), at);
        }
    }
    if let Some(name) = call.receiver.as_ref().and_then(|receiver| receiver.name.clone()) {
        eval.update(&name, val.clone());
    }
    Some(val)
}

/// The type that is asked for: the type argument, or what the code around expects.
pub fn wanted(call: &LibraryCall) -> Ty {
    call.generics.iter().find(|ty| !ty.is_unknown()).or(call.want.expected.as_ref()).cloned().unwrap_or_default()
}

fn deserialize(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    let is_figment = matches!(&call.owner, Ty::Extern(path, _) if path.starts_with("figment"));
    let has = |name: &str| receiver.build.as_ref().is_some_and(|build| build.options.contains_key(name));
    let separator = text_option(&receiver, "separator");
    let prefix = text_option(&receiver, "prefix");
    let prefix_separator = if is_figment {
        String::new()
    } else {
        text_option(&receiver, "prefix_separator").or_else(|| separator.clone()).unwrap_or_else(|| "_".to_owned())
    };
    let filling = Filling {
        reader: if is_figment { "figment" } else { "config" },
        prefix,
        prefix_separator,
        separator,
        variables: has("environment"),
        files: true,
    };
    let ty = wanted(call);
    Some(eval.fill(&ty, &filling))
}

/// `settings.get::<T>("key")`
fn get(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let key = act::text(call, Where::Argument(0));
    let Value::Text(key) = key else { return Some(Val::default()) };
    let mut variables = Vec::new();
    if receiver.build.as_ref().is_some_and(|build| build.options.contains_key("environment")) {
        let separator = text_option(&receiver, "separator").unwrap_or_else(|| "_".to_owned());
        let name = key.replace('.', &separator).to_uppercase();
        variables.push(match text_option(&receiver, "prefix") {
            Some(prefix) => format!(
                "{}{}{name}",
                prefix.to_uppercase(),
                text_option(&receiver, "prefix_separator").unwrap_or(separator)
            ),
            None => name,
        });
    }
    let at = eval.place(call.at);
    Some(Val::known(Value::Setting { key, variables, default: None, at }))
}

fn envy(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    let filling =
        Filling { reader: "envy", prefix: text_option(&receiver, "prefix"), variables: true, ..Filling::default() };
    let ty = wanted(call);
    Some(eval.fill(&ty, &filling))
}

/// `toml::from_str::<Settings>(text)`: filled from a file, if the type is one of the project. JSON is
/// what others send, more often than a file of settings.
fn serde(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let ty = wanted(call);
    let is_json = matches!(&call.owner, Ty::Extern(path, _) if path.starts_with("serde_json"));
    if is_json {
        return Some(Val::from_outside(ty));
    }
    let filling = Filling { reader: "serde", files: true, ..Filling::default() };
    Some(eval.fill(&ty, &filling))
}
