//! The report: what programs rely on. Fields are only ever added.

use serde::{Serialize, Serializer};

use super::texts::Texts;
use crate::engine::controllers::IdentifiedBy;
use crate::engine::evaluate::Gap;
use crate::engine::model::{Action, CheckId, Effect, FieldPath, PortRef, ServiceTarget, Target, USE_ANNOTATION};
use crate::engine::policy::{Judged, Judgement, Verdict};
use crate::engine::subject::{FoundPlace, Reference, Subject};
use crate::text::{Document, Position};

/// All that was judged.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `backstop.dev/v1`.
    pub api_version: &'static str,
    /// `Report`.
    pub kind: &'static str,
    /// The subjects, sorted by namespace, kind and name.
    pub subjects: Vec<SubjectReport>,
    /// How many of them there are, by verdict.
    pub summary: Summary,
    /// What could not be read.
    pub errors: Vec<ErrorReport>,
}

/// One subject and what is said of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectReport {
    /// `Ingress`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The ingress controller it is judged by.
    pub controller: ControllerReport,
    /// Where it begins; `None` where it came from a cluster.
    pub source: Option<Source>,
    /// The worst of its findings, `unknown`, or `pass`.
    pub verdict: Verdict,
    /// What is wrong, sorted by field and check.
    pub findings: Vec<FindingReport>,
    /// What could not be looked up, sorted by field.
    pub unknown: Vec<GapReport>,
}

/// An ingress controller and how it was told.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControllerReport {
    /// The id of its profile.
    pub profile: &'static str,
    /// What told it.
    pub identified_by: IdentifiedBy,
}

/// Where an object begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// The file, `-` for standard input.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file, `-` for standard input.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The column behind its last character on that line; `None` where that is not known.
    pub end_column: Option<usize>,
}

/// One finding, and what policy makes of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingReport {
    /// The check that says so.
    pub check: CheckId,
    /// What is done about it.
    pub action: Action,
    /// The field to look at.
    pub field: FieldPath,
    /// The rule's host; `None` for every host.
    pub host: Option<String>,
    /// The path of the rule.
    pub path: Option<String>,
    /// The requests that take the route, for people; `None` where it is about no backend.
    #[serde(skip)]
    pub route: Option<String>,
    /// The backend it is about; `None` where it names nothing.
    pub backend: Option<BackendReport>,
    /// What becomes of requests: `works`, `elsewhere`, `fails` or `unsure`.
    pub effect: Effect,
    /// One short line.
    pub reason: String,
    /// All that is known.
    pub detail: String,
    /// What the detail has and the reason lacks.
    #[serde(skip)]
    pub note: String,
    /// The next step.
    pub help: String,
    /// Where the field stands; `None` for an object from a cluster.
    pub location: Option<Place>,
    /// Why the action is milder than the finding deserves; `None` where it is not.
    pub softened: Option<&'static str>,
    /// What was observed, in short phrases.
    pub evidence: Vec<String>,
}

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum BackendReport {
    /// To a Service of the subject's namespace.
    Service {
        /// Its name.
        service: String,
        /// The port asked for; `None` where none is.
        port: Option<Port>,
    },
    /// To another object of the subject's namespace.
    Resource {
        /// The object.
        resource: ResourceReport,
    },
}

/// An object that is no Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceReport {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A port: a number or a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Port {
    /// `port.number`.
    Number(i32),
    /// `port.name`.
    Name(String),
}

/// Something that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GapReport {
    /// The field whose judgement lacks it.
    pub field: FieldPath,
    /// What it is.
    pub what: String,
    /// Why it is unknown.
    pub why: String,
    /// Where the field stands; `None` for an object from a cluster.
    pub location: Option<Place>,
}

/// How many subjects there are, by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All of them.
    pub subjects: usize,
    /// Refused.
    pub deny: usize,
    /// With a warning.
    pub warn: usize,
    /// With something to record.
    pub audit: usize,
    /// With nothing to say.
    pub pass: usize,
    /// With something that could not be looked up.
    pub unknown: usize,
}

/// A file or document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ErrorReport {
    /// The file, `-` for standard input; null in the report, and empty here, where it is about none alone.
    #[serde(serialize_with = "some")]
    pub file: String,
    /// The line, from 1; `None` where it is about the whole file.
    pub line: Option<usize>,
    /// Why.
    pub message: String,
    /// The column in characters, from 1.
    pub column: Option<usize>,
}

impl std::fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            None if self.file.is_empty() => f.write_str(&self.message),
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// Writes nothing as null.
fn some<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Some(text).filter(|text| !text.is_empty()).serialize(serializer)
}

impl From<String> for ErrorReport {
    /// What is wrong with no file alone.
    fn from(message: String) -> Self {
        Self { file: String::new(), line: None, message, column: None }
    }
}

/// Where a subject was read from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The file, `-` for standard input.
    pub file: &'a str,
    /// The document in it.
    pub document: &'a Document,
    /// The texts of all files.
    pub texts: &'a Texts,
}

impl Origin<'_> {
    fn place(&self, field: &FieldPath) -> Place {
        let Position { line, column, length } = self.document.position(&field.0);
        // A text of several lines ends on another one.
        let line_end = self.texts.line(self.file, line).map(|text| text.chars().count().saturating_add(1));
        let end = column.saturating_add(length);
        let end_column = (length > 0).then(|| line_end.map_or(end, |line_end| end.min(line_end.max(column))));
        Place { file: self.file.to_owned(), line, column, end_column }
    }
}

impl Report {
    /// Sorts what was judged and counts it.
    pub fn new(mut subjects: Vec<SubjectReport>, mut errors: Vec<ErrorReport>) -> Self {
        subjects.sort_by(|a, b| a.key().cmp(&b.key()));
        errors.sort();
        let summary = subjects.iter().fold(Summary::default(), Summary::with);
        Self { api_version: "backstop.dev/v1", kind: "Report", subjects, summary, errors }
    }

    /// The worst verdict; `Pass` where there is no subject.
    pub fn worst(&self) -> Verdict {
        self.subjects.iter().map(|subject| subject.verdict).max().unwrap_or(Verdict::Pass)
    }
}

impl Summary {
    fn with(mut self, subject: &SubjectReport) -> Self {
        self.subjects += 1;
        *match subject.verdict {
            Verdict::Deny => &mut self.deny,
            Verdict::Warn => &mut self.warn,
            Verdict::Audit => &mut self.audit,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Pass => &mut self.pass,
        } += 1;
        self
    }
}

impl SubjectReport {
    /// What is said of `subject`, which was read from `origin` or else came from a cluster.
    pub fn new(subject: &Subject, judgement: Judgement, origin: Option<Origin<'_>>) -> Self {
        let Judgement { controller, verdict, findings, gaps, .. } = judgement;
        let controller = ControllerReport { profile: controller.profile.id, identified_by: controller.by };
        let of_judged = |judged: &Judged| FindingReport::of_places(subject, judged, origin);
        let mut findings: Vec<_> = findings.iter().flat_map(of_judged).collect();
        findings.sort_by(|a, b| (&a.field, a.check).cmp(&(&b.field, b.check)));
        let mut unknown: Vec<_> = gaps.iter().flat_map(|gap| GapReport::of_places(subject, gap, origin)).collect();
        unknown.sort_by(|a, b| (&a.field, &a.what).cmp(&(&b.field, &b.what)));
        let source = |from: Origin<'_>| Source { file: from.file.to_owned(), line: from.document.start().line };
        Self {
            kind: subject.kind.to_string(),
            namespace: subject.name.namespace.clone(),
            name: subject.name.name.clone(),
            controller,
            source: origin.map(source),
            verdict,
            findings,
            unknown,
        }
    }

    fn key(&self) -> (&str, &str, &str, &Option<Source>) {
        (&self.namespace, &self.kind, &self.name, &self.source)
    }
}

impl FindingReport {
    /// One report for each field that the finding is about.
    fn of_places(subject: &Subject, judged: &Judged, origin: Option<Origin<'_>>) -> Vec<Self> {
        let finding = &judged.finding;
        let places = subject.places(&finding.field, &finding.references);
        places.map(|place| Self::new(judged, place, origin)).collect()
    }

    fn new(judged: &Judged, place: FoundPlace<'_>, origin: Option<Origin<'_>>) -> Self {
        let Judged { finding, action, softened, unproven, enforced: _ } = judged;
        let FoundPlace { field, reference } = place;
        let requests = reference.map(Reference::requests);
        let unproven = unproven.map(|why| format!("{why} (onUnknown: deny)"));
        let with_unproven = |text: String| match &unproven {
            Some(unproven) if text.is_empty() => unproven.clone(),
            Some(unproven) => format!("{text}; {unproven}"),
            None => text,
        };
        Self {
            location: origin.map(|origin| origin.place(&field)),
            check: finding.check,
            action: *action,
            field,
            host: reference.and_then(|reference| reference.host.as_deref()).map(str::to_owned),
            path: reference.and_then(|reference| reference.path.as_deref()).map(str::to_owned),
            detail: with_unproven(finding.sentence(requests.as_deref())),
            route: requests,
            backend: finding.target.as_ref().and_then(backend),
            effect: finding.effect,
            reason: finding.headline(),
            note: with_unproven(finding.note()),
            help: finding.help().to_owned(),
            softened: *softened,
            evidence: finding.text.evidence.clone(),
        }
    }
}

impl GapReport {
    /// One report for each field whose judgement lacks it.
    fn of_places(subject: &Subject, gap: &Gap, origin: Option<Origin<'_>>) -> Vec<Self> {
        let field = gap.field();
        let places = subject.places(&field, &gap.references);
        let report = |field: FieldPath| {
            let location = origin.map(|origin| origin.place(&field));
            Self { field, what: gap.what.clone(), why: gap.why.to_string(), location }
        };
        places.map(|place| report(place.field)).collect()
    }
}

fn backend(target: &Target) -> Option<BackendReport> {
    match target {
        Target::Service(ServiceTarget { name, port, .. }) => Some(BackendReport::Service {
            service: name.to_string(),
            port: match port {
                PortRef::Number(number) => Some(Port::Number(*number)),
                PortRef::Name(name) => Some(Port::Name(name.to_string())),
                PortRef::Unset => None,
            },
        }),
        // The API has the name of the action where the name of the Service stands otherwise.
        Target::Action(name) => Some(BackendReport::Service {
            service: name.to_string(),
            port: Some(Port::Name(USE_ANNOTATION.to_owned())),
        }),
        Target::Resource { kind, name } => {
            let (kind, name) = (kind.to_string(), name.to_string());
            Some(BackendReport::Resource { resource: ResourceReport { kind, name } })
        }
        Target::Nothing => None,
    }
}
