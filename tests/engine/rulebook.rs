//! Citations of `docs/rulebook.md`: each leads to a rule, and each rule is cited.
//!
//! | citation | means |
//! |---|---|
//! | `rulebook A.B.C`, `rulebook A.B to A.C`, `rulebook A.B and C.D` | rules; a section stands for all its rules |
//! | `row N`, `rows N to M` | rows of the decision table |
//! | `gate GN` | gates |
//! | `trap N`, `traps N, M`, and tests named `trap_NN_…` | traps |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::decision_table;

/// A number such as `3.5.2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Number(Vec<u16>);

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let part = |part: &str| part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
        text.split('.').map(part).collect::<Option<_>>().map(Self)
    }

    /// Whether `other` is this number, or below it.
    fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Rule,
    Row,
    Gate,
    Trap,
}

/// The kinds of citations, by their first word.
const WORDS: [(&str, Kind); 7] = [
    ("rulebook", Kind::Rule),
    ("row", Kind::Row),
    ("rows", Kind::Row),
    ("gate", Kind::Gate),
    ("gates", Kind::Gate),
    ("trap", Kind::Trap),
    ("traps", Kind::Trap),
];

/// One number, or a range of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Citation {
    kind: Kind,
    first: Number,
    last: Number,
}

impl Citation {
    fn covers(&self, kind: Kind, number: &Number) -> bool {
        kind == self.kind
            && self.first <= *number
            && (*number <= self.last || self.last.contains(number) || self.first.contains(number))
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.first)?;
        if self.first == self.last { Ok(()) } else { write!(f, " to {}", self.last) }
    }
}

/// The number in `word`, without surrounding punctuation, and whether a list may continue after it.
fn number(kind: Kind, word: &str) -> Option<(Number, bool)> {
    let bare =
        word.trim_start_matches(['(', '`', '*']).trim_end_matches([')', '`', '*', ',', '.', ';', ':', '"', '\'']);
    let digits = if kind == Kind::Gate { bare.strip_prefix('G')? } else { bare };
    let goes_on = word.ends_with(',') || word.ends_with(|last: char| last.is_ascii_digit());
    Number::parse(digits).map(|number| (number, goes_on))
}

/// The words of `text` without comment markers, so that a citation may continue on the next line.
fn words(text: &str) -> Vec<&str> {
    text.lines().flat_map(|line| line.trim_start().trim_start_matches(['/', '!', '#']).split_whitespace()).collect()
}

/// The citations of `text`, and the words that belong to none.
fn citations(text: &str) -> (Vec<Citation>, Vec<&str>) {
    let words = words(text);
    let (mut found, mut others, mut at) = (Vec::new(), Vec::new(), 0);
    while at < words.len() {
        let word = words[at].trim_start_matches(['(', '`', '"', '*']).to_lowercase();
        let kind = WORDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
        let Some((kind, (first, goes_on))) = kind.and_then(|kind| Some((kind, number(kind, words.get(at + 1)?)?)))
        else {
            others.push(words[at]);
            at += 1;
            continue;
        };
        at += 2;
        found.push(Citation { kind, last: first.clone(), first });
        let mut goes_on = goes_on;
        while goes_on {
            let joined = words.get(at).filter(|word| ["and", "or", "to"].contains(*word));
            let step = usize::from(joined.is_some());
            let Some((next, more)) = words.get(at + step).and_then(|word| number(kind, word)) else { break };
            match found.last_mut() {
                Some(range) if joined == Some(&"to") => range.last = next,
                _ => found.push(Citation { kind, last: next.clone(), first: next }),
            }
            (at, goes_on) = (at + step + 1, more);
        }
    }
    (found, others)
}

/// The traps that tests are named after.
fn named_traps(text: &str) -> impl Iterator<Item = Citation> {
    text.split("fn trap_").skip(1).filter_map(|rest| Number::parse(rest.get(..2)?)).map(|number| Citation {
        kind: Kind::Trap,
        last: number.clone(),
        first: number,
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in &entries {
            files_below(entry, files);
        }
    } else if path.extension().is_some_and(|extension| ["rs", "md", "yaml"].iter().any(|it| extension == *it)) {
        files.push(path.to_owned());
    }
}

/// Every file that may cite the rulebook, and its text.
fn citing_files() -> BTreeMap<PathBuf, String> {
    let mut files = Vec::new();
    for path in ["src", "tests", "benches", "fuzz/fuzz_targets", "docs", "deploy", "README.md", "CONTRIBUTING.md"] {
        files_below(&root().join(path), &mut files);
    }
    let own = [root().join("docs/rulebook.md"), root().join("tests/engine/rulebook.rs")];
    files.retain(|file| !own.contains(file));
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}

/// The rulebook: the text of each number.
struct Rulebook {
    /// Rules with their texts, in their order.
    rules: Vec<(Number, String)>,
    /// Rows, gates and traps.
    anchors: BTreeSet<(Kind, Number)>,
    text: String,
}

impl Rulebook {
    fn read() -> Self {
        let text = std::fs::read_to_string(root().join("docs/rulebook.md")).unwrap();
        let mut rules: Vec<(Number, String)> = Vec::new();
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with('#') {
                let number = line.split_whitespace().nth(1).and_then(Number::parse);
                inside = number.is_some();
                rules.extend(number.map(|number| (number, String::new())));
            } else if let Some((_, body)) = rules.last_mut().filter(|_| inside) {
                body.push_str(line);
                body.push('\n');
            }
        }
        let ids = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let anchors = ids.map(|id| {
            let (word, number) = id.split_once('-').unwrap_or_else(|| panic!("{id} is no anchor"));
            let (_, kind) = WORDS.iter().find(|(name, _)| *name == word).unwrap();
            (*kind, Number::parse(number.trim_start_matches('G')).unwrap())
        });
        Self { anchors: anchors.collect(), rules, text }
    }

    fn has(&self, kind: Kind, number: &Number) -> bool {
        match kind {
            Kind::Rule => self.rules.iter().any(|(rule, _)| rule == number),
            Kind::Row | Kind::Gate | Kind::Trap => self.anchors.contains(&(kind, number.clone())),
        }
    }

    fn is_section(&self, number: &Number) -> bool {
        self.rules.iter().any(|(rule, _)| rule != number && number.contains(rule))
    }

    /// The rules that are cited neither directly, nor by their section, nor by a rule that is itself cited.
    fn uncited(&self, mut citations: Vec<Citation>) -> Vec<String> {
        let mut left: Vec<&(Number, String)> = self.rules.iter().filter(|(rule, _)| !self.is_section(rule)).collect();
        loop {
            let cited = |number: &Number| citations.iter().any(|it| it.covers(Kind::Rule, number));
            let (found, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(rule, _)| cited(rule));
            left = rest;
            if found.is_empty() {
                break;
            }
            citations.extend(found.iter().flat_map(|(_, body)| self::citations(body).0));
        }
        let anchors = self.anchors.iter().filter(|(kind, number)| !citations.iter().any(|it| it.covers(*kind, number)));
        let anchors = anchors.map(|(kind, number)| format!("{kind:?} {number}"));
        left.iter().map(|(rule, _)| format!("Rule {rule}")).chain(anchors).collect()
    }
}

#[test]
fn every_citation_leads_to_a_rule() {
    let rulebook = Rulebook::read();
    let mut wrong = Vec::new();
    let own = (PathBuf::from("docs/rulebook.md"), rulebook.text.clone());
    for (file, text) in citing_files().into_iter().chain([own]) {
        for citation in citations(&text).0.into_iter().chain(named_traps(&text)) {
            let known = [&citation.first, &citation.last].iter().all(|number| rulebook.has(citation.kind, number));
            if !known || citation.last < citation.first {
                wrong.push(format!("{}: {citation}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "docs/rulebook.md has no such rule:\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_cited() {
    let files = citing_files();
    let rows = decision_table::rows().map(|(row, _)| Number(vec![row.into()]));
    let rows = rows.map(|row| Citation { kind: Kind::Row, last: row.clone(), first: row });
    let cited = files.values().flat_map(|text| citations(text).0.into_iter().chain(named_traps(text)));
    let cited = cited.chain(rows).collect();
    let uncited = Rulebook::read().uncited(cited);
    assert!(uncited.is_empty(), "nothing cites them, so that docs/rulebook.md need not hold them: {uncited:?}");
}

/// A number without the word `rulebook` could not be found when a rule changes.
#[test]
fn citations_have_one_form() {
    let rulebook = Rulebook::read();
    let mut wrong = Vec::new();
    for (file, text) in citing_files().iter().filter(|(file, _)| file.extension().is_some_and(|it| it == "rs")) {
        let comments: Vec<&str> = text.lines().filter_map(|line| line.get(line.find("//")?..)).collect();
        let comments = comments.join("\n");
        for word in citations(&comments).1 {
            let Some((number, _)) = number(Kind::Rule, word) else { continue };
            let bare = number.0.len() == 3 || (number.0.len() == 2 && word.starts_with('('));
            if bare && rulebook.has(Kind::Rule, &number) {
                wrong.push(format!("{}: {word}", file.display()));
            }
        }
        if comments.contains("rulebook section") || comments.contains("rulebook's") {
            wrong.push(format!("{}: rulebook", file.display()));
        }
    }
    assert!(wrong.is_empty(), "cite rules as `rulebook 3.5.2`:\n{}", wrong.join("\n"));
}

/// The numbers ascend, every section exists, and every rule names its source.
#[test]
fn every_rule_has_a_source() {
    let rulebook = Rulebook::read();
    assert!(rulebook.rules.is_sorted_by(|(one, _), (next, _)| one < next), "the rules are not in order");
    let (_, sources) = rulebook.text.split_once("\n## Sources\n").unwrap();
    for (rule, body) in &rulebook.rules {
        let section = Number(rule.0[..rule.0.len() - 1].to_vec());
        assert!(section.0.is_empty() || rulebook.has(Kind::Rule, &section), "rule {rule} has no section");
        let origin = ["Source:", "| source |", "Inferred from", "Follows from", "Not verified"];
        let has_origin = origin.iter().any(|word| body.contains(word));
        assert!(has_origin || rulebook.is_section(rule) || *rule == Number(vec![11, 1]), "rule {rule} has no source");
        let quoted = body.split("Source:").skip(1).flat_map(|source| source.split(';'));
        let repositories = quoted.filter_map(|source| source.split_whitespace().next()).filter(|it| it.contains('/'));
        for repository in repositories {
            assert!(
                sources.contains(&format!("| {repository}")),
                "rule {rule}: {repository} is not in the list of sources"
            );
        }
    }
}

#[test]
fn rows_are_those_of_the_decision_table() {
    let rulebook = Rulebook::read();
    let written = rulebook.text.lines().filter_map(|line| {
        let (number, rest) = line.strip_prefix("| <a id=\"row-")?.split_once("\"></a>")?.1.split_once(" | ")?;
        Some((number.to_owned(), rest.split(" | ").next()?.to_owned()))
    });
    let judged = decision_table::rows().map(|(number, situation)| (number.to_string(), situation));
    assert_eq!(written.collect::<Vec<_>>(), judged.collect::<Vec<_>>());
}

#[test]
fn citations_are_parsed() {
    let read = |text: &str| citations(text).0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    assert_eq!(read("/// Absent is TCP (rulebook 3.4.2)."), "Rule 3.4.2");
    assert_eq!(
        read("(gate G1; rulebook 1.5, 7.8; traps 2,\n/// 3, 9, 40)"),
        "Gate 1, Rule 1.5, Rule 7.8, Trap 2, Trap 3, Trap 9, Trap 40"
    );
    assert_eq!(read("(rulebook 4.1 to 4.4, 4.10, by reading)"), "Rule 4.1 to 4.4, Rule 4.10");
    assert_eq!(read("Rows 9, 10 and 37 of the table"), "Row 9, Row 10, Row 37");
    assert_eq!(read("the rulebook says so, in a row of 3"), "");
    let range = &citations("rulebook 3.3 to 3.6").0[0];
    let covered = |text: &str| range.covers(Kind::Rule, &Number::parse(text).unwrap());
    assert!(covered("3.3") && covered("3.5.2") && covered("3.6.1"));
    assert!(!covered("3.7") && !covered("3.2.6") && !covered("3"));
}
