//! tokio, and what stands for it elsewhere: tasks, timeouts, sleeps, channels, signals, sockets, locks; retries.

use std::sync::Arc;

use super::act::{self, Act, run_steps};
use super::{Argument, Library, LibraryCall, api};
use crate::extract::rust::interpret::val::Held;
use crate::extract::rust::interpret::{Build, Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::{Step, What};

/// tokio.
pub static LIBRARY: Library = Library {
    name: "tokio",
    crates: &[
        "tokio",
        "tokio_util",
        "tokio_stream",
        "actix_rt",
        "actix_web_rt",
        "async_std",
        "backon",
        "tokio_retry",
        "tokio_retry2",
    ],
    apis: &[
        api("", &["spawn", "spawn_local"], Act::Custom(task)),
        api("Handle", &["spawn"], Act::Custom(task)),
        api("Runtime", &["spawn"], Act::Custom(task)),
        api("JoinSet", &["spawn", "spawn_on", "spawn_local"], Act::Custom(joined)),
        api("TaskTracker", &["spawn"], Act::Custom(joined)),
        api("", &["spawn_blocking", "block_in_place"], Act::Custom(blocking)),
        api("JoinSet", &["spawn_blocking"], Act::Custom(blocking)),
        api("Runtime", &["spawn_blocking"], Act::Custom(blocking)),
        api("Handle", &["spawn_blocking"], Act::Custom(blocking)),
        api("Runtime", &["block_on"], Act::Pass(0)),
        api("Handle", &["block_on"], Act::Custom(super::std::block_on)),
        api("Runtime", &["new"], Act::Give("tokio::runtime::Runtime")),
        api("Handle", &["current"], Act::Give("tokio::runtime::Handle")),
        api("Builder", &["new_multi_thread", "new_current_thread"], Act::Give("tokio::runtime::Builder")),
        api("Builder", &["build"], Act::Give("tokio::runtime::Runtime")),
        api("Builder", &["*"], Act::Same),
        api("CancellationToken", &["new"], Act::Give(TOKEN)),
        api("CancellationToken", &["cancelled", "cancelled_owned", "is_cancelled"], Act::Custom(cancelled)),
        api("CancellationToken", &["clone", "child_token"], Act::Give(TOKEN)),
        api("", &["timeout", "timeout_at"], Act::Custom(timeout)),
        api("Instant", &["now"], Act::Custom(super::std::now)),
        api("", &["sleep", "delay_for"], Act::Custom(sleep)),
        api("", &["channel"], Act::Custom(channel)),
        api("", &["unbounded_channel"], Act::Custom(channel)),
        api("", &["ctrl_c"], Act::Custom(interrupt)),
        api("", &["signal"], Act::Custom(signal)),
        api("SignalKind", &["terminate"], Act::Custom(kind)),
        api("SignalKind", &["interrupt"], Act::Custom(kind)),
        api("SignalKind", &["hangup", "quit"], Act::Custom(kind)),
        api("TcpListenerStream", &["new"], Act::Pass(0)),
        api("UnixListenerStream", &["new"], Act::Pass(0)),
        api("Mutex", &["new"], Act::Custom(lock_new)),
        api("RwLock", &["new"], Act::Custom(lock_new)),
        api("Mutex", &["lock", "try_lock", "lock_owned"], Act::Custom(super::std::lock)),
        api("RwLock", &["read", "write", "read_owned", "write_owned"], Act::Custom(super::std::lock)),
        api("Semaphore", &["new", "const_new"], Act::Give("tokio::sync::Semaphore")),
        api(
            "Semaphore",
            &["acquire", "acquire_owned", "acquire_many", "acquire_many_owned", "try_acquire", "try_acquire_owned"],
            Act::Custom(permit),
        ),
        api("Mutex", &["into_inner", "get_mut"], Act::Custom(super::std::unlocked)),
        api("RwLock", &["into_inner", "get_mut"], Act::Custom(super::std::unlocked)),
        api("CancellationToken", &["run_until_cancelled", "run_until_cancelled_owned"], Act::Pass(0)),
        api("OnceCell", &["new", "const_new"], Act::Give("tokio::sync::OnceCell")),
        api("Retry", &["spawn", "start"], Act::Custom(retry_spawn)),
        api("RetryIf", &["spawn"], Act::Custom(retry_spawn)),
        api("", &["retry", "retry_notify"], Act::Custom(retry_spawn)),
        api("ExponentialBuilder", &["default", "new"], Act::Custom(builder)),
        api("ConstantBuilder", &["default", "new"], Act::Custom(builder)),
        api("FibonacciBuilder", &["default", "new"], Act::Custom(builder)),
        api("ExponentialBuilder", &["with_max_times"], Act::Set("retries", super::Unit::Plain)),
        api("ConstantBuilder", &["with_max_times"], Act::Set("retries", super::Unit::Plain)),
        api("FibonacciBuilder", &["with_max_times"], Act::Set("retries", super::Unit::Plain)),
        api("ExponentialBuilder", &["without_max_times"], Act::Set("unbounded", super::Unit::Flag)),
        api("ConstantBuilder", &["without_max_times"], Act::Set("unbounded", super::Unit::Flag)),
        api("ExponentialBuilder", &["with_min_delay"], Act::Set("first_ms", super::Unit::Duration)),
        api("ConstantBuilder", &["with_delay"], Act::Set("first_ms", super::Unit::Duration)),
        api("ExponentialBuilder", &["with_max_delay"], Act::Set("max_ms", super::Unit::Duration)),
        api("ExponentialBuilder", &["with_factor"], Act::Set("factor", super::Unit::Plain)),
        api("ExponentialBuilder", &["with_jitter"], Act::Set("jitter", super::Unit::Flag)),
        api("FibonacciBuilder", &["with_jitter"], Act::Set("jitter", super::Unit::Flag)),
        api("FibonacciBuilder", &["with_min_delay"], Act::Set("first_ms", super::Unit::Duration)),
        api("ConstantBuilder", &["with_jitter"], Act::Set("jitter", super::Unit::Flag)),
        api("ExponentialBackoff", &["from_millis"], Act::Custom(tokio_retry_start)),
        api("FixedInterval", &["from_millis", "new"], Act::Custom(tokio_retry_start)),
        api("ExponentialBackoff", &["factor"], Act::Set("factor", super::Unit::Plain)),
        api("ExponentialBackoff", &["max_delay"], Act::Set("max_ms", super::Unit::Duration)),
        api("ExponentialBackoff", &["take"], Act::Set("retries", super::Unit::Plain)),
        api("FixedInterval", &["take"], Act::Set("retries", super::Unit::Plain)),
        api("ExponentialBackoff", &["map"], Act::Set("jitter", super::Unit::Flag)),
        api("FixedInterval", &["map"], Act::Set("jitter", super::Unit::Flag)),
    ],
    macros: &[],
};

const TOKEN: &str = "tokio_util::sync::CancellationToken";

/// `token.cancelled()`: the task around ends with the token.
fn cancelled(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    eval.heed();
    Some(Val::default())
}

/// `tokio::spawn(future)`: a task whose handle is dropped unless something is done with it.
pub fn task(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let kind = if call.name == "spawn_local" { "local" } else { "task" };
    spawned(eval, call, kind)
}

/// A task in a set that is joined.
fn joined(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    spawned(eval, call, "joined")
}

fn blocking(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let before = (eval.set_async(false), eval.set_off_runtime(true));
    let val = spawned(eval, call, "blocking");
    eval.set_async(before.0);
    eval.set_off_runtime(before.1);
    val
}

/// The steps of the first argument as a task of its own.
pub fn spawned(eval: &mut Eval<'_, '_>, call: &mut LibraryCall, kind: &str) -> Option<Val> {
    if let Some(receiver) = &mut call.receiver {
        eval.add_steps(std::mem::take(&mut receiver.steps));
    }
    let mut argument = call.arguments.first_mut().map(std::mem::take).unwrap_or_default();
    let mut steps = std::mem::take(&mut argument.steps);
    let at = eval.place(call.at);
    let (val, more) = eval.frame(|eval| eval.callback(&argument.val, &[], call.at, &call.want));
    steps.extend(more);
    if !steps.is_empty() {
        let handle = if matches!(call.want.failure, crate::facts::rust::Failure::Ignored) { "dropped" } else { "kept" };
        let (kind, handle) = match kind {
            "joined" => ("task", "awaited"),
            kind if handle == "dropped" && argument.heeds => (kind, "heeding"),
            kind => (kind, handle),
        };
        eval.add_step(Step::Spawn { kind: kind.to_owned(), handle: handle.to_owned(), steps, at });
    }
    Some(val.unwrap_or(argument.val))
}

/// `timeout(limit, future)`
fn timeout(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let mut arguments = std::mem::take(&mut call.arguments).into_iter();
    let (limit, future): (Argument, Argument) = (arguments.next()?, arguments.next()?);
    eval.add_steps(limit.steps);
    let limit = limit.val.value_or("known only when it runs");
    eval.ends(&limit, call.at);
    let limit = eval.known(&limit);
    // A checkout has no step of its own: what it gives is held by what follows, and the limit stands before that.
    if !future.steps.is_empty() || future.val.guard.is_some() {
        let at = eval.place(call.at);
        eval.add_step(Step::Timeout { limit, steps: future.steps, at });
    }
    Some(future.val)
}

/// `semaphore.acquire()`
fn permit(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val { guard: Some(Arc::new(Held::Permit)), ..Val::of(Ty::of("tokio::sync::SemaphorePermit")) })
}

fn sleep(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let duration =
        call.arguments.first().map_or(Value::Absent, |argument| argument.val.value_or("known only when it runs"));
    eval.effect(What::Sleep { duration }, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

fn channel(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let Ty::Extern(path, _) = &call.owner else { return None };
    if path.ends_with("mpsc") { queue(eval, library, call) } else { Some(Val::default()) }
}

/// A queue between tasks. One whose messages have no content, or are one of several words, is a signal.
pub fn queue(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, _) = &call.owner else { return None };
    let constructor = format!("{path}::{}", call.name);
    let capacity =
        call.arguments.first().map_or(Value::Absent, |argument| argument.val.value_or("known only when it runs"));
    let sender = match &call.want.expected {
        Some(Ty::Tuple(ends)) => ends.first(),
        _ => None,
    };
    let message = call.generics.first().or(match sender {
        Some(Ty::Extern(_, of)) => of.first(),
        _ => None,
    });
    let is_signal = match message {
        Some(Ty::Tuple(parts)) => parts.is_empty(),
        Some(Ty::Adt(adt, _)) => eval.is_bare(*adt),
        _ => false,
    };
    let krate = act::krate(library, &Build::default(), &call.owner);
    let id = eval.effect(What::Channel { constructor, capacity }, &krate, Vec::new(), call.at, &call.want);
    if is_signal {
        eval.set_option(id, "signal", Value::Bool(true));
    }
    Some(Val::default())
}

fn interrupt(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    eval.effect(What::Signal { signal: "interrupt".to_owned() }, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

fn kind(_: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    Some(Val::known(Value::Text(call.name.clone())).typed(Ty::of("tokio::signal::unix::SignalKind")))
}

fn signal(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let signal = call.arguments.first().and_then(|argument| argument.val.text().map(str::to_owned)).unwrap_or_default();
    eval.effect(What::Signal { signal }, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

fn lock_new(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let Ty::Extern(path, _) = &call.owner else { return Some(inner) };
    let ty = Ty::Extern(path.clone(), Arc::new([inner.ty.clone()]));
    Some(inner.typed(ty))
}

fn tokio_retry_start(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let first =
        call.arguments.first().map_or(Value::Absent, |argument| argument.val.value_or("known only when it runs"));
    let first = match first {
        Value::Integer(millis) => Value::Millis(millis),
        other => other,
    };
    let at = eval.place(call.at);
    Some(Val::of(call.owner.clone()).with_option("first_ms", first, at))
}

/// `ExponentialBuilder::default()`: a strategy of which all that is set is seen from here on.
fn builder(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let (_, name) = call.owner.extern_name()?;
    Some(Val { build: Some(Arc::default()), ..Val::of(Ty::of(&format!("backon::{name}"))) })
}

/// `Retry::spawn(strategy, action)`, `RetryIf::spawn(strategy, action, condition)`
pub fn retry_spawn(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let mut arguments = std::mem::take(&mut call.arguments).into_iter();
    let (strategy, action): (Argument, Argument) = (arguments.next()?, arguments.next()?);
    eval.add_steps(strategy.steps);
    let (val, mut steps) = eval.frame(|eval| retry(eval, library.name, &strategy.val, action, call));
    if arguments.next().is_some() {
        conditional(&mut steps);
    }
    eval.add_steps(steps);
    Some(val)
}

/// Says of the last retry among steps that it looks at the failure before it tries again.
pub fn conditional(steps: &mut [Step]) {
    if let Some(Step::Retry { options, .. }) = steps.iter_mut().rev().find(|step| matches!(step, Step::Retry { .. })) {
        options.insert("condition".to_owned(), Value::Bool(true));
    }
}

/// Steps that are tried again, by the options of a strategy.
pub fn retry(eval: &mut Eval<'_, '_>, library: &str, strategy: &Val, action: Argument, call: &LibraryCall) -> Val {
    let mut steps = action.steps;
    let (val, more) = eval.frame(|eval| eval.callback(&action.val, &[], call.at, &call.want));
    steps.extend(more);
    if !steps.is_empty() {
        let mut options = std::collections::BTreeMap::new();
        let mut attempts = Value::Absent;
        if let Some(build) = &strategy.build {
            for (name, (value, _)) in &build.options {
                let value = eval.known(value);
                if &**name == "retries" {
                    attempts = match value {
                        Value::Integer(retries) => Value::Integer(retries.saturating_add(1)),
                        value => Value::Offset { value: Box::new(value), by: 1 },
                    };
                } else {
                    options.insert(name.to_string(), value);
                }
            }
        }
        let strategy_name = strategy.ty.extern_name().map_or("", |(_, name)| name);
        if strategy.build.is_none() && is_builder(strategy_name) {
            let unseen = || Value::Unknown("a strategy that is built elsewhere".to_owned());
            attempts = unseen();
            options.insert("jitter".to_owned(), unseen());
        } else if options.contains_key("unbounded") {
            attempts = Value::Absent;
        } else if let (Value::Absent, true) = (&attempts, is_builder(strategy_name)) {
            attempts = Value::Integer(BUILDER_ATTEMPTS);
            options.insert("attempts_default".to_owned(), Value::Bool(true));
        }
        match strategy.ty.extern_name() {
            Some(("backoff" | "again", _)) => super::retries::complete(library, &mut attempts, &mut options),
            _ => complete(strategy_name, &mut options),
        }
        options.insert("strategy".to_owned(), Value::Text(strategy_name.to_owned()));
        options.insert("library".to_owned(), Value::Text(library.to_owned()));
        let at = eval.place(call.at);
        eval.add_step(Step::Retry { attempts, options, steps, at });
    }
    val.unwrap_or(action.val)
}

/// backon 1.6: attempts where nothing is set, the first included.
const BUILDER_ATTEMPTS: i64 = 4;

/// Strategies of backon.
fn is_builder(strategy: &str) -> bool {
    matches!(strategy, "ExponentialBuilder" | "ConstantBuilder" | "FibonacciBuilder")
}

/// What a strategy does where nothing is set: backon 1.6 `exponential.rs` (1 s, factor 2, 60 s, no jitter; jitter adds
/// up to the delay again), tokio-retry 0.3 `exponential_backoff.rs` (the base to the power of the attempt, times the
/// factor; jitter only shortens).
fn complete(strategy: &str, options: &mut std::collections::BTreeMap<String, Value>) {
    let mut default = |name: &str, value: Value| {
        options.entry(name.to_owned()).or_insert(value);
    };
    match strategy {
        "ExponentialBuilder" => {
            default("first_ms", Value::Millis(1000));
            default("factor", Value::Integer(2));
            default("max_ms", Value::Millis(60_000));
        }
        "ConstantBuilder" | "FibonacciBuilder" => {
            default("first_ms", Value::Millis(1000));
            default("factor", Value::Integer(1));
        }
        "ExponentialBackoff" => {
            let (base, factor) = (options.get("first_ms").cloned(), options.remove("factor"));
            if let Some(Value::Millis(base)) = base {
                let first = match factor {
                    None => Value::Millis(base),
                    Some(Value::Integer(factor)) => Value::Millis(base.saturating_mul(factor)),
                    Some(other) => Value::Scaled { value: Box::new(other), factor: base },
                };
                options.insert("first_ms".to_owned(), first);
                options.insert("factor".to_owned(), Value::Integer(base));
            }
        }
        "FixedInterval" => default("factor", Value::Integer(1)),
        _ => return,
    }
    let jitter = matches!(options.get("jitter"), Some(Value::Bool(true)));
    if jitter && is_builder(strategy) {
        options.insert("jitter_factor".to_owned(), Value::Integer(2));
    }
    options.entry("jitter".to_owned()).or_insert(Value::Bool(false));
}
