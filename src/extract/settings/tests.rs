use super::*;

fn shown(path: &str, text: &str) -> Vec<String> {
    let (files, _) = extract(&Sources::from_texts([(path, text)]));
    let entries = files.into_iter().flat_map(|file| file.entries);
    entries.map(|entry| format!("{}={} {}:{}", entry.key, entry.value, entry.at.line, entry.at.column)).collect()
}

#[test]
fn each_format_is_flattened_with_places() {
    let toml =
        "a = 1_0\n[db]\nurl = \"postgres://u:p@h/d\"\nlist = [\"x\", {y = true}]\n[[s]]\nk = 'é'\npassword = 'p'\n";
    assert_eq!(
        shown("config/app.toml", toml),
        [
            "a=10 1:5",
            "db.url=postgres://h/d 3:7",
            "db.list.0=x 4:9",
            "db.list.1.y=true 4:19",
            "s.0.k=é 6:5",
            "s.0.password=<secret> 7:12"
        ]
    );
    let yaml = "db:\n  url: \"postgres://u:p@h/d\"\n  list: [x, {y: true}]\n  none: ~\napiKey: z\n";
    assert_eq!(
        shown("config/app.yaml", yaml),
        ["db.url=postgres://h/d 2:8", "db.list.0=x 3:10", "db.list.1.y=true 3:17", "apiKey=<secret> 5:9"]
    );
    assert_eq!(shown("app.json", "{\n  \"a\": {\"b\": [1, \"c\"]}\n}"), ["a.b.0=1 2:15", "a.b.1=c 2:18"]);
    assert_eq!(shown("svc/.env", "# x\nA=1\nDB_TOKEN=2\n"), ["A=1 2:3", "DB_TOKEN=<secret> 3:10"]);
}

#[test]
fn what_is_no_settings_file_is_left_out() {
    for (path, text) in [
        ("deny.toml", "a = 1"),
        (".cargo/config.toml", "a = 1"),
        ("k8s/a.yaml", "apiVersion: v1\nkind: Service\n"),
        ("k8s/b.yaml", "a: 1\n---\napiVersion: v1\nkind: Service\n"),
        ("kustomization.yaml", "a: 1"),
        ("docker-compose.yml", "a: 1"),
        ("stack.yml", "services: {a: {image: b}}"),
        (".github/workflows/a.yml", "a: 1"),
        ("api.yaml", "openapi: 3.0.0\n"),
        ("package.json", "{\"a\": 1}"),
        ("package-lock.json", "{\"a\": 1}"),
        ("grafana/a.json", "{\"panels\": [1]}"),
        ("x/tests/a.yaml", "a: 1"),
        ("list.json", "[1]"),
        ("log.json", "{\"a\": 1}\n{\"a\": 2}\n"),
        ("t.yaml", "{{ if x }}\na: {{ y }}\n{{ end }}"),
    ] {
        assert_eq!(shown(path, text), [""; 0], "{path}");
    }
    let chart = [
        ("charts/a/Chart.yaml", "name: a"),
        ("charts/a/values-prod.yaml", "a: 1"),
        ("charts/a/templates/b/x.yaml", "a: 1"),
        ("charts/a/files/app.yaml", "a: 1"),
    ];
    let (files, _) = extract(&Sources::from_texts(chart));
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["charts/a/files/app.yaml"]);
}

#[test]
fn a_broken_file_gives_what_could_be_read_and_says_so() {
    let (files, diagnostics) =
        extract(&Sources::from_texts([("a.toml", "a = 1\nb = \nc = 3\n"), ("b.yaml", "a: 1\n---\nb: [\n")]));
    assert_eq!(files.len(), 2);
    assert_eq!(diagnostics.iter().map(|diagnostic| diagnostic.at.line).min(), Some(2));
    assert_eq!(diagnostics.len(), 2);
}

#[test]
fn size_and_depth_are_bounded() {
    let many: String = (0..5_000).map(|index| format!("k{index}: 1\n")).collect();
    assert_eq!(shown("a.yaml", &many).len(), MAX_ENTRIES);
    let aliases: String =
        (1..60).map(|level| format!("l{level}: &l{level} [*l{}, *l{}]\n", level - 1, level - 1)).collect();
    shown("a.yaml", &format!("l0: &l0 []\n{aliases}"));
    shown("a.json", &"[".repeat(100_000));
    shown("a.toml", &format!("a = {}", "[".repeat(100_000)));
    shown("a.toml", &format!("a = {}", "{b = ".repeat(50_000)));
    shown("a.toml", &format!("{}a = 1", "a.".repeat(50_000)));
    shown("a.yaml", &"a: {".repeat(10_000));
    assert!(shown("a.yaml", &format!("a: {}", "x".repeat(MAX_BYTES))).is_empty());
}

#[test]
fn a_truncated_file_is_no_accident() {
    let toml = "[a.\"b c\"]\nx = \"é\\n\" # c\ny = [1, {z = 1979-05-27}]\n[[q]]\nm = '''\nx'''\n";
    let yaml = "a: &a\n  - \"é\\n\"\n  - |\n    text\nb: {<<: *a, c: 'x'}\n--- !t\n? k\n: v\n";
    for (path, text) in [("a.toml", toml), ("a.yaml", yaml), (".env", "export A=\"é\nB='x'\n")] {
        for end in 0..=text.len() {
            shown(path, &String::from_utf8_lossy(&text.as_bytes()[..end]));
        }
    }
}
