use std::sync::Arc;

use anstream::adapter::strip_str;
use proptest::prelude::*;

use super::*;
use crate::engine::controllers::{Candidates, Identified, IdentifiedBy};
use crate::engine::evaluate::Gap;
use crate::engine::kinds::{Kind, Object, documents, object};
use crate::engine::model::{Action, CheckId, FieldPath, FindingField, FindingText, Found, FoundReferences, Part};
use crate::engine::policy::{Judged, Judgement, Verdict};
use crate::engine::subject::Subject;
use crate::engine::view::{Stage, Unknown};

const FILE: &str = "\
kind: Ingress
apiVersion: networking.k8s.io/v1
metadata: {name: NAME, namespace: shop}
spec:
  rules:
  - http: {paths: [{path: /, backend: {service: {name: web, port: {name: http}}}}]}
  defaultBackend: {resource: {kind: Bucket, name: assets}}
";

fn subject(text: &str) -> (Subject, crate::text::Document) {
    let document = documents(text.as_bytes()).remove(0).unwrap();
    let Ok(Object::Ingress(subject)) = object(&document.value, "default") else { panic!("an Ingress") };
    (Arc::unwrap_or_clone(subject), document)
}

fn judged(subject: &Subject, reference: u32, check: &'static str, field: FindingField, action: Action) -> Judged {
    let text = FindingText {
        reason: "it is wrong".to_owned(),
        consequence: "it fails".into(),
        help: "make it right".to_owned(),
        evidence: vec!["a cat".to_owned()],
        ..FindingText::default()
    };
    let target = subject.target(subject.reference(reference).unwrap());
    let found = Found::about_target(CheckId(check), Part::Whole, action, || text);
    let finding = Found { field, target, references: FoundReferences::One([reference]), ..found }.into_finding();
    let softened = (action == Action::Warn).then_some("the mode allows no more".into());
    Judged { finding, action, enforced: action, softened, unproven: None, proof: None }
}

fn at(field: &str) -> FindingField {
    FindingField::At(FieldPath(field.to_owned()))
}

fn judgement(verdict: Verdict, findings: Vec<Judged>, gaps: Vec<Gap>) -> Judgement {
    let controller = Identified::new(Candidates::default(), IdentifiedBy::None);
    Judgement { verdict, findings, gaps, ..Judgement::untouched(controller) }
}

fn gap(reference: u32) -> Gap {
    let what = "Service \"web\"".to_owned();
    let kind = Kind::Service;
    Gap { target: 0, references: Arc::new([reference]), action_name: None, what, kind, why: Unknown::Forbidden }
}

#[test]
fn subjects_findings_and_errors_are_sorted_and_counted() {
    let of = |name: &str, verdict| {
        let (subject, _) = subject(&FILE.replace("NAME", name));
        let findings = [("b", "spec.z"), ("z", "spec.a"), ("a", "spec.a")];
        let findings = findings.map(|(check, field)| judged(&subject, 0, check, at(field), Action::Audit));
        SubjectReport::new(&subject, judgement(verdict, findings.into(), vec![gap(1), gap(0)]), Stage::Manifests, None)
    };
    let errors =
        ["b", "a"].map(|file| ErrorReport { file: file.to_owned(), line: None, message: String::new(), column: None });
    let report =
        Report::new(vec![of("b", Verdict::Audit), of("a", Verdict::Pass), of("c", Verdict::Audit)], errors.into());
    assert_eq!(report.subjects.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let findings = report.subjects[0].findings.iter().map(|it| (it.field.0.as_str(), it.check.0));
    assert_eq!(findings.collect::<Vec<_>>(), [("spec.a", "a"), ("spec.a", "z"), ("spec.z", "b")]);
    assert_eq!(report.subjects[0].unknown[0].field.0, "spec.defaultBackend.service.name");
    assert_eq!(report.errors[0].file, "a");
    assert_eq!(report.summary, Summary { subjects: 3, audit: 2, pass: 1, ..Summary::default() });
    assert_eq!(report.worst(), Verdict::Audit);
    assert_eq!(Report::new(Vec::new(), Vec::new()).worst(), Verdict::Pass);
}

#[test]
fn findings_of_an_object_from_a_cluster_name_the_field() {
    let (subject, _) = subject(FILE);
    let findings = vec![judged(&subject, 1, "port-not-found", at("spec.rules[0]"), Action::Warn)];
    let report =
        SubjectReport::new(&subject, judgement(Verdict::Warn, findings, vec![gap(1)]), Stage::OverCluster, None);
    assert_eq!((&report.source, &report.findings[0].location), (&None, &None));
    let shown = text(&Report::new(vec![report], Vec::new()), &Texts::default(), Detail::Verbose);
    let expected = "\
warn[port-not-found]: it is wrong
--> Ingress shop/NAME, */: spec.rules[0]
 = note: it fails
 = note: the mode allows no more
 = seen: a cat
 = help: make it right

unknown: Service \"web\" could not be looked up: you may not list Services
--> Ingress shop/NAME: spec.rules[0].http.paths[0].backend.service.name

note: the controller of Ingress shop/NAME is unknown: a wrong port is a warning at most there, and checks that depend on the controller are silent; state the controller with --controller, or with `controllers` in the configuration
1 warning and 1 unknown fact in 1 of 1 Ingress
";
    assert_eq!(strip_str(&shown).to_string(), expected);
}

#[test]
fn backends_have_the_documented_json_form() {
    let (subject, document) = subject(FILE);
    let origin = SourceDocument { file: "a.yaml", document: &document, texts: &Texts::default() };
    let findings = vec![
        judged(&subject, 0, "resource-backend", FindingField::Reference(Part::Resource), Action::Warn),
        judged(&subject, 1, "port-not-found", FindingField::Reference(Part::PortName), Action::Deny),
    ];
    let report =
        SubjectReport::new(&subject, judgement(Verdict::Deny, findings, Vec::new()), Stage::Manifests, Some(origin));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["source"], serde_json::json!({"file": "a.yaml", "line": 1}));
    assert_eq!(json["findings"][0]["backend"], serde_json::json!({"resource": {"kind": "Bucket", "name": "assets"}}));
    assert_eq!(json["findings"][1]["backend"], serde_json::json!({"service": "web", "port": "http"}));
    assert_eq!(
        json["findings"][1]["location"],
        serde_json::json!({"file": "a.yaml", "line": 6, "column": 74, "endColumn": 78})
    );
}

/// The text of a finding about `spec` in line 1 of `line`.
fn quoted(line: &str, column: usize, end_column: Option<usize>) -> String {
    let mut texts = Texts::default();
    texts.insert("f", line.as_bytes());
    let (subject, document) = subject(FILE);
    let origin = SourceDocument { file: "f", document: &document, texts: &texts };
    let findings = vec![judged(&subject, 0, "x", at("spec"), Action::Deny)];
    let mut report =
        SubjectReport::new(&subject, judgement(Verdict::Deny, findings, Vec::new()), Stage::Manifests, Some(origin));
    report.findings[0].location = Some(FileSpan { file: "f".to_owned(), line: 1, column, end_column });
    strip_str(&text(&Report::new(vec![report], Vec::new()), &texts, Detail::Quiet)).to_string()
}

#[test]
fn a_long_line_is_quoted_around_the_value() {
    let line = format!("{{\"a\":\"{}\",\"name\":\"web\",\"b\":\"{}\"}}", "é".repeat(1000), "x".repeat(1_000_000));
    let column = 1 + 6 + 1000 + 2 + 7;
    let shown = quoted(&line, column, Some(column + 5));
    let code = format!("...{}\",\"name\":\"web\",\"b\":\"{}...", "é".repeat(34), "x".repeat(76));
    let expected = format!(
        "\
deny[x]: it is wrong
 --> f:1:{column}
  |
1 | {code}
  |{}^^^^^ Ingress shop/NAME, every other request
  |
  = note: it fails
  = help: make it right

",
        " ".repeat(47)
    );
    assert_eq!(shown, expected);
    // A value of a megabyte is marked at its beginning.
    let whole = quoted(&line, column + 10, None);
    assert!(whole.contains(&format!(" --> f:1:{}\n", column + 10)) && whole.len() < 1000, "{whole}");
}

proptest! {
    /// Any line can be quoted, and any position in it marked.
    #[test]
    fn any_line_can_be_quoted(
        line in "([a-z: ]|\t|é|日|\u{202e}|\u{1b}|\u{0}|\r){0,30}",
        at in 0..4_usize,
        column in 0..40_usize,
        end in proptest::option::of(0..40_usize),
    ) {
        let mut texts = Texts::default();
        texts.insert("f", format!("{line}\n{line}").as_bytes());
        let (subject, document) = subject(FILE);
        let origin = SourceDocument { file: "f", document: &document, texts: &texts };
        let findings = vec![judged(&subject, 0, "x", super::tests::at("spec"), Action::Deny)];
        let mut report = SubjectReport::new(&subject, judgement(Verdict::Deny, findings, Vec::new()), Stage::Manifests, Some(origin));
        report.findings[0].location = Some(FileSpan { file: "f".to_owned(), line: at, column, end_column: end });
        let shown = text(&Report::new(vec![report], Vec::new()), &texts, Detail::Normal);
        let shown = strip_str(&shown).to_string();
        prop_assert!(!shown.contains(['\u{202e}', '\u{1b}', '\u{0}', '\r']), "{shown:?}");
        let column = (end.is_none()).then_some(column);
        let shown = error(&ErrorReport { file: "f".to_owned(), line: Some(at), message: line, column }, &texts);
        prop_assert!(!strip_str(&shown).to_string().contains(['\u{202e}', '\u{1b}', '\u{0}', '\r']), "{shown:?}");
    }
}
