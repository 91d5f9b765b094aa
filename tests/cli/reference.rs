//! The pages in `docs/checks` match the output of `backstop checks -o json`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use backstop::engine::policy::NOTES;
use serde_json::Value;

use crate::{read, root, run, stdout};

const HEAD: &str = "<!-- Written from the checks: SNAPSHOTS=overwrite cargo test --locked --test cli -->\n";

fn checks() -> Vec<Value> {
    serde_json::from_str(&stdout(&run(&["checks", "-o", "json"]).code(0))).unwrap()
}

fn field_text<'a>(check: &'a Value, field: &str) -> &'a str {
    check[field].as_str().unwrap()
}

/// The text with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

fn page(check: &Value) -> String {
    let id = field_text(check, "id");
    let mut page =
        format!("{HEAD}# {id}\n\n{}\n\n{}\n", sentence(field_text(check, "summary")), field_text(check, "what"));
    let other = if field_text(check, "action") == "warn" { "audit" } else { "warn" };
    let example = format!("```yaml\n{}\n```", field_text(check, "example"));
    let setting =
        format!("{}\n\n```yaml\nchecks:\n  {id}: {{action: {other}}}\n```", field_text(check, "configuration"));
    for (head, body) in [
        ("Why it matters", field_text(check, "why")),
        ("Example", &example),
        ("How to fix it", field_text(check, "fix")),
        ("Action", &format!("By default: {}.", field_text(check, "when"))),
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
         configure it. `backstop checks ID` prints the same text. The mode and the conditions for a denial also decide \
         the action of a finding: see the [README](../../README.md) and [Configuration](../configuration.md).\n\n\
         | check | finding | default action |\n|---|---|---|\n"
    );
    for check in checks {
        let id = field_text(check, "id");
        let _ =
            writeln!(page, "| [`{id}`]({id}.md) | {} | {} |", field_text(check, "summary"), field_text(check, "when"));
    }
    page += "\n## Other findings\n\nThese findings do not come from checks. They cannot be configured or silenced.\n";
    for note in &NOTES {
        let _ = write!(page, "\n### {}\n\n{} {}\n", note.id, sentence(note.summary), note.about);
    }
    page
}

/// `SNAPSHOTS=overwrite` writes the pages.
#[test]
fn the_pages_match_the_checks() {
    let (checks, folder) = (checks(), root().join("docs/checks"));
    let pages = checks.iter().map(|check| (format!("{}.md", field_text(check, "id")), page(check)));
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

/// The table in the README has exactly one row for each check.
#[test]
fn the_readme_lists_every_check() {
    let readme = read("README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| [`")?.split_once("`](docs/checks/"));
    let found: BTreeSet<(&str, &str)> =
        rows.map(|(id, rest)| (id, rest.split_once(".md) |").map_or("", |(page, _)| page))).collect();
    let checks = checks();
    let expected: BTreeSet<(&str, &str)> =
        checks.iter().map(|check| (field_text(check, "id"), field_text(check, "id"))).collect();
    assert_eq!(found, expected);
}

/// The README shows the output of `check` as it is printed.
#[test]
fn the_readme_shows_the_output_of_check() {
    let golden = read("tests/cli/golden/manifests.txt");
    let sample = golden.split("\n\n").nth(1).expect("the second finding");
    assert!(sample.contains("= also: ") && read("README.md").contains(sample), "{sample}");
}

/// An object that is not in a snapshot does not exist. So the command that saves a snapshot must include every kind
/// that Backstop reads, and must be the same in the help and in the README.
#[test]
fn the_help_and_the_readme_show_the_same_snapshot_command() {
    let help = stdout(&run(&["check", "--help"]));
    let saves =
        |text: &str| text.lines().map(str::trim).find(|line| line.starts_with("kubectl get")).map(str::to_owned);
    let command = saves(&help).expect("the help says how");
    assert_eq!(saves(&read("README.md")).as_ref(), Some(&command));
    let kinds: Vec<&str> = command.split_whitespace().nth(2).unwrap().split(',').collect();
    let all = ["svc", "endpointslices", "ing", "ingressclasses", "ns", "pods", "deploy", "sts", "ds", "rs"];
    assert_eq!(kinds, all);
}
