//! Hostile projects: whatever the files hold, the program ends by itself, with one of its exit codes and without a panic.
//! Each runs as a process of its own, so that an overflow of the stack is a failure of the test and not its end.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long one run may take before it counts as hanging.
const MAX_TIME: Duration = Duration::from_secs(60);

/// Memory of one run, in kB: what a review of a million lines may take.
const MAX_MEMORY: u64 = 1024 * 1024;

fn repeated(part: &str, count: usize) -> String {
    part.repeat(count)
}

fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("{}{inner}{}", repeated(open, depth), repeated(close, depth))
}

/// Files of a project beside a `Cargo.toml`; each is one case.
fn files() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let text = |text: String| text.into_bytes();
    let main = |body: &str| format!("fn main() {{ {body} }}").into_bytes();
    let mut all: Vec<(&str, &str, Vec<u8>)> = vec![
        ("deep parentheses", "src/main.rs", main(&nested("(", "1", ")", 10_000))),
        ("deep blocks", "src/main.rs", main(&nested("{", "", "}", 10_000))),
        ("deep closures", "src/main.rs", main(&format!("let f = {}1;", repeated("|| ", 5_000)))),
        ("deep references", "src/main.rs", main(&format!("let a = {}1;", repeated("&", 50_000)))),
        ("deep types", "src/main.rs", text(format!("type A = {};", nested("Vec<", "u8", ">", 10_000)))),
        ("deep use trees", "src/main.rs", text(format!("use {};", nested("a::{", "b", "}", 10_000)))),
        ("deep patterns", "src/main.rs", main(&format!("let {} = x;", nested("(", "a", ",)", 10_000)))),
        ("deep macros", "src/main.rs", main(&nested("m!(", "", ")", 5_000))),
        ("deep modules", "src/main.rs", text(nested("mod a {", "", "}", 5_000))),
        ("deep attributes", "src/main.rs", text(format!("#[a{}] fn main() {{}}", nested("(", "", ")", 10_000)))),
        ("a long sum", "src/main.rs", main(&format!("let a = 1{};", repeated(" + 1", 50_000)))),
        ("a long chain of calls", "src/main.rs", main(&format!("x{};", repeated(".f()", 30_000)))),
        ("as long a chain of calls as is read", "src/main.rs", main(&format!("x{};", repeated(".f()", 500)))),
        ("as many closures in closures as are read", "src/main.rs", main(&nested("f(|| ", "1", ")", 250))),
        ("a long chain of conditions", "src/main.rs", main(&format!("if a {{}}{}", repeated(" else if b {}", 10_000)))),
        ("many functions", "src/main.rs", text(format!("fn main() {{ f0(); }}\n{}", (0..5_000).map(|n| format!("fn f{n}() {{ f{}(); }}\n", n + 1)).collect::<String>()))),
        ("a function that calls itself", "src/main.rs", text("fn main() { f(1) } fn f(a: u8) -> u8 { f(f(a)) }".to_owned())),
        ("a type of itself", "src/main.rs", text("struct A { a: Box<A>, b: Vec<A> } type B = B; fn main() { let a = A { a: todo!(), b: vec![] }; a.a.a.b; }".to_owned())),
        ("a macro of itself", "src/main.rs", text("macro_rules! m { ($($a:tt)*) => { m!($($a)* $($a)*); m!(1 $($a)*) } } fn main() { m!(1 2 3); }".to_owned())),
        ("a module of itself", "src/main.rs", text("#[path = \"main.rs\"] mod a; fn main() {}".to_owned())),
        ("a module outside", "src/main.rs", text("#[path = \"../../../../../../../../etc/passwd\"] mod a; fn main() { let a = include_str!(\"../../../../../../etc/passwd\"); }".to_owned())),
        ("no text", "src/main.rs", vec![0xff, 0xfe, 0x00, 0x80, b'f', b'n', 0xc3, 0x28]),
        ("zero bytes", "src/main.rs", b"fn main() {\0\0\0}".to_vec()),
        ("a byte order mark", "src/main.rs", b"\xef\xbb\xbffn main() {\r\n}\r\n".to_vec()),
        ("half a file", "src/main.rs", b"fn main() { let a = \"".to_vec()),
        ("half a raw text", "src/main.rs", b"fn main() { let a = r###\"".to_vec()),
        ("half a comment", "src/main.rs", b"fn main() {} /* /* ".to_vec()),
        ("large numbers", "src/main.rs", main("let a = 99999999999999999999999999999999999999999u64; std::time::Duration::from_secs(18446744073709551615); let b = 1e999999;")),
        ("half a manifest", "Cargo.lock", b"[[package".to_vec()),
        ("deep TOML", "config.toml", text(format!("a = {}", nested("[", "", "]", 10_000)))),
        ("deep JSON", "config.json", text(nested("[", "", "]", 100_000))),
        ("deep YAML", "k8s/a.yaml", text(format!("a: {}", nested("[", "", "]", 50_000)))),
        ("deep mappings", "k8s/a.yaml", text(format!("apiVersion: v1\nkind: A\na: {}", nested("{a: ", "1", "}", 20_000)))),
        ("deep indentation", "k8s/a.yaml", text((0..3_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect())),
        ("aliases of aliases", "k8s/a.yaml", text(format!("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n{}", (1..40).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(","))).collect::<String>()))),
        ("an alias of itself", "k8s/a.yaml", b"a: &a [*a, *a]\n<<: *b\n".to_vec()),
        ("large figures", "k8s/a.yaml", text("apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec:\n  replicas: 1e30\n  strategy: { rollingUpdate: { maxSurge: 99999999999999999999%, maxUnavailable: -1 } }\n  template:\n    metadata: { labels: { app: a } }\n    spec:\n      terminationGracePeriodSeconds: 9223372036854775807\n      containers: [ { name: a, image: a, ports: [ { containerPort: 99999999999 } ], resources: { limits: { cpu: 1e400, memory: -1 } } } ]\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: a }\nspec: { maxReplicas: 9223372036854775807, minReplicas: -9223372036854775808, scaleTargetRef: { kind: Deployment, name: a } }\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: a }\nspec: { minAvailable: 9223372036854775807%, selector: { matchLabels: { app: a } } }\n".to_owned())),
        ("a kustomization of itself", "k8s/kustomization.yaml", b"resources: [ ../k8s, ., ../../../../etc ]\npatches: [ { path: ../../../etc/passwd } ]\n".to_vec()),
        ("a chart of itself", "chart/Chart.yaml", b"name: a\ndependencies: [ { name: a, repository: 'file://.' } ]\n".to_vec()),
        ("a compose file outside", "docker-compose.yml", b"services: { a: { build: ../../../.., env_file: ../../../etc/passwd, extends: { service: a } } }\n".to_vec()),
        ("deep SQL", "migrations/1_a.sql", text(format!("SELECT {};", nested("(", "1", ")", 20_000)))),
        ("half a statement", "migrations/1_a.sql", b"CREATE TABLE a (b text DEFAULT '".to_vec()),
        ("deep messages", "a.proto", text(format!("syntax = \"proto3\"; {}", nested("message A { ", "", " }", 10_000)))),
        ("deep options", "a.proto", text(format!("syntax = \"proto3\"; option (a) = {};", nested("{ a: ", "1", " }", 10_000)))),
        ("messages of each other", "a.proto", b"syntax = \"proto3\"; package a; import \"a.proto\"; message A { B b = 1; } message B { A a = 1; repeated B c = 2; } service S { rpc List(A) returns (B); }".to_vec()),
        ("large tags", "a.proto", b"syntax = \"proto3\"; message A { string a = 99999999999999999999; reserved 1 to 99999999999999999999; reserved -5; }".to_vec()),
        ("deep shell words", "Dockerfile", text(format!("FROM a\nENTRYPOINT {}\n", nested("[\"a\", ", "", "]", 10_000)))),
        ("a line that goes on", "Dockerfile", text(format!("FROM a\nRUN {}", repeated("a \\\n", 50_000)))),
        ("a long variable", ".env", text(format!("A={}\nB=${{B}}${{C\nC=\"", repeated("${A}", 10_000)))),
        ("settings that are none", "loadpath.yaml", b"rules: [ [ [ 1".to_vec()),
        ("settings of the wrong kind", "loadpath.yaml", b"slo: 3\nnodes: { cores: 99999999999999999999 }\nexclude: [ '[', '***' ]\n".to_vec()),
    ];
    let many: String = (0..20_000).map(|n| format!("const A{n}: u8 = 1;\n")).collect();
    all.push(("many lines", "src/main.rs", format!("{many}fn main() {{}}").into_bytes()));
    all
}

/// Runs the program on a folder; gives what it says on standard error.
fn run(arguments: &[&str], folder: &Path) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadpath"));
    command.args(arguments).arg(folder).arg("--no-cache");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let reader = std::thread::spawn({
        let mut stderr = child.stderr.take().unwrap();
        move || {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut stderr, &mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        }
    });
    let start = Instant::now();
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak_memory(child.id()));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() > MAX_TIME => {
                child.kill().unwrap();
                child.wait().unwrap();
                return Err(format!("{arguments:?} does not end"));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let said = reader.join().unwrap();
    let first: String = said.chars().take(400).collect();
    match status.code() {
        Some(0..=3) if !said.contains("panicked") && !said.contains("root:") && memory < MAX_MEMORY => Ok(said),
        code => Err(format!("{arguments:?} ends with {code:?} after {memory} kB: {first}")),
    }
}

/// The most memory that a process had so far, in kB; 0 where the system does not say.
fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

#[test]
fn a_file_of_a_hundred_megabytes_is_named_and_the_rest_is_reviewed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\naxum = \"0.8\"\nreqwest = \"0.12\"\n",
    );
    write(
        "src/main.rs",
        "mod large;
         #[tokio::main]
         async fn main() {
             let app = axum::Router::new().route(\"/\", axum::routing::get(index));
             let listener = tokio::net::TcpListener::bind(\"0.0.0.0:80\").await.unwrap();
             axum::serve(listener, app).await.unwrap();
         }
         async fn index() -> String { reqwest::get(\"http://b/c\").await.unwrap().text().await.unwrap() }",
    );
    for path in ["src/large.rs", "k8s/large.yaml", "large.proto", "migrations/1_large.sql", "Cargo.lock"] {
        write(path, "");
        fs::File::create(folder.path().join(path)).unwrap().set_len(100 * 1024 * 1024).unwrap();
    }
    #[cfg(target_os = "linux")]
    assert!(peak_memory(std::process::id()) > 0, "memory is measured here");
    let said = run(&["check", "--format", "json"], folder.path()).unwrap();
    for path in ["src/large.rs", "k8s/large.yaml", "large.proto", "migrations/1_large.sql", "Cargo.lock"] {
        let of_file = said.lines().find(|line| line.contains(path)).unwrap_or_else(|| panic!("{path}: {said}"));
        assert!(of_file.contains("104857600 bytes; at most"), "{of_file}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_loadpath"))
        .args(["check", "--format", "json", "--no-cache"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("timeout/http-client-none"), "the rest is reviewed");
}

#[test]
fn hostile_files_end_no_review() {
    let failures: Vec<String> = std::thread::scope(|scope| {
        let cases = files();
        let (first, second) = cases.split_at(cases.len() / 2);
        let workers: Vec<_> = [first.to_vec(), second.to_vec()]
            .into_iter()
            .map(|cases| scope.spawn(move || cases.iter().flat_map(judge).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn judge((name, path, bytes): &(&str, &str, Vec<u8>)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("Cargo.toml", b"[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\naxum = \"0.8\"\n");
    if *path != "src/main.rs" {
        write("src/main.rs", b"fn main() { let a = std::env::var(\"A\").unwrap(); }");
    }
    write(path, bytes);
    let commands: [&[&str]; 2] = [&["check", "--format", "json"], &["graph", "--format", "mermaid"]];
    commands
        .iter()
        .filter_map(|arguments| run(arguments, folder.path()).err())
        .map(|why| format!("{name}: {why}"))
        .collect()
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    fs::create_dir_all(root.join("src")).unwrap();
    fs::write(folder.path().join("secret.rs"), "fn main() { std::env::var(\"OUTSIDE\").unwrap(); }").unwrap();
    fs::write(root.join("Cargo.toml"), "[package]\nname = \"a\"\nversion = \"0.1.0\"\n").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.rs"), root.join("src/main.rs")).unwrap();
    std::os::unix::fs::symlink(&root, root.join("again")).unwrap();
    std::os::unix::fs::symlink("/nowhere", root.join("src/gone.rs")).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_loadpath")).arg("extract").arg(&root).arg("--no-cache").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("OUTSIDE"));
}
