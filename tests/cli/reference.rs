//! The reference pages below `docs/checks`, written from what `backstop checks -o json` says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use backstop::engine::policy::NOTES;
use serde_json::Value;

use crate::{read, root, run, stdout};

const HEAD: &str = "<!-- Written from the checks: SNAPSHOTS=overwrite cargo test --locked --test cli -->\n";

fn checks() -> Vec<Value> {
    serde_json::from_str(&stdout(&run(&["checks", "-o", "json"]).code(0))).unwrap()
}

fn words<'a>(check: &'a Value, field: &str) -> &'a str {
    check[field].as_str().unwrap()
}

/// The text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

fn page(check: &Value) -> String {
    let id = words(check, "id");
    let mut page = format!("{HEAD}# {id}\n\n{}\n\n{}\n", sentence(words(check, "summary")), words(check, "what"));
    let other = if words(check, "action") == "warn" { "audit" } else { "warn" };
    let example = format!("```yaml\n{}\n```", words(check, "example"));
    let setting = format!("{}\n\n```yaml\nchecks:\n  {id}: {{action: {other}}}\n```", words(check, "configuration"));
    for (head, body) in [
        ("Why it matters", words(check, "why")),
        ("Example", &example),
        ("How to fix it", words(check, "fix")),
        ("Action", &format!("By default: {}.", words(check, "when"))),
        ("Configuration", &setting),
    ] {
        // Writing to a String does not fail.
        let _ = write!(page, "\n## {head}\n\n{body}\n");
    }
    page + "\n[All checks](README.md) · [Configuration](../configuration.md)\n"
}

fn index(checks: &[Value]) -> String {
    let mut page = format!(
        "{HEAD}# Checks\n\nEach page says what a finding means, what it does to requests, how to fix it, and how to \
         configure it; `backstop checks ID` prints the same. What a finding then does is also decided by modes and by \
         what a refusal needs: see the [README](../../README.md) and [Configuration](../configuration.md).\n\n\
         | check | what | by default |\n|---|---|---|\n"
    );
    for check in checks {
        let id = words(check, "id");
        let _ = writeln!(page, "| [`{id}`]({id}.md) | {} | {} |", words(check, "summary"), words(check, "when"));
    }
    page += "\n## What is said beside them\n\nThese are no checks, and can be neither configured nor ignored.\n";
    for note in &NOTES {
        let _ = write!(page, "\n### {}\n\n{} {}\n", note.id, sentence(note.summary), note.about);
    }
    page
}

/// `SNAPSHOTS=overwrite` writes them anew.
#[test]
fn the_pages_are_fresh_and_none_is_orphaned() {
    let (checks, folder) = (checks(), root().join("docs/checks"));
    let pages = checks.iter().map(|check| (format!("{}.md", words(check, "id")), page(check)));
    let pages: Vec<(String, String)> = pages.chain([("README.md".to_owned(), index(&checks))]).collect();
    if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in &pages {
        let stored = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert_eq!(stored, *text, "docs/checks/{name} is out of date: SNAPSHOTS=overwrite cargo test --test cli");
    }
    let entries = std::fs::read_dir(&folder).unwrap();
    let found: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, pages.into_iter().map(|(name, _)| name).collect());
}

/// The README's table has a row for each check, and for nothing else.
#[test]
fn the_readme_names_every_check() {
    let readme = read("README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| [`")?.split_once("`](docs/checks/"));
    let found: BTreeSet<(&str, &str)> =
        rows.map(|(id, rest)| (id, rest.split_once(".md) |").map_or("", |(page, _)| page))).collect();
    let checks = checks();
    let expected: BTreeSet<(&str, &str)> =
        checks.iter().map(|check| (words(check, "id"), words(check, "id"))).collect();
    assert_eq!(found, expected);
}

/// What a snapshot lacks does not exist: the command that saves one is the same wherever it is told, with all that is read.
#[test]
fn a_snapshot_is_saved_in_one_way() {
    let help = stdout(&run(&["check", "--help"]));
    let saves =
        |text: &str| text.lines().map(str::trim).find(|line| line.starts_with("kubectl get")).map(str::to_owned);
    let command = saves(&help).expect("the help says how");
    assert_eq!(saves(&read("README.md")).as_ref(), Some(&command));
    let kinds: Vec<&str> = command.split_whitespace().nth(2).unwrap().split(',').collect();
    let all = ["svc", "endpointslices", "ing", "ingressclasses", "ns", "pods", "deploy", "sts", "ds", "rs"];
    assert_eq!(kinds, all);
}
