//! The parts of a controller profile. If a profile lacks a part, a test fails here or in the decision table, which has
//! a column for each profile.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use backstop::engine::controllers::{ALL, UNKNOWN};

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The source file of a profile.
fn source(id: &str) -> String {
    read(&format!("src/engine/controllers/{}.rs", id.replace('-', "_")))
}

/// The profiles of the identified controllers.
fn known() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|profile| profile.id).filter(|id| *id != UNKNOWN.id)
}

/// The profiles of the set-ups of the judge.
pub fn measured() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge/setups");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<String> = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let named = texts.iter().flat_map(|text| text.lines()).filter_map(|line| line.trim().strip_prefix("profile: \""));
    named.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

#[test]
fn profiles_have_ids_titles_and_files() {
    let ids: BTreeSet<&str> = ALL.iter().map(|profile| profile.id).collect();
    assert_eq!(ids.len(), ALL.len(), "an id stands for two profiles");
    assert_eq!(ALL.last().unwrap().id, UNKNOWN.id);
    for profile in ALL {
        let id = profile.id;
        assert!(id.split('-').all(|word| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase())), "{id}");
        for text in [profile.title, profile.without_backend, profile.without_endpoints] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{id}: {text:?} is the end of a sentence");
        }
        assert!(source(id).contains(&format!("id: \"{id}\"")), "{id} has no file of its own");
    }
}

/// What messages say about requests to a missing Service or port, and to a Service without a ready endpoint.
#[test]
fn what_requests_get() {
    let mut table = String::new();
    for profile in ALL {
        let _ = writeln!(
            table,
            "{}\n  no backend: {}\n  no endpoint: {}",
            profile.title, profile.without_backend, profile.without_endpoints
        );
    }
    insta::with_settings!({prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("what-requests-get", table);
    });
}

/// The README lists the profiles. The page and the schema of the configuration allow them.
#[test]
fn profiles_are_documented() {
    let (readme, configuration) = (read("README.md"), read("docs/configuration.md"));
    let schema: serde_json::Value = serde_json::from_str(&read("docs/configuration.schema.json")).unwrap();
    let schema = schema.to_string();
    for profile in ALL {
        assert!(readme.contains(&format!("`{}`", profile.id)), "the README does not name {}", profile.id);
        assert!(schema.contains(&format!("\"{}\"", profile.id)), "the schema does not allow {}", profile.id);
    }
    let values: Vec<&str> = ALL.iter().map(|profile| profile.id).collect();
    assert!(configuration.contains(&format!("one of {}", values.join(", "))), "docs/configuration.md is out of date");
}

/// The rulebook has a rule with a source for the identification of each controller, and for its broken backends
/// (rulebook 4.1, 4.3).
#[test]
fn profiles_have_rules() {
    let rulebook = read("docs/rulebook.md");
    for (from, to) in [("### 4.1 ", "### 4.2 "), ("### 4.3 ", "#### 4.3.2 ")] {
        let section = rulebook.split_once(from).and_then(|(_, rest)| rest.split_once(to)).unwrap().0;
        let rows: BTreeSet<&str> =
            section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(rows, known().collect(), "the table of {from}");
    }
}

/// A measured profile has a set-up in the judge. The others state that their facts come from the source code.
#[test]
fn profiles_say_whether_they_are_measured() {
    let measured = measured();
    for id in known() {
        let text = source(id);
        let docs = text.lines().next().unwrap();
        assert_eq!(docs.contains("Measured with"), measured.contains(id), "{id}: {docs}");
        assert_eq!(docs.contains("from its source code"), !measured.contains(id), "{id}: {docs}");
        assert!(docs.contains("rulebook 4.1"), "{id}: {docs}");
    }
    assert!(measured.iter().all(|id| ALL.iter().any(|profile| profile.id == id)), "{measured:?}");
}
