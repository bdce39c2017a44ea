use super::*;

fn stages(text: &str) -> Vec<Stage> {
    let (mut files, _) = extract(&Sources::from_texts([("svc/Dockerfile", text)]));
    files.pop().map(|file| file.stages).unwrap_or_default()
}

fn last(text: &str) -> Stage {
    stages(text).pop().unwrap()
}

fn env(stage: &Stage) -> Vec<String> {
    let shown = |known: &EnvVar| match &known.source {
        EnvSource::Literal(value) => format!("{}={value}@{}", known.name, known.at.line),
        _ => String::new(),
    };
    stage.env.iter().map(shown).collect()
}

#[test]
fn stages_have_names_bases_and_lines() {
    let text = "# syntax=docker/dockerfile:1\nARG RUST=1.90\nARG IMAGE=rust:${RUST}\nFROM --platform=$BUILDPLATFORM ${IMAGE}-slim AS Chef\n\
                FROM chef AS builder\nFROM debian:${DEBIAN:-bookworm}\nFROM $UNKNOWN\n";
    let shown: Vec<_> = stages(text).into_iter().map(|stage| (stage.name, stage.base, stage.at.line)).collect();
    let expected =
        [("chef", "rust:1.90-slim", 4), ("builder", "chef", 5), ("2", "debian:bookworm", 6), ("3", "${UNKNOWN}", 7)];
    assert_eq!(shown, expected.map(|(name, base, line)| (name.to_owned(), base.to_owned(), line)));
}

#[test]
fn variables_stand_at_their_lines() {
    let stage = last(
        "FROM a\nARG P=80\nENV A=1 \\\n  # why\n  B=\"x y\" \\\n  C=$A\nENV OLD form of it\nENV P2=${P}80 A=2\nEXPOSE $P2 9090/udp 7000-7002",
    );
    assert_eq!(env(&stage), ["B=x y@5", "C=${A}@6", "OLD=form of it@7", "P2=8080@8", "A=2@8"]);
    assert_eq!(stage.ports, [8080, 9090, 7000, 7001, 7002]);
}

#[test]
fn a_stage_sees_the_variables_of_the_stage_that_it_builds_on() {
    let text =
        "ARG G=1\nFROM a AS base\nENV E=e\nARG ONLY=here\nWORKDIR /app\nFROM base\nARG G\nENV X=$E$G$ONLY\nCOPY x .";
    let stage = last(text);
    assert_eq!(env(&stage), ["X=e1${ONLY}@8"]);
    assert_eq!(stage.copies, [("x".to_owned(), "/app/".to_owned())]);
}

#[test]
fn both_forms_of_what_is_started_are_read() {
    for (text, entrypoint, command, shell) in [
        ("ENTRYPOINT [\"/app\", \"serve\"]\nCMD [\"--port\", \"80\"]", "/app serve", "--port 80", false),
        ("CMD /app serve", "", "/app serve", false),
        ("CMD /app serve | tee /log", "", "/app serve", true),
        ("CMD migrate; trap 'kill $!' TERM; /app", "", "/app", false),
        ("CMD exec /app serve", "", "/app serve", false),
        ("ENTRYPOINT [\"/bin/sh\", \"-c\", \"exec /app $FLAG\"]", "/app --x", "", false),
        ("ENTRYPOINT [\"sh\", \"-c\", \"migrate && RUST_LOG=info /app\"]", "/app", "", true),
        ("CMD [\"$FLAG\"]", "", "$FLAG", false),
        ("CMD [broken", "", "[broken", false),
    ] {
        let stage = last(&format!("FROM a\nENV FLAG=--x\n{text}"));
        assert_eq!(stage.entrypoint.join(" "), entrypoint, "{text}");
        assert_eq!(stage.command.join(" "), command, "{text}");
        assert_eq!(stage.shell, shell, "{text}");
    }
}

#[test]
fn copies_name_the_stage_that_they_come_from() {
    let stage = last(
        "FROM a\nARG S=builder\nWORKDIR /app\nCOPY --from=$S --chown=1:1 /t/release/cart /t/release/x ./\nCOPY conf /etc/conf\n\
         ADD [\"a b\", \"c\"]\nCOPY <<EOF /made\nRUN cargo build\nEOF\n",
    );
    let pairs: Vec<_> = stage.copies.iter().map(|(from, to)| format!("{from} -> {to}")).collect();
    assert_eq!(
        pairs,
        ["builder:/t/release/cart -> /app/", "builder:/t/release/x -> /app/", "conf -> /etc/conf", "a b -> /app/c"]
    );
    assert!(stage.builds.is_empty());
}

#[test]
fn cargo_says_which_programs_are_built() {
    for (text, expected) in [
        ("RUN cargo build --release --bin cart", "cart"),
        (
            "RUN --mount=type=cache,target=/x \\\n  --mount=type=bind \\\n cargo build -p a --package=b -pc && strip x",
            "a b c",
        ),
        ("RUN cargo build --release", "*"),
        ("RUN cargo +nightly build --workspace", "*"),
        ("RUN cargo chef cook --release --recipe-path recipe.json", ""),
        ("RUN cargo install cargo-chef sqlx-cli", ""),
        ("RUN cargo install --locked --path services/cart/", "cart"),
        ("RUN cargo install --path .", "*"),
        ("RUN cargo build --manifest-path services/cart/Cargo.toml", "cart"),
        ("RUN cargo build -p cart --bin server", "server"),
        ("ARG BIN\nRUN cargo build --bin ${BIN}", "${BIN}"),
        ("ARG BIN=cart\nRUN cargo build --bin $BIN", "cart"),
        ("RUN <<EOF\nset -e\ncargo build --bin a\ncargo build --bin b\nEOF", "a b"),
        ("RUN [\"cargo\", \"build\", \"--bin\", \"a\"]", "a"),
        ("RUN bash -c \"cargo build --bin a\"", "a"),
        ("RUN if [ x ]; then cargo build --bin a; else RUSTFLAGS=y cargo build --bin b; fi", "a b"),
        ("RUN cargo test --bin a && echo cargo build", ""),
        ("RUN t=$(case x in a) echo b ;; esac) && \\\n just-cargo profile=$P target=$t build --package=a", "a"),
        ("RUN cargo build --example x", ""),
    ] {
        assert_eq!(last(&format!("FROM a\n{text}")).builds.join(" "), expected, "{text}");
    }
}

#[test]
fn directives_and_odd_lines_are_read() {
    let stage = last("# escape=`\nfrom a`\n  as b\nexpose `\n\n80\n");
    assert_eq!((stage.name.as_str(), stage.ports.as_slice()), ("b", &[80][..]));
    let (files, diagnostics) = extract(&Sources::from_texts([
        ("Dockerfile", "RUN x"),
        ("Dockerfile.dockerignore", "target"),
        ("x.Dockerfile", "FROM a"),
    ]));
    assert_eq!(files.len(), 1);
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn a_broken_file_is_no_accident() {
    let text = "ARG A=${B:-x}\nFROM é AS b\nENV A=\"${A}\" \\\n B='\nCOPY --from=b [\"x\", <<E /y\nE\nRUN cargo build --bin\nCMD [\"sh\", \"-c\", \"a\\";
    for end in 0..=text.len() {
        stages(&String::from_utf8_lossy(&text.as_bytes()[..end]));
    }
    stages(&format!("FROM a\nRUN {}", "sh -c '".repeat(50_000)));
    stages(&format!("FROM a\nENV A=a{}", "\nENV A=$A$A".repeat(2_000)));
    stages(&"FROM a\n".repeat(5_000));
    stages(&format!("FROM a\nCMD {}", "[".repeat(100_000)));
}
