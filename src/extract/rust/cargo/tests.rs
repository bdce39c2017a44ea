use super::*;

fn cargo(files: &[(&str, &str)]) -> Cargo {
    read(&Sources::from_texts(files.iter().copied()))
}

fn only(files: &[(&str, &str)]) -> Package {
    let cargo = cargo(files);
    assert_eq!(cargo.diagnostics, []);
    let [package] = cargo.packages.as_slice() else { panic!("{:?}", cargo.packages) };
    package.clone()
}

fn show(targets: &[Target]) -> Vec<String> {
    targets
        .iter()
        .map(|target| format!("{} {} {} {}", target.name, target.crate_name, target.root, target.at))
        .collect()
}

fn show_dependencies(dependencies: &[Dependency]) -> Vec<String> {
    dependencies
        .iter()
        .map(|of| {
            let features = of.features.join(",");
            let optional = if of.optional { " optional" } else { "" };
            let default = if of.default_features { "" } else { " bare" };
            let path = of.path.as_ref().map(|path| format!(" at {path}")).unwrap_or_default();
            format!("{}={} {} [{features}]{optional}{default}{path} {}", of.import, of.name, of.version, of.at)
        })
        .collect()
}

#[test]
fn targets_are_found_and_declared() {
    let package = only(&[
        (
            "p/Cargo.toml",
            "[package]\nname = \"my-app\"\nversion = \"1.2.3\"\n\n[lib]\nname = \"core_lib\"\n\n[[bin]]\nname = \"serve-it\"\npath = \
             \"src/server/main.rs\"\n\n[[bin]]\nname = \"gone\"\npath = \"src/gone.rs\"\n[[bin]]\nname = \"tool\"\n",
        ),
        ("p/src/lib.rs", ""),
        ("p/src/main.rs", ""),
        ("p/src/server/main.rs", ""),
        ("p/src/bin/tool.rs", ""),
        ("p/src/bin/other.rs", ""),
        ("p/src/bin/dir/main.rs", ""),
        ("p/src/bin/dir/more.rs", ""),
        ("p/examples/e.rs", ""),
        ("p/build.rs", ""),
    ]);
    assert_eq!((package.name.as_str(), package.version.as_str(), package.path.as_str()), ("my-app", "1.2.3", "p"));
    assert_eq!(package.manifest.to_string(), "p/Cargo.toml:2:8");
    assert_eq!(show(package.lib.as_slice()), ["core_lib core_lib p/src/lib.rs p/Cargo.toml:6:8"]);
    assert_eq!(
        show(&package.bins),
        [
            "dir dir p/src/bin/dir/main.rs p/Cargo.toml:2:8",
            "my-app my_app p/src/main.rs p/Cargo.toml:2:8",
            "other other p/src/bin/other.rs p/Cargo.toml:2:8",
            "serve-it serve_it p/src/server/main.rs p/Cargo.toml:9:8",
            "tool tool p/src/bin/tool.rs p/Cargo.toml:16:8",
        ]
    );
    assert_eq!(package.build_script.as_deref(), Some("p/build.rs"));
}

#[test]
fn what_is_switched_off_is_not_found() {
    let package = only(&[
        (
            "Cargo.toml",
            "package = { name = \"a\", autobins = false, build = false }\nbin = [{ name = \"b\", path = \"./src/../src/main.rs\" }]",
        ),
        ("src/main.rs", ""),
        ("src/bin/c.rs", ""),
        ("build.rs", ""),
    ]);
    assert_eq!(show(&package.bins), ["b b src/main.rs Cargo.toml:2:17"]);
    assert_eq!((package.build_script, package.lib, package.path.as_str()), (None, None, ""));
    // A declared binary takes its file from what would be found.
    let package = only(&[
        ("Cargo.toml", "[package]\nname = \"a\"\n[[bin]]\nname = \"b\"\npath = \"src/main.rs\""),
        ("src/main.rs", ""),
    ]);
    assert_eq!(show(&package.bins), ["b b src/main.rs Cargo.toml:4:8"]);
}

#[test]
fn dependencies_of_every_form() {
    let package = only(&[
        (
            "Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\nserde-json = \"1\"\nold = { package = \"tokio\", version = \"0.2\", features = [\"rt\", \"fs\"] }\n\
             opt = { version = \"2\", optional = true, default-features = false }\n[dependencies.long]\nversion = \"3\"\n\
             [target.'cfg(unix)'.dependencies]\nopt = { version = \"2\", features = [\"x\"] }\nnix = \"0.1\"\n[dev-dependencies]\ndev = \"1\"\n\
             [build-dependencies]\ntonic-build = \"0.12\"\n[features]\ndefault = [\"opt\"]\n[patch.crates-io]\nlong = { path = \"l\" }",
        ),
        (
            "Cargo.lock",
            "[[package]]\nname = \"a\"\nversion = \"0.0.0\"\ndependencies = [\"nix\", \"opt\", \"serde-json\", \"tokio 0.2.25\"]\n\
             [[package]]\nname = \"serde-json\"\nversion = \"1.0.9\"\nsource = \"r\"\n[[package]]\nname = \"tokio\"\nversion = \"0.2.25\"\nsource = \"r\"\n\
             [[package]]\nname = \"tokio\"\nversion = \"1.40.0\"\nsource = \"r\"\n[[package]]\nname = \"opt\"\nversion = \"2.0.0-rc.1\"\nsource = \"r\"\n",
        ),
    ]);
    assert_eq!(
        show_dependencies(&package.dependencies),
        [
            "long=long 3 [] Cargo.toml:7:15",
            "nix=nix 0.1 [] Cargo.toml:11:1",
            "old=tokio 0.2.25 [fs,rt] Cargo.toml:5:1",
            "opt=opt 2.0.0-rc.1 [x] Cargo.toml:6:1",
            "serde_json=serde-json 1.0.9 [] Cargo.toml:4:1",
        ]
    );
    assert_eq!(show_dependencies(&package.build_dependencies), ["tonic_build=tonic-build 0.12 [] Cargo.toml:15:1"]);
    assert_eq!(package.features["default"], ["opt"]);
}

#[test]
fn workspaces_hand_down() {
    let cargo = cargo(&[
        (
            "one/Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\", \"../far\"]\nexclude = [\"crates/out\"]\n[workspace.package]\nversion = \"7.0.0\"\n\
             [workspace.dependencies]\ntonic = { version = \"0.12\", features = [\"tls\"], default-features = false }\n\
             my-lib = { path = \"crates/lib\" }\nsql = { package = \"sqlx\", version = \"0.8\" }",
        ),
        (
            "one/crates/app/Cargo.toml",
            "[package]\nname = \"app\"\nversion.workspace = true\n[dependencies]\ntonic = { workspace = true, features = [\"gzip\"] }\n\
             my-lib.workspace = true\nsql = { workspace = true, optional = true }\nren = { path = \"../lib\", package = \"my-lib\" }\n\
             none = { path = \"../none\" }\nout = { path = \"../../../../out\" }",
        ),
        ("one/crates/app/src/main.rs", ""),
        (
            "one/crates/lib/Cargo.toml",
            "[package]\nname = \"my-lib\"\nversion = \"2.0.0\"\n[lib]\nname = \"lib_of_mine\"",
        ),
        ("one/crates/lib/src/lib.rs", ""),
        ("one/crates/out/Cargo.toml", "[package]\nname = \"out\"\n[dependencies]\ntonic.workspace = true"),
        ("one/Cargo.lock", "[[package]]\nname = \"tonic\"\nversion = \"0.12.3\"\nsource = \"r\""),
        ("far/Cargo.toml", "[package]\nname = \"far\"\nversion.workspace = true"),
        ("two/Cargo.toml", "[workspace]\n[package]\nname = \"two\""),
        (
            "two/deep/er/Cargo.toml",
            "[package]\nname = \"er\"\nworkspace = \"../../../one\"\nversion = { workspace = true }",
        ),
    ]);
    assert_eq!(cargo.diagnostics, []);
    let packages: Vec<String> = cargo
        .packages
        .iter()
        .map(|package| format!("{} {} {:?}", package.name, package.version, package.workspace.as_deref()))
        .collect();
    assert_eq!(
        packages,
        [
            "far 7.0.0 Some(\"one\")",
            "app 7.0.0 Some(\"one\")",
            "my-lib 2.0.0 Some(\"one\")",
            "out  None",
            "two  Some(\"two\")",
            "er 7.0.0 Some(\"one\")",
        ]
    );
    assert_eq!(
        show_dependencies(&cargo.packages[1].dependencies),
        [
            "lib_of_mine=my-lib 2.0.0 [] at one/crates/lib one/crates/app/Cargo.toml:6:1",
            "none=none  [] one/crates/app/Cargo.toml:9:1",
            "out=out  [] one/crates/app/Cargo.toml:10:1",
            "ren=my-lib 2.0.0 [] at one/crates/lib one/crates/app/Cargo.toml:8:1",
            "sql=sqlx 0.8 [] optional one/crates/app/Cargo.toml:7:1",
            "tonic=tonic 0.12.3 [gzip,tls] bare one/crates/app/Cargo.toml:5:1",
        ]
    );
}

#[test]
fn broken_manifests_are_diagnostics() {
    let deep = format!("{}a = 1", "a.".repeat(200_000));
    let cargo = cargo(&[
        ("a/Cargo.toml", "[package]\nname = \"a\"\n[dependencies\nserde = 1"),
        ("b/Cargo.toml", "[package]\nname = \"b\"\n[dependencies]\nx = 1\ny = \"2\""),
        ("b/Cargo.lock", "[[package"),
        ("c/Cargo.toml", &deep),
        ("d/Cargo.toml", "[package]\nname = [\"d\"]"),
    ]);
    let diagnostics: Vec<String> = cargo.diagnostics.iter().map(|diagnostic| diagnostic.at.to_string()).collect();
    assert_eq!(diagnostics.len(), 3);
    assert!(diagnostics[0].starts_with("a/Cargo.toml:3:"), "{diagnostics:?}");
    assert!(diagnostics[1].starts_with("c/Cargo.toml:1:"), "{diagnostics:?}");
    assert!(diagnostics[2].starts_with("b/Cargo.lock:1:"), "{diagnostics:?}");
    assert_eq!(cargo.packages.len(), 1);
    assert_eq!(show_dependencies(&cargo.packages[0].dependencies), ["y=y 2 [] b/Cargo.toml:5:1"]);
}

#[test]
fn patterns_of_members() {
    assert!(workspace::matches("crates/*", "crates/a"));
    assert!(!workspace::matches("crates/*", "crates/a/b"));
    assert!(workspace::matches("**/x-?", "a/b/x-1"));
    assert!(workspace::matches("a*c/*", "abbc/d"));
    assert!(!workspace::matches("a*c", "abd"));
}

#[test]
fn every_truncation_is_survived() {
    let text = "[package]\nname = \"ä\"\n[target.'cfg(unix)'.dependencies]\nx = { version = \"1\", features = [\"é\"] }\n[[bin]]\nname = \"b\"\n";
    for (end, _) in text.char_indices() {
        let cargo = cargo(&[("Cargo.toml", &text[..end]), ("Cargo.lock", &text[..end])]);
        assert!(cargo.packages.len() <= 1);
    }
}

/// Which features each package is built with.
fn built(files: &[(&str, &str)]) -> Vec<String> {
    let sources = Sources::from_texts(files.iter().copied());
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(",");
    built_with(&read(&sources).packages, &sources)
        .iter()
        .map(|features| format!("{} | {}", list(&features.on), list(&features.off)))
        .collect()
}

const APP: (&str, &str) = (
    "app/Cargo.toml",
    "[package]\nname = \"app\"\n[features]\ndefault = [\"mail\"]\nmail = [\"store/remote\"]\nfaults = []\n[dependencies]\nstore \
     = { path = \"../store\", default-features = false }\n",
);
const STORE: (&str, &str) = (
    "store/Cargo.toml",
    "[package]\nname = \"store\"\n[features]\ndefault = [\"disk\"]\ndisk = []\nremote = [\"tls\"]\ntls = []\nlocal = []\n",
);

#[test]
fn features_are_default_or_asked_for() {
    let files = [APP, ("app/src/main.rs", ""), STORE, ("store/src/lib.rs", "")];
    assert_eq!(built(&files), ["default,mail,store | faults", "remote,tls | default,disk,local"]);
}

#[test]
fn images_ask_for_features_too() {
    let with = |docker: &'static str| {
        built(&[APP, ("app/src/main.rs", ""), STORE, ("store/src/lib.rs", ""), ("Dockerfile", docker)])
    };
    assert_eq!(with("FROM rust\nRUN cargo build --features faults,store/local\n")[0], "default,faults,mail,store | ");
    assert_eq!(
        with("FROM rust\nRUN cargo install x --no-default-features -F faults\n")[0],
        "default,mail,store | faults"
    );
    assert_eq!(with("FROM rust\nRUN cargo build --features ${FEATURES}\n")[0], " | ");
    assert_eq!(with("FROM rust\nRUN cargo build --no-default-features\n")[0], " | ");
}
