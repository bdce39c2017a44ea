use super::*;
use crate::facts::deployment::EnvSource;

fn services(files: &[(&str, &str)]) -> Vec<ComposeService> {
    extract(&Sources::from_texts(files.iter().copied())).0
}

fn only(text: &str) -> ComposeService {
    let mut found = services(&[("deploy/compose.yaml", text)]);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn env(service: &ComposeService) -> Vec<String> {
    let shown = service.env.iter().map(|variable| match &variable.source {
        EnvSource::Literal(value) => format!("{}={value} {}:{}", variable.name, variable.at.file, variable.at.line),
        _ => String::new(),
    });
    shown.collect()
}

#[test]
fn both_forms_of_each_key_are_read() {
    let long = "services:\n  cart:\n    image: cart:1\n    build: {context: ../cart, dockerfile: docker/D, target: t, args: {A: 1}}\n    \
                entrypoint: [\"/cart\", \"x y\"]\n    command: --port 80 'a b'\n    environment:\n      A: 1\n      B: ~\n    \
                ports: [{target: 80, published: 8080}]\n    depends_on: {db: {condition: service_healthy}}\n    \
                deploy: {replicas: 3}\n    profiles: [dev]\n";
    let service = only(long);
    assert_eq!((service.name.as_str(), service.file.as_str(), service.at.line), ("cart", "deploy/compose.yaml", 2));
    assert_eq!(service.image.as_ref().map(|image| (image.value.as_str(), image.at.line)), Some(("cart:1", 3)));
    assert_eq!(service.build_context.as_ref().map(|context| context.value.as_str()), Some("cart"));
    assert_eq!(service.dockerfile.as_deref(), Some("cart/docker/D"));
    assert_eq!(service.build_target.as_deref(), Some("t"));
    assert_eq!(service.build_args["A"], "1");
    assert_eq!(service.entrypoint, ["/cart", "x y"]);
    assert_eq!(service.command, ["--port", "80", "a b"]);
    assert_eq!(env(&service), ["A=1 deploy/compose.yaml:8", "B=${B} deploy/compose.yaml:9"]);
    assert_eq!(service.ports, [80]);
    assert_eq!(service.depends_on.iter().map(|on| (on.value.as_str(), on.at.line)).collect::<Vec<_>>(), [("db", 11)]);
    assert_eq!(service.replicas.map(|replicas| replicas.value), Some(3));
    assert_eq!(service.profiles, ["dev"]);

    let short = "services:\n  cart:\n    build: .\n    command: [sh, -c, \"exec /cart run\"]\n    environment:\n      - A=1=2\n      - B\n    \
                 ports: [\"127.0.0.1:8080:80/tcp\", 90, \"5000-5001:6000-6001\"]\n    expose: [\"80\", 70]\n    depends_on: [db]\n    scale: 2\n";
    let service = only(short);
    assert_eq!(service.dockerfile.as_deref(), Some("deploy/Dockerfile"));
    assert_eq!(service.command, ["/cart", "run"]);
    assert_eq!(env(&service), ["A=1=2 deploy/compose.yaml:6", "B=${B} deploy/compose.yaml:7"]);
    assert_eq!(service.ports, [80, 90, 6000, 6001, 70]);
    assert_eq!(service.replicas.map(|replicas| replicas.value), Some(2));
    assert_eq!(service.depends_on[0].value, "db");
}

#[test]
fn the_script_of_a_shell_may_stand_in_the_command() {
    let service = only(
        "services:\n  a:\n    image: x\n    entrypoint: [/bin/sh, -c]\n    command: [\"sleep 1 && exec /cart run\"]\n",
    );
    assert_eq!((service.entrypoint.join(" ").as_str(), service.command.len()), ("/cart run", 0));
}

#[test]
fn variables_come_from_the_file_beside_and_from_defaults() {
    let found = services(&[
        ("deploy/.env", "TAG=7\nPORT=80\nHANDED=on:${PORT}\n"),
        ("deploy/cart.env", "A=file\nC=${TAG}\n"),
        (
            "deploy/compose.yaml",
            "services:\n  cart:\n    image: cart:${TAG:-1}-${X:-y}-${Z}\n    env_file: [cart.env, {path: none.env, required: false}]\n    \
             environment: {A: own, B: \"a$$b\", HANDED: }\n",
        ),
    ]);
    assert_eq!(found[0].image.as_ref().map(|image| image.value.as_str()), Some("cart:7-y-${Z}"));
    assert_eq!(
        env(&found[0]),
        [
            "A=own deploy/compose.yaml:5",
            "C=7 deploy/cart.env:2",
            "B=a$b deploy/compose.yaml:5",
            "HANDED=on:80 deploy/compose.yaml:5"
        ]
    );
}

#[test]
fn anchors_and_extends_and_overrides_are_layers() {
    let found = services(&[
        (
            "docker-compose.yml",
            "x-env: &env {A: 1, B: 1}\nservices:\n  base:\n    image: base\n    environment: {<<: *env, B: 2}\n    ports: [\"80\"]\n  \
             cart:\n    extends: {service: base}\n    environment: [C=3]\n    ports: [\"90\"]\n",
        ),
        (
            "docker-compose.override.yml",
            "services:\n  cart:\n    image: local\n    environment: {A: 9}\n  extra: {image: x}\n",
        ),
    ]);
    let names: Vec<_> = found.iter().map(|service| (service.name.as_str(), service.at.file.as_ref())).collect();
    let base = "docker-compose.yml";
    assert_eq!(names, [("base", base), ("cart", base), ("extra", "docker-compose.override.yml")]);
    let cart = &found[1];
    assert_eq!(cart.image.as_ref().map(|image| image.at.file.as_ref()), Some("docker-compose.override.yml"));
    assert_eq!(cart.ports, [80, 90]);
    assert_eq!(
        env(cart),
        ["B=2 docker-compose.yml:5", "A=9 docker-compose.override.yml:4", "C=3 docker-compose.yml:9"]
    );
}

#[test]
fn only_compose_files_are_read() {
    for (path, text, count) in [
        ("stack.yaml", "services: {a: {image: b}}", 1),
        ("stack.yaml", "services: {a: {host: b}}", 0),
        ("docker-compose.prod.yml", "services: {a: {environment: {}}}", 1),
        (".github/workflows/ci.yml", "services: {a: {image: b}}", 0),
        ("k8s.yaml", "apiVersion: v1\nservices: {a: {image: b}}", 0),
    ] {
        assert_eq!(services(&[(path, text)]).len(), count, "{path}");
    }
}

#[test]
fn paths_that_leave_the_project_are_not_followed() {
    let service = only("services:\n  a:\n    build: ../../x\n    env_file: /etc/passwd\n");
    assert!(service.build_context.is_none() && service.dockerfile.is_none() && service.env.is_empty());
    let remote = only("services:\n  a:\n    build: https://example.org/x.git\n");
    assert!(remote.build_context.is_some() && remote.dockerfile.is_none());
    let (_, diagnostics) =
        extract(&Sources::from_texts([("compose.yaml", "services:\n  a:\n    image: x\n    env_file: gone.env\n")]));
    assert_eq!(diagnostics[0].at.line, 4);
}

#[test]
fn a_broken_file_is_no_accident() {
    let text = "x: &x {A: é}\nservices:\n  a:\n    extends: b\n    build: {args: [X=1, Y]}\n    environment: {<<: *x}\n    \
                ports: [1-]\n  b: {extends: {service: a}, env_file: [x], command: \"'\"}\n  c:\n";
    for end in 0..=text.len() {
        services(&[("compose.yaml", &String::from_utf8_lossy(&text.as_bytes()[..end]))]);
    }
    let chain: String = (0..500).map(|index| format!("  s{index}: {{image: a, extends: s{}}}\n", index + 1)).collect();
    assert_eq!(services(&[("compose.yaml", &format!("services:\n{chain}"))]).len(), 500);
}
