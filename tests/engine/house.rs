//! The house: data flows down, and nothing imports what stands below it.

use std::path::{Path, PathBuf};

/// The engine's rooms, in the order in which data flows.
const ENGINE: [&str; 7] = ["model", "manifest", "view", "controllers", "checks", "evaluate", "policy"];

/// The shells, and what each may import beside itself and the engine.
const SHELLS: [(&str, &[&str]); 6] = [
    ("report", &[]),
    ("cluster", &[]),
    ("admission", &["telemetry"]),
    ("server", &["telemetry"]),
    ("telemetry", &[]),
    ("cli", &["report", "cluster", "admission", "server", "telemetry"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The first two steps of every `crate::…` path in the code of `file`, comments left out.
fn imports(text: &str) -> Vec<(String, String)> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let ends = |c: char| !(c.is_alphanumeric() || c == '_');
    code.split("crate::")
        .skip(1)
        .map(|rest| {
            let mut steps = rest.split("::").map(|step| step.split(ends).next().unwrap_or_default().to_owned());
            (steps.next().unwrap_or_default(), steps.next().unwrap_or_default())
        })
        .collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn the_engine_imports_only_upwards() {
    let engine = source().join("engine");
    for file in sources(&engine) {
        let inside = file.strip_prefix(&engine).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        let Some(at) = ENGINE.iter().position(|name| *name == room) else {
            assert_eq!(room, "mod", "{} stands in no known room", inside.display());
            continue;
        };
        for (first, second) in imports(&std::fs::read_to_string(&file).unwrap()) {
            assert_eq!(first, "engine", "{} imports crate::{first}", inside.display());
            let to = ENGINE.iter().position(|name| *name == second);
            let to = to.unwrap_or_else(|| panic!("{} imports the unknown room {second}", inside.display()));
            assert!(to <= at, "{} imports {second}, which stands below it", inside.display());
        }
    }
}

#[test]
fn shells_import_the_engine_and_what_the_table_allows() {
    for (shell, allowed) in SHELLS {
        for file in sources(&source().join(shell)) {
            for (first, _) in imports(&std::fs::read_to_string(&file).unwrap()) {
                let ok = first == "engine" || first == shell || allowed.contains(&first.as_str());
                assert!(ok, "{} imports crate::{first}", file.display());
            }
        }
    }
}

#[test]
fn every_room_is_known() {
    for entry in std::fs::read_dir(source()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = ["engine", "lib.rs", "main.rs", "bin"].contains(&name.as_str())
            || SHELLS.iter().any(|(shell, _)| *shell == name);
        assert!(known, "src/{name} stands in no known room");
    }
}

#[test]
fn the_engine_knows_no_runtime_and_no_client() {
    for file in sources(&source().join("engine")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for foreign in
            ["tokio::", "kube::", "k8s_openapi::", "std::fs", "std::env", "async fn", ".await", "SystemTime", "Instant"]
        {
            assert!(!text.contains(foreign), "{} uses {foreign}", file.display());
        }
    }
}

#[test]
fn files_stay_small() {
    for file in sources(&source()) {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: divide it", file.display());
    }
}
