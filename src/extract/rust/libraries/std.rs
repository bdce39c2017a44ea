//! The standard library: durations, environment variables, threads, blocking calls.

use super::act::{Act, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::{ELEMENTS, Held, concat, joined, list, scale};
use crate::extract::rust::interpret::{Eval, Reading, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::{Failure, Step};

/// The standard library.
pub static LIBRARY: Library = Library {
    name: "std",
    crates: &[
        "std",
        "dotenvy",
        "dotenv",
        "dotenv_codegen",
        "chrono",
        "parking_lot",
        "futures",
        "futures_util",
        "num_cpus",
    ],
    apis: &[
        api(
            "Duration",
            &[
                "from_secs",
                "from_millis",
                "from_micros",
                "from_nanos",
                "from_mins",
                "from_hours",
                "from_days",
                "from_secs_f64",
                "from_secs_f32",
                "new",
                "seconds",
                "milliseconds",
                "minutes",
            ],
            Act::Custom(duration),
        ),
        api("Duration", &["as_secs", "as_millis", "as_secs_f64", "as_secs_f32"], Act::Custom(counted)),
        api("Instant", &["now"], Act::Custom(now)),
        api("", &["var", "var_os"], Act::Custom(variable)),
        api("", &["set_var", "remove_var"], Act::Give("()")),
        api(
            "Arc",
            &[
                "new",
                "from",
                "clone",
                "new_cyclic",
                "into_inner",
                "try_unwrap",
                "unwrap_or_clone",
                "get_mut",
                "make_mut",
            ],
            Act::Pass(0),
        ),
        api("Rc", &["new", "from", "clone", "into_inner", "try_unwrap", "unwrap_or_clone"], Act::Pass(0)),
        api("Box", &["new", "pin", "from", "leak"], Act::Pass(0)),
        api("Pin", &["new", "from"], Act::Pass(0)),
        api("Mutex", &["new"], Act::Custom(lock_new)),
        api("RwLock", &["new"], Act::Custom(lock_new)),
        api("FairMutex", &["new"], Act::Custom(lock_new)),
        api("Mutex", &["lock", "try_lock", "lock_arc"], Act::Custom(lock)),
        api("FairMutex", &["lock"], Act::Custom(lock)),
        api("RwLock", &["read", "write", "try_read", "try_write"], Act::Custom(lock)),
        api("Mutex", &["into_inner", "get_mut"], Act::Custom(unlocked)),
        api("RwLock", &["into_inner", "get_mut"], Act::Custom(unlocked)),
        api("FairMutex", &["into_inner", "get_mut"], Act::Custom(unlocked)),
        api("OnceLock", &["new"], Act::Give("std::sync::OnceLock")),
        api("String", &["from", "from_utf8", "from_utf8_lossy"], Act::Pass(0)),
        api("String", &["new"], Act::Custom(empty)),
        api("", &["sleep"], Act::Custom(blocking)),
        api("", &["spawn"], Act::Custom(thread)),
        api("", &["available_parallelism"], Act::Give("int")),
        api(
            "",
            &[
                "read_to_string",
                "read",
                "write",
                "read_dir",
                "create_dir_all",
                "remove_file",
                "remove_dir_all",
                "copy",
                "rename",
                "metadata",
                "canonicalize",
            ],
            Act::Custom(blocking),
        ),
        api("SocketAddr", &["new", "from"], Act::Custom(address)),
        api("SocketAddrV4", &["new", "from"], Act::Custom(address)),
        api("SocketAddrV6", &["new", "from"], Act::Custom(address)),
        api("SocketAddr", &["V4", "V6"], Act::Pass(0)),
        api("IpAddr", &["V4", "V6"], Act::Pass(0)),
        api("IpAddr", &["from"], Act::Custom(address)),
        api("Ipv4Addr", &["new", "from"], Act::Custom(address)),
        api("Ipv6Addr", &["new", "from"], Act::Custom(address)),
        api("File", &["open", "create"], Act::Custom(blocking)),
        api("TcpStream", &["connect"], Act::Custom(blocking)),
        api("UdpSocket", &["bind"], Act::Give("std::net::UdpSocket")),
        api("UdpSocket", &["recv", "recv_from"], Act::Custom(blocking)),
        api("Receiver", &["recv", "recv_timeout"], Act::Custom(blocking)),
        api("JoinHandle", &["join"], Act::Custom(join)),
        api("TcpListener", &["bind"], Act::Custom(super::sockets::bind)),
        api("TcpListener", &["accept", "incoming"], Act::Custom(super::sockets::accept)),
        api("UnixListener", &["bind"], Act::Custom(super::sockets::bind)),
        api("UnixListener", &["accept", "incoming"], Act::Custom(super::sockets::accept)),
        api("Command", &["output", "status", "spawn"], Act::Custom(blocking)),
        api("", &["channel", "unbounded"], Act::Custom(channel)),
        api("", &["block_on"], Act::Custom(block_on)),
        api("", &["join_all", "try_join_all"], Act::Custom(join_all)),
        api(
            "",
            &["join", "join3", "join4", "join5", "try_join", "try_join3", "try_join4", "try_join5"],
            Act::Custom(together),
        ),
        api("Builder", &["new"], Act::Give("std::thread::Builder")),
        api("Builder", &["spawn", "spawn_scoped"], Act::Custom(thread)),
        api("Builder", &["*"], Act::Same),
        api("", &["swap", "replace", "take"], Act::Pass(0)),
        api("", &["drop", "forget"], Act::Give("()")),
    ],
    macros: &[],
};

/// `limit.as_secs()`: a number of seconds remembers the duration that it was, for who takes it as one again.
fn counted(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let of = call.receiver.as_ref()?.val.clone();
    let Some(duration) = of.value.clone().filter(|_| call.name != "as_millis") else { return Some(of) };
    let value = match &duration {
        Value::Millis(ms) if call.name == "as_secs" => Some(Value::Integer(ms / 1000)),
        _ => None,
    };
    Some(Val { value, ..of.typed(Ty::of("int")) }.with_text(super::act::DURATION, duration))
}

/// `Instant::now()`: an instant is as many milliseconds from now as is known.
pub fn now(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val { value: Some(Value::Millis(0)), ..Val::of(call.owner.clone()) })
}

/// `Duration::from_secs(5)`
fn duration(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let value = call.arguments.first().map(|argument| argument.val.value_or("known only when it runs"))?;
    let value = match call.name.as_str() {
        "from_millis" | "milliseconds" => scale(value, 1),
        "from_mins" | "minutes" => scale(value, 60_000),
        "from_hours" => scale(value, 3_600_000),
        "from_days" => scale(value, 86_400_000),
        "from_micros" => match value {
            Value::Integer(micros) => Value::Millis(micros / 1_000),
            other => other,
        },
        "from_nanos" => match value {
            Value::Integer(nanos) => Value::Millis(nanos / 1_000_000),
            other => other,
        },
        "new" => match (value, call.arguments.get(1).and_then(|argument| argument.val.value.clone())) {
            (Value::Integer(seconds), Some(Value::Integer(nanos))) => {
                Value::Millis(seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000))
            }
            (value, _) => scale(value, 1000),
        },
        _ => scale(value, 1000),
    };
    Some(Val { value: Some(value), ..Val::of(Ty::of("std::time::Duration")) })
}

/// `std::env::var("X")`
fn variable(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, _) = &call.owner else { return None };
    if !path.ends_with("env") && !path.starts_with("dotenv") {
        return None;
    }
    let reader = if path.starts_with("dotenv") { "dotenvy" } else { "std::env" };
    run_steps(eval, call);
    let at = eval.place(call.at);
    let name = call.arguments.first().and_then(|argument| argument.val.value.clone());
    let value = match name {
        Some(Value::Text(name)) => Value::Variable { name, default: None, at: at.clone() },
        Some(Value::OneOf(names)) => Value::OneOf(
            names
                .into_iter()
                .map(|name| match name {
                    Value::Text(name) => Value::Variable { name, default: None, at: at.clone() },
                    _ => Value::Unknown("a variable whose name is computed".to_owned()),
                })
                .collect(),
        ),
        Some(name @ (Value::Argument(_) | Value::Join(_))) => {
            // The name comes from the caller: small functions are followed with the very name.
            let expanded = eval.known(&name);
            match expanded {
                Value::Text(name) => Value::Variable { name, default: None, at: at.clone() },
                Value::OneOf(names) => Value::OneOf(
                    names
                        .into_iter()
                        .filter_map(|name| match name {
                            Value::Text(name) => Some(Value::Variable { name, default: None, at: at.clone() }),
                            _ => None,
                        })
                        .collect(),
                ),
                _ => Value::Unknown("a variable whose name is computed".to_owned()),
            }
        }
        _ => Value::Unknown("a variable whose name is computed".to_owned()),
    };
    let required = call.want.failure.is_hard();
    let passed_on = call.want.failure == Failure::Propagated;
    eval.reads_variable(Reading { value: value.clone(), reader, required, passed_on, inlined: false, at });
    Some(Val { value: Some(value), ..Val::of(Ty::of("String")) })
}

/// `SocketAddr::from(([0, 0, 0, 0], 3000))`, `Ipv4Addr::new(0, 0, 0, 0)`
fn address(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let is_socket = call.owner.extern_name().is_some_and(|(_, name)| name.starts_with("Socket"));
    let value = match (call.name.as_str(), is_socket, call.arguments.as_slice()) {
        ("new", true, [host, port, ..]) => pair(&host.val, &port.val),
        ("new", false, numbers) => host(&list(&numbers.iter().map(|number| number.val.clone()).collect::<Vec<_>>())),
        (_, _, [of]) => socket(&of.val),
        _ => return None,
    };
    Some(Val { value: Some(value), ..Val::of(call.owner.clone()) })
}

/// An address given as one text, or as a pair of host and port.
pub fn socket(of: &Val) -> Value {
    match (of.parts.as_deref(), of.gathered("address")) {
        (Some([host, port]), _) => pair(host, port),
        (_, Some(address)) => address.clone(),
        _ => host(of),
    }
}

fn pair(of: &Val, port: &Val) -> Value {
    concat(vec![host(of), Value::Text(":".to_owned()), port.value_or("known only when it runs")])
}

/// A host: a text, or the numbers of an address.
fn host(of: &Val) -> Value {
    numbered(of).unwrap_or_else(|| of.value_or("known only when it runs"))
}

fn numbered(of: &Val) -> Option<Value> {
    let Some(Value::Join(elements)) = of.gathered(ELEMENTS) else { return None };
    if elements.len() == 4 {
        return joined(of, &Value::Text(".".to_owned()));
    }
    let segments: Option<Vec<u16>> = elements
        .iter()
        .map(|element| match element {
            Value::Integer(number) => u16::try_from(*number).ok(),
            _ => None,
        })
        .collect();
    let segments = <[u16; 8]>::try_from(segments?).ok()?;
    Some(Value::Text(format!("[{}]", ::std::net::Ipv6Addr::from(segments))))
}

fn empty(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val { value: Some(concat(Vec::new())), ..Val::of(Ty::of("String")) })
}

/// `Mutex::new(x)`: what it holds is looked through; that it is locked is seen where it is locked.
fn lock_new(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let Ty::Extern(path, _) = &call.owner else { return Some(inner) };
    let ty = Ty::Extern(path.clone(), ::std::sync::Arc::new([inner.ty.clone()]));
    Some(inner.typed(ty))
}

/// Option of a lock that was looked up by a key.
const KEYED: &str = "keyed";

/// A lock that was looked up in a collection of them.
pub fn looked_up(eval: &Eval<'_, '_>, of: Val, call: &LibraryCall) -> Val {
    let names = ["entry", "get", "get_mut", "get_or_insert_with", "get_with", "try_get_with", "or_insert_with"];
    let element = of.ty.element();
    let is_lock = matches!(element.extern_name(), Some((_, "Mutex" | "RwLock" | "Semaphore")));
    if !is_lock || call.arguments.is_empty() || !names.contains(&call.name.as_str()) {
        return of;
    }
    let at = eval.place(call.at);
    of.with_option(KEYED, Value::Bool(true), at)
}

/// `x.lock()`: gives what it holds, and a guard.
pub fn lock(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let Ty::Extern(path, arguments) = &call.owner else { return None };
    let inner = arguments.first().cloned().unwrap_or_default();
    let is_keyed = receiver.build.as_ref().is_some_and(|build| build.options.contains_key(KEYED));
    let guard = if is_keyed { Held::LockOfKey(path.to_string()) } else { Held::Lock(path.to_string()) };
    Some(Val { guard: Some(::std::sync::Arc::new(guard)), ..receiver.typed(inner) })
}

/// `x.into_inner()`: what a lock holds, for whoever owns the lock.
pub fn unlocked(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    lock(eval, library, call).map(|val| Val { guard: None, ..val })
}

fn blocking(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, _) = &call.owner else { return None };
    if !path.starts_with("std::") && !path.starts_with("futures") {
        return None;
    }
    let operation = format!("{path}::{}", call.name);
    let known = [
        "std::thread::sleep",
        "std::fs::",
        "std::net::TcpStream",
        "std::net::UdpSocket::recv",
        "std::process::Command",
        "std::sync::mpsc::Receiver",
    ];
    let path = call.arguments.first().and_then(|argument| argument.val.text()).unwrap_or_default();
    // Files of the kernel are in memory: reading one waits for nothing.
    let is_quick = operation.starts_with("std::fs::") && ["/proc/", "/sys/"].iter().any(|root| path.starts_with(root));
    if is_quick || !known.iter().any(|prefix| operation.starts_with(prefix)) {
        return None;
    }
    run_steps(eval, call);
    super::act::waits(eval, library.name, operation, call);
    Some(Val::default())
}

fn thread(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, _) = &call.owner else { return None };
    if !path.contains("thread") {
        return None;
    }
    let val = super::tokio::spawned(eval, call, "thread")?;
    let ty = Ty::Extern("std::thread::JoinHandle".into(), ::std::sync::Arc::new([val.ty.clone()]));
    Some(val.typed(ty))
}

/// `handle.join()`: what the thread gives, as soon as it has ended.
fn join(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, arguments) = &call.owner else { return None };
    let inner = arguments.first().cloned().unwrap_or_default();
    let operation = format!("{path}::join");
    run_steps(eval, call);
    super::act::waits(eval, library.name, operation, call);
    Some(call.receiver.as_ref()?.val.clone().typed(inner))
}

fn channel(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let ends = call.name == "channel" && matches!(&call.owner, Ty::Extern(path, _) if &**path == "std::sync::mpsc");
    let val = super::tokio::queue(eval, library, call)?;
    if !ends {
        return Some(val);
    }
    let end = |name: &str| Val::of(Ty::of(name));
    let parts = [end("std::sync::mpsc::Sender"), end("std::sync::mpsc::Receiver")];
    let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
    Some(Val { parts: Some(::std::sync::Arc::from(parts)), ..val.typed(ty) })
}

/// `block_on(future)`: the thread waits for it.
pub fn block_on(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let Ty::Extern(path, _) = &call.owner else { return None };
    super::act::waits(eval, library.name, format!("{path}::block_on"), call);
    Some(call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default())
}

fn join_all(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let argument = call.arguments.first_mut()?;
    let steps = ::std::mem::take(&mut argument.steps);
    let val = argument.val.clone();
    if !steps.is_empty() {
        let at = eval.place(call.at);
        eval.add_step(Step::Together { branches: vec![steps], kind: "join_all".to_owned(), at });
    }
    Some(val)
}

/// `future::join(a, b)`: both at the same time.
fn together(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_some() || call.owner.extern_name().is_none_or(|(krate, _)| !krate.starts_with("futures")) {
        return None;
    }
    let branches: Vec<Vec<Step>> =
        call.arguments.iter_mut().map(|argument| ::std::mem::take(&mut argument.steps)).collect();
    if branches.iter().any(|steps| !steps.is_empty()) {
        let at = eval.place(call.at);
        eval.add_step(Step::Together { branches, kind: "join".to_owned(), at });
    }
    let parts: Vec<Val> = call.arguments.iter().map(|argument| argument.val.clone()).collect();
    let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
    Some(Val { parts: Some(parts.into()), ..Val::of(ty) })
}
