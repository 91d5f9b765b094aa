//! The layout of the source tree: data flows down, and no module imports against the flow.

#![allow(clippy::string_slice, reason = "the indexes come from match_indices and char_indices")]

use std::path::{Path, PathBuf};

/// The parts of the source tree from the ground up, and what each may import: parts listed before it.
const PARTS: [(&str, &[&str]); 11] = [
    ("text", &[]),
    ("engine", &["text"]),
    ("telemetry", &["text", "engine"]),
    ("report", &["text", "engine"]),
    ("cluster", &["text", "engine"]),
    ("tls", &["telemetry"]),
    ("webhook", &["text", "engine", "telemetry"]),
    ("config", &["text", "engine"]),
    ("sources", &["text", "engine", "telemetry", "report", "cluster", "tls", "webhook", "config"]),
    ("http", &["telemetry", "tls"]),
    ("cli", &["text", "engine", "telemetry", "report", "cluster", "tls", "webhook", "config", "sources", "http"]),
];

/// The parts of the engine, in the order in which data flows.
const ENGINE: [&str; 12] = [
    "model",
    "programs",
    "subject",
    "manifest",
    "kinds",
    "view",
    "controllers",
    "resolve",
    "message",
    "checks",
    "evaluate",
    "policy",
];

/// The modules of the judge, in the order in which data flows. The control plane is shared with other tests.
const JUDGE: [&str; 14] = [
    "control_plane",
    "command",
    "isolation",
    "backends",
    "shapes",
    "traffic",
    "setups",
    "cluster",
    "predict",
    "known",
    "compare",
    "page",
    "results",
    "random",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

type ModulePath = Vec<String>;

/// The module of a file below the folder `root` of a crate: `["engine", "model"]` for `src/engine/model/mod.rs`.
fn module_path(root: &Path, file: &Path) -> ModulePath {
    let inside = file.strip_prefix(root).unwrap().with_extension("");
    let mut path: ModulePath = inside.iter().map(|step| step.to_str().unwrap().to_owned()).collect();
    if path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    path
}

/// All `crate::…` and `super::…` paths in the code of the module `module`, as paths from the crate's root. Comments do
/// not count.
fn imports(module: &[String], text: &str) -> Vec<ModulePath> {
    // The modules that are written inside the file, each with the line that closes it.
    let mut inline: Vec<(String, String)> = Vec::new();
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    for (index, line) in lines.iter().enumerate() {
        if inline.last().is_some_and(|(_, end)| end == line) {
            inline.pop();
        }
        let rest = || std::iter::once(*line).chain(lines.iter().skip(index + 1).copied());
        for path in paths(line, rest) {
            let ups = path.iter().take_while(|step| *step == "super").count();
            let here = module.iter().chain(inline.iter().map(|(name, _)| name));
            let depth = (module.len() + inline.len()).checked_sub(ups).expect("no path leads out of the crate");
            let base = if path[0] == "crate" { Vec::new() } else { here.take(depth).cloned().collect() };
            let steps = path.into_iter().skip(ups.max(1));
            found.push(base.into_iter().chain(steps).collect());
        }
        if let Some(name) = inline_module(line) {
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            inline.push((name.to_owned(), indent + "}"));
        }
    }
    found
}

/// The name of the module that begins on this line: `mod tests {`.
fn inline_module(line: &str) -> Option<&str> {
    let declared = line.trim_start().strip_suffix(" {")?;
    let name = declared.strip_prefix("mod ").or_else(|| declared.strip_prefix("pub mod "))?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

/// The paths that begin on `line` with `crate::` or `super::`; `{…}` may continue on the next lines.
fn paths<'a, I: Iterator<Item = &'a str>>(line: &str, from_here: impl Fn() -> I) -> Vec<ModulePath> {
    let mut found = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in line.match_indices(root) {
            let before = line[..at].chars().next_back();
            let inner = before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                || line[..at].ends_with("super::")
                || line[..at].ends_with("self::");
            if !inner {
                let text: String = from_here().collect::<Vec<_>>().join(" ");
                found.extend(expanded(&text[at..]));
            }
        }
    }
    found
}

/// The paths of a use tree such as `super::{a::{b, c}, d}`. Text after the tree is ignored.
fn expanded(tree: &str) -> Vec<ModulePath> {
    let mut prefix = Vec::new();
    let mut rest = tree.trim_start();
    loop {
        if let Some(inside) = rest.strip_prefix('{') {
            let branches = branches(inside).into_iter().flat_map(expanded);
            return branches.map(|path| prefix.iter().cloned().chain(path).collect()).collect();
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (step, after) = rest.split_at(end);
        if !step.is_empty() && step != "self" {
            prefix.push(step.to_owned());
        }
        match after.strip_prefix("::") {
            Some(next) => rest = next,
            None => return vec![prefix],
        }
    }
}

/// The parts between the commas of a use tree, up to the bracket that closes it.
fn branches(inside: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&inside[from..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The imports of all files below `folder` in the crate at `root`, each with its file.
fn all_imports(root: &Path, folder: &Path) -> Vec<(PathBuf, ModulePath, ModulePath)> {
    let mut found = Vec::new();
    for file in source_files(folder) {
        let module = module_path(root, &file);
        for import in imports(&module, &std::fs::read_to_string(&file).unwrap()) {
            found.push((file.clone(), module.clone(), import));
        }
    }
    found
}

fn shown(import: &[String]) -> String {
    import.join("::")
}

#[test]
fn paths_are_resolved() {
    let module = ["engine".to_owned(), "policy".to_owned(), "judge".to_owned()];
    for (code, expected) in [
        ("use crate::text::near;", &["text::near"][..]),
        ("use super::mode::Mode;", &["engine::policy::mode::Mode"]),
        ("use super::super::{checks::{self, ALL}, view};", &["engine::checks", "engine::checks::ALL", "engine::view"]),
        ("use super::{\n    a,\n    b::C,\n};", &["engine::policy::a", "engine::policy::b::C"]),
        ("fn f() -> super::super::super::report::Fault {}", &["report::Fault"]),
        (
            "mod tests {\n    use super::x;\n    use super::super::y;\n}\nuse super::z;",
            &["engine::policy::judge::x", "engine::policy::y", "engine::policy::z"],
        ),
        ("// use crate::cli;\nlet own_crate::x = 1;", &[]),
        ("pub(super) fn f() {}", &[]),
    ] {
        let found: Vec<String> = imports(&module, code).iter().map(|import| shown(import)).collect();
        assert_eq!(found, expected, "{code}");
    }
}

#[test]
fn parts_import_only_what_the_table_allows() {
    for (place, (part, allowed)) in PARTS.iter().enumerate() {
        let before: Vec<&str> = PARTS[..place].iter().map(|(part, _)| *part).collect();
        assert!(allowed.iter().all(|one| before.contains(one)), "{part} may import a part that is listed above it");
        for (file, _, import) in all_imports(&source(), &source().join(part)) {
            let first = import.first().map(String::as_str).unwrap_or_default();
            let ok = first == *part || allowed.contains(&first);
            assert!(ok, "{} imports {}", file.display(), shown(&import));
        }
    }
}

#[test]
fn the_engine_imports_only_in_the_order_of_the_flow() {
    let place = |part: &str| ENGINE.iter().position(|name| *name == part);
    for (file, module, import) in all_imports(&source(), &source().join("engine")) {
        let [_, part, ..] = module.as_slice() else { panic!("engine/mod.rs imports {}", shown(&import)) };
        let own = place(part).unwrap_or_else(|| panic!("{} is in no known part", file.display()));
        if import[0] == "engine" {
            let other = import.get(1).and_then(|part| place(part));
            let other = other.unwrap_or_else(|| panic!("{} imports {}", file.display(), shown(&import)));
            assert!(other <= own, "{} imports {}, which is listed below it", file.display(), shown(&import));
        }
    }
}

#[test]
fn the_judge_imports_only_in_the_order_of_its_modules() {
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge");
    let place = |name: &str| JUDGE.iter().position(|module| *module == name);
    for (file, module, import) in all_imports(&judge, &judge) {
        let own = place(&module[0]).unwrap_or_else(|| panic!("{} is in no known module", file.display()));
        let other = place(&import[0]).unwrap_or_else(|| panic!("{} imports {}", file.display(), shown(&import)));
        assert!(other <= own, "{} imports {}, which is listed below it", file.display(), shown(&import));
    }
}

#[test]
fn every_part_is_known() {
    for entry in std::fs::read_dir(source()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known =
            ["lib.rs", "main.rs", "bin"].contains(&name.as_str()) || PARTS.iter().any(|(part, _)| *part == name);
        assert!(known, "src/{name} is in no known part");
    }
}

#[test]
fn the_engine_knows_no_runtime_and_no_client() {
    for part in ["text", "engine"] {
        for file in source_files(&source().join(part)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for foreign in [
                "tokio::",
                "kube::",
                "k8s_openapi::",
                "std::fs",
                "std::env",
                "async fn",
                ".await",
                "SystemTime",
                "Instant",
            ] {
                assert!(!text.contains(foreign), "{} uses {foreign}", file.display());
            }
        }
    }
}

#[test]
fn files_stay_small() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in
        ["src", "tests", "benches", "fuzz/fuzz_targets"].iter().flat_map(|folder| source_files(&package.join(folder)))
    {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: divide it", file.display());
    }
}
