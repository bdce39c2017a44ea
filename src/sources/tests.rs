use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(root)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(root: &Path, message: &str) -> String {
    git(root, &["add", "-A", "-f", "."]);
    git(root, &["commit", "-q", "--allow-empty", "-m", message]);
    git(root, &["rev-parse", "HEAD"])
}

fn texts(sources: &Sources) -> Vec<(String, String)> {
    sources.files.iter().map(|source| (source.path.to_string(), source.text().into_owned())).collect()
}

fn paths(sources: &Sources) -> Vec<&str> {
    sources.files.iter().map(|source| &*source.path).collect()
}

#[test]
fn a_revision_is_what_a_walk_of_its_checkout_gives() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "Cargo.toml", "[workspace]");
    write(root, "a/src/main.rs", "fn main() {}");
    write(root, "a/.env", "X=1");
    write(root, "a/.gitignore", "*.json\n!kept.json\n/only_here.rs\ngone/\n");
    write(root, "a/x.json", "{}");
    write(root, "a/kept.json", "{}");
    write(root, "a/only_here.rs", "");
    write(root, "a/deep/only_here.rs", "");
    write(root, "a/deep/kept.json", "{}");
    write(root, "a/gone/kept.json", "{}");
    write(root, ".gitignore", "**/secret.yaml\n");
    write(root, "b/secret.yaml", "a: 1");
    write(root, "b/.ignore", "!secret.yaml\n");
    write(root, "target/x.rs", "");
    write(root, "node_modules/x.json", "{}");
    write(root, "picture.png", "");
    write(root, "run.rs", "#!");
    symlink("Cargo.toml", root.join("link.toml")).unwrap();
    symlink(".", root.join("a/loop")).unwrap();
    std::fs::set_permissions(root.join("run.rs"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    commit(root, "one");
    let submodule = format!("160000,{},module", git(root, &["rev-parse", "HEAD"]));
    git(root, &["update-index", "--add", "--cacheinfo", &submodule]);
    git(root, &["commit", "-q", "-m", "two"]);
    let (walked, read) = (walk(root).unwrap(), revision(root, "HEAD").unwrap());
    assert_eq!(texts(&read), texts(&walked));
    let expected = ["Cargo.toml", "a/.env", "a/deep/kept.json", "a/deep/only_here.rs", "a/kept.json", "a/src/main.rs"];
    assert_eq!(paths(&read), [&expected[..], &["b/secret.yaml", "run.rs"]].concat());
    assert!(read.unread.is_empty() && walked.unread.is_empty());
    let (walked, read) = (walk(&root.join("a")).unwrap(), revision(&root.join("a"), "HEAD").unwrap());
    assert_eq!(texts(&read), texts(&walked));
    assert_eq!(paths(&read), [".env", "deep/kept.json", "deep/only_here.rs", "kept.json", "src/main.rs"]);
}

#[test]
fn revisions_go_by_many_names_and_survive_packing() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "a.rs", "old");
    let first = commit(root, "one");
    git(root, &["tag", "-a", "v1", "-m", "annotated"]);
    write(root, "a.rs", "new");
    commit(root, "two");
    git(root, &["branch", "feature/x"]);
    write(root, "a.rs", "uncommitted");
    for pass in 0..2 {
        for name in ["HEAD~1", "v1", &first, &first[..10], "main^"] {
            assert_eq!(texts(&revision(root, name).unwrap()), [("a.rs".into(), "old".into())], "{name} {pass}");
        }
        for name in ["HEAD", "main", "feature/x", "refs/heads/main"] {
            assert_eq!(texts(&revision(root, name).unwrap()), [("a.rs".into(), "new".into())], "{name} {pass}");
        }
        git(root, &["gc", "-q", "--aggressive", "--prune=now"]);
    }
    std::fs::create_dir(root.join("later")).unwrap();
    assert_eq!(paths(&revision(&root.join("later"), "HEAD").unwrap()), [""; 0], "a folder that the revision has not");
}

#[test]
fn a_work_tree_beside_the_repository_and_a_bare_one_are_read_as_well() {
    let folder = folder();
    let root = folder.path().join("main");
    write(&root, "s/a.rs", "a");
    git(&root, &["init", "-q"]);
    commit(&root, "one");
    git(&root, &["worktree", "add", "-q", "../other", "-b", "other"]);
    let other = folder.path().join("other");
    assert_eq!(paths(&revision(&other.join("s"), "main").unwrap()), ["a.rs"]);
    git(folder.path(), &["clone", "-q", "--bare", "main", "bare"]);
    assert_eq!(paths(&revision(&folder.path().join("bare"), "main").unwrap()), ["s/a.rs"]);
}

#[test]
fn the_merge_base_is_where_branches_part() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "a.rs", "a");
    let parting = commit(root, "one");
    git(root, &["checkout", "-q", "-b", "change"]);
    commit(root, "two");
    git(root, &["checkout", "-q", "main"]);
    commit(root, "three");
    git(root, &["checkout", "-q", "change"]);
    assert_eq!(merge_base(root, "HEAD", "main").unwrap(), parting);
    git(root, &["checkout", "-q", "--orphan", "stranger"]);
    commit(root, "four");
    assert!(matches!(merge_base(root, "HEAD", "main"), Err(Error::Unrelated { .. })));
}

#[test]
fn what_is_not_there_is_an_error_that_says_what_to_do() {
    let folder = folder();
    let root = folder.path().join("origin");
    write(&root, "a.rs", "a");
    let error = revision(&root, "HEAD").unwrap_err();
    assert!(matches!(error, Error::NotARepository { .. }), "{error}");
    git(&root, &["init", "-q"]);
    let empty = revision(&root, "HEAD").unwrap_err().to_string();
    assert!(empty.contains("no such branch"), "{empty}");
    commit(&root, "one");
    git(&root, &["branch", "change"]);
    commit(&root, "two");
    git(&root, &["checkout", "-q", "change"]);
    commit(&root, "three");
    let url = format!("file://{}", root.display());
    git(folder.path(), &["clone", "-q", &url, "full"]);
    let full = folder.path().join("full");
    let help = revision(&full, "main").unwrap_err().to_string();
    assert_eq!(help, "find the revision `main`: did you mean `origin/main`?");
    assert!(revision(&full, "nothing").unwrap_err().to_string().contains("fetch-depth: 0"));
    git(folder.path(), &["clone", "-q", "--depth=1", "--no-single-branch", &url, "shallow"]);
    let shallow = folder.path().join("shallow");
    assert_eq!(paths(&revision(&shallow, "HEAD").unwrap()), ["a.rs"], "what is there can be read");
    for result in [revision(&shallow, "HEAD~1").map(|_| String::new()), merge_base(&shallow, "HEAD", "origin/main")] {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Shallow { .. }), "{error}");
        assert!(error.to_string().contains("fetch-depth: 0"));
    }
    assert!(revision(&full, "HEAD:a.rs").is_err(), "a file is no revision");
    for odd in ["", "-x", "--all", "@{", "^", "HEAD..origin/main", "\0", ":/x", "HEAD^{/", "HEAD~99999999999999999999"]
    {
        assert!(revision(&full, odd).is_err(), "{odd:?}");
    }
}

#[test]
fn damage_is_an_error() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "a.rs", "a");
    write(root, "b/b.rs", "b");
    commit(root, "one");
    let object = |name: &str| {
        let id = git(root, &["rev-parse", name]);
        root.join(".git/objects").join(&id[..2]).join(&id[2..])
    };
    std::fs::remove_file(object("HEAD:a.rs")).unwrap();
    let sources = revision(root, "HEAD").unwrap();
    assert_eq!(paths(&sources), ["b/b.rs"], "the rest is read");
    assert_eq!(sources.unread.len(), 1);
    std::fs::remove_file(object("HEAD:b")).unwrap();
    assert!(matches!(revision(root, "HEAD"), Err(Error::Objects { .. })));
}

#[test]
fn trees_that_hold_each_other_many_times_are_bounded() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "a.rs", "a");
    commit(root, "one");
    // Ten folders of ten folders, ten times over: ten thousand million files in a few hundred bytes.
    let mut tree = git(root, &["rev-parse", "HEAD^{tree}"]);
    for _ in 0..10 {
        let listing: String = (0..10).map(|n| format!("040000 tree {tree}\td{n}\n")).collect();
        std::fs::write(root.join("listing"), listing).unwrap();
        tree = git(root, &["-c", "alias.m=!git mktree < listing", "m"]);
    }
    let sources = git::revision_within(root, &tree, std::collections::HashMap::new(), 2000).unwrap();
    assert!(sources.unread.iter().any(|(_, why)| why.contains("the rest is left out")));
}

#[test]
fn names_that_are_not_utf8_are_reported_in_both() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "a.rs", "a");
    for name in [&b"x\xfe.rs"[..], b"x\xff.rs", b"y\xff.png"] {
        std::fs::write(root.join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
    }
    let deep = root.join(std::ffi::OsStr::from_bytes(b"d\xff"));
    std::fs::create_dir(&deep).unwrap();
    std::fs::write(deep.join("z.rs"), "").unwrap();
    commit(root, "one");
    let (walked, read) = (walk(root).unwrap(), revision(root, "HEAD").unwrap());
    for sources in [&walked, &read] {
        assert_eq!(paths(sources), ["a.rs"]);
        let unread: Vec<&str> = sources.unread.iter().map(|(span, _)| &*span.file).collect();
        assert_eq!(unread, ["d\u{fffd}/z.rs", "x\u{fffd}.rs", "x\u{fffd}.rs"]);
    }
}

#[test]
fn what_cannot_be_read_is_listed_and_never_waited_for() {
    let folder = folder();
    let root = folder.path().join("root");
    write(&root, "a.rs", "a");
    write(folder.path(), "outside.rs", "x");
    symlink("../outside.rs", root.join("escape.rs")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("self", root.join("self")).unwrap();
    std::fs::File::create(root.join("large.sql")).unwrap().set_len(MAX_BYTES + 1).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("pipe.rs")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.rs")).unwrap();
    let sources = walk(&root).unwrap();
    assert_eq!(paths(&sources), ["a.rs"]);
    let unread: Vec<String> = sources.unread.iter().map(|(span, why)| format!("{} {why}", span.file)).collect();
    assert_eq!(unread, [format!("large.sql the file has {} bytes; at most {MAX_BYTES} are read", MAX_BYTES + 1)]);
    let link = folder.path().join("link");
    symlink("root", &link).unwrap();
    assert_eq!(paths(&walk(&link).unwrap()), ["a.rs"], "a root can be a link");
    for wrong in [root.join("a.rs"), root.join("nothing"), root.join("self")] {
        assert!(matches!(walk(&wrong), Err(Error::NotAFolder { .. })), "{wrong:?}");
        assert!(walk_all(&[wrong]).is_err());
    }
}

#[test]
fn several_roots_have_their_names_in_front() {
    let folder = folder();
    let root = folder.path();
    for path in ["x/api/a.rs", "y/api/a.rs", "y/web/b.rs"] {
        write(root, path, "");
    }
    let all = |roots: &[&str]| {
        let roots: Vec<PathBuf> = roots.iter().map(|path| root.join(path)).collect();
        let sources = walk_all(&roots).unwrap();
        sources.files.iter().map(|source| source.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(all(&["x/api"]), ["a.rs"]);
    assert_eq!(all(&["y/web", "x/api"]), ["api/a.rs", "web/b.rs"]);
    assert_eq!(all(&["y/api", "x/api", "y/web"]), ["x/api/a.rs", "y/api/a.rs", "y/web/b.rs"]);
    assert_eq!(all(&["x/api", "x/../x/api/."]), ["a.rs"], "one folder under two names");
    assert_eq!(all(&["y/api", "y", "y/web"]), ["api/a.rs", "web/b.rs"], "folders inside one of them");
}

#[test]
fn standard_input_is_told_apart_by_how_it_begins() {
    for proto in [
        "syntax = \"proto3\";",
        "\u{feff}// licence\n/* more */ package a.b;",
        "edition=\"2023\";",
        "message M {}",
        "import public \"x.proto\";",
    ] {
        assert_eq!(paths(&stdin(proto.as_bytes()).unwrap()), ["stdin.proto"], "{proto}");
    }
    for yaml in ["apiVersion: v1", "# c\nkind: List", "service: x", "message : y", "{}", "", "// ", "/*", "enumerate"] {
        assert_eq!(paths(&stdin(yaml.as_bytes()).unwrap()), ["stdin.yaml"], "{yaml}");
    }
    assert!(matches!(stdin(std::io::repeat(b'a')), Err(Error::Stdin(_))));
}

#[test]
fn what_is_staged_is_what_a_commit_would_hold() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    assert!(is_unborn(root).unwrap());
    assert_eq!(paths(&staged(root, None).unwrap()), [""; 0], "there is no index yet");
    for (path, text) in
        [("a/b/c/one.rs", "1"), ("a/two.proto", "2"), ("three.sql", "3"), ("a.rs", "4"), ("gone.rs", "5")]
    {
        write(root, path, text);
    }
    write(root, ".gitignore", "made/\n");
    write(root, "made/x.rs", "x");
    commit(root, "one");
    assert!(!is_unborn(root).unwrap());
    write(root, "a/two.proto", "staged");
    write(root, "new.rs", "new");
    git(root, &["add", "a/two.proto", "new.rs"]);
    git(root, &["rm", "-q", "--cached", "gone.rs"]);
    // None of that is staged.
    write(root, "a/two.proto", "not staged");
    write(root, "three.sql", "not staged");
    write(root, "untracked.rs", "");
    write(root, "announced.rs", "text");
    git(root, &["add", "--intent-to-add", "announced.rs"]);
    let met = staged(root, None).unwrap();
    let tree = git(root, &["write-tree"]);
    assert_eq!(texts(&met), texts(&revision(root, &tree).unwrap()));
    assert_eq!(paths(&met), ["a.rs", "a/b/c/one.rs", "a/two.proto", "new.rs", "three.sql"]);
    assert_eq!(met.get("a/two.proto").unwrap().text(), "staged");
    assert_eq!(paths(&staged(&root.join("a"), None).unwrap()), ["b/c/one.rs", "two.proto"]);
    // A commit of some paths has an index of its own.
    std::fs::copy(root.join(".git/index"), root.join(".git/other")).unwrap();
    git(root, &["reset", "-q"]);
    assert_eq!(texts(&staged(root, Some(&root.join(".git/other"))).unwrap()), texts(&met));
    assert_eq!(staged(root, None).unwrap().get("a/two.proto").unwrap().text(), "2");
    std::fs::write(root.join(".git/other"), "DIRC").unwrap();
    let error = staged(root, Some(&root.join(".git/other"))).unwrap_err().to_string();
    assert!(error.starts_with("read what is staged: ") && error.ends_with("`git status`"), "{error}");
}

#[test]
fn a_conflict_is_not_read_as_one_side() {
    let folder = folder();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "a.rs", "1\n");
    commit(root, "one");
    git(root, &["checkout", "-q", "-b", "other"]);
    write(root, "a.rs", "2\n");
    commit(root, "two");
    git(root, &["checkout", "-q", "main"]);
    write(root, "a.rs", "3\n");
    commit(root, "three");
    // It fails, and leaves the conflict in the index.
    let who = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let merge = Command::new("git").args(who).args(["merge", "-q", "other"]).current_dir(root).output().unwrap();
    assert!(!merge.status.success());
    let met = staged(root, None).unwrap();
    assert_eq!(paths(&met), [""; 0]);
    assert_eq!(met.unread.len(), 1);
    assert!(met.unread[0].1.contains("not merged"));
}

#[test]
fn a_file_is_followed_to_its_new_name() {
    let long = |word: &str| (0..10).map(|line| format!("line {line} of {word}\n")).collect::<String>();
    let (api, edited) = (long("api"), long("api").replace("line 3 of api", "another line"));
    let (a, b, half) = (long("a"), long("b"), format!("{}{}", &long("c")[..70], long("d")));
    let before = Sources::from_texts([
        ("api.rs", &*api),
        ("same.rs", &a),
        ("one/mod.rs", &b),
        ("c.rs", &long("c")),
        ("kept.rs", "fn kept() {}\n"),
    ]);
    let after = Sources::from_texts([
        ("rpc.rs", &*edited),
        ("moved/same.rs", &a),
        ("other.rs", &a),
        ("two/mod.rs", &b),
        ("d.rs", &half),
        ("api.sql", &api),
        ("kept.rs", "fn kept() {}\n"),
    ]);
    let found = renames(&before, &after);
    let found: Vec<(&str, &str)> = found.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    assert_eq!(found, [("api.rs", "rpc.rs"), ("one/mod.rs", "two/mod.rs"), ("same.rs", "moved/same.rs")]);
    assert_eq!(renames(&before, &before).len(), 0);
}

#[test]
fn owners_of_code_are_read_where_they_lie() {
    let folder = folder();
    for path in [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", "docs/OWNERS"] {
        write(folder.path(), path, "* @team\n");
    }
    assert_eq!(paths(&walk(folder.path()).unwrap()), [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"]);
}
