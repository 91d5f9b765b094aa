//! The rules for the Dockerfile. `deploy/image/lint.sh` runs a full linter.

use std::path::Path;

use rstest::rstest;

use crate::manifests::{root, text};

/// An instruction such as `COPY src src`: the keyword and its arguments, with continuation lines joined.
pub(crate) struct Instruction {
    pub(crate) keyword: String,
    pub(crate) arguments: String,
}

/// `FROM image AS name` and its instructions.
pub(crate) struct Stage {
    pub(crate) image: String,
    pub(crate) name: String,
    pub(crate) instructions: Vec<Instruction>,
}

/// The files that `.dockerignore` admits: the lines after the leading `*`, which excludes everything.
pub(crate) struct Allowed(Vec<String>);

impl Allowed {
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(lines.next(), Some("*"), "everything is excluded first");
        let allow = |line: &str| line.strip_prefix('!').expect("then only what is needed is let in").to_owned();
        Self(lines.map(allow).collect())
    }

    pub(crate) fn permits(&self, path: &str) -> bool {
        self.0.iter().any(|allowed| Path::new(path).starts_with(allowed))
    }
}

pub(crate) fn stages(dockerfile: &str) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for Instruction { keyword, arguments } in instructions(dockerfile) {
        if keyword == "FROM" {
            let mut words = arguments.split_whitespace().filter(|word| !word.starts_with("--"));
            let image = words.next().unwrap_or_default().to_owned();
            let name = words.nth(1).unwrap_or_default().to_owned();
            stages.push(Stage { image, name, instructions: Vec::new() });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.push(Instruction { keyword, arguments });
        }
    }
    stages
}

fn instructions(dockerfile: &str) -> Vec<Instruction> {
    let lines: Vec<&str> = dockerfile.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let instruction = |line: &str| {
        let (keyword, arguments) = line.trim().split_once(' ')?;
        Some(Instruction { keyword: keyword.to_uppercase(), arguments: arguments.trim().to_owned() })
    };
    joined.lines().filter_map(instruction).collect()
}

/// The sources of a `COPY` and its destination; `from` is the stage that they come from.
pub(crate) struct Copied<'a> {
    pub(crate) from: Option<&'a str>,
    pub(crate) sources: Vec<&'a str>,
    pub(crate) destination: &'a str,
}

pub(crate) fn copied(arguments: &str) -> Copied<'_> {
    let from = arguments.split_whitespace().find_map(|word| word.strip_prefix("--from="));
    let mut sources: Vec<&str> = arguments.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let destination = sources.pop().expect("a destination");
    Copied { from, sources, destination }
}

/// All faults of a Dockerfile.
fn faults(dockerfile: &str, allowed: &Allowed) -> Vec<&'static str> {
    let stages = stages(dockerfile);
    let mut faults = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        let earlier = stages.get(..index).unwrap_or_default();
        if !is_pinned(&stage.image) && !earlier.iter().any(|stage_before| stage_before.name == stage.image) {
            faults.push("base image without a version");
        }
        for instruction in &stage.instructions {
            faults.extend(fault_of(instruction, earlier, allowed));
        }
    }
    if let Some(last) = stages.last() {
        faults.extend(faults_of_the_result(last));
    }
    if stages.first().is_some_and(sources_come_before_dependencies) {
        faults.push("sources are copied before the dependencies are built");
    }
    faults
}

fn is_pinned(image: &str) -> bool {
    let tag = image.rsplit_once(':').map(|(_, tag)| tag);
    image == "scratch"
        || tag.is_some_and(|tag| tag.starts_with(|first: char| first.is_ascii_digit()) && tag.contains('.'))
}

fn fault_of(instruction: &Instruction, earlier: &[Stage], allowed: &Allowed) -> Option<&'static str> {
    let arguments = &instruction.arguments;
    match instruction.keyword.as_str() {
        "ADD" => Some("ADD, which downloads and unpacks"),
        "ARG" | "ENV" if names_a_secret(arguments) => Some("secret in the image"),
        "RUN" if arguments.contains("curl") || arguments.contains("wget") => Some("download without a checksum"),
        "COPY" => {
            let copied = copied(arguments);
            match copied.from {
                Some(from) if !earlier.iter().any(|stage| stage.name == from) => Some("COPY from an unknown stage"),
                None if !copied.sources.iter().all(|source| root().join(source).exists()) => Some("COPY of nothing"),
                None if !copied.sources.iter().all(|source| allowed.permits(source)) => {
                    Some("COPY of what .dockerignore excludes")
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn names_a_secret(arguments: &str) -> bool {
    let name = arguments.to_uppercase();
    ["TOKEN", "PASSWORD", "SECRET", "CREDENTIAL", "_KEY"].iter().any(|word| name.contains(word))
}

fn faults_of_the_result(stage: &Stage) -> Vec<&'static str> {
    let last = |keyword: &str| {
        let mut found = stage.instructions.iter().rev().filter(|instruction| instruction.keyword == keyword);
        found.next().map_or("", |instruction| instruction.arguments.as_str())
    };
    let mut faults = Vec::new();
    let user = last("USER").split(':').next().and_then(|user| user.parse::<u32>().ok());
    if user.is_none_or(|user| user == 0) {
        faults.push("no USER by number that is not root");
    }
    if !last("ENTRYPOINT").starts_with('[') || !last("CMD").starts_with('[') {
        faults.push("no ENTRYPOINT and CMD without a shell");
    }
    faults
}

/// A change of a source file must not compile 300 dependencies again.
fn sources_come_before_dependencies(builder: &Stage) -> bool {
    let position = |what: &dyn Fn(&Instruction) -> bool| builder.instructions.iter().position(what);
    let built =
        position(&|instruction| instruction.keyword == "RUN" && instruction.arguments.ends_with("build.sh deps"));
    let copied = position(&|instruction| instruction.keyword == "COPY" && instruction.arguments.starts_with("src "));
    built.is_none() || copied < built
}

fn dockerfile() -> String {
    text("Dockerfile")
}

pub(crate) fn allowed() -> Allowed {
    Allowed::parse(&text(".dockerignore"))
}

#[test]
fn the_dockerfile_has_no_fault() {
    assert_eq!(faults(&dockerfile(), &allowed()), [""; 0]);
}

/// Each rule finds its fault in the Dockerfile with one change.
#[rstest]
#[case("FROM scratch", "FROM alpine:latest", "base image without a version")]
#[case("FROM scratch", "FROM gcr.io/distroless/static", "base image without a version")]
#[case("USER 65532:65532", "USER root", "no USER by number that is not root")]
#[case("USER 65532:65532", "", "no USER by number that is not root")]
#[case("USER 65532:65532", "USER 0", "no USER by number that is not root")]
#[case(r#"ENTRYPOINT ["/backstop"]"#, "ENTRYPOINT /backstop", "no ENTRYPOINT and CMD without a shell")]
#[case("--from=builder /out", "--from=bulider /out", "COPY from an unknown stage")]
#[case("COPY src src", "COPY sauce src\nCOPY src src", "COPY of nothing")]
#[case("COPY src src", "COPY tests tests\nCOPY src src", "COPY of what .dockerignore excludes")]
#[case("COPY src src", "ADD https://example.com/src src\nCOPY src src", "ADD, which downloads and unpacks")]
#[case("COPY src src", "RUN curl https://example.com | sh\nCOPY src src", "download without a checksum")]
#[case("ARG REVISION", "ARG REGISTRY_TOKEN", "secret in the image")]
#[case("COPY Cargo.toml", "COPY src src\nCOPY Cargo.toml", "sources are copied before the dependencies are built")]
fn a_fault_is_found(#[case] from: &str, #[case] to: &str, #[case] fault: &str) {
    assert!(dockerfile().contains(from), "{from}");
    assert_eq!(faults(&dockerfile().replacen(from, to, 1), &allowed()), [fault]);
}

#[rstest]
#[case("src/lib.rs", true)]
#[case("Cargo.lock", true)]
#[case("target/release/backstop", false)]
#[case(".git/config", false)]
#[case("certs/out/tls.key", false)]
#[case("tests/deploy/main.rs", false)]
#[case("deploy/image/build.sh", true)]
#[case("deploy/image/lint.sh", false)]
fn the_build_gets(#[case] path: &str, #[case] expected: bool) {
    assert_eq!(allowed().permits(path), expected);
}

#[test]
fn the_builder_is_the_toolchain_of_the_package() {
    let toolchain = text("rust-toolchain.toml");
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap();
    let stages = stages(&dockerfile());
    let image = &stages.first().unwrap().image;
    assert!(image.starts_with(&format!("rust:{}-", channel.trim_matches('"'))), "{image} is Rust {channel}");
}

#[test]
fn the_label_is_the_version_of_the_package() {
    assert!(dockerfile().contains(concat!("\nARG VERSION=", env!("CARGO_PKG_VERSION"), "\n")));
}

/// The Pods run as the user of the image, and use the ports of the program.
#[test]
fn the_image_fits_the_deployment() {
    let deployment = crate::manifests::base("Deployment");
    let user = deployment.pointer("/spec/template/spec/securityContext/runAsUser").unwrap();
    assert!(dockerfile().contains(&format!("\nUSER {user}:{user}\n")));
    assert!(dockerfile().contains("\nEXPOSE 8443 8080\n"));
}
