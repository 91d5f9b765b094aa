//! The builder stage of the Dockerfile, without a container engine.
//!
//! The tests apply its `COPY` and `ENV` lines to a temporary folder, and its `RUN` lines call `deploy/image/build.sh`
//! there. The tests call a fake cargo, because the compilation of all dependencies takes minutes. The last test calls
//! the real cargo, and is ignored by default.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

use crate::dockerfile::{allowed, copied, stages};
use crate::manifests::{root, text};

/// Records its arguments, and creates the files that cargo would create.
const CARGO: &str = r#"#!/bin/sh
set -eu
echo "$*" >>"$CARGO_LOG"
mkdir -p "$CARGO_TARGET_DIR/release"
cp src/main.rs "$CARGO_TARGET_DIR/release/backstop"
"#;

/// The file system of the builder.
struct Builder {
    folder: TempDir,
    variables: BTreeMap<String, OsString>,
}

impl Builder {
    /// A builder with the real cargo.
    fn new() -> Self {
        let builder = Self { folder: TempDir::new().unwrap(), variables: BTreeMap::new() };
        fs::create_dir(builder.path("build")).unwrap();
        builder
    }

    /// A builder with a fake cargo.
    fn with_fake_cargo() -> Self {
        let mut builder = Self::new();
        let bin = builder.path("bin");
        fs::create_dir(&bin).unwrap();
        fs::write(bin.join("cargo"), CARGO).unwrap();
        fs::set_permissions(bin.join("cargo"), fs::Permissions::from_mode(0o700)).unwrap();
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(env::var_os("PATH").unwrap());
        builder.variables.insert("PATH".to_owned(), path);
        builder.variables.insert("CARGO_LOG".to_owned(), builder.path("log").into());
        builder
    }

    /// A path of the image, `/out` or `build/src`, on this machine.
    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    /// Executes the Dockerfile up to and including this step of the script.
    fn execute_until(&mut self, last_step: &str) {
        let stages = stages(&text("Dockerfile"));
        let builder = stages.iter().find(|stage| stage.name == "builder").expect("a builder");
        for instruction in &builder.instructions {
            let arguments = instruction.arguments.as_str();
            match instruction.keyword.as_str() {
                "WORKDIR" => assert_eq!(arguments, "/build"),
                "ENV" => self.set(arguments),
                "COPY" => self.copy(arguments),
                "RUN" => {
                    for step in steps(arguments) {
                        self.run(step);
                        if step == last_step {
                            return;
                        }
                    }
                }
                other => panic!("{other} in the builder: teach this test about it"),
            }
        }
        panic!("the builder never runs `build.sh {last_step}`");
    }

    fn set(&mut self, arguments: &str) {
        for (name, value) in arguments.split_whitespace().filter_map(|word| word.split_once('=')) {
            let value = self.path(value).into_os_string();
            self.variables.entry(name.to_owned()).or_insert(value);
        }
    }

    fn copy(&self, arguments: &str) {
        let copied = copied(arguments);
        let destination = self.path("build").join(copied.destination);
        for source in copied.sources {
            let into_folder = copied.destination.ends_with('/');
            let target = if into_folder { destination.join(source) } else { destination.clone() };
            copy_allowed(Path::new(source), &target);
        }
    }

    fn run(&self, step: &str) {
        let output = self.script(step);
        assert!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn script(&self, step: &str) -> Output {
        let mut command = Command::new("sh");
        command.args(["deploy/image/build.sh", step]).current_dir(self.path("build"));
        command.envs(&self.variables).output().unwrap()
    }
}

/// The steps of the script that a `RUN` calls.
fn steps(arguments: &str) -> impl Iterator<Item = &str> {
    arguments.split("&&").filter_map(|command| command.trim().strip_prefix("sh deploy/image/build.sh "))
}

/// Copies the files that `.dockerignore` admits, with an old time: a file keeps its time from the context, which may be
/// years old.
fn copy_allowed(source: &Path, target: &Path) {
    let from = root().join(source);
    if from.is_dir() {
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy_allowed(&source.join(&name), &target.join(&name));
        }
    } else if allowed().permits(source.to_str().unwrap()) {
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from, target).unwrap();
        let file = File::options().write(true).open(target).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
}

#[test]
fn dependencies_are_built_from_the_manifest_and_the_lock_file_alone() {
    let mut builder = Builder::with_fake_cargo();
    builder.execute_until("deps");
    let log = fs::read_to_string(builder.path("log")).unwrap();
    assert_eq!(log, "build --locked --profile release --features mimalloc --bin backstop\n");
}

/// Cargo rejects a manifest with a bench or a binary whose file does not exist.
#[test]
fn every_target_of_the_manifest_has_a_file_before_the_sources_come() {
    let mut builder = Builder::with_fake_cargo();
    builder.execute_until("deps");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(builder.path("build"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    for target in metadata["packages"][0]["targets"].as_array().unwrap() {
        let file = target["src_path"].as_str().unwrap();
        assert!(Path::new(file).exists(), "{file}");
    }
}

/// The copied sources are older than the output of the stubs, and cargo compares times.
#[test]
fn the_program_is_built_from_the_sources_and_not_from_the_stubs() {
    let mut builder = Builder::with_fake_cargo();
    builder.execute_until("app");
    let modified = fs::metadata(builder.path("build/src/main.rs")).unwrap().modified().unwrap();
    assert!(modified > SystemTime::UNIX_EPOCH, "a source that cargo takes for old");
    assert_eq!(fs::read_to_string(builder.path("out/backstop")).unwrap(), text("src/main.rs"));
}

/// The image must also copy the files that the program embeds.
#[test]
fn every_embedded_file_is_copied() {
    let mut builder = Builder::with_fake_cargo();
    builder.execute_until("app");
    let mut sources = Vec::new();
    collect_sources(&builder.path("build/src"), &mut sources);
    for source in sources {
        let code = fs::read_to_string(&source).unwrap();
        for file in embedded(&code) {
            let path = source.parent().unwrap().join(file);
            assert!(path.exists(), "{}: {file} is not in the builder", source.display());
        }
    }
}

fn collect_sources(folder: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            sources.push(path);
        }
    }
}

/// The files that a source file embeds with `include_str!` and similar macros, without its unit tests, which come last.
fn embedded(code: &str) -> impl Iterator<Item = &str> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let calls = code.split("include_str!(").skip(1).chain(code.split("include_bytes!(").skip(1));
    calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next())
}

#[test]
fn embedded_files_are_recognised() {
    let code = "a(include_str!(\"x.html\"), include_bytes!(\n    \"y.bin\"\n))\n#[cfg(test)] b(include_str!(\"z\"))";
    assert_eq!(embedded(code).collect::<Vec<_>>(), ["x.html", "y.bin"]);
}

/// `scratch` has no dynamic loader, so the program must be static.
#[test]
fn a_dynamic_program_is_refused() {
    if !cfg!(target_env = "gnu") || Command::new("readelf").arg("--version").output().is_err() {
        eprintln!("no dynamic program or no readelf here: not tested");
        return;
    }
    let mut builder = Builder::with_fake_cargo();
    builder.execute_until("app");
    fs::copy(env::current_exe().unwrap(), builder.path("out/backstop")).unwrap();
    let output = builder.script("verify");
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("needs a dynamic loader"), "{stderr}");
}

#[test]
#[ignore = "compiles every dependency, which takes minutes: cargo test --test deploy -- --ignored"]
fn the_builder_builds_the_program() {
    let mut builder = Builder::new();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image");
    builder.variables.insert("CARGO_TARGET_DIR".to_owned(), target.into());
    builder.variables.insert("BACKSTOP_BUILD_PROFILE".to_owned(), "dev".into());
    builder.execute_until("app");
    let output = Command::new(builder.path("out/backstop")).arg("--version").output().unwrap();
    let version = concat!("backstop ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
}
